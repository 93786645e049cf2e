"""Each function's own set-up: its environment, its loopback destination, its input, what must arrive.

A new destination is one more entry in `SCENARIOS`.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import contract_events, sinks, source_lines
from .aws import Aws
from .invocations import Invocation, invocation

SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench-AbCdEf"
SECRET = {"token": "00000000-0000-4000-8000-000000000001", "signing_secret": "whsec_" + "QUJD" * 10}
SEED = 7


def secret() -> str:
    return json.dumps(SECRET)


@dataclass
class Stage:
    """A set-up function: its settings and how to ask its destination what it got."""

    env: dict[str, str]
    take_ids: Callable[[], dict[str, Counter]]
    """The ids that arrived since the last call, for each place that events go to."""
    traffic: Callable[[], tuple[int, int]]
    """Requests and bytes at the destination."""
    forget_counts: Callable[[], None]
    destination: sinks.Sink | None = None
    units: Callable[[], dict[str, int]] = dict


@dataclass
class Scenario:
    function: str
    case: str
    stage: Callable[[Aws, Path], Stage]
    make: Callable[[int, int], Invocation]
    """An invocation's input from its number and its count of events."""
    sizes: tuple[int, ...] = (1000, 10)
    expected: Callable[[Invocation], dict[str, Counter]] = field(default=lambda i: {"": i.ids})
    judged: bool = True
    """Whether design targets apply, or the case is there to compare."""


def contract_invocation(batch_size: int) -> Callable[[int, int], Invocation]:
    def make(index: int, events: int) -> Invocation:
        lines = contract_events.lines(SEED, index * events, events)
        ids = [json.loads(line)["id"] for line in lines]
        return invocation(lines, ids, batch_size, seed=f"{index}")

    return make


def vault_invocation(index: int, events: int) -> Invocation:
    rng = random.Random(f"vault:{index}")
    lines = [line for n in range(events)
             for line in source_lines.hashicorp_vault_responses(rng, index * events + n)]  # fmt: skip
    ids = [json.loads(line)["request"]["id"] + ":response" for line in lines]
    return invocation(lines, ids, batch_size=1000, seed=f"{index}")


def http_stage(sink: sinks.Sink, env: dict[str, str]) -> Stage:
    return Stage(env, lambda: {"": sink.take_ids()}, lambda: (sink.requests, sink.bytes), sink.forget_counts, sink)


def splunk_stage(aws: Aws, _: Path) -> Stage:
    sink = sinks.splunk()
    return http_stage(sink, destination_env(aws, "splunk-hec") | {
        "VAULT_EXPORT_ENDPOINT": sink.server.url, "VAULT_EXPORT_INDEX": "security",
        "VAULT_EXPORT_SOURCE": "vault-export", "VAULT_EXPORT_SOURCETYPE": "_json",
        "VAULT_EXPORT_ALLOW_INSECURE": "true", "VAULT_EXPORT_ALLOW_PRIVATE_NETWORKS": "true",
    })  # fmt: skip


def webhook_stage(batch_size: int) -> Callable[[Aws, Path], Stage]:
    def stage(aws: Aws, _: Path) -> Stage:
        sink = sinks.webhook()
        return http_stage(sink, destination_env(aws, "webhook", batch_size) | {
            "VAULT_EXPORT_URL": f"{sink.server.url}/hook", "VAULT_EXPORT_METHOD": "POST",
            "VAULT_EXPORT_PRESET": "generic", "VAULT_EXPORT_PORTS": str(sink.server.port),
            "VAULT_EXPORT_ALLOW_INSECURE": "true", "VAULT_EXPORT_ALLOW_PRIVATE_NETWORKS": "true",
        })  # fmt: skip

    return stage


def s3_stage(aws: Aws, unzstd: Path) -> Stage:
    def take_ids() -> dict[str, Counter]:
        objects, aws.objects = aws.objects, []
        return {"": Counter(map(sinks.event_id, sinks.documents(sinks.unzstd(objects, unzstd))))}

    env = destination_env(aws, "s3", 1000) | {
        "VAULT_EXPORT_BUCKET": "bench-archive", "VAULT_EXPORT_REGION": "us-east-1", "VAULT_EXPORT_PREFIX": "vault",
        "VAULT_EXPORT_COMPRESSION": "zstd",
    }  # fmt: skip
    return Stage(env, take_ids, lambda: (aws.requests["s3"], aws.bytes["s3"]), aws.forget_counts)


def destination_env(aws: Aws, name: str, batch_size: int = 100) -> dict[str, str]:
    return {
        "VAULT_EXPORT_FORMAT": "ocsf", "VAULT_EXPORT_BATCH_SIZE": str(batch_size),
        "VAULT_EXPORT_QUEUE_URL": aws.queue_url(name), "VAULT_EXPORT_DLQ_URL": aws.queue_url(f"{name}-dlq"),
    } | ({} if name == "s3" else {"VAULT_EXPORT_SECRET_ARN": SECRET_ARN})  # fmt: skip


ROUTES = {
    "SPLUNK": {"batch_size": "100"},
    "S3": {"batch_size": "1000"},
    "WEBHOOK": {"batch_size": "1", "include_classes": "PolicyViolation,CredentialRotation", "min_severity": "High"},
}


def router_stage(names: tuple[str, ...]) -> Callable[[Aws, Path], Stage]:
    def stage(aws: Aws, _: Path) -> Stage:
        def take_ids() -> dict[str, Counter]:
            return {name: ids_of(take(aws, name)) for name in names}

        def traffic() -> tuple[int, int]:
            return sum(aws.requests[name] for name in names), sum(aws.bytes[name] for name in names)

        routes = {f"VAULT_EXPORT_ROUTE_{name}": json.dumps({"queue_url": aws.queue_url(name)} | ROUTES[name])
                  for name in names}  # fmt: skip
        env = routes | {
            "VAULT_EXPORT_QUEUE_URL": aws.queue_url("ingest"), "VAULT_EXPORT_DLQ_URL": aws.queue_url("ingest-dlq"),
            "VAULT_EXPORT_SOURCE_INSTANCE": "bench",
        }  # fmt: skip
        return Stage(env, take_ids, traffic, aws.forget_counts, units=lambda: {n: aws.units[n] for n in names})

    return stage


def take(aws: Aws, queue: str) -> list[str]:
    """The messages of one queue, held to the packing rule: 60 KiB and the route's batch size."""
    bodies = [entry["MessageBody"] for entry in aws.messages.pop(queue, [])]
    most = int(ROUTES[queue]["batch_size"])
    for body in bodies:
        size, events = len(body.encode()), len(body.splitlines())
        if size > 60 * 1024 or events > most:
            aws.unexpected.append(f"a message of {events} events and {size} bytes on {queue}, which takes {most}")
    return bodies


def ids_of(bodies: list[str]) -> Counter:
    return Counter(json.loads(line)["id"] for body in bodies for line in body.splitlines())


def routed(names: tuple[str, ...]) -> Callable[[Invocation], dict[str, Counter]]:
    """What each route must get, by a second reading of its filter."""

    def expected(given: Invocation) -> dict[str, Counter]:
        return {name: Counter(passing(given)) if name == "WEBHOOK" else given.ids for name in names}

    return expected


def passing(given: Invocation) -> list[str]:
    events = [json.loads(line) for record in json.loads(given.payload)["Records"] for line in record["body"].splitlines()]
    classes = ROUTES["WEBHOOK"]["include_classes"].split(",")
    return [event["id"] for event in events
            if event["class"] in classes and event["severity"] in ("High", "Critical")]  # fmt: skip


ALL_ROUTES = ("SPLUNK", "S3", "WEBHOOK")

SCENARIOS = [
    Scenario("router", "1 route", router_stage(("SPLUNK",)), contract_invocation(1000), expected=routed(("SPLUNK",))),
    Scenario("router", "3 routes", router_stage(ALL_ROUTES), contract_invocation(1000), expected=routed(ALL_ROUTES)),
    Scenario("router", "1 route, HashiCorp lines", router_stage(("SPLUNK",)), vault_invocation, (1000,),
             expected=routed(("SPLUNK",)), judged=False),
    Scenario("splunk-hec", "ocsf, gzip", splunk_stage, contract_invocation(100)),
    Scenario("s3", "ocsf, zstd", s3_stage, contract_invocation(1000)),
    Scenario("webhook", "ocsf, 100 a request", webhook_stage(100), contract_invocation(100)),
    Scenario("webhook", "ocsf, 1 a request", webhook_stage(1), contract_invocation(1), judged=False),
]  # fmt: skip
