"""Every parameter explains itself, and a wrong value is refused before anything is created."""

import re
from typing import Any

import pytest
from localcloud.paths import ROOT
from templates import Template

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:vault-export/splunk-a1b2c3"  # noqa: S105
ELASTIC = "https://elastic.example.com:9200"
DOMAIN = "arn:aws:es:eu-central-1:123456789012:domain/audit"
WRITER = "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-central-1"
SIGNED = {"ElasticAwsAuth": "true", "ElasticAwsResourceArn": DOMAIN}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

# What is taken and what is refused, by the end of a parameter's name; the longest end that fits counts.
CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "Endpoint": (
        ["https://splunk.example.com:8088", "https://http-inputs-acme.splunkcloud.com"],
        ["splunk.example.com", "https://user:pw@splunk.example.com", "ftp://x.example.com", "https://a b"],
    ),
    "SecretArn": ([SECRET], ["my-token", "arn:aws:ssm:eu-central-1:123456789012:parameter/x"]),
    "KmsKeyArn": ([KEY], ["alias/mine", "arn:aws:kms:eu-central-1:123456789012:alias/mine"]),
    "RoleArn": (
        ["arn:aws:iam::123456789012:role/team/writer"],
        ["writer", "arn:aws:iam::1234:role/writer", "arn:aws:iam::123456789012:user/writer"],
    ),
    "ExternalId": (["vault-export/1"], ["x", "with space"]),
    "PermissionsBoundaryArn": (["arn:aws:iam::123456789012:policy/bound"], ["bound"]),
    "AlarmTopicArn": (["arn:aws:sns:eu-central-1:123456789012:alarms"], ["alarms"]),
    "AlarmEmail": (["soc@example.com"], ["soc", "soc@example", "a@b@example.com"]),
    "VpcSubnetIds": (
        ["subnet-0a1b2c3d", "subnet-0a1b2c3d,subnet-0123456789abcdef0"],
        ["0a1b2c3d", "subnet-0a1b2c3d,", "subnet-0a1b2c3d, subnet-0a1b2c3e"],
    ),
    "VpcSecurityGroupIds": (["sg-0123456789abcdef0"], ["default", "sg-0a1b2c3d,"]),
    "IncludeClasses": (
        ["PolicyViolation", "Authentication,SecretAccess", "AuthFailure"],
        ["PolicyViolations", "policyviolation", "Authentication, SecretAccess", "Authentication,", ","],
    ),
    "ExcludeClasses": (["SystemActivity"], ["System", "SystemActivity,"]),
    "IncludeCategories": (["aitl,governance", "decision"], ["aitl governance", "audit", "aitl,"]),
    "MinSeverity": (["High"], ["high", "Urgent", "4"]),
    "Labels": (["env=production", "env=production,team=a b"], ["env", "=x", "env=a,", 'env="x"']),
    "Actors": (["agent:ci", "agent:*,did:sync:agent:dev"], ["a b", "agent:ci,", 'a"b']),
    "Resources": (["payments/*"], ["a b", "payments/,"]),
    "Format": (["ocsf", "flat_json", "json", "cef"], ["jsonl", "OCSF", "xml"]),
    "BatchSize": ([1, 100], [0, 10001, -1]),
    "FlushIntervalSeconds": ([0, 300], [-1, 301]),
    "MaxConcurrency": ([2, 1000], [1, 1001]),
    "SplunkIndex": (["vault_audit"], ["Vault", "a b", "-x"]),
    "SplunkSource": (["vault-export"], ['a"b', "a\\b"]),
    "SplunkSourcetype": (["_json"], ["a b", 'a"b']),
    "SplunkHost": (["vault.example.com"], ["a b"]),
    "SplunkMaxRequestBytes": ([900000], [1000, 10000000]),
    "Ack": (["true"], ["yes", "True"]),
    "AllowPrivateNetworks": (["true"], ["yes"]),
    "AllowInsecure": (["false"], ["0"]),
    "DatadogSite": (["datadoghq.eu", "us2.ddog-gov.com"], ["https://datadoghq.eu", "datadoghq", "a b.com"]),
    "DatadogSource": (["vault-export"], ["a b", 'a"b']),
    "DatadogService": (["sanctum"], ["a b"]),
    "DatadogTags": (["team:security", "team:security,tier:1"], ["team:security,", "a b", "1st:x"]),
    "DatadogCompression": (["gzip", "zstd"], ["none", "deflate"]),
    "DatadogFormat": (["flat_json", "ocsf", "cef"], ["otlp_logs"]),
    "ElasticIndex": (
        ["logs-vault.audit-default", "sanctum-events"],
        ["Sanctum", "-x", "_x", "a b", "a/b", "a*"],
    ),
    "ElasticDataStream": (["auto", "true"], ["yes"]),
    "ElasticPipeline": (["audit-geoip"], ["a b", "a/b"]),
    "ElasticFlavour": (["opensearch"], ["solr"]),
    "ElasticAwsAuth": (["true"], ["yes"]),
    "ElasticAwsService": (["aoss"], ["s3"]),
    "ElasticRegion": (["eu-central-1"], ["Frankfurt"]),
    "ElasticAwsResourceArn": (
        [
            "arn:aws:es:eu-central-1:123456789012:domain/audit",
            "arn:aws:aoss:eu-central-1:123456789012:collection/a1b2c3",
        ],
        ["audit", "arn:aws:es:eu-central-1:123456789012:domain/*", "arn:aws:s3:::x"],
    ),
    "ElasticMaxRequestBytes": ([65536, 8388608], [65535, 67108865]),
    "ElasticCompression": (["gzip", "none"], ["zstd"]),
    "ElasticFormat": (["ocsf", "flat_json", "json", "cef"], ["otlp_logs"]),
    "S3Bucket": (["acme-audit.archive"], ["s3://acme", "Acme", "a", "acme/prefix"]),
    "S3Region": (["eu-central-1", "us-gov-west-1"], ["Frankfurt", "eu-central-1a"]),
    "S3Prefix": (["ocsf/sanctum/"], ["/ocsf/", "ocsf", "a b/"]),
    "S3Compression": (["zstd", "none"], ["snappy"]),
    "S3ExpectedBucketOwner": (["123456789012"], ["1234", "acme"]),
    "SecurityLakeBucket": (["aws-security-data-lake-eu-central-1-abc"], ["s3://lake", "Lake"]),
    "SecurityLakeRegion": (["eu-central-1"], ["Frankfurt"]),
    "SecurityLakeAccountId": (["123456789012", "external", "external_acme"], ["1234", "acme", "external_"]),
    "SecurityLakeSourcePrefix": (["vault-"], ["a/b", "a b", "longer-than-thirteen"]),
    "SecurityLakeSources": (["6003=vault-audit,3002=login"], ["6003", "1234=x", "6003=a b", "6003=a,"]),
    "SecurityLakeRoleArn": (
        [
            "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-central-1",
            "arn:aws:iam::123456789012:role/lake-writer",
        ],
        ["lake-writer", "arn:aws:iam::123456789012:role/*"],
    ),
    "SecurityLakeExpectedBucketOwner": (["123456789012"], ["acme"]),
    "SecurityLakeFlushIntervalMinutes": ([5, 1440], [1, 4, 1441]),
    "SecurityLakeAlarmDelaySeconds": ([900, 7200], [60]),
    "SecurityLakeMemoryMegabytes": ([512], [128]),
    "OtlpProtocol": (["grpc", "http/protobuf", "http/json"], ["thrift", "HTTP"]),
    "OtlpHeaders": (["X-Scope-OrgID=security"], ["X Scope=a", "X-Scope"]),
    "OtlpTls": (["true", "false"], ["yes"]),
    "OtlpMaxRequestBytes": ([65536, 3670016], [65535, 67108865]),
    "OtlpCompression": (["gzip", "none"], ["zstd"]),
    "OtlpFormat": (["otlp_logs", "ocsf", "json", "cef"], ["flat_json"]),
    "WebhookUrl": (
        ["https://example.com/hook?team=soc"],
        ["example.com/hook", "https://user@example.com/", "https://example.com/a b"],
    ),
    "WebhookPreset": (["slack"], ["discord"]),
    "WebhookMethod": (["PUT"], ["GET", "post"]),
    "WebhookHeaders": (
        ["X-Team=soc", "X-Team=soc,X-Env=prod eu"],
        ["X-Team", "X Team=soc", "X-Team=a\r\nB: c"],
    ),
    "WebhookBody": (["envelope"], ["array"]),
    "WebhookTemplate": (['{"text": "{{actor.id}}", "port": {{json network.source_port}}}'], [" ", "\n"]),
    "WebhookDedup": (["condition"], ["none"]),
    "WebhookTreat409AsSuccess": (["true"], ["yes"]),
    "WebhookPorts": (["443", "443,8443"], ["https", "443,", "443 8443"]),
    "AlarmDelaySeconds": ([900], [10, 100000]),
    "SilenceAlarmHours": ([0, 24], [-1, 25]),
    "MaxReceiveCount": ([250], [1, 1001]),
    "LogLevel": (["debug"], ["verbose", "INFO"]),
    "LogRetentionDays": ([30], [2, 31]),
    "Architecture": (["arm64", "x86_64"], ["x64"]),
    "FunctionMemoryMegabytes": ([256], [64, 10240]),
    "SourceInstance": (["vault-eu-prod"], ["a b", 'a"b']),
    "AdminActors": (["admin,root"], ["a b", "admin,"]),
    "Phases": (["both"], ["request"]),
}


def accepts(spec: dict[str, Any], value: Any) -> bool:
    """Whether CloudFormation takes the value; patterns must fit from end to end."""
    if "AllowedValues" in spec and str(value) not in map(str, spec["AllowedValues"]):
        return False
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], str(value)):
        return False
    if spec["Type"] == "Number":
        return spec.get("MinValue", value) <= value <= spec.get("MaxValue", value)
    return True


def cases_of(name: str) -> tuple[list[Any], list[Any]]:
    fitting = [end for end in CASES if name.endswith(end)]
    assert fitting, f"no value is tried for {name}: add it to CASES"
    return CASES[max(fitting, key=len)]


def test_every_parameter_has_a_description_a_label_and_one_group(stack: Template) -> None:
    interface = stack.source["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(stack.parameters)
    assert set(interface["ParameterLabels"]) == set(stack.parameters)
    for name, spec in stack.parameters.items():
        assert spec.get("Description", "").endswith("."), f"{name} has no description"
        assert len(spec["Description"]) <= 4000


def test_modules_describe_their_parameters(nested: dict[str, Template]) -> None:
    for path, module in nested.items():
        assert all(spec.get("Description") for spec in module.parameters.values()), path


def test_cloudformation_takes_them_all(stack: Template) -> None:
    assert len(stack.parameters) <= 200


def test_right_values_are_taken_and_wrong_ones_refused(stack: Template) -> None:
    for name, spec in stack.parameters.items():
        right, wrong = cases_of(name)
        for value in [*right, spec["Default"]]:
            assert accepts(spec, value), f"{name} refuses {value!r}"
        for value in wrong:
            assert not accepts(spec, value), f"{name} takes {value!r}"


def test_nothing_that_reaches_json_can_break_it(stack: Template) -> None:
    assert "${WebhookTemplate}" not in (ROOT / "template.yaml").read_text(encoding="utf-8")
    for name, spec in stack.parameters.items():
        if spec["Type"] == "String" and name != "WebhookTemplate":  # JSON itself, and put into none
            assert not accepts(spec, 'a"b'), name
            assert not accepts(spec, "a\\b"), name


def test_no_parameter_takes_a_secret_itself(stack: Template) -> None:
    for name in stack.parameters:
        assert not re.search(r"(Token|Password|ApiKey|Secret)$", name), name


@pytest.mark.parametrize(
    ("rule", "given", "holds"),
    [
        ("SplunkHasToken", {"SplunkEndpoint": "https://splunk.example.com"}, False),
        ("SplunkHasToken", {"SplunkEndpoint": "https://splunk.example.com", "SplunkSecretArn": SECRET}, True),
        ("SplunkHasToken", {}, True),
        ("DatadogHasKey", {"DatadogSite": "datadoghq.eu"}, False),
        ("DatadogHasKey", {"DatadogSite": "datadoghq.eu", "DatadogSecretArn": SECRET}, True),
        ("ElasticHasCredential", {"ElasticEndpoint": ELASTIC}, False),
        ("ElasticHasCredential", {"ElasticEndpoint": ELASTIC, "ElasticSecretArn": SECRET}, True),
        ("ElasticHasCredential", {"ElasticEndpoint": ELASTIC, "ElasticAwsAuth": "true"}, True),
        ("ElasticHasCredential", {"ElasticEndpoint": ELASTIC, "ElasticAllowInsecure": "true"}, True),
        ("ElasticAwsAuthIsComplete", {"ElasticAwsAuth": "true"}, False),
        ("ElasticAwsAuthIsComplete", SIGNED, True),
        ("ElasticAwsAuthIsComplete", {**SIGNED, "ElasticFlavour": "elasticsearch"}, False),
        ("ElasticAwsAuthIsComplete", {**SIGNED, "ElasticSecretArn": SECRET}, False),
        ("ElasticAwsSettingsHaveAwsAuth", {"ElasticRegion": "eu-central-1"}, False),
        ("ElasticAwsSettingsHaveAwsAuth", {**SIGNED, "ElasticRegion": "eu-central-1"}, True),
        (
            "ElasticServerlessHasNoDataStream",
            {"ElasticAwsService": "aoss", "ElasticDataStream": "true"},
            False,
        ),
        ("S3ExternalIdHasRole", {"S3ExternalId": "me"}, False),
        ("SecurityLakeRoleIsComplete", {"SecurityLakeExternalId": "vault"}, False),
        ("SecurityLakeRoleIsComplete", {"SecurityLakeRoleArn": WRITER}, False),
        ("SecurityLakeRoleIsComplete", {"SecurityLakeRoleArn": WRITER, "SecurityLakeExternalId": "v"}, True),
        ("WebhookHasOneAddress", {"WebhookUrl": "https://a.example", "WebhookUrlSecretArn": SECRET}, False),
        ("WebhookHasOneAddress", {"WebhookSecretArn": SECRET, "WebhookUrlSecretArn": SECRET}, False),
        ("WebhookHasOneAddress", {"WebhookUrlSecretArn": SECRET}, True),
        ("WebhookSecretHasAddress", {"WebhookSecretArn": SECRET}, False),
        ("WebhookSecretHasAddress", {"WebhookSecretArn": SECRET, "WebhookUrl": "https://a.example"}, True),
        ("AlarmsHaveOneTopic", {"AlarmEmail": "a@b.example", "AlarmTopicArn": "arn:aws:sns:x:1:y"}, False),
        ("VpcIsComplete", {"VpcSubnetIds": "subnet-0a1b2c3d"}, False),
        ("VpcIsComplete", {"VpcSecurityGroupIds": "sg-0a1b2c3d"}, False),
        ("VpcIsComplete", {"VpcSubnetIds": "subnet-0a1b2c3d", "VpcSecurityGroupIds": "sg-0a1b2c3d"}, True),
    ],
)
def test_rules_refuse_what_does_not_go_together(
    stack: Template, rule: str, given: dict[str, str], holds: bool
) -> None:
    spec, values = stack.source["Rules"][rule], stack.values(given)
    applies = stack.evaluate(spec["RuleCondition"], values)
    assert holds == (not applies or all(stack.evaluate(a["Assert"], values) for a in spec["Assertions"]))
