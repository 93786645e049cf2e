"""An OpenTelemetry collector's HTTP interface for logs, in JSON.

By the OTLP specification: an empty answer is success, 429 and 503 may be tried again, other refusals may not.
Protobuf and gRPC are shown by the function's own tests and against a real collector (`make conformance`).
"""

import json
from collections.abc import Iterator
from typing import Any

from .scripted import Receiver, Reply, Request

JSON = {"content-type": "application/json"}


def status(code: int, message: str) -> Reply:
    """An error: a `google.rpc.Status`."""
    return Reply(code, json.dumps({"code": 3, "message": message}).encode(), JSON)


class Otlp(Receiver):
    """A collector that wants one bearer token. A refused record makes it refuse the whole request."""

    def __init__(self, token: str):
        self.token = token
        super().__init__()

    def id_of(self, event: dict[str, Any]) -> str:
        """The attribute that names a record."""
        return next(
            attribute["value"]["stringValue"]
            for attribute in event["attributes"]
            if attribute["key"] == "log.record.uid"
        )

    def respond(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", "/v1/logs"):
            return Reply(404)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return status(401, "unauthenticated")
        if request.headers.get("content-type") != "application/json":
            return Reply(415)
        try:
            records = list(_records(json.loads(request.decoded())))
        except (ValueError, KeyError):
            return status(400, "malformed")
        if any(map(self.refuses, records)):
            return status(400, "refused")
        self.take(records)
        return Reply(200, b"{}", JSON)


def _records(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The log records of all resources and scopes, each with its resource beside it."""
    for resource in body.get("resourceLogs", []):
        for scope in resource.get("scopeLogs", []):
            for record in scope["logRecords"]:
                yield {"resource": resource.get("resource", {}), **record}
