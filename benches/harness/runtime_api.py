"""The Lambda Runtime API, as much of it as a custom runtime needs.

<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
"""

import json
import queue
import threading
import time

from .http1 import Request, Response, Server

PREFIX = "/2018-06-01/runtime"
LAMBDA_TIMEOUT_SECONDS = 60
START_TIMEOUT_SECONDS = 10  # what Lambda allows for an init


class InvocationFailed(Exception):
    """The function answered an error, did not start, or died."""


class RuntimeApi:
    def __init__(self):
        self.first_next = threading.Event()
        self.first_next_at = 0.0
        self._idle = threading.Event()
        self._work: queue.Queue[bytes] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._count = 0
        self.server = Server(self._handle)

    def close(self) -> None:
        self._work.put(b"")  # frees a thread that waits for work
        self.server.close()

    def invoke(self, payload: bytes, alive) -> dict:
        """Hands over one invocation and waits for its answer; `alive` says whether to go on waiting."""
        self._work.put(payload)
        kind, body = self._wait(alive)
        if kind != "response":
            raise InvocationFailed(f"{kind}: {body[:2000].decode(errors='replace')}")
        return json.loads(body or b"null") or {}

    def wait_until_started(self, alive) -> None:
        give_up = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.first_next.wait(timeout=0.1):
            if not self._answers.empty():
                kind, body = self._answers.get()
                raise InvocationFailed(f"{kind}: {body[:2000].decode(errors='replace')}")
            if not alive() or time.monotonic() > give_up:
                raise InvocationFailed("it did not come to ask for work")

    def settle(self) -> None:
        """Waits until the function asks for more: everything it does for an invocation is then done."""
        if not self._idle.wait(timeout=LAMBDA_TIMEOUT_SECONDS):
            raise InvocationFailed("the function did not ask for the next invocation")

    def _wait(self, alive) -> tuple[str, bytes]:
        give_up = time.monotonic() + LAMBDA_TIMEOUT_SECONDS
        while time.monotonic() < give_up:
            try:
                return self._answers.get(timeout=0.5)
            except queue.Empty:
                if not alive():
                    raise InvocationFailed("the function's process ended") from None
        raise InvocationFailed(f"no answer within {LAMBDA_TIMEOUT_SECONDS} s")

    def _handle(self, request: Request) -> Response:
        if request.path == f"{PREFIX}/invocation/next":
            return self._next()
        kind = request.path.rsplit("/", 1)[-1]
        if request.path.startswith(f"{PREFIX}/init/"):
            kind = "init error"
        self._answers.put((kind, request.body))
        return Response(b'{"status":"OK"}', 202, {"Content-Type": "application/json"})

    def _next(self) -> Response:
        if not self.first_next.is_set():
            self.first_next_at = time.perf_counter()
            self.first_next.set()
        self._idle.set()
        payload = self._work.get()
        self._idle.clear()
        self._count += 1
        deadline = int((time.time() + LAMBDA_TIMEOUT_SECONDS) * 1000)
        return Response(payload, 200, {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": f"00000000-0000-4000-8000-{self._count:012d}",
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:bench",
            "Lambda-Runtime-Trace-Id": "Root=1-65d0f3c0-0123456789abcdef01234567;Sampled=0",
        })
