"""The receivers judge as the vendors do: what the stories rest on."""

import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Signer

from localcloud.receivers import CutConnection, Datadog, Elastic, Otlp, Receiver, Reply, Splunk, Webhook
from localcloud.receivers.splunk import at_capacity

SIGNING_SECRET = "whsec_" + base64.b64encode(b"a secret of these tests").decode()


@pytest.fixture
def splunk() -> Iterator[Splunk]:
    receiver = Splunk("token")
    yield receiver
    receiver.close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    receiver = Webhook(SIGNING_SECRET)
    yield receiver
    receiver.close()


def post(receiver: Receiver, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=5)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def index(splunk: Splunk, *objects: object, authorization: str = "Splunk token") -> tuple[int, dict]:
    body = gzip.compress("".join(map(json.dumps, objects)).encode())
    headers = {"authorization": authorization, "content-encoding": "gzip"}
    status, answer = post(splunk, "/services/collector/event", body, headers)
    return status, json.loads(answer)


def event(name: str, **members: object) -> dict:
    return {"event": {"name": name}, "fields": {"event_id": name}, **members}


def test_splunk_indexes_objects_with_nothing_between_them(splunk: Splunk) -> None:
    assert index(splunk, event("a"), event("b", time=1.5)) == (200, {"text": "Success", "code": 0})
    assert splunk.ids() == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        ({"event": None}, 13),
        ({"event": ""}, 13),
        ({"fields": {}}, 12),
        (event("x", time="yesterday"), 15),
        (event("x", extra=1), 6),
        ({"event": 1, "fields": {"nested": {"a": 1}}}, 15),
        ([1], 6),
    ],
)
def test_splunk_indexes_what_stands_before_a_refused_object(
    splunk: Splunk, refused: object, code: int
) -> None:
    status, answer = index(splunk, event("a"), refused, event("b"))
    assert (status, answer["code"], answer["invalid-event-number"]) == (400, code, 1)
    assert splunk.ids() == {"a": 1}


def test_splunk_counts_one_too_many_for_a_wrong_index(splunk: Splunk) -> None:
    splunk.indexes = {"vault"}
    status, answer = index(splunk, event("a", index="vault"), event("b", index="other"))
    assert (status, answer["code"], answer["invalid-event-number"]) == (400, 7, 2)
    assert splunk.ids() == {"a": 1}


@pytest.mark.parametrize(
    ("authorization", "status", "code"), [("", 401, 2), ("Bearer token", 401, 3), ("Splunk other", 403, 4)]
)
def test_splunk_refuses_other_tokens(splunk: Splunk, authorization: str, status: int, code: int) -> None:
    answer = index(splunk, event("a"), authorization=authorization)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert not splunk.ids()


def test_splunk_says_no_data_to_an_empty_body(splunk: Splunk) -> None:
    assert index(splunk)[1]["code"] == 5


def test_a_script_comes_first_and_takes_nothing(splunk: Splunk) -> None:
    splunk.answer_next(at_capacity(retry_after=1), Reply(502))
    assert [index(splunk, event("a"))[0], post(splunk, "/", b"", {})[0]] == [429, 502]
    assert not splunk.ids()
    assert index(splunk, event("a"))[0] == 200


@pytest.mark.parametrize("taken", [True, False])
def test_a_cut_connection_has_no_answer(splunk: Splunk, taken: bool) -> None:
    splunk.answer_next(CutConnection(taken=taken))
    with pytest.raises(http.client.RemoteDisconnected):
        index(splunk, event("a"))
    assert splunk.ids() == ({"a": 1} if taken else {})


@pytest.mark.parametrize(("tampered", "status"), [(False, 204), (True, 401)])
def test_a_webhook_is_taken_only_with_its_signature(webhook: Webhook, tampered: bool, status: int) -> None:
    body, now = json.dumps({"id": "a"}), datetime.now(UTC)
    signature = Signer(SIGNING_SECRET).sign("a", now, body)
    headers = {
        "webhook-id": "b" if tampered else "a",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    assert post(webhook, "/hooks/vault", body.encode(), headers)[0] == status
    assert webhook.ids() == ({} if tampered else {"a": 1})


@pytest.mark.parametrize(
    "body", [{"id": "a"}, {"type": "t", "data": {"id": "a"}}, {"events": [{"metadata": {"uid": "a"}}]}]
)
def test_a_webhook_body_is_an_event_an_envelope_or_several(webhook: Webhook, body: dict) -> None:
    text, now = json.dumps(body), datetime.now(UTC)
    headers = {
        "webhook-id": "a",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(SIGNING_SECRET).sign("a", now, text),
    }
    assert post(webhook, "/hooks/vault", text.encode(), headers)[0] == 204
    assert webhook.ids() == {"a": 1}


@pytest.fixture
def datadog() -> Iterator[Datadog]:
    receiver = Datadog("key")
    yield receiver
    receiver.close()


def logs(*names: str) -> list[dict]:
    return [{"message": "m", "evt": {"id": name}} for name in names]


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("key", logs("a", "b"), 202),
        ("key", {}, 202),
        ("key", logs("a")[0], 400),
        ("key", [{"evt": {"id": "a"}}], 400),
        ("key", logs(*map(str, range(1001))), 400),
        ("key", [{"message": "x" * 5_000_001}], 413),
        ("other", logs("a"), 403),
        ("", logs("a"), 401),
    ],
)
def test_datadog_takes_an_array_of_logs_with_its_key(
    datadog: Datadog, key: str, body: object, status: int
) -> None:
    headers = {"dd-api-key": key} if key else {}
    assert post(datadog, "/api/v2/logs", json.dumps(body).encode(), headers)[0] == status
    assert datadog.ids() == ({"a": 1, "b": 1} if body == logs("a", "b") else {})


def test_one_refused_log_makes_datadog_refuse_the_request(datadog: Datadog) -> None:
    datadog.refuses = lambda log: log["evt"]["id"] == "b"
    sent = json.dumps(logs("a", "b")).encode()
    assert post(datadog, "/api/v2/logs", sent, {"dd-api-key": "key"})[0] == 400
    assert not datadog.ids()


@pytest.fixture
def elastic() -> Iterator[Elastic]:
    receiver = Elastic("key")
    yield receiver
    receiver.close()


def bulk(
    elastic: Elastic, *names: str, authorization: str = "ApiKey key", end: str = "\n"
) -> tuple[int, dict]:
    lines = [
        line for name in names for line in ({"create": {"_id": name}}, {"@timestamp": "2026-11-20T08:00:00Z"})
    ]
    body = "\n".join(map(json.dumps, lines)) + end
    status, answer = post(elastic, "/audit/_bulk", body.encode(), {"authorization": authorization})
    return status, json.loads(answer)


def test_elasticsearch_answers_for_each_document_and_creates_none_twice(elastic: Elastic) -> None:
    elastic.refuses = lambda document: document["_id"] == "b"
    status, answer = bulk(elastic, "a", "b", "a")
    assert (status, answer["errors"]) == (200, True)
    assert [item["create"]["status"] for item in answer["items"]] == [201, 400, 409]
    assert elastic.ids() == {"a": 1}
    assert bulk(elastic, "c")[1]["errors"] is False


def test_elasticsearch_refuses_a_wrong_key_and_a_missing_newline(elastic: Elastic) -> None:
    assert bulk(elastic, "a", authorization="ApiKey other")[0] == 401
    assert bulk(elastic, "a", end="")[0] == 400
    assert not elastic.ids()


@pytest.fixture
def otlp() -> Iterator[Otlp]:
    receiver = Otlp("token")
    yield receiver
    receiver.close()


def export(
    otlp: Otlp, *names: str, authorization: str = "Bearer token", kind: str = "application/json"
) -> int:
    records = [{"attributes": [{"key": "log.record.uid", "value": {"stringValue": name}}]} for name in names]
    body = {"resourceLogs": [{"resource": {}, "scopeLogs": [{"logRecords": records}]}]}
    headers = {"authorization": authorization, "content-type": kind}
    return post(otlp, "/v1/logs", json.dumps(body).encode(), headers)[0]


def test_a_collector_takes_records_by_their_id(otlp: Otlp) -> None:
    assert export(otlp, "a", "b") == 200
    assert export(otlp) == 200
    assert otlp.ids() == {"a": 1, "b": 1}


def test_a_collector_refuses_a_wrong_token_a_wrong_type_and_a_refused_record(otlp: Otlp) -> None:
    assert export(otlp, "a", authorization="Bearer other") == 401
    assert export(otlp, "a", kind="text/plain") == 415
    otlp.refuses = lambda record: otlp.id_of(record) == "b"
    assert export(otlp, "a", "b") == 400
    assert not otlp.ids()
