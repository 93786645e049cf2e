"""An HTTP server that answers from a script first, and as its vendor does once the script is used up."""

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted answer; nothing of the request it answers is taken."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True)
class CutConnection:
    """Closes the connection without an answer, before or after the events were taken."""

    taken: bool


@dataclass(frozen=True)
class Request:
    """A request as it came in, for a test to assert on."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def decoded(self) -> bytes:
        """The body without its gzip compression."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


class Receiver:
    """What every receiver has: a script, the requests it got and the events it took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: list[Reply | CutConnection] = []
        self._outage: Reply | None = None
        # Which events, or what the receiver keeps of them, are refused for good.
        self.refuses: Callable[[Any], bool] = lambda _event: False
        self.requests: list[Request] = []
        self.taken: list[dict[str, Any]] = []
        self.on_taken: Callable[[dict[str, Any]], None] = lambda _event: None
        self.delay = 0.0
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is, as a destination is told."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer_next(self, *replies: Reply | CutConnection) -> None:
        """Answers the next requests so, one each, before going back to normal."""
        with self._lock:
            self._script.extend(replies)

    def answer_always(self, reply: Reply | None) -> None:
        """Answers every request so until told `None`."""
        with self._lock:
            self._outage = reply

    def forget(self) -> None:
        """Back to how it started: no script, nothing received."""
        with self._lock:
            self._script.clear()
            self._outage, self.delay = None, 0.0
            self.refuses = lambda _event: False
            self.requests.clear()
            self.taken.clear()

    def ids(self) -> Counter[str]:
        """How often each event was taken, by its id."""
        with self._lock:
            return Counter(self.id_of(event) for event in self.taken)

    def id_of(self, event: dict[str, Any]) -> str:
        """The id that the event carries in this vendor's form."""
        raise NotImplementedError

    def respond(self, request: Request) -> Reply:
        """Answers as the vendor does, and takes what it would take."""
        raise NotImplementedError

    def take(self, events: Iterable[dict[str, Any]]) -> None:
        """Keeps events as delivered."""
        with self._lock:
            for event in events:
                self.taken.append(event)
                self.on_taken(event)

    def handle(self, request: Request) -> Reply | CutConnection:
        """The scripted answer to a request, or else the vendor's."""
        with self._lock:
            self.requests.append(request)
            scripted = self._outage or (self._script.pop(0) if self._script else None)
        if isinstance(scripted, CutConnection) and scripted.taken:
            self.respond(request)
        if scripted is not None:
            return scripted
        time.sleep(self.delay)
        return self.respond(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = receiver.handle(Request(self.command, self.path, headers, body))
            if isinstance(reply, CutConnection):
                self.close_connection = True
                return
            time.sleep(reply.delay)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = _serve

        def log_message(self, *_: object) -> None:
            """Silent: the requests are kept in `requests`."""

    return Handler
