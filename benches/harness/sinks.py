"""The destinations on loopback, answering as each does when all is well, and what they were sent."""

import gzip
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .http1 import Request, Response, Server


class Sink:
    """An HTTP destination that takes everything and keeps it for the check."""

    def __init__(self, answer: bytes, content_type: str = "application/json"):
        self._answer = Response(answer, 200, {"Content-Type": content_type})
        self._bodies: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        self.requests = 0
        self.bytes = 0
        self.server = Server(self._handle)

    def forget_counts(self) -> None:
        with self._lock:
            self.requests = self.bytes = 0

    def take_ids(self) -> Counter:
        """The ids that have arrived since the last call."""
        with self._lock:
            bodies, self._bodies = self._bodies, []
        return Counter(
            event_id(document)
            for encoding, body in bodies
            for document in documents(gzip.decompress(body) if encoding == "gzip" else body)
        )

    def _handle(self, request: Request) -> Response:
        with self._lock:
            self.requests += 1
            self.bytes += len(request.body)
            self._bodies.append((request.headers.get("content-encoding", ""), request.body))
        return self._answer


def splunk() -> Sink:
    return Sink(b'{"text":"Success","code":0}')


def webhook() -> Sink:
    return Sink(b"ok", "text/plain")


def unzstd(objects: list[bytes], program: Path) -> bytes:
    """Python's library has no zstd before 3.14, so a few lines of Rust stand in."""
    return subprocess.run([program], input=b"".join(objects), stdout=subprocess.PIPE, check=True).stdout


def documents(body: bytes) -> Iterator[dict]:
    """Every event of a body: JSON objects one after the other, or a list of them in `events`."""
    text, at = body.decode(), 0
    decoder = json.JSONDecoder()
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        document, at = decoder.raw_decode(text, at)
        listed = document.get("events") if isinstance(document, dict) else document
        yield from listed if isinstance(listed, list) else [document]


def event_id(document: dict) -> str:
    """The stable id, where the contract, OCSF, Splunk's envelope and Standard Webhooks' put it."""
    if "class_uid" in document:
        return document["metadata"]["uid"]
    if "schema" in document:
        return document["id"]
    return event_id(document.get("event") or document["data"])
