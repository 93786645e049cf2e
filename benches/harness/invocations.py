"""What Lambda hands to a function: an SQS event with every attribute that Lambda passes.

<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
"""

import base64
import hashlib
import json
import random
import uuid
from collections import Counter
from dataclasses import dataclass

MESSAGE_BYTES = 60 * 1024
SENT_AT = 1_795_251_600_000


@dataclass
class Invocation:
    payload: bytes
    ids: Counter
    """What must arrive, each once."""
    events: int
    source_bytes: int


def invocation(lines: list[str], ids: list[str], batch_size: int, seed: str) -> Invocation:
    rng = random.Random(seed)
    records = [record(body, rng) for body in pack(lines, batch_size)]
    payload = json.dumps({"Records": records}, separators=(",", ":")).encode()
    return Invocation(payload, Counter(ids), len(lines), sum(len(line.encode()) + 1 for line in lines))


def pack(lines: list[str], batch_size: int) -> list[str]:
    """NDJSON messages of at most `batch_size` lines and 60 KiB, filled in order."""
    bodies, lot, size = [], [], 0
    for line in lines:
        length = len(line.encode()) + 1
        if lot and (len(lot) == batch_size or size + length > MESSAGE_BYTES):
            bodies.append("\n".join(lot))
            lot, size = [], 0
        lot.append(line)
        size += length
    return [*bodies, "\n".join(lot)] if lot else bodies


def record(body: str, rng: random.Random) -> dict:
    return {
        "messageId": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "receiptHandle": base64.b64encode(rng.randbytes(220)).decode(),
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": "Root=1-65d0f3c0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0",
            "SentTimestamp": str(SENT_AT),
            "SenderId": "AROAEXAMPLEROLEID0001:router",
            "ApproximateFirstReceiveTimestamp": str(SENT_AT + 12),
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:bench",
        "awsRegion": "us-east-1",
    }
