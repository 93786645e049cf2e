"""Accounts for every event: delivered, parked in a dead-letter queue, or still queued."""

import io
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import zstandard
from pyarrow import parquet

from .deployment import Deployment
from .ministack import Ministack


@dataclass(frozen=True)
class Message:
    """A message that lies in a queue, seen without receiving it."""

    body: str
    attributes: dict[str, str]
    receives: int

    def events(self) -> list[dict[str, Any]]:
        """The events in its body, which is NDJSON."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]


def messages(cloud: Ministack, queue_url: str) -> list[Message]:
    """Everything in a queue, in flight or not."""
    with urllib.request.urlopen(f"{cloud.endpoint}/_ministack/sqs/messages", timeout=10) as answer:
        accounts = json.load(answer)["messages"]
    return [
        Message(message["Body"], _attributes(message.get("MessageAttributes") or {}), message["ReceiveCount"])
        for regions in accounts.values()
        for queues in regions.values()
        for message in queues.get(queue_url, [])
    ]


def _attributes(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in found.items() if "StringValue" in value}


def ids_in(found: list[Message]) -> Counter[str]:
    """How often each event lies in these messages, by id."""
    return Counter(event["id"] for message in found for event in message.events())


def objects(cloud: Ministack, bucket: str) -> Iterator[tuple[str, bytes]]:
    """Every object of a bucket: its key and its bytes."""
    client = cloud.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            yield item["Key"], client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()


def archived(cloud: Ministack, bucket: str) -> list[dict[str, Any]]:
    """The events of an archive bucket, in OCSF as the stack writes by default."""
    return [
        json.loads(line)
        for key, content in objects(cloud, bucket)
        for line in _unpacked(key, content).splitlines()
    ]


def _unpacked(key: str, content: bytes) -> bytes:
    # The frames do not all say how long they are: the streaming reader does not need to know.
    return zstandard.ZstdDecompressor().stream_reader(content).read() if key.endswith(".zst") else content


def archived_ids(cloud: Ministack, bucket: str) -> Counter[str]:
    """How often each event lies in the archive, by id."""
    return Counter(event["metadata"]["uid"] for event in archived(cloud, bucket))


def lake_events(cloud: Ministack, bucket: str) -> list[dict[str, Any]]:
    """The rows of all Parquet files in a lake's bucket."""
    return [
        row
        for key, content in objects(cloud, bucket)
        if key.endswith(".parquet")
        for row in parquet.ParquetFile(io.BytesIO(content)).read().to_pylist()
    ]


def lake_ids(cloud: Ministack, bucket: str) -> Counter[str]:
    """How often each event lies in the lake, by id."""
    found: Counter[str] = Counter()
    for key, content in objects(cloud, bucket):
        if key.endswith(".parquet"):
            read = parquet.ParquetFile(io.BytesIO(content)).read(columns=["metadata.uid"])
            found.update(row["metadata"]["uid"] for row in read.to_pylist())
    return found


@dataclass(frozen=True)
class Account:
    """Where the events meant for one destination are."""

    delivered: Counter[str]
    parked: Counter[str]
    queued: Counter[str]

    def missing(self, sent: set[str]) -> set[str]:
        """Sent events that are nowhere: lost."""
        return sent - set(self.delivered) - set(self.parked) - set(self.queued)

    def doubled(self) -> dict[str, int]:
        """Events that were delivered more than once."""
        return {name: count for name, count in self.delivered.items() if count > 1}


def account(deployment: Deployment, instance: str, delivered: Counter[str]) -> Account:
    """Looks into the queues of a destination, called as its instance."""
    return Account(
        delivered=delivered,
        parked=ids_in(messages(deployment.cloud, deployment.dlqs[instance])),
        queued=ids_in(messages(deployment.cloud, deployment.queues[instance])),
    )
