"""No right wider than needed."""

import itertools
from typing import Any

import pytest
from examples import BOUNDARY, COLLECTION, DOMAIN, EVERYTHING, KEY, SECRET, TYPES, VPC, WRITER, instance
from templates import Template

OWN = {"read-own-queue", "put-back-and-park", "write-own-log"}
LAKE_ROLE = "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-central-1"
# AWS takes no narrower resource for these.
UNBOUND = ("ec2:", "xray:")


def statements(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The statements of a function's role by the name of their policy."""
    policies = found["Role"]["Properties"]["Policies"]
    return {policy["PolicyName"]: policy["PolicyDocument"]["Statement"] for policy in policies}


def role(destination: Template, kind: str, **given: Any) -> dict[str, list[dict[str, Any]]]:
    return statements(destination.resources(**instance(kind, **given)))


@pytest.mark.parametrize("kind", TYPES)
def test_a_role_reads_its_own_queue_and_its_own_secret_alone(destination: Template, kind: str) -> None:
    found = role(destination, kind)
    files = {"write-objects"} if kind in ("s3", "security_lake") else set()
    secret = {"read-own-secret"} if TYPES[kind][3] else set()
    assert set(found) == OWN | files | secret
    (queue,), (back,) = found["read-own-queue"], found["put-back-and-park"]
    (log,) = found["write-own-log"]
    own, dlq = {"Fn::GetAtt": ["Queue", "Arn"]}, {"Fn::GetAtt": ["Dlq", "Arn"]}
    assert queue["Resource"] == own
    assert (back["Action"], back["Resource"]) == ("sqs:SendMessage", [own, dlq])
    assert log["Resource"] == {"Fn::GetAtt": ["LogGroup", "Arn"]}
    if secret:
        (read,) = found["read-own-secret"]
        assert (read["Action"], read["Resource"]) == ("secretsmanager:GetSecretValue", SECRET)


def test_the_router_reads_its_routes_and_fills_the_queues_of_its_destinations(ingest: Template) -> None:
    found = statements(ingest.resources(Core="vault-export"))
    assert set(found) == OWN | {"read-routes", "fill-destination-queues", "read-pseudonym-key"}
    (routes,), (fill,) = found["read-routes"], found["fill-destination-queues"]
    here = "eu-central-1:123456789012"
    path = f"arn:aws:ssm:{here}:parameter/vault-export/vault-export/routes"
    assert (routes["Action"], routes["Resource"]) == ("ssm:GetParametersByPath", path)
    assert (fill["Action"], fill["Resource"]) == ("sqs:SendMessage", f"arn:aws:sqs:{here}:vault-export-*")


def test_the_router_reads_one_key_of_pseudonyms_its_own_or_the_users(ingest: Template) -> None:
    made = ingest.resources(Core="c")
    key = made["PseudonymKey"]
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["Properties"]["GenerateSecretString"]["PasswordLength"] == 64
    assert "KmsKeyId" not in key["Properties"]
    (read,) = statements(made)["read-pseudonym-key"]
    assert (read["Action"], read["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "PseudonymKey"})
    given = ingest.resources(Core="c", PseudonymSecretArn=SECRET, SecretsKmsKeyArn=KEY)
    assert "PseudonymKey" not in given
    (read,), (decrypt,) = statements(given)["read-pseudonym-key"], statements(given)["decrypt-own-secret"]
    assert (read["Resource"], decrypt["Resource"]) == (SECRET, KEY)
    assert decrypt["Condition"] == via("secretsmanager")
    assert ingest.resources(Core="c", SecretsKmsKeyArn=KEY)["PseudonymKey"]["Properties"]["KmsKeyId"] == KEY


def test_a_role_may_decrypt_where_a_key_of_the_users_is_in_use(
    destination: Template, ingest: Template
) -> None:
    found = role(destination, "splunk_hec", SecretsKmsKeyArn=KEY, KmsKeyArn=KEY + "2")
    (secret,) = found["decrypt-own-secret"]
    assert (secret["Action"], secret["Resource"]) == ("kms:Decrypt", KEY)
    assert secret["Condition"] == via("secretsmanager")
    for owner in (found, statements(ingest.resources(Core="c", KmsKeyArn=KEY + "2"))):
        queue, variables = owner["use-own-key"]
        assert (queue["Action"], queue["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY + "2")
        assert queue["Condition"] == via("sqs")
        assert (variables["Action"], variables["Resource"]) == ("kms:Decrypt", KEY + "2")
        assert variables["Condition"] == via("lambda")
    assert "decrypt-own-secret" not in role(destination, "s3", SecretsKmsKeyArn=KEY)


def via(service: str) -> dict[str, Any]:
    return {"StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}}


def test_keys_boundary_and_tracing_reach_every_nested_stack_that_takes_them(
    stack: Template, nested: dict[str, Template]
) -> None:
    common = {"KmsKeyArn": KEY, "PermissionsBoundaryArn": BOUNDARY, "Tracing": "true"}
    found = stack.resources(**EVERYTHING, **common)
    for name, resource in found.items():
        if path := resource["Properties"].get("TemplateURL"):
            taken = set(common) & set(nested[path].parameters)
            given = resource["Properties"]["Parameters"]
            assert {key: given[key] for key in taken} == {key: common[key] for key in taken}, name
    assert found["Router"]["Properties"]["KmsKeyArn"] == KEY
    assert found["Router"]["Properties"]["TracingConfig"] == {"Mode": "Active"}


def test_a_boundary_is_put_on_every_role(destination: Template, ingest: Template, stack: Template) -> None:
    for template, given in ((destination, instance("security_lake")), (ingest, {"Core": "c"})):
        found = template.resources(**given, PermissionsBoundaryArn=BOUNDARY).values()
        roles = [r["Properties"] for r in found if r["Type"] == "AWS::IAM::Role"]
        assert roles
        assert all(made["PermissionsBoundary"] == BOUNDARY for made in roles)
    assert not stack.of_type("AWS::IAM::Role")


def test_in_a_vpc_only_lambda_itself_handles_network_interfaces(
    destination: Template, ingest: Template
) -> None:
    for found, function in (
        (role(destination, "otlp", **VPC), "otlp"),
        (statements(ingest.resources(Core="vault-export", InVpc="true")), "router"),
    ):
        allow, deny = found["attach-to-vpc"]
        assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
        assert allow["Action"] == deny["Action"]
        source = deny["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]
        assert source.endswith(f":function:vault-export-{function}")
    assert "attach-to-vpc" not in role(destination, "otlp")


def test_the_core_puts_its_router_into_the_vpc_too(stack: Template) -> None:
    found = stack.resources(**EVERYTHING, **VPC)
    assert found["Ingest"]["Properties"]["Parameters"]["InVpc"] == "true"
    assert found["Router"]["Properties"]["VpcConfig"]["SecurityGroupIds"] == ["sg-0a1b2c3d"]
    for prefix, *_ in TYPES.values():
        assert VPC.items() <= found[prefix]["Properties"]["Parameters"].items()


def test_traces_are_written_where_they_are_asked_for(destination: Template, ingest: Template) -> None:
    for on in ({}, {"Tracing": "true"}):
        for found in (role(destination, "s3", **on), statements(ingest.resources(Core="c", **on))):
            assert ("write-traces" in found) == bool(on)


def test_s3_writes_its_objects_or_assumes_its_role_and_not_both(destination: Template) -> None:
    (put,) = role(destination, "s3")["write-objects"]
    assert (put["Action"], put["Resource"]) == ("s3:PutObject", "arn:aws:s3:::acme-archive/*")
    narrow = role(destination, "s3", ResourceArn="arn:aws:s3:::acme-archive/audit/*", ObjectKmsKeyArn=KEY)
    assert narrow["write-objects"][0]["Resource"] == "arn:aws:s3:::acme-archive/audit/*"
    (key,) = narrow["encrypt-objects"]
    assert (key["Action"], key["Resource"]) == ("kms:GenerateDataKey", KEY)
    other = role(destination, "s3", RoleArn=WRITER, ObjectKmsKeyArn=KEY)
    (assume,) = other["assume-writing-role"]
    assert (assume["Action"], assume["Resource"]) == ("sts:AssumeRole", WRITER)
    assert "Condition" not in assume
    assert not {"write-objects", "encrypt-objects"} & set(other)
    (bound,) = role(destination, "s3", RoleArn=WRITER, ExternalId="me")["assume-writing-role"]
    assert bound["Condition"] == {"StringEquals": {"sts:ExternalId": "me"}}


def test_the_lake_is_written_below_ext_or_by_the_roles_of_its_sources(destination: Template) -> None:
    (put,) = role(destination, "security_lake")["write-objects"]
    lake = TYPES["security_lake"][2]
    assert (put["Action"], put["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{lake}/ext/*")
    other = role(destination, "security_lake", RoleArn=LAKE_ROLE, ExternalId="vault")
    (assume,) = other["assume-writing-role"]
    assert (assume["Action"], assume["Resource"]) == ("sts:AssumeRole", LAKE_ROLE.replace("{source}", "*"))
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": "vault"}}
    assert "write-objects" not in other


@pytest.mark.parametrize("arn", [DOMAIN, COLLECTION])
def test_elastic_may_write_to_its_domain_or_collection_where_it_signs(
    destination: Template, arn: str
) -> None:
    found = role(destination, "elastic", SecretArn="", ResourceArn=arn)
    domain, collection = found["write-documents"]
    assert (domain["Action"], domain["Resource"]) == ("es:ESHttpPost", f"{arn}/*")
    assert (collection["Action"], collection["Resource"]) == ("aoss:APIAccessAll", arn)
    assert "write-documents" not in role(destination, "elastic")
    assert "write-documents" not in role(destination, "s3", ResourceArn="arn:aws:s3:::acme-archive/*")


def test_no_permission_is_a_wildcard(stack: Template, nested: dict[str, Template]) -> None:
    for name, template in {"template.yaml": stack, **nested}.items():
        for statement in allowed(template.source["Resources"]):
            for action in as_list(statement["Action"]):
                assert "*" not in action, f"{name} allows {action}"
            if "*" in as_list(statement["Resource"]):
                assert all(action.startswith(UNBOUND) for action in statement["Action"]), name


def allowed(node: Any) -> list[dict[str, Any]]:
    """Every statement that allows something, wherever it stands; a key policy speaks of its own key."""
    if isinstance(node, list):
        return list(itertools.chain.from_iterable(map(allowed, node)))
    if not isinstance(node, dict):
        return []
    here = [node] if node.get("Effect") == "Allow" and "Resource" in node else []
    return here + [found for name, item in node.items() if name != "KeyPolicy" for found in allowed(item)]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
