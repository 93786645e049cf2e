"""A small HTTP/1.1 server on loopback: keep-alive, one thread a connection.

Python's own `http.server` writes head and body apart, and the second waits for the peer's delayed
acknowledgement: 40 ms that would be charged to the function. This one sends an answer in one piece.
"""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class Disconnected(Exception):
    """The peer went away between two requests, which is its right."""


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} -", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class Server:
    """Answers every request with what `handle` says, until closed."""

    def __init__(self, handle: Callable[[Request], Response]):
        self.handle = handle
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self.url = f"http://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def close(self) -> None:
        for each in [self._listener, *self._open]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed by the peer already
            each.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        reader = peer.makefile("rb", buffering=1 << 18)
        try:
            while True:
                request = read_request(reader, peer)
                peer.sendall(self.handle(request).encode())
        except (Disconnected, OSError, ValueError):
            peer.close()


def read_request(reader, peer: socket.socket) -> Request:
    start = reader.readline()
    if not start:
        raise Disconnected
    method, path, _ = start.decode("latin-1").split(" ", 2)
    headers = read_headers(reader)
    if headers.get("expect", "").lower() == "100-continue":
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(method, path, headers, read_body(reader, headers))


def read_headers(reader) -> dict[str, str]:
    headers = {}
    while True:
        line = reader.readline()
        if line in (b"\r\n", b"\n"):
            return headers
        if not line:
            raise Disconnected
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()


def read_body(reader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return read_chunks(reader)
    body = reader.read(int(headers.get("content-length", "0")))
    if headers.get("content-encoding", "").startswith("aws-chunked"):
        return strip_aws_chunks(body)
    return body


def read_chunks(reader) -> bytes:
    parts = []
    while size := int(reader.readline().split(b";")[0], 16):
        parts.append(reader.read(size))
        reader.readline()
    read_headers(reader)  # trailers, and the blank line that ends them
    return b"".join(parts)


def strip_aws_chunks(body: bytes) -> bytes:
    """The signed frames that the AWS SDK may put around an S3 object, taken off."""
    parts, at = [], 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
