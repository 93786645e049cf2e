"""Splunk's HTTP Event Collector as far as a sender sees it.

Codes, statuses and the rule that everything before a refused object is indexed and nothing from it
on are those measured against Splunk Enterprise 10.4 ("Troubleshoot HTTP Event Collector" lists them).
"""

import json
from collections.abc import Iterator
from typing import Any

from .scripted import Receiver, Reply, Request

MEMBERS = {"event", "time", "host", "source", "sourcetype", "index", "fields"}
TEXTS = {
    0: (200, "Success"),
    2: (401, "Token is required"),
    3: (401, "Invalid authorization"),
    4: (403, "Invalid token"),
    5: (400, "No data"),
    6: (400, "Invalid data format"),
    7: (400, "Incorrect index"),
    9: (503, "Server is busy"),
    12: (400, "Event field is required"),
    13: (400, "Event field cannot be blank"),
    15: (400, "Error in handling indexed fields"),
    17: (200, "HEC is healthy"),
    26: (429, "HEC queue is at capacity and cannot process any more requests"),
}
NOT_FOUND = Reply(404, b'{"text":"The requested URL was not found on this server.","code":404}')


def hec(code: int, **members: Any) -> Reply:
    """The answer with this code, as Splunk words it."""
    status, text = TEXTS[code]
    body = json.dumps({"text": text, "code": code, **members})
    return Reply(status, body.encode(), {"content-type": "application/json"})


def busy() -> Reply:
    """503: an indexer restarts or its queues are blocked."""
    return hec(9)


def at_capacity(*, retry_after: int) -> Reply:
    """429, with the time to wait."""
    reply = hec(26)
    return Reply(reply.status, reply.body, {**reply.headers, "retry-after": str(retry_after)})


class Splunk(Receiver):
    """A collector with one token. `refuses` says which objects it takes for malformed."""

    def __init__(self, token: str):
        self.token = token
        self.indexes: set[str] | None = None
        super().__init__()

    def id_of(self, event: dict[str, Any]) -> str:
        """The indexed field by which a search drops duplicates."""
        return event["fields"]["event_id"]

    def respond(self, request: Request) -> Reply:
        path = request.path.split("?")[0]
        if path in ("/services/collector/health", "/services/collector/health/1.0"):
            return hec(17)
        if path not in ("/services/collector", "/services/collector/event", "/services/collector/event/1.0"):
            return NOT_FOUND
        if request.headers.get("content-encoding", "gzip") != "gzip":
            return Reply(415, b"<html>Unsupported Media Type</html>")
        return self._unauthorized(request) or self._index(request.decoded())

    def _unauthorized(self, request: Request) -> Reply | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            return hec(2)
        if scheme != "Splunk":
            return hec(3)
        return None if token == self.token else hec(4)

    def _index(self, body: bytes) -> Reply:
        taken: list[dict[str, Any]] = []
        try:
            for number, item in enumerate(_objects(body.decode())):
                if (code := self._fault(item)) is not None:
                    self.take(taken)
                    # Splunk counts one too many where the index is at fault.
                    return hec(code, **{"invalid-event-number": number + (code == 7)})
                taken.append(item)
        except ValueError:
            self.take(taken)
            return hec(6, **{"invalid-event-number": len(taken)})
        self.take(taken)
        return hec(0) if taken else hec(5)

    def _fault(self, item: Any) -> int | None:
        if not isinstance(item, dict) or not MEMBERS.issuperset(item) or self.refuses(item):
            return 6
        if "event" not in item:
            return 12
        if item["event"] in ("", None):
            return 13
        fields = item.get("fields", {})
        if any(isinstance(value, dict) for value in fields.values()):
            return 15
        if not isinstance(item.get("time", 0), int | float):
            return 15
        if self.indexes is not None and item.get("index") not in self.indexes:
            return 7
        return None


def _objects(text: str) -> Iterator[Any]:
    """The values of a body that is JSON after JSON, with or without white space between."""
    decoder, at = json.JSONDecoder(), 0
    while (at := _skip_blank(text, at)) < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
