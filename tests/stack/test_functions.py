"""What a function is given: its settings by one convention, and no right more than it needs."""

import json
import re
from typing import Any

import pytest
from templates import Template
from test_delivery import EVERYTHING, SECRET

ROLE = "infra/function-role.yaml"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/x"
DESTINATIONS = {
    "Splunk": "SPLUNK",
    "Datadog": "DATADOG",
    "Elastic": "ELASTIC",
    "S3": "S3",
    "SecurityLake": "SECURITY_LAKE",
    "Webhook": "WEBHOOK",
    "Otlp": "OTLP",
}
# How a function is run, and what only its role needs, does not reach its settings.
ELSEWHERE = {"FlushIntervalSeconds", "FlushIntervalMinutes", "MaxConcurrency", "AwsResourceArn"}
ELSEWHERE |= {"AlarmDelaySeconds", "MemoryMegabytes"}
COMMON = {"LOG_LEVEL", "QUEUE_URL", "DLQ_URL"}
FILTER = {
    "INCLUDE_CLASSES",
    "EXCLUDE_CLASSES",
    "INCLUDE_CATEGORIES",
    "MIN_SEVERITY",
    "LABELS",
    "ACTORS",
    "RESOURCES",
}
OWN = {
    "Splunk": {"ENDPOINT", "INDEX", "SOURCE", "SOURCETYPE", "HOST", "ACK", "MAX_REQUEST_BYTES"}
    | {"ALLOW_INSECURE", "ALLOW_PRIVATE_NETWORKS", "SECRET_ARN"},
    "Datadog": {"SITE", "ENDPOINT", "SOURCE", "SERVICE", "TAGS", "COMPRESSION"}
    | {"ALLOW_INSECURE", "ALLOW_PRIVATE_NETWORKS", "SECRET_ARN"},
    "Elastic": {
        "ENDPOINT",
        "INDEX",
        "DATA_STREAM",
        "PIPELINE",
        "FLAVOUR",
        "AWS_AUTH",
        "AWS_SERVICE",
        "REGION",
    }
    | {"MAX_REQUEST_BYTES", "COMPRESSION", "ALLOW_INSECURE", "ALLOW_PRIVATE_NETWORKS", "SECRET_ARN"},
    "S3": {"BUCKET", "REGION", "PREFIX", "COMPRESSION", "ROLE_ARN", "EXTERNAL_ID", "KMS_KEY_ID"}
    | {"EXPECTED_BUCKET_OWNER"},
    "SecurityLake": {"BUCKET", "REGION", "ACCOUNT_ID", "SOURCE_PREFIX", "SOURCES", "ROLE_ARN", "EXTERNAL_ID"}
    | {"EXPECTED_BUCKET_OWNER"},
    "Otlp": {"ENDPOINT", "PROTOCOL", "HEADERS", "TLS", "MAX_REQUEST_BYTES", "COMPRESSION"}
    | {"ALLOW_INSECURE", "ALLOW_PRIVATE_NETWORKS", "SECRET_ARN"},
    "Webhook": {"URL", "METHOD", "PRESET", "HEADERS", "BODY", "DEDUP", "TREAT_409_AS_SUCCESS", "PORTS"}
    | {"TEMPLATE", "ALLOW_INSECURE", "ALLOW_PRIVATE_NETWORKS", "SECRET_ARN"},
}


def environment(stack: Template, function: str, **given: Any) -> dict[str, str]:
    found = stack.resources(**{**EVERYTHING, **given})[f"{function}Function"]
    variables = found["Properties"]["Environment"]["Variables"]
    assert all(name.startswith("VAULT_EXPORT_") for name in variables)
    return {name.removeprefix("VAULT_EXPORT_"): value for name, value in variables.items()}


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_a_destination_is_told_by_the_keys_of_config_toml(stack: Template, destination: str) -> None:
    fixed = set() if destination == "SecurityLake" else {"FORMAT", "BATCH_SIZE"}  # nothing but OCSF there
    expected = COMMON | FILTER | fixed | OWN[destination]
    assert set(environment(stack, destination)) == expected


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_every_parameter_of_a_destination_reaches_its_function(stack: Template, destination: str) -> None:
    function = stack.of_type("AWS::Lambda::Function")[f"{destination}Function"]
    reached = json.dumps(function["Properties"]["Environment"])
    for name in stack.parameters:
        setting = name.removeprefix(destination)
        if name.startswith(destination) and setting not in ELSEWHERE:
            assert f'{{"Ref": "{name}"}}' in reached, name


def test_the_router_is_told_its_routes_as_flat_json(stack: Template) -> None:
    given = {f"{destination}Labels": "env=production,team=a b" for destination in DESTINATIONS}
    variables = environment(stack, "Router", **given, SplunkMinSeverity="High", WebhookActors="agent:*")
    expected = {"SOURCE_INSTANCE", "PHASES", "ADMIN_ACTORS", "ADD_LABELS"}
    assert set(variables) == COMMON | expected | {f"ROUTE_{name}" for name in DESTINATIONS.values()}
    routes = {name: json.loads(variables[f"ROUTE_{key}"]) for name, key in DESTINATIONS.items()}
    for name, route in routes.items():
        assert set(route) == {"queue_url", "batch_size"} | {key.lower() for key in FILTER}
        assert all(isinstance(value, str) for value in route.values())
        assert route["queue_url"] == f"<{name}Queue.Outputs.QueueUrl>"
        assert route["labels"] == "env=production,team=a b"
    assert (routes["Splunk"]["batch_size"], routes["S3"]["batch_size"]) == ("100", "1000")
    assert (routes["Splunk"]["min_severity"], routes["Webhook"]["actors"]) == ("High", "agent:*")


def test_a_route_exists_only_with_its_destination(stack: Template) -> None:
    assert "ROUTE_S3" not in environment(stack, "Router", S3Bucket="")
    assert "ROUTE_SPLUNK" in environment(stack, "Router", S3Bucket="")


def test_seven_destinations_fit_into_lambdas_four_kilobytes(stack: Template) -> None:
    variables = environment(stack, "Router")
    url = "https://sqs.ap-southeast-3.amazonaws.com/123456789012/vault-export-security-lake"
    sizes = {
        name: len(name) + len(re.sub("<[^>]+>", url, str(value))) + len("VAULT_EXPORT_")
        for name, value in variables.items()
    }
    routes = [size for name, size in sizes.items() if name.startswith("ROUTE_")]
    assert len(routes) == len(DESTINATIONS)
    assert sum(sizes.values()) < 4096


def role(nested: dict[str, Template], **given: Any) -> dict[str, list[dict[str, Any]]]:
    """The statements of a function's role by the name of their policy."""
    names = {"Name": "f", "QueueArn": "arn:queue", "DlqArn": "arn:dlq"}
    found = nested[ROLE].resources(**names, **given)["Role"]["Properties"]
    return {policy["PolicyName"]: policy["PolicyDocument"]["Statement"] for policy in found["Policies"]}


def test_a_role_reads_its_own_queue_and_its_own_secret_alone(nested: dict[str, Template]) -> None:
    statements = role(nested, SecretArn=SECRET)
    assert set(statements) == {"read-own-queue", "put-back-and-park", "write-own-log", "read-own-secret"}
    (queue,), (secret,) = statements["read-own-queue"], statements["read-own-secret"]
    assert queue["Resource"] == "arn:queue"
    assert (secret["Action"], secret["Resource"]) == ("secretsmanager:GetSecretValue", SECRET)
    assert statements["put-back-and-park"][0]["Resource"] == ["arn:queue", "arn:dlq"]
    assert "read-own-secret" not in role(nested)


def test_a_role_may_decrypt_where_a_key_of_the_users_is_in_use(nested: dict[str, Template]) -> None:
    statements = role(nested, SecretArn=SECRET, SecretsKmsKeyArn=KEY, KmsKeyArn=KEY + "2")
    (secret,), (queue,) = statements["decrypt-own-secret"], statements["use-queue-key"]
    assert (secret["Action"], secret["Resource"]) == ("kms:Decrypt", KEY)
    assert (queue["Action"], queue["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY + "2")
    for statement, service in ((secret, "secretsmanager"), (queue, "sqs")):
        via = {"StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}}
        assert statement["Condition"] == via
    assert "decrypt-own-secret" not in role(nested, SecretsKmsKeyArn=KEY)


def test_queue_keys_reach_roles_producers_and_queues(stack: Template) -> None:
    found = stack.resources(**EVERYTHING, KmsKeyArn=KEY)
    for name, resource in found.items():
        path = resource["Properties"].get("TemplateURL")
        if path in (
            "infra/function-queue.yaml",
            ROLE,
            "infra/producer-policy.yaml",
            "infra/alarm-topic.yaml",
        ):
            assert resource["Properties"]["Parameters"]["KmsKeyArn"] == KEY, name


def test_in_a_vpc_only_lambda_itself_handles_network_interfaces(nested: dict[str, Template]) -> None:
    allow, deny = role(nested, InVpc="true")["attach-to-vpc"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == deny["Action"]
    assert deny["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].endswith(":function:f")
    assert "attach-to-vpc" not in role(nested)


def test_a_boundary_is_put_on_every_role(stack: Template, nested: dict[str, Template]) -> None:
    boundary = "arn:aws:iam::123456789012:policy/bound"
    roles = [
        resource["Properties"]["Parameters"]
        for resource in stack.resources(**EVERYTHING, PermissionsBoundaryArn=boundary).values()
        if resource["Properties"].get("TemplateURL") in (ROLE, "infra/schedule.yaml")
    ]
    assert [given["PermissionsBoundaryArn"] for given in roles] == [boundary] * (2 + len(DESTINATIONS))
    names = {"Name": "f", "QueueArn": "q", "DlqArn": "d"}
    for path, given in ((ROLE, names), ("infra/schedule.yaml", {"FunctionArn": "f", "Minutes": 5})):
        made = nested[path].resources(**given, PermissionsBoundaryArn=boundary)["Role"]
        assert made["Properties"]["PermissionsBoundary"] == boundary
    assert not stack.of_type("AWS::IAM::Role")


def test_s3_writes_below_its_prefix_or_assumes_its_role_and_not_both(stack: Template) -> None:
    plain = stack.resources(**EVERYTHING, S3Prefix="audit/", S3KmsKeyArn=KEY)
    put, key = plain["S3Write"]["Properties"]["PolicyDocument"]["Statement"]
    assert (put["Action"], put["Resource"]) == ("s3:PutObject", "arn:aws:s3:::acme-archive/audit/*")
    assert key["Resource"] == KEY
    assert "S3AssumeRole" not in plain
    writer = "arn:aws:iam::210987654321:role/writer"
    other = stack.resources(**EVERYTHING, S3RoleArn=writer)
    (assume,) = other["S3AssumeRole"]["Properties"]["PolicyDocument"]["Statement"]
    assert (assume["Action"], assume["Resource"]) == ("sts:AssumeRole", writer)
    assert "S3Write" not in other


@pytest.mark.parametrize(
    ("service", "arn", "action", "resource"),
    [
        ("", "arn:aws:es:eu-central-1:123456789012:domain/audit", "es:ESHttpPost", "/*"),
        ("aoss", "arn:aws:aoss:eu-central-1:123456789012:collection/a1b2", "aoss:APIAccessAll", ""),
    ],
)
def test_elastic_may_write_to_its_domain_or_collection_where_it_signs(
    stack: Template, service: str, arn: str, action: str, resource: str
) -> None:
    given = {"ElasticAwsAuth": "true", "ElasticAwsService": service, "ElasticAwsResourceArn": arn}
    found = stack.resources(**EVERYTHING, **given)
    (statement,) = found["ElasticWrite"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (action, arn + resource)
    assert "ElasticWrite" not in stack.resources(**EVERYTHING)


def test_the_lake_is_written_below_ext_or_by_the_roles_of_its_sources(stack: Template) -> None:
    lake = EVERYTHING["SecurityLakeBucket"]
    plain = stack.resources(**EVERYTHING)
    (put,) = plain["SecurityLakeWrite"]["Properties"]["PolicyDocument"]["Statement"]
    assert (put["Action"], put["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{lake}/ext/*")
    assert "SecurityLakeAssumeRole" not in plain
    role = "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-central-1"
    other = stack.resources(**EVERYTHING, SecurityLakeRoleArn=role, SecurityLakeExternalId="vault")
    (assume,) = other["SecurityLakeAssumeRole"]["Properties"]["PolicyDocument"]["Statement"]
    assert (assume["Action"], assume["Resource"]) == ("sts:AssumeRole", role.replace("{source}", "*"))
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": "vault"}}
    assert "SecurityLakeWrite" not in other


def test_the_router_fills_the_queues_that_exist(stack: Template) -> None:
    found = stack.resources(**{**EVERYTHING, "S3Bucket": ""})
    (statement,) = found["RouterRoutes"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    filled = [resource["Fn::GetAtt"][0] for resource in statement["Resource"]]
    assert filled == [f"{name}Queue" for name in DESTINATIONS if name != "S3"]


def test_no_permission_is_a_wildcard(stack: Template, nested: dict[str, Template]) -> None:
    for name, template in {"template.yaml": stack, **nested}.items():
        for statement in allowed(template.source["Resources"]):
            for action in as_list(statement["Action"]):
                assert "*" not in action, f"{name} allows {action}"
            if "*" in as_list(statement["Resource"]):
                # EC2 takes no narrower resource for network interfaces.
                assert all(action.startswith("ec2:") for action in statement["Action"]), name


def allowed(node: Any) -> list[dict[str, Any]]:
    """Every statement that allows something, wherever it stands; a key policy speaks of its own key."""
    if isinstance(node, list):
        return [found for item in node for found in allowed(item)]
    if not isinstance(node, dict):
        return []
    here = [node] if node.get("Effect") == "Allow" and "Resource" in node else []
    return here + [found for name, item in node.items() if name != "KeyPolicy" for found in allowed(item)]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_functions_run_as_designed(stack: Template) -> None:
    for name, function in stack.resources(**EVERYTHING).items():
        if function["Type"] == "AWS::Lambda::Function":
            properties = function["Properties"]
            assert (properties["Runtime"], properties["Handler"]) == ("provided.al2023", "bootstrap"), name
            assert properties["Architectures"] == ["arm64"], name
            assert properties["Role"]["Fn::GetAtt"][1] == "Outputs.RoleArn", name
            assert properties["LoggingConfig"]["LogGroup"]["Fn::GetAtt"][1] == "Outputs.LogGroupName", name
            assert "VpcConfig" not in properties
