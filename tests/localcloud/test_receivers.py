"""The receivers judge as the vendors do: what the stories rest on."""

import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Signer

from localcloud.receivers import CutConnection, Receiver, Reply, Splunk, Webhook
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
