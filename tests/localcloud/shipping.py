"""Sends source lines to the ingest queue of a deployed stack."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .deployment import Deployment
from .paths import BINARIES

COMMAND = BINARIES / "vault-export"


def ship_file(deployment: Deployment, path: Path) -> None:
    """Sends a file as users do, with `vault-export ship`."""
    subprocess.run(
        [COMMAND, "ship", "--queue-url", deployment.outputs["IngestQueueUrl"], path],
        env={**os.environ, **deployment.cloud.environment()},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def send(deployment: Deployment, lines: Iterable[str], *, at_most: int = 200_000) -> None:
    """Sends lines as a producer with the AWS SDK does: NDJSON bodies of at most so many bytes."""
    queue = deployment.outputs["IngestQueueUrl"]
    client = deployment.cloud.client("sqs")
    for body in _bodies(lines, at_most):
        client.send_message(QueueUrl=queue, MessageBody=body)


def _bodies(lines: Iterable[str], at_most: int) -> Iterable[str]:
    body: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode()) + 1
        if body and size + length > at_most:
            yield "\n".join(body)
            body, size = [], 0
        body.append(line)
        size += length
    if body:
        yield "\n".join(body)
