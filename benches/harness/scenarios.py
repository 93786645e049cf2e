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

    @property
    def program(self) -> str:
        """The binary: one for the router, one that becomes any destination."""
        return "router" if self.function == "router" else "destination"


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
    settings = {"index": "security", "source": "vault-export", "sourcetype": "_json"} | LOOPBACK
    return http_stage(sink, destination_env(aws, "splunk_hec", sink.server.url, settings))


def webhook_stage(batch_size: int) -> Callable[[Aws, Path], Stage]:
    def stage(aws: Aws, _: Path) -> Stage:
        sink = sinks.webhook()
        settings = {"method": "POST", "preset": "generic", "ports": [sink.server.port]} | LOOPBACK
        return http_stage(sink, destination_env(aws, "webhook", f"{sink.server.url}/hook", settings, batch_size))

    return stage


def s3_stage(aws: Aws, unzstd: Path) -> Stage:
    def take_ids() -> dict[str, Counter]:
        objects, aws.objects = aws.objects, []
        return {"": Counter(map(sinks.event_id, sinks.documents(sinks.unzstd(objects, unzstd))))}

    settings = {"region": "us-east-1", "prefix": "vault", "compression": "zstd"}
    env = destination_env(aws, "s3", "bench-archive", settings, 1000)
    return Stage(env, take_ids, lambda: (aws.requests["s3"], aws.bytes["s3"]), aws.forget_counts)


LOOPBACK = {"allow_insecure": True, "allow_private_networks": True}


def destination_env(aws: Aws, kind: str, address: str, settings: dict, batch_size: int = 100) -> dict[str, str]:
    """The environment of a function, as `infra/destination.yaml` sets it."""
    settings = {"format": "ocsf", "batch_size": batch_size} | settings
    return {
        "VAULT_EXPORT_TYPE": kind, "VAULT_EXPORT_ADDRESS": address, "VAULT_EXPORT_SETTINGS": toml(settings),
        "VAULT_EXPORT_QUEUE_URL": aws.queue_url(kind), "VAULT_EXPORT_DLQ_URL": aws.queue_url(f"{kind}-dlq"),
    } | ({} if kind == "s3" else {"VAULT_EXPORT_SECRET_ARN": SECRET_ARN})  # fmt: skip


def toml(settings: dict) -> str:
    """Lines of TOML: texts, numbers, booleans and lists of them are written as in JSON."""
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())


ROUTES: dict[str, dict] = {
    "SPLUNK": {"batch_size": 100, "filter": {}},
    "S3": {"batch_size": 1000, "filter": {}},
    "WEBHOOK": {
        "batch_size": 1,
        "filter": {"include_classes": ["PolicyViolation", "CredentialRotation"], "min_severity": "High"},
    },
}


def router_stage(names: tuple[str, ...]) -> Callable[[Aws, Path], Stage]:
    def stage(aws: Aws, _: Path) -> Stage:
        def take_ids() -> dict[str, Counter]:
            return {name: ids_of(take(aws, name)) for name in names}

        def traffic() -> tuple[int, int]:
            return sum(aws.requests[name] for name in names), sum(aws.bytes[name] for name in names)

        aws.routes = {name.lower(): route(aws, name) for name in names}
        env = {
            "VAULT_EXPORT_QUEUE_URL": aws.queue_url("ingest"), "VAULT_EXPORT_DLQ_URL": aws.queue_url("ingest-dlq"),
            "VAULT_EXPORT_ROUTES_PATH": "/vault-export/bench/routes",
            "VAULT_EXPORT_SOURCE_SETTINGS": toml({"instance": "bench"}),
        }  # fmt: skip
        return Stage(env, take_ids, traffic, aws.forget_counts, units=lambda: {n: aws.units[n] for n in names})

    return stage


def route(aws: Aws, name: str) -> str:
    """A route as the stack writes it."""
    url, of = aws.queue_url(name), ROUTES[name]
    head = toml({"type": name.lower(), "queue_url": url, "dlq_url": f"{url}-dlq", "batch_size": of["batch_size"]})
    return f"{head}\nfilter = '''\n{toml(of['filter'])}\n'''\n"


def take(aws: Aws, queue: str) -> list[str]:
    """The messages of one queue, held to the packing rule: 60 KiB and the route's batch size."""
    bodies = [entry["MessageBody"] for entry in aws.messages.pop(queue, [])]
    most = ROUTES[queue]["batch_size"]
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
    classes = ROUTES["WEBHOOK"]["filter"]["include_classes"]
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
