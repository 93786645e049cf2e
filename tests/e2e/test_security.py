"""Rights no wider than needed, and no secret anywhere."""

import json
import secrets
from typing import Any

import boto3
import events
import pytest
from botocore.exceptions import ClientError
from deployed import Stack
from localcloud import ledger
from localcloud.destinations import BUCKET, DESTINATIONS, INSTANCES, LAKE, RECEIVERS, secret_name
from localcloud.ministack import REGION


def test_a_router_that_may_not_fill_the_queues_keeps_its_messages(stack: Stack) -> None:
    with stack.without_policy("router", "fill-destination-queues"):
        sent = stack.send_events(events.native(20, "unrouted"))
        stack.wait_until_refused("Ingest")
        assert not stack.delivered("Splunk")
        assert not stack.parked("Ingest")
    stack.wait_until_arrived(sent, seconds=120)


def test_an_archive_that_may_not_be_written_keeps_its_messages(stack: Stack) -> None:
    with stack.without_policy("s3", "write-objects"):
        sent = stack.send_events(events.native(20, "unwritten"))
        stack.wait_until_arrived(sent, *set(DESTINATIONS) - {"S3"})
        stack.wait_until_refused("S3")
        assert set(stack.account("S3").queued) == sent
        assert not stack.delivered("S3")
        assert not stack.parked("S3")
    stack.wait_until_arrived(sent, "S3", seconds=120)


def test_a_lake_that_may_not_be_written_keeps_its_messages(stack: Stack) -> None:
    with stack.without_policy("security-lake", "write-objects"):
        sent = stack.send_events(events.native(20, "unlaked"))
        stack.wait_until_refused("SecurityLake")
        assert set(stack.account("SecurityLake").queued) == sent
        assert not stack.delivered("SecurityLake")
        assert not stack.parked("SecurityLake")
    stack.wait_until_arrived(sent, "SecurityLake", seconds=120)


def test_a_producer_may_send_to_the_ingest_queue_and_nothing_else(stack: Stack) -> None:
    producer = producer_of(stack, "vault-host")
    ingest, splunk = (stack.deployment.queues[name] for name in ("ingest", "splunk"))
    (event,) = events.native(1, "producer")
    producer.send_message(QueueUrl=ingest, MessageBody=json.dumps(event))
    stack.wait_until_arrived({event["id"]}, "Splunk")
    assert denied(producer.receive_message, QueueUrl=ingest)
    assert denied(producer.send_message, QueueUrl=splunk, MessageBody="{}")


def producer_of(stack: Stack, name: str) -> Any:
    """An SQS client of a new user that has the producer's policy alone."""
    iam = stack.cloud.client("iam")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=stack.deployment.outputs["ProducerPolicyArn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "sqs",
        endpoint_url=stack.cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def denied(call: Any, **arguments: Any) -> bool:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return "AccessDenied" in refusal.value.response["Error"]["Code"]


class Impostor:
    """A user with the rights of a function's role, to try what the function may do."""

    def __init__(self, stack: Stack, function: str):
        iam = stack.cloud.client("iam")
        configuration = stack.cloud.client("lambda").get_function_configuration(FunctionName=function)
        role, self._name = configuration["Role"].rsplit("/", 1)[1], f"like-{function}"
        self._iam, self._endpoint = iam, stack.cloud.endpoint
        iam.create_user(UserName=self._name)
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            iam.put_user_policy(UserName=self._name, PolicyName=policy, PolicyDocument=json.dumps(document))
        self._key = iam.create_access_key(UserName=self._name)["AccessKey"]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=self._key["AccessKeyId"],
            aws_secret_access_key=self._key["SecretAccessKey"],
        )


@pytest.fixture
def foreign(stack: Stack) -> str:
    """A queue of somebody else."""
    return stack.cloud.client("sqs").create_queue(QueueName="foreign")["QueueUrl"]


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_a_destinations_function_is_denied_everything_but_its_own(
    stack: Stack, foreign: str, destination: str
) -> None:
    own, routes = INSTANCES[destination], stack.deployment.routes
    like = Impostor(stack, routes[own]["function"])
    sqs, secrets_manager, s3, ssm = map(like.client, ("sqs", "secretsmanager", "s3", "ssm"))
    sqs.receive_message(QueueUrl=routes[own]["queue_url"], WaitTimeSeconds=0)
    sqs.send_message(QueueUrl=routes[own]["dlq_url"], MessageBody="{}")
    others = [route["queue_url"] for name, route in routes.items() if name != own]
    for url in (foreign, *others, stack.deployment.queues["ingest"]):
        assert denied(sqs.receive_message, QueueUrl=url)
        assert denied(sqs.send_message, QueueUrl=url, MessageBody="{}")
    for name in RECEIVERS:
        call = {"SecretId": secret_name(name)}
        if name == destination:
            assert secrets_manager.get_secret_value(**call)["SecretString"]
        else:
            assert denied(secrets_manager.get_secret_value, **call)
    for bucket, owner in ((BUCKET, "S3"), (LAKE, "SecurityLake")):
        if owner == destination:
            s3.put_object(Bucket=bucket, Key="ext/like", Body=b"")
            stack.cloud.client("s3").delete_object(Bucket=bucket, Key="ext/like")
        else:
            assert denied(s3.put_object, Bucket=bucket, Key="ext/like", Body=b"")
        assert denied(s3.get_object, Bucket=bucket, Key="ext/like")
    assert denied(ssm.get_parameters_by_path, Path=stack.deployment.outputs["RoutesPath"])


def test_the_router_is_denied_foreign_queues_routes_and_every_secret(stack: Stack, foreign: str) -> None:
    like = Impostor(stack, f"{stack.deployment.stack}-router")
    sqs, secrets_manager, ssm = map(like.client, ("sqs", "secretsmanager", "ssm"))
    path = stack.deployment.outputs["RoutesPath"]
    assert ssm.get_parameters_by_path(Path=path)["Parameters"]
    for other in ("/", "/vault-export", "/vault-export/other/routes"):
        assert denied(ssm.get_parameters_by_path, Path=other)
    for name, url in stack.deployment.queues.items():
        sqs.send_message(QueueUrl=url, MessageBody=" ")
        if name != "ingest":
            assert denied(sqs.receive_message, QueueUrl=url)
    assert denied(sqs.send_message, QueueUrl=foreign, MessageBody="{}")
    for name in RECEIVERS:
        assert denied(secrets_manager.get_secret_value, SecretId=secret_name(name))


def test_queues_refuse_plain_text(stack: Stack) -> None:
    plain = stack.cloud.client("sqs")
    plain.meta.events.register("before-send.sqs", come_in_by_http)
    for urls in (stack.deployment.queues, stack.deployment.dlqs):
        for name, url in urls.items():
            assert denied(plain.get_queue_attributes, QueueUrl=url, AttributeNames=["QueueArn"]), name


def come_in_by_http(request: Any, **_: Any) -> None:
    """Marks a request as a balancer marks one that came without TLS."""
    request.headers["x-forwarded-proto"] = "http"


def canaries() -> dict[str, str]:
    """A secret of each kind, made at run time, by where it is put."""
    word = secrets.token_hex(12)
    return {
        "vault_data": f"plain-{word}-data",
        "vault_token": f"hvs.CAESI{word}{word}",
        "vault_header": f"Bearer-{word}-header",
        "sanctum_detail": f"AKIA{word[:16].upper()}",
        "syncropel_body": f"unlisted-{word}-member",
        "syncropel_notes": f"ghp_{word}{word[:12]}",
        "native_password": f"pw-{word}-password",
        "native_message": f"xoxb-{word}-{word}",
    }


def lines_with(hidden: dict[str, str]) -> list[str]:
    """A line of each source that holds canaries where secrets can be."""
    vault = json.loads((events.SAMPLES / "hashicorp_vault" / "audit.jsonl").read_text().splitlines()[5])
    vault["request"]["id"] = "canary-vault"
    vault["request"]["data"] = {"password": hidden["vault_data"]}
    vault["response"]["data"] = {"data": {"key": hidden["vault_data"]}}
    vault["request"]["headers"] = {"authorization": [hidden["vault_header"]]}
    vault["request"]["client_token"] = vault["auth"]["client_token"] = hidden["vault_token"]
    sanctum = json.loads((events.SAMPLES / "sanctum" / "sanctum_events.jsonl").read_text().splitlines()[6])
    sanctum.update(id="canary-sanctum", detail=f"used {hidden['sanctum_detail']} for the call")
    (native,) = events.native(1, "canary-native")
    native["details"] = {"password": hidden["native_password"], "attempts": 3}
    native["message"] = f"posted with {hidden['native_message']}"
    syncropel = json.loads((events.SAMPLES / "syncropel" / "audit_export.jsonl").read_text().splitlines()[3])
    syncropel["record"].update(id="c" * 64)
    syncropel["record"].pop("parents", None)
    syncropel["record"]["body"].update(
        secret_value=hidden["syncropel_body"], review_notes=f"rotate {hidden['syncropel_notes']} now"
    )
    return [json.dumps(line) for line in (vault, sanctum, native, syncropel)]


def test_no_canary_leaves_by_any_way(stack: Stack) -> None:
    hidden = canaries()
    stack.splunk.refuses = lambda item: item["fields"]["event_id"] == "canary-sanctum"
    arriving = {"canary-vault:response", "canary-native-00000", "c" * 64}
    stack.send(lines_with(hidden))
    stack.wait_until_arrived(arriving, "Splunk")
    stack.wait_until_arrived(arriving | {"canary-sanctum"}, *set(DESTINATIONS) - {"Splunk"})
    stack.wait_until_settled()
    assert len(stack.parked("Splunk")) == 1
    places = {
        **{
            f"a request to {name}": b"".join(request.decoded() for request in receiver.requests)
            for name, receiver in stack.receivers.items()
        },
        "the lake": repr(ledger.lake_events(stack.cloud, LAKE)).encode(),
        "the archive": json.dumps(ledger.archived(stack.cloud, BUCKET)).encode(),
        "a dead letter": repr([stack.parked(name) for name in ("Ingest", *DESTINATIONS)]).encode(),
        "a log line or metric": stack.logs().encode(),
    }
    for place, content in places.items():
        assert content, place
        found = [name for name, canary in hidden.items() if canary.encode() in content]
        assert not found, f"{found} in {place}"


def test_what_cannot_be_read_is_parked_without_its_secrets_and_quoted_nowhere(stack: Stack) -> None:
    word = secrets.token_hex(12)
    stack.send([json.dumps({"unknown": "shape", "password": f"pw-{word}", "note": f"hvs.CAESI{word}{word}"})])
    stack.wait(lambda: stack.parked("Ingest"), seconds=30, what="the record in the ingest dead-letter queue")
    assert word not in stack.logs()
    (parked,) = stack.parked("Ingest")
    assert json.loads(parked.body)["unknown"] == "shape"
    assert word not in repr(parked)
