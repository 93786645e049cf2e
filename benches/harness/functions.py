"""Each release binary behind a local Runtime API and a loopback destination: CPU, memory, start, size."""

import itertools
import statistics
from collections import Counter
from pathlib import Path

from . import build, scenarios
from .aws import Aws
from .process import Child
from .report import Row
from .runtime_api import InvocationFailed, RuntimeApi
from .scenarios import Scenario, Stage

STARTS = 10
WARM_UP = {1000: 20, 10: 200}
BLOCKS = 20
BLOCK = {1000: 10, 10: 100}
"""Invocations between two looks at what arrived: the check costs time, but not the function's."""
DISTINCT = {1000: 8, 10: 50}
CPU_TARGET = {1000: 4.0, 10: 60.0}
MEMORY_TARGET_MB = 25.0
START_TARGET_MS = 20.0
PACKAGE_TARGET_MB = {"router": 4.0, "destination": 8.0}
NAIVE_PER_MILLION = 1_000_000


class WrongResult(Exception):
    """A figure taken from work that was not done is worth nothing: the run fails."""


def run(binaries: Path, unzstd: Path, scratch: Path, only: str, quick: bool) -> list[Row]:
    chosen = [each for each in scenarios.SCENARIOS if each.function.startswith(only)]
    rows = []
    for scenario in chosen:
        rows += measure(scenario, build.require(binaries / scenario.program), unzstd, quick)
    for function, mine in itertools.groupby(chosen, key=lambda each: each.function):
        first = next(mine)
        taken = start_ms(first, build.require(binaries / first.program), unzstd)
        rows.append(Row("start to first `next`", function, taken, "ms", START_TARGET_MS))
    for program in dict.fromkeys(each.program for each in chosen):
        size = build.zipped_bytes(build.require(binaries / program), scratch) / 1e6
        rows.append(Row("package, zipped", program, size, "MB", PACKAGE_TARGET_MB[program]))
    return sorted(rows, key=lambda row: ORDER.index(row.what))


def measure(scenario: Scenario, program: Path, unzstd: Path, quick: bool) -> list[Row]:
    return [row for events in scenario.sizes for row in measure_size(scenario, program, unzstd, events, quick)]


def measure_size(scenario: Scenario, program: Path, unzstd: Path, events: int, quick: bool) -> list[Row]:
    """A fresh process for each size of invocation: a peak is of a whole life."""
    given = [scenario.make(index, events) for index in range(DISTINCT[events])]
    with Running(scenario, program, unzstd) as function:
        function.feed(given, WARM_UP[events] // (4 if quick else 1))
        function.stage.forget_counts()
        blocks = 2 if quick else BLOCKS
        cpu = sum(function.feed(given, BLOCK[events]) for _ in range(blocks))
        done = blocks * BLOCK[events] * events
        return figures(scenario, events, function, cpu / done * 1e6, done)


def figures(scenario: Scenario, events: int, function: "Running", cpu_us: float, done: int) -> list[Row]:
    name = f"{scenario.function}: {scenario.case}"
    judged = scenario.judged
    rows = [
        Row(CPU[events], name, cpu_us, "µs", CPU_TARGET[events] if judged else None),
        Row(MEMORY[events], name, function.child.peak_bytes() / 1e6, "MB", MEMORY_TARGET_MB if judged else None),
    ]
    return rows + (traffic(name, function.stage, done, judged) if events == 1000 else [])


def traffic(name: str, stage: Stage, done: int, judged: bool) -> list[Row]:
    """What it takes at the destination; for the router, what SQS bills for each route."""
    requests, size = stage.traffic()
    rows = [Row(REQUESTS, name, requests / done * 1000, ""), Row(BYTES, name, size / done, "B")]
    for route, units in stage.units().items():
        target = NAIVE_PER_MILLION / 50 if route != "WEBHOOK" and judged else None
        rows.append(Row(SQS, f"{name}, to {route.lower()}", units / done * 1e6, "", target))
    return rows


def start_ms(scenario: Scenario, program: Path, unzstd: Path) -> float:
    """Median of ten; the program is in the page cache from the runs before."""
    taken = []
    for _ in range(STARTS):
        with Running(scenario, program, unzstd) as function:
            taken.append(function.started_ms)
    return statistics.median(taken)


class Running:
    """One life of a function, from its start to the first request for work and on to its end."""

    def __init__(self, scenario: Scenario, program: Path, unzstd: Path):
        self.scenario = scenario
        self.name = f"{scenario.function} ({scenario.case})"
        self.aws = Aws(scenarios.secret())
        self.stage: Stage = scenario.stage(self.aws, unzstd)
        self.api = RuntimeApi()
        self.child = Child([str(program)], environment(self.api, self.aws, scenario) | self.stage.env)

    def __enter__(self) -> "Running":
        try:
            self.api.wait_until_started(self.child.alive)
        except InvocationFailed as error:
            self.fail(str(error))
        self.started_ms = (self.api.first_next_at - self.child.started_at) * 1000
        return self

    def __exit__(self, *_: object) -> None:
        self.child.__exit__()
        self.api.close()
        self.aws.server.close()
        if self.stage.destination:
            self.stage.destination.server.close()

    def feed(self, given: list, count: int) -> float:
        """Invokes `count` times, checks what arrived, and returns the CPU seconds it took the function."""
        chosen = list(itertools.islice(itertools.cycle(given), count))
        before = self.child.cpu_seconds()
        for each in chosen:
            self.invoke(each.payload)
        self.api.settle()
        taken = self.child.cpu_seconds() - before
        self.check(chosen)
        return taken

    def invoke(self, payload: bytes) -> None:
        try:
            answer = self.api.invoke(payload, self.child.alive)
        except InvocationFailed as error:
            self.fail(str(error))
        if answer.get("batchItemFailures"):
            self.fail(f"batchItemFailures is not empty: {answer}")

    def check(self, chosen: list) -> None:
        arrived = self.stage.take_ids()
        wanted = {}
        for each in chosen:
            for place, ids in self.scenario.expected(each).items():
                wanted.setdefault(place, Counter()).update(ids)
        for place, ids in wanted.items():
            self.compare(place, ids, arrived[place])
        strays = {queue: len(messages) for queue, messages in self.aws.messages.items() if messages}
        if strays:
            self.fail(f"messages on queues that should have stayed empty: {strays}")
        if self.aws.unexpected:
            self.fail(f"AWS was asked for {self.aws.unexpected[0]}")

    def compare(self, place: str, wanted: Counter, arrived: Counter) -> None:
        missing, extra = wanted - arrived, arrived - wanted
        if missing or extra:
            self.fail(f"{place or 'the destination'}: {missing.total()} events missing, {extra.total()} too many, "
                      f"of {wanted.total()}")  # fmt: skip

    def fail(self, reason: str) -> None:
        words = self.child.last_words()
        self.__exit__()
        raise WrongResult(f"{self.name}: {reason}\n--- its last words ---\n{words}")


def environment(api: RuntimeApi, aws: Aws, scenario: Scenario) -> dict[str, str]:
    """What Lambda gives to every function, and an AWS that is on loopback."""
    return {
        "PATH": "/usr/bin:/bin", "TZ": ":UTC", "LANG": "en_US.UTF-8",
        "AWS_LAMBDA_RUNTIME_API": api.server.address, "AWS_LAMBDA_FUNCTION_NAME": f"bench-{scenario.function}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench", "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": aws.server.url,
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


CPU = {1000: "CPU per event, 1,000 an invocation", 10: "CPU per event, 10 an invocation"}
MEMORY = {1000: "memory at peak, 1,000 an invocation", 10: "memory at peak, 10 an invocation"}
REQUESTS = "requests per 1,000 events"
BYTES = "bytes sent per event"
SQS = "SQS requests sent per million events, in billed units"
ORDER = [CPU[1000], CPU[10], MEMORY[1000], MEMORY[10], "start to first `next`", "package, zipped",
         REQUESTS, BYTES, SQS]  # fmt: skip
