"""Much at once to every destination. Runs for minutes, so it is asked for: `make test-volume`."""

import os
import time
from collections.abc import Iterable

import events
import pytest
from deployed import Stack
from localcloud.destinations import DESTINATIONS
from localcloud.receivers import Reply

pytestmark = pytest.mark.volume

EVENTS = int(os.environ.get("VOLUME_EVENTS", "100000"))
PATIENCE = 1800


def arrival(stack: Stack, lines: Iterable[str], count: int, awaited: set[str]) -> dict[str, float]:
    """Sends lines and waits until all are at these destinations; the seconds from the first line on."""
    began, arrived = time.monotonic(), {}
    stack.send(lines)
    while set(arrived) < awaited:
        for name in awaited - set(arrived):
            if has_arrived(stack, name, count):
                arrived[name] = time.monotonic() - began
        assert time.monotonic() - began < PATIENCE, f"only {arrived}; {stack.sizes()}"
        time.sleep(0.5)
    return arrived


def has_arrived(stack: Stack, name: str, count: int) -> bool:
    """Looks without reading what has arrived, which would slow the rest."""
    if receiver := stack.receivers.get(name):
        return len(receiver.taken) >= count
    sizes = stack.sizes()
    return not sizes["Ingest"] and not sizes[name]


def report(what: str, count: int, arrived: dict[str, float]) -> None:
    in_order = sorted(arrived.items(), key=lambda item: item[1])
    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in in_order)
    print(f"\n{what}: {count} events: {times} ({count / max(arrived.values()):.0f} events/s at the last)")


@pytest.fixture
def batching(stack: Stack) -> Stack:
    """The stack with a webhook that takes more than one event a request, as one with such a volume would."""
    settings = stack.parameters["WebhookSettings"]
    stack.update(WebhookSettings=f"{settings}\nbatch_size = 100", WebhookFlushIntervalSeconds="1")
    return stack


def test_100000_mixed_events_reach_every_destination(batching: Stack) -> None:
    lines, names = zip(*events.mixed(EVENTS, "volume"), strict=True)
    sent = set(names)
    assert len(sent) == EVENTS
    report("all destinations", EVENTS, arrival(batching, lines, EVENTS, set(DESTINATIONS)))
    for destination in DESTINATIONS:
        found = batching.delivered(destination)
        missing, strange = (
            sent - set(found),
            set(found) - sent,
        )  # never compared whole: a diff of them takes hours
        assert not missing, f"{len(missing)} missing at {destination}: {sorted(missing)[:3]}"
        assert not strange, f"{len(strange)} strange at {destination}: {sorted(strange)[:3]}"
        doubled = sum(count > 1 for count in found.values())
        assert not doubled, f"{doubled} twice at {destination}"
        assert not batching.parked(destination), destination
    assert not batching.parked("Ingest")


def test_a_failing_destination_does_not_slow_another(batching: Stack) -> None:
    count, others = EVENTS // 5, set(DESTINATIONS) - {"Splunk"}
    healthy = arrival(batching, [line for line, _ in events.mixed(count, "healthy")], count, others)
    report("all well", count, healthy)
    batching.clear()
    batching.splunk.answer_always(Reply(503))
    failing = arrival(batching, [line for line, _ in events.mixed(count, "failing")], count, others)
    report("one failing", count, failing)
    assert not batching.delivered("Splunk")
    assert not batching.parked("Splunk")
    # Generous, because one machine runs it all: a destination that waited for the failing one would not end.
    assert max(failing.values()) < 3 * max(healthy.values()) + 30
