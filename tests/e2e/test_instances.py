"""Several destinations of one type, and a destination's life: added, changed, paused, removed, added back."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import events
import pytest
from deployed import Stack, command, queue_names, reasons
from instances import Instances
from localcloud import ledger
from localcloud.deployment import DeploymentError, wait_for
from localcloud.destinations import DESTINATIONS
from localcloud.receivers.splunk import busy
from localcloud.settings import toml


def with_severity(count: int, story: str, severity: str) -> list[dict]:
    return [{**event, "severity": severity} for event in events.native(count, story)]


def test_two_splunks_and_three_webhooks_stand_side_by_side(stack: Stack, instances: Instances) -> None:
    instances.add("splunk-2", "splunk_hec", Filter='min_severity = "High"')
    instances.add("webhook-2", "webhook", Filter='actors = ["agent:worker-1"]')
    instances.add("webhook-3", "webhook", Filter="")
    assert {"splunk", "splunk-2", "webhook", "webhook-2", "webhook-3"} <= set(stack.deployment.routes)
    instances.wait_for_routes()
    low = stack.send_events(with_severity(20, "beside-low", "Low"))
    high = stack.send_events(with_severity(20, "beside-high", "High"))
    sent = low | high
    one_actor = {f"{story}-{number:05}" for story in ("beside-low", "beside-high") for number in (1, 8, 15)}
    stack.wait_until_arrived(sent)
    instances.wait_until_arrived(high, "splunk-2")
    instances.wait_until_arrived(one_actor, "webhook-2")
    instances.wait_until_arrived(sent, "webhook-3")
    stack.wait_until_settled()
    assert set(instances.delivered("splunk-2")) == high
    assert set(instances.delivered("webhook-2")) == one_actor
    for name in ("splunk-2", "webhook-2", "webhook-3"):
        assert not instances.account(name).parked


def test_an_instance_that_is_down_holds_up_no_other(stack: Stack, instances: Instances) -> None:
    instances.add("splunk-2", "splunk_hec").answer_always(busy())
    instances.wait_for_routes()
    sent = stack.send_events(events.native(50, "second-down"))
    stack.wait_until_arrived(sent)
    assert set(instances.account("splunk-2").queued) == sent
    instances.receivers["splunk-2"].answer_always(None)
    instances.wait_until_arrived(sent, "splunk-2", seconds=180)


class Load:
    """Sends events all the while; knows when each was sent."""

    def __init__(self, stack: Stack, story: str):
        self.sent: dict[str, float] = {}
        self._stack, self._story = stack, story
        self._ended = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._ended.wait(0.2):
            batch = list(events.native(5, f"{self._story}-{number}"))
            self._stack.send_events(batch)
            at = time.monotonic()
            self.sent.update({event["id"]: at for event in batch})
            number += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def between(self, begin: float, end: float) -> set[str]:
        return {name for name, at in self.sent.copy().items() if begin < at < end}


# The router asks for its routes once a minute.
ROUTES = 75


@pytest.mark.volume  # runs for minutes, and the local cloud kills functions that it changes
def test_a_destination_lives_under_load_and_every_event_is_accounted_for(
    stack: Stack, instances: Instances
) -> None:
    load = Load(stack, "life")
    with load.running():
        receiver = instances.add("splunk-2", "splunk_hec")
        wait_for(receiver.ids, seconds=ROUTES, what="the first event at the new destination")
        began = time.monotonic()
        instances.change("splunk-2", Settings=toml(index="changed", allow_insecure=True))
        stack.wait(lambda: indices(receiver) >= {"changed"}, seconds=60, what="an event with the new setting")
        instances.change("splunk-2", Enabled="false")
        stack.wait(
            lambda: instances.account("splunk-2").queued,
            seconds=60,
            what="events that wait while it is paused",
        )
        paused = set(instances.account("splunk-2").queued)
        instances.change("splunk-2", Enabled="true")
        accounted = lambda: paused & set(receiver.ids())  # noqa: E731
        # This cloud stops a function at work when it is changed: what it held is hidden for eleven minutes.
        stack.wait(
            lambda: accounted() and not paused - set(instances.account("splunk-2").queued) - accounted(),
            seconds=60,
            what="what waited while it was paused",
        )
        instances.change("splunk-2", Enabled="false")
        ended = time.monotonic()
        # Who gets an event is decided when the router has it: what was sent until now shall have been there.
        stack.wait_until_arrived(load.between(began, ended), "Splunk", seconds=60)
        left = instances.remove("splunk-2")
        # The router sends to the removed destination until it reads its routes again.
        time.sleep(ROUTES)
        instances.add("splunk-2", "splunk_hec", Enabled="true")
        again = time.monotonic()
        fresh = set(receiver.ids())
        wait_for(lambda: set(receiver.ids()) - fresh, seconds=ROUTES, what="events after its return")
    returned = load.between(again + ROUTES, time.monotonic())
    owed = load.between(began, ended) | returned
    stack.wait_until_arrived(set(load.sent), seconds=180)
    waiting = ids_in(stack, left["queue_url"])
    nowhere = owed - set(receiver.ids()) - waiting - set(instances.account("splunk-2").queued)
    assert not sorted(nowhere)
    listed = command(stack.cloud, "dlq", "list", "--stack", stack.deployment.stack)
    assert left["queue_url"].rsplit("/", 1)[1] in listed
    command(
        stack.cloud, "dlq", "redrive", "--from", left["queue_url"],
        "--stack", stack.deployment.stack, "--destination", "splunk-2",
    )  # fmt: skip
    hidden = ids_in(stack, left["queue_url"])
    # How much is left behind is the router's luck: it may have read its routes just before the removal.
    assert not waiting or hidden < waiting, "the command moves what is not hidden"
    instances.wait_until_arrived(waiting - hidden, "splunk-2", seconds=180)
    nowhere = owed - set(receiver.ids()) - hidden - set(instances.account("splunk-2").queued)
    assert not sorted(nowhere)
    assert not ids_in(stack, left["dlq_url"])
    for name in DESTINATIONS:
        assert not stack.account(name).missing(set(load.sent)), name


def ids_in(stack: Stack, queue: str) -> set[str]:
    """The events in a queue, hidden or not."""
    return set(ledger.ids_in(ledger.messages(stack.cloud, queue)))


def indices(receiver) -> set[str]:
    """The indices that a Splunk receiver was sent."""
    decoder, found = json.JSONDecoder(), set()
    for request in receiver.requests:
        text = request.decoded().decode().strip()
        while text:
            envelope, end = decoder.raw_decode(text)
            found.add(envelope.get("index"))
            text = text[end:].lstrip()
    return found


def test_a_destination_of_the_core_pauses_and_goes_on(stack: Stack) -> None:
    stack.update(SplunkEnabled="false")
    try:
        sent = stack.send_events(events.native(30, "paused"))
        stack.wait_until_arrived(sent, *set(DESTINATIONS) - {"Splunk"})
        assert set(stack.account("Splunk").queued) == sent
        assert not stack.delivered("Splunk")
    finally:
        stack.update(SplunkEnabled="true")
    stack.wait_until_arrived(sent, "Splunk", seconds=60)


def test_a_cleared_address_loses_nothing(stack: Stack) -> None:
    """What `sam deploy --guided` does to a stack whose values were not saved."""
    address = stack.parameters["SplunkEndpoint"]
    stack.update(SplunkEnabled="false")
    sent = stack.send_events(events.native(30, "cleared"))
    stack.wait_until_arrived(sent, *set(DESTINATIONS) - {"Splunk"})
    left = stack.deployment.queues["splunk"]
    stack.update(SplunkEndpoint="", SplunkSecretArn="", SplunkEnabled="true")
    assert "splunk" not in stack.deployment.routes
    assert set(ledger.ids_in(ledger.messages(stack.cloud, left))) == sent
    arn = stack.cloud.client("secretsmanager").describe_secret(SecretId="vault-export/splunk")["ARN"]
    stack.update(SplunkEndpoint=address, SplunkSecretArn=arn)
    assert stack.deployment.queues["splunk"] != left
    command(
        stack.cloud, "dlq", "redrive", "--from", left,
        "--stack", stack.deployment.stack, "--destination", "splunk",
    )  # fmt: skip
    stack.wait_until_arrived(sent, "Splunk", seconds=120)
    assert not ledger.messages(stack.cloud, left)


def test_a_wrong_setting_is_refused_with_its_reason_and_the_old_one_stays(stack: Stack) -> None:
    before = dict(stack.deployment.routes)
    for parameter, value, said in (
        ("SplunkSettings", toml(indexx="vault_audit", allow_insecure=True), "indexx"),
        ("SplunkFilter", 'min_severity = "Loud"', "min_severity"),
        ("OtlpSettings", toml(protocol="Loud", allow_insecure=True), "protocol"),
    ):
        with pytest.raises(DeploymentError) as refusal:
            stack.update(**{parameter: value})
        printed = reasons(str(refusal.value))
        assert said in printed, printed
        assert "Loud" not in printed
    stack.deployment.refresh()
    assert stack.deployment.routes == before
    sent = stack.send_events(events.native(10, "refused"))
    stack.wait_until_arrived(sent)


def test_an_instance_that_is_refused_leaves_nothing(stack: Stack, instances: Instances) -> None:
    with pytest.raises(DeploymentError) as refusal:
        instances.add("splunk-9", "splunk_hec", Settings=toml(acknowledge=True, allow_insecure=True))
    assert "acknowledge" in reasons(str(refusal.value))
    assert not queue_names(stack.cloud, "vault-export-splunk-9")
    assert "splunk-9" not in stack.deployment.routes
    groups = stack.cloud.client("logs").describe_log_groups()["logGroups"]
    assert not [group for group in groups if "splunk-9" in group["logGroupName"]]


def test_check_asks_every_function_of_the_stack(stack: Stack, instances: Instances) -> None:
    instances.add("webhook-2", "webhook")
    told = command(stack.cloud, "check", "--stack", stack.deployment.stack)
    for name in stack.deployment.routes:
        assert name in told
