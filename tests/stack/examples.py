"""Values that the tests of the templates share."""

ACCOUNT = "eu-central-1:123456789012"
SECRET = f"arn:aws:secretsmanager:{ACCOUNT}:secret:vault-export/splunk-a1b2c3"
KEY = f"arn:aws:kms:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = f"arn:aws:sns:{ACCOUNT}:alarms"
DOMAIN = f"arn:aws:es:{ACCOUNT}:domain/audit"
COLLECTION = f"arn:aws:aoss:{ACCOUNT}:collection/a1b2"
WRITER = "arn:aws:iam::210987654321:role/writer"
BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
VPC = {"VpcSubnetIds": "subnet-0a1b2c3d,subnet-0a1b2c3e", "VpcSecurityGroupIds": "sg-0a1b2c3d"}

# Every type: its prefix in the core, the name of its first instance, its address, its secret.
TYPES = {
    "splunk_hec": ("Splunk", "splunk", "https://splunk.example.com:8088", SECRET),
    "datadog": ("Datadog", "datadog", "datadoghq.eu", SECRET),
    "elastic": ("Elastic", "elastic", "https://elastic.example.com:9200", SECRET),
    "s3": ("S3", "s3", "acme-archive", ""),
    "security_lake": ("SecurityLake", "security-lake", "aws-security-data-lake-eu-central-1-acme", ""),
    "webhook": ("Webhook", "webhook", "", SECRET),
    "otlp": ("Otlp", "otlp", "https://collector.example.com:4317", ""),
    "syslog": ("Syslog", "syslog", "tls://siem.example.com:6514", ""),
}
POLLED = [kind for kind in TYPES if kind != "security_lake"]
# A core with all of them.
EVERYTHING = {
    "SplunkEndpoint": "https://splunk.example.com:8088",
    "SplunkSecretArn": SECRET,
    "DatadogSite": "datadoghq.eu",
    "DatadogSecretArn": SECRET,
    "ElasticEndpoint": "https://elastic.example.com:9200",
    "ElasticSecretArn": SECRET,
    "S3Bucket": "acme-archive",
    "SecurityLakeBucket": "aws-security-data-lake-eu-central-1-acme",
    "WebhookUrlSecretArn": SECRET,
    "OtlpEndpoint": "https://collector.example.com:4317",
    "SyslogEndpoint": "tls://siem.example.com:6514",
    "AlarmEmail": "soc@example.com",
}


def instance(kind: str, **more: object) -> dict[str, object]:
    """The parameters of one destination, standing alone."""
    _prefix, name, address, secret = TYPES[kind]
    given = {"Core": "vault-export", "Name": name, "Type": kind, "Address": address, "SecretArn": secret}
    return {**given, **more}
