"""A webhook receiver that takes a request only if its Standard Webhooks signature holds.

The check is that of the specification's own Python library, so that both ends do not share a mistake.
"""

import json
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from .scripted import Receiver, Reply, Request


class Webhook(Receiver):
    """A receiver with one signing secret, `whsec_...`."""

    def __init__(self, signing_secret: str):
        self.signing_secret = signing_secret
        super().__init__()

    @property
    def address(self) -> str:
        """The address to post to."""
        return f"http://127.0.0.1:{self.port}/hooks/vault"

    def id_of(self, event: dict[str, Any]) -> str:
        """The id in the body, whichever the format."""
        return event["id"] if "id" in event else event["metadata"]["uid"]

    def respond(self, request: Request) -> Reply:
        if request.method == "GET" or request.path != "/hooks/vault":
            return Reply(404)
        try:
            Verifier(self.signing_secret).verify(request.decoded(), request.headers)
        except (WebhookVerificationError, ValueError):
            return Reply(401, b"signature does not match")
        found = _events(json.loads(request.decoded()))
        if any(map(self.refuses, found)):
            return Reply(422)
        self.take(found)
        return Reply(204)


def _events(body: Any) -> list[dict[str, Any]]:
    """The events of one body: an envelope around one event, or around several."""
    if "events" in body:
        return [_event(item) for item in body["events"]]
    return [_event(body)]


def _event(item: dict[str, Any]) -> dict[str, Any]:
    return item["data"] if isinstance(item.get("data"), dict) and "type" in item else item
