"""Every destination as the demo and the stories set it up: its receiver, its secret, its parameters."""

import base64
from collections.abc import Callable

from .deployment import create_secret
from .ministack import Ministack
from .receivers import Datadog, Elastic, Otlp, Receiver, Splunk, Webhook
from .settings import toml

# The parameters' prefixes of what is received over HTTP, each with its receiver, which takes a credential.
RECEIVERS: dict[str, Callable[[str], Receiver]] = {
    "Splunk": Splunk,
    "Datadog": Datadog,
    "Elastic": Elastic,
    "Webhook": Webhook,
    "Otlp": Otlp,
}
# All types: how the core's parameters call them, and how their first instances are named.
INSTANCES = {
    "Splunk": "splunk",
    "Datadog": "datadog",
    "Elastic": "elastic",
    "S3": "s3",
    "SecurityLake": "security-lake",
    "Webhook": "webhook",
    "Otlp": "otlp",
}
DESTINATIONS = tuple(INSTANCES)
BUCKET = "vault-archive"
LAKE = "aws-security-data-lake-us-east-1-local"
INSTANCE = "vault-local"
# The parameter that makes a destination exist.
ADDRESS = {
    "Splunk": "SplunkEndpoint",
    "Datadog": "DatadogSite",
    "Elastic": "ElasticEndpoint",
    "S3": "S3Bucket",
    "SecurityLake": "SecurityLakeBucket",
    "Webhook": "WebhookUrlSecretArn",
    "Otlp": "OtlpEndpoint",
}


def credential(name: str) -> str:
    """The only credential that the receiver of this name takes."""
    plain = f"{name.lower()}-credential-of-the-local-cloud"
    return "whsec_" + base64.b64encode(plain.encode()).decode() if name.startswith("Webhook") else plain


def secret_name(name: str) -> str:
    """How the secret of a destination is called."""
    return f"vault-export/{name.lower()}"


def parameters(cloud: Ministack, addresses: dict[str, str]) -> dict[str, str]:
    """What a user would write into samconfig.toml, plus what plain-text loopback receivers need.

    `addresses` are those of the receivers, by name; buckets and secrets are made.
    """
    for bucket in (BUCKET, LAKE):
        cloud.client("s3").create_bucket(Bucket=bucket)
    secrets = {name: create_secret(cloud, secret_name(name), secret(name, addresses)) for name in RECEIVERS}
    return {
        "Architecture": "x86_64",
        "SourceSettings": toml(instance=INSTANCE, labels={"env": "local"}),
        "SplunkEndpoint": addresses["Splunk"],
        "SplunkSecretArn": secrets["Splunk"],
        "SplunkSettings": toml(index="vault_audit", allow_insecure=True),
        "DatadogSite": "datadoghq.eu",
        "DatadogSecretArn": secrets["Datadog"],
        "DatadogSettings": toml(endpoint=addresses["Datadog"], tags=["team:security"], allow_insecure=True),
        "ElasticEndpoint": addresses["Elastic"],
        "ElasticSecretArn": secrets["Elastic"],
        "ElasticSettings": toml(allow_insecure=True),
        "S3Bucket": BUCKET,
        "S3Settings": toml(prefix="vault-audit/"),
        "SecurityLakeBucket": LAKE,
        "WebhookUrlSecretArn": secrets["Webhook"],
        "WebhookSettings": webhook_settings(addresses["Webhook"]),
        "OtlpEndpoint": addresses["Otlp"],
        "OtlpSecretArn": secrets["Otlp"],
        "OtlpSettings": toml(protocol="http/json", allow_insecure=True),
    }


def webhook_settings(address: str) -> str:
    """The settings of a webhook whose receiver listens on a loopback port."""
    return toml(ports=[int(address.rsplit(":", 1)[1].split("/")[0])], allow_insecure=True)


def secret(name: str, addresses: dict[str, str]) -> str | dict[str, str]:
    """What a destination's secret holds."""
    if name.startswith("Webhook"):
        return {"url": addresses[name], "signing_secret": credential(name)}
    return credential(name)
