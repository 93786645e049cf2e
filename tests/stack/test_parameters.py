"""Every parameter explains itself, and a wrong value is refused before anything is created."""

import re
from typing import Any

import pytest
from examples import (
    BOUNDARY,
    COLLECTION,
    DOMAIN,
    EVERYTHING,
    KEY,
    SECRET,
    TOPIC,
    TYPES,
    WRITER,
    instance,
)
from templates import Template, accepts

LAKE_ROLE = "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-central-1"
LAKE_INTERVALS = ([300, 900, 86400], [0, 60, 301, 1000])

# What is taken and what is refused, by the end of a parameter's name; the longest end that fits counts.
CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "Core": (["vault-export", "a" * 40], ["a" * 41, "1vault", "vault_export", "a b"]),
    "Name": (["splunk-2", "a" * 20], ["a" * 21, "Splunk", "2nd", "a_b", "router", "ingest"]),
    "Type": (["splunk_hec", "security_lake"], ["splunk", "security-lake"]),
    "Address": (
        [
            "https://splunk.example.com:8088",
            "acme-archive",
            "datadoghq.eu",
            "https://hooks.example.com/in?tenant=a",
        ],
        [
            "a b",
            "a'b",
            'a"b',
            "a" * 257,
            "https://user:pw@example.com",
            "https://hooks.slack.com/services/T0/B0/x",
            "https://discord.com/api/webhooks/1/x",
            "https://acme.webhook.office.com/x",
            "https://prod-1.westeurope.logic.azure.com/workflows/x",
            "https://in.example.com/?token=x",
            "https://in.example.com/?a=b&key=x",
            "https://in.example.com/?sig=x",
        ],
    ),
    "Endpoint": (
        ["https://splunk.example.com:8088", "https://http-inputs-acme.splunkcloud.com", "http://10.0.0.1"],
        ["splunk.example.com", "https://user:pw@splunk.example.com", "ftp://x.example.com", "https://a b"],
    ),
    "SyslogEndpoint": (
        [
            "tls://siem.example.com",
            "tls://10.0.0.1:6514",
            "tcp://10.0.0.1:514",
            "relp+tls://siem.example.com:2514",
        ],
        [
            "siem.example.com:6514",
            "https://siem.example.com",
            "udp://10.0.0.1:514",
            "relp://x",
            "tls://a/b",
            "tls://u@h",
        ],
    ),
    "DatadogSite": (["datadoghq.eu", "us2.ddog-gov.com"], ["https://datadoghq.eu", "datadoghq", "a b.com"]),
    "Bucket": (["acme-audit.archive"], ["s3://acme", "Acme", "a", "acme/prefix"]),
    "SecretArn": ([SECRET], ["my-token", "arn:aws:ssm:eu-central-1:123456789012:parameter/x"]),
    "Settings": (['index = "security", ack = true', "a = 1\nb = [1, 2]"], ["x" * 2049]),
    "Filter": (['min_severity = "High"', 'labels = { env = "production" }'], ["x" * 1025]),
    "FlushIntervalSeconds": ([0, 300], [-1, 301]),
    "SecurityLakeFlushIntervalSeconds": LAKE_INTERVALS,
    "MaxConcurrency": ([2, 1000], [1, 1001]),
    "Enabled": (["true", "false"], ["yes", "off", ""]),
    "RoleArn": (
        [WRITER, LAKE_ROLE],
        ["writer", "arn:aws:iam::1234:role/writer", "arn:aws:iam::123456789012:role/*"],
    ),
    "ExternalId": (["vault-export/1"], ["x", "with space", "x" * 1225]),
    "ResourceArn": ([DOMAIN, COLLECTION], ["audit", DOMAIN[:-5] + "*", "arn:aws:s3:::x"]),
    "S3ResourceArn": (
        ["arn:aws:s3:::acme/audit/*", "arn:aws:s3:::acme/*"],
        ["arn:aws:s3:::*", "arn:aws:s3:::acme", "acme/*", DOMAIN],
    ),
    "KmsKeyArn": ([KEY], ["alias/mine", "arn:aws:kms:eu-central-1:123456789012:alias/mine"]),
    "PermissionsBoundaryArn": ([BOUNDARY], ["bound"]),
    "VpcSubnetIds": (
        ["subnet-0a1b2c3d", "subnet-0a1b2c3d,subnet-0123456789abcdef0"],
        ["0a1b2c3d", "subnet-0a1b2c3d,", "subnet-0a1b2c3d, subnet-0a1b2c3e"],
    ),
    "VpcSecurityGroupIds": (["sg-0123456789abcdef0"], ["default", "sg-0a1b2c3d,"]),
    "AlarmTopicArn": ([TOPIC], ["alarms"]),
    "AlarmEmail": (["soc@example.com"], ["soc", "soc@example", "a@b@example.com", "a" * 250 + "@b.example"]),
    "AlarmDelaySeconds": ([900], [10, 200000]),
    "SecurityLakeAlarmDelaySeconds": ([900, 7200], [60]),
    "SilenceAlarmHours": ([0, 24], [-1, 25]),
    "MaxReceiveCount": ([250], [1, 1001]),
    "LogLevel": (["debug"], ["verbose", "INFO"]),
    "LogRetentionDays": ([30], [2, 31]),
    "Tracing": (["true"], ["active"]),
    "CheckOnDeploy": (["settings", "connection", "off"], ["true", "none", ""]),
    "Nested": (["true"], ["yes"]),
    "Architecture": (["arm64", "x86_64"], ["x64"]),
    "MemoryMegabytes": ([256], [64, 10240]),
}
# What a destination's own parameter takes besides.
OF_DESTINATION: dict[str, tuple[list[Any], list[Any]]] = {
    "FlushIntervalSeconds": (["", "0", "300", "86400"], ["-1", "5s", "100000"]),
    "ResourceArn": ([DOMAIN, COLLECTION, "arn:aws:s3:::acme/audit/*"], ["audit", "arn:aws:s3:::*"]),
}


def cases_of(name: str) -> tuple[list[Any], list[Any]]:
    fitting = [end for end in CASES if name.endswith(end)]
    assert fitting, f"no value is tried for {name}: add it to CASES"
    return CASES[max(fitting, key=len)]


def test_right_values_are_taken_and_wrong_ones_refused(stack: Template, destination: Template) -> None:
    for template, own in ((stack, {}), (destination, OF_DESTINATION)):
        for name, spec in template.parameters.items():
            right, wrong = own.get(name) or cases_of(name)
            for value in [*right, *([spec["Default"]] if "Default" in spec else [])]:
                assert accepts(spec, value), f"{name} refuses {value!r}"
            for value in wrong:
                assert not accepts(spec, value), f"{name} takes {value!r}"


def test_parameters_are_few(stack: Template, destination: Template) -> None:
    assert len(stack.parameters) < 80
    assert len(destination.parameters) < 30
    for prefix, *_ in TYPES.values():
        assert len([name for name in stack.parameters if name.startswith(prefix)]) <= 10


def test_a_common_deployment_sets_three_to_six(stack: Template) -> None:
    common = {
        "AlarmEmail": "soc@example.com",
        "S3Bucket": "acme-archive",
        "SplunkEndpoint": "https://splunk.example.com:8088",
        "SplunkSecretArn": SECRET,
        "SplunkSettings": 'index = "security"',
    }
    assert 3 <= len(common) <= 6
    assert not stack.refusals(**common)
    assert {"Splunk", "S3", "AlarmTopic"} <= set(stack.resources(**common))


def test_every_parameter_of_the_core_has_a_default(stack: Template) -> None:
    assert all("Default" in spec for spec in stack.parameters.values())


def test_a_destination_needs_its_core_its_name_and_its_type(destination: Template) -> None:
    needed = {name for name, spec in destination.parameters.items() if "Default" not in spec}
    assert needed == {"Core", "Name", "Type"}


@pytest.mark.parametrize("path", ["stack", "destination"])
def test_every_parameter_has_a_description_and_one_group(path: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(path)
    interface = template.source["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template.parameters)
    for name, spec in template.parameters.items():
        assert spec["Description"].strip().endswith("."), f"{name} has no description"


def test_the_console_labels_the_cores_parameters(stack: Template) -> None:
    labels = stack.source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]
    assert set(labels) == set(stack.parameters)


def test_modules_describe_their_parameters(nested: dict[str, Template]) -> None:
    for path, module in nested.items():
        assert all(spec.get("Description") for spec in module.parameters.values()), path


def test_texts_have_a_limit_or_a_pattern(stack: Template, destination: Template) -> None:
    for template in (stack, destination):
        for name, spec in template.parameters.items():
            if spec["Type"] == "String":
                assert {"MaxLength", "AllowedPattern", "AllowedValues"} & set(spec), name


def test_nothing_that_a_template_puts_into_a_route_can_break_it(stack: Template) -> None:
    """Filters are TOML of the user's, which the check holds against the router's reader."""
    for name, spec in stack.parameters.items():
        if spec["Type"] == "String" and not name.endswith(("Settings", "Filter")):
            assert not accepts(spec, "a'b"), name
            assert not accepts(spec, "a\nb"), name


def test_no_parameter_takes_a_secret_itself(stack: Template, destination: Template) -> None:
    for name in (*stack.parameters, *destination.parameters):
        assert not re.search(r"(Token|Password|ApiKey|Secret)$", name), name


def test_the_examples_of_the_tests_are_taken(stack: Template, destination: Template) -> None:
    assert not stack.refusals(**EVERYTHING)
    for kind in TYPES:
        assert not destination.refusals(**instance(kind))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SplunkEndpoint": "https://splunk.example.com"}, "SplunkSecretArn"),
        ({"DatadogSite": "datadoghq.eu"}, "DatadogSecretArn"),
        ({"ElasticSecretArn": SECRET, "ElasticResourceArn": DOMAIN}, "not both"),
        ({"S3ExternalId": "me"}, "S3RoleArn"),
        ({"SecurityLakeExternalId": "vault"}, "go together"),
        ({"SecurityLakeRoleArn": LAKE_ROLE}, "go together"),
        ({"AlarmEmail": "a@b.example", "AlarmTopicArn": TOPIC}, "not both"),
        ({"VpcSubnetIds": "subnet-0a1b2c3d"}, "go together"),
        ({"VpcSecurityGroupIds": "sg-0a1b2c3d"}, "go together"),
    ],
)
def test_the_core_refuses_what_does_not_go_together(
    stack: Template, given: dict[str, str], said: str
) -> None:
    (refusal,) = stack.refusals(**given)
    assert said in refusal


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        *((kind, {"Address": ""}, "Address is required") for kind in TYPES if kind != "webhook"),
        ("webhook", {"SecretArn": ""}, "needs SecretArn"),
        ("splunk_hec", {"SecretArn": ""}, "SecretArn is required"),
        ("datadog", {"SecretArn": ""}, "SecretArn is required"),
        ("s3", {"ExternalId": "me"}, "needs RoleArn"),
        ("otlp", {"RoleArn": WRITER}, "for s3 and security_lake"),
        ("syslog", {"RoleArn": WRITER}, "for s3 and security_lake"),
        ("security_lake", {"RoleArn": WRITER}, "needs ExternalId"),
        ("security_lake", {"FlushIntervalSeconds": "60"}, "300, 600"),
        ("elastic", {"VpcSubnetIds": "subnet-0a1b2c3d"}, "go together"),
    ],
)
def test_a_destination_refuses_what_does_not_go_together(
    destination: Template, kind: str, given: dict[str, str], said: str
) -> None:
    (refusal,) = destination.refusals(**instance(kind, **given))
    assert said in refusal


def test_a_webhook_may_have_its_url_in_its_secret_or_in_the_open(destination: Template) -> None:
    assert not destination.refusals(**instance("webhook"))
    plain = instance("webhook", Address="https://hooks.example.com/x", SecretArn="")
    assert not destination.refusals(**plain)
