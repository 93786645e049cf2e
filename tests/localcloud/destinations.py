"""Every destination as the demo and the stories set it up: its receiver, its secret, its parameters."""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

from .deployment import create_secret
from .ministack import Ministack
from .receivers import Datadog, Elastic, Otlp, Receiver, Splunk, Webhook

# The parameters' prefixes of what is received over HTTP, each with its receiver, which takes a credential.
RECEIVERS: dict[str, Callable[[str], Receiver]] = {
    "Splunk": Splunk,
    "Datadog": Datadog,
    "Elastic": Elastic,
    "Webhook": Webhook,
    "Otlp": Otlp,
}
# All destinations: how the stack's parameters and outputs call them, and their functions.
ADAPTERS = {
    "Splunk": "splunk-hec",
    "Datadog": "datadog",
    "Elastic": "elastic",
    "S3": "s3",
    "SecurityLake": "security-lake",
    "Webhook": "webhook",
    "Otlp": "otlp",
}
DESTINATIONS = tuple(ADAPTERS)
BUCKET = "vault-archive"
LAKE = "aws-security-data-lake-us-east-1-local"
INSTANCE = "vault-local"


def credential(name: str) -> str:
    """The only credential that the receiver of this name takes."""
    plain = f"{name.lower()}-credential-of-the-local-cloud"
    return "whsec_" + base64.b64encode(plain.encode()).decode() if name == "Webhook" else plain


def secret_name(name: str) -> str:
    """How the secret of a destination is called."""
    return f"vault-export/{name.lower()}"


def parameters(cloud: Ministack, addresses: dict[str, str]) -> dict[str, str]:
    """What a user would answer to `sam deploy --guided`, plus what plain-text loopback receivers need.

    `addresses` are those of the receivers, by name; buckets and secrets are made.
    """
    for bucket in (BUCKET, LAKE):
        cloud.client("s3").create_bucket(Bucket=bucket)
    secrets = {name: create_secret(cloud, secret_name(name), secret(name, addresses)) for name in RECEIVERS}
    return {
        "Architecture": "x86_64",
        "SourceInstance": INSTANCE,
        "AddLabels": "env=local",
        "SplunkEndpoint": addresses["Splunk"],
        "SplunkSecretArn": secrets["Splunk"],
        "SplunkIndex": "vault_audit",
        "SplunkAllowInsecure": "true",
        "DatadogSite": "datadoghq.eu",
        "DatadogEndpoint": addresses["Datadog"],
        "DatadogSecretArn": secrets["Datadog"],
        "DatadogTags": "team:security",
        "DatadogAllowInsecure": "true",
        "ElasticEndpoint": addresses["Elastic"],
        "ElasticSecretArn": secrets["Elastic"],
        "ElasticAllowInsecure": "true",
        "S3Bucket": BUCKET,
        "SecurityLakeBucket": LAKE,
        "WebhookUrlSecretArn": secrets["Webhook"],
        "WebhookPorts": str(urlsplit(addresses["Webhook"]).port),
        "WebhookAllowInsecure": "true",
        "OtlpEndpoint": addresses["Otlp"],
        "OtlpSecretArn": secrets["Otlp"],
        "OtlpProtocol": "http/json",
        "OtlpAllowInsecure": "true",
    }


def secret(name: str, addresses: dict[str, str]) -> str | dict[str, str]:
    """What a destination's secret holds."""
    if name == "Webhook":
        return {"url": addresses[name], "signing_secret": credential(name)}
    return credential(name)
