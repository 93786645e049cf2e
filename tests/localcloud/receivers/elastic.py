"""Elasticsearch's bulk interface as far as a sender sees it.

A request is answered with one item for each action, in their order; `create` never overwrites (409). The
form of answers is that of Elasticsearch's page "Bulk API".
"""

import json
from collections.abc import Iterator
from typing import Any

from .scripted import Receiver, Reply, Request

HEADERS = {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}
ABOUT = {
    "name": "node-1",
    "cluster_name": "local",
    "version": {"number": "8.17.0"},
    "tagline": "You Know, for Search",
}
CONFLICT = (409, "version_conflict_engine_exception")
REFUSED = (400, "document_parsing_exception")


def answer(status: int, body: dict[str, Any]) -> Reply:
    """An answer as Elasticsearch sends it."""
    return Reply(status, json.dumps(body).encode(), HEADERS)


def failure(status: int, kind: str) -> Reply:
    """An error about the whole request."""
    return answer(status, {"error": {"type": kind, "reason": kind}, "status": status})


class Elastic(Receiver):
    """A cluster with one encoded API key. A document for which `refuses` is true fails alone."""

    def __init__(self, api_key: str):
        self.api_key = api_key
        self._known: set[str] = set()
        super().__init__()

    def id_of(self, event: dict[str, Any]) -> str:
        """The document's own id."""
        return event["_id"]

    def forget(self) -> None:
        super().forget()
        self._known.clear()

    def respond(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"ApiKey {self.api_key}":
            return failure(401, "security_exception")
        path = request.path.split("?")[0]
        if (request.method, path) == ("GET", "/"):
            return answer(200, ABOUT)
        if request.method == "POST" and path.endswith("/_bulk"):
            return self._bulk(request.decoded())
        return failure(404, "resource_not_found_exception")

    def _bulk(self, body: bytes) -> Reply:
        if not body.endswith(b"\n"):
            return failure(400, "illegal_argument_exception")
        try:
            found = list(_documents(body))
        except (ValueError, KeyError):
            return failure(400, "illegal_argument_exception")
        items = [self._create(name, document) for name, document in found]
        errors = any("error" in item["create"] for item in items)
        return answer(200, {"took": 1, "errors": errors, "items": items})

    def _create(self, name: str, document: dict[str, Any]) -> dict[str, Any]:
        if "@timestamp" not in document or self.refuses({"_id": name, **document}):
            return _item(name, *REFUSED)
        with self._lock:
            known = name in self._known
            self._known.add(name)
        if known:
            return _item(name, *CONFLICT)
        self.take([{"_id": name, **document}])
        return {"create": {"_id": name, "status": 201, "result": "created"}}


def _item(name: str, status: int, kind: str) -> dict[str, Any]:
    return {"create": {"_id": name, "status": status, "error": {"type": kind, "reason": kind}}}


def _documents(body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ids and documents of alternating lines; an action other than `create` is none of ours."""
    lines = iter(body.decode().splitlines())
    for action in lines:
        yield json.loads(action)["create"]["_id"], json.loads(next(lines, ""))
