"""Datadog's log intake and key validation as far as a sender sees them.

Statuses and limits are those of Datadog's page "Send logs": 202 with `{}`, 5 MB and 1,000 logs a request.
"""

import json
from typing import Any

from .scripted import Receiver, Reply, Request

MOST_BYTES = 5_000_000
MOST_LOGS = 1_000
JSON = {"content-type": "application/json"}
ACCEPTED = Reply(202, b"{}", JSON)


def errors(status: int, title: str) -> Reply:
    """An error as the intake words it."""
    body = json.dumps({"errors": [{"status": str(status), "title": title}]})
    return Reply(status, body.encode(), JSON)


class Datadog(Receiver):
    """An intake with one API key. A request with a log for which `refuses` is true is refused whole."""

    def __init__(self, api_key: str):
        self.api_key = api_key
        super().__init__()

    def id_of(self, event: dict[str, Any]) -> str:
        """The attribute that a query counts different events by."""
        return event["evt"]["id"]

    def respond(self, request: Request) -> Reply:
        path = request.path.split("?")[0]
        if (request.method, path) not in (("GET", "/api/v1/validate"), ("POST", "/api/v2/logs")):
            return errors(404, "Not Found")
        key = request.headers.get("dd-api-key")
        if not key:
            return errors(401, "Unauthorized")
        if key != self.api_key:
            return errors(403, "Forbidden")
        return Reply(200, b'{"valid":true}', JSON) if request.method == "GET" else self._take(request)

    def _take(self, request: Request) -> Reply:
        body = request.decoded()
        if len(body) > MOST_BYTES:
            return errors(413, "Payload Too Large")
        try:
            logs = json.loads(body)
        except ValueError:
            return errors(400, "Bad Request")
        if logs == {}:  # the connection test
            return ACCEPTED
        if not isinstance(logs, list) or len(logs) > MOST_LOGS or not all(map(self._good, logs)):
            return errors(400, "Bad Request")
        self.take(logs)
        return ACCEPTED

    def _good(self, log: Any) -> bool:
        return isinstance(log, dict) and isinstance(log.get("message"), str) and not self.refuses(log)
