"""Calls the function of Security Lake again and again, as its schedule does on AWS, only sooner.

The stack's schedule cannot be shorter than five minutes, and a demo should not take that long.
"""

import threading
from types import TracebackType

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .deployment import STACK
from .ministack import Ministack

FUNCTION = f"{STACK}-security-lake"
DRAIN = b'{"drain":true}'


class Schedule:
    """Calls as long as the block runs; `answers` holds what the function said of each run."""

    def __init__(self, cloud: Ministack, *, seconds: float = 1.0):
        self.answers: list[bytes] = []
        self._seconds = seconds
        self._ended = threading.Event()
        self._client = cloud.client("lambda", Config(read_timeout=310, retries={"max_attempts": 0}))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Schedule":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self.answers.append(
                    self._client.invoke(FunctionName=FUNCTION, Payload=DRAIN)["Payload"].read()
                )
            except (BotoCoreError, ClientError) as error:  # the next call does the work of this one
                self.answers.append(str(error).encode())
