"""Receivers that fail: every event is delivered, parked with a reason, or still queued."""

import events
import pytest
from deployed import SPLUNK_SECRET, TOKEN, Stack
from localcloud.destinations import DESTINATIONS, INSTANCES, credential, secret_name
from localcloud.receivers import CutConnection, Reply
from localcloud.receivers.splunk import at_capacity, busy


def assert_nothing_is_lost(stack: Stack, sent: set[str], *destinations: str) -> None:
    for destination in destinations or DESTINATIONS:
        assert not stack.account(destination).missing(sent), destination


def test_503_then_429_then_200_delivers_all_2000_events_and_parks_none(stack: Stack) -> None:
    for name, receiver in stack.receivers.items():
        unavailable, throttled = (
            (busy(), at_capacity(retry_after=1))
            if name == "Splunk"
            else (Reply(503), Reply(429, headers={"retry-after": "1"}))
        )
        receiver.answer_next(*[unavailable] * 10, *[throttled] * 10)
    sent = stack.send_events(events.native(2000, "outage"))
    stack.wait_until_arrived(sent, seconds=240)
    stack.wait_until_settled()
    for destination in DESTINATIONS:
        account = stack.account(destination)
        assert set(account.delivered) == sent
        assert not account.parked
        assert not account.doubled()


# Who refuses a record, with what status.
REFUSALS = {"Splunk": "400", "Datadog": "400", "Elastic": "400", "Webhook": "422", "Otlp": "400"}


def test_one_poison_record_among_1000_is_parked_alone(stack: Stack) -> None:
    poison = "poison-00417"
    for name in REFUSALS:
        receiver = stack.receivers[name]
        receiver.refuses = lambda item, receiver=receiver: receiver.id_of(item) == poison
    sent = stack.send_events(events.native(1000, "poison"))
    stack.wait_until_arrived(sent - {poison}, *REFUSALS, seconds=120)
    stack.wait_until_arrived(sent, *set(DESTINATIONS) - set(REFUSALS), seconds=120)
    stack.wait_until_settled()
    for name, status in REFUSALS.items():
        account = stack.account(name)
        assert dict(account.parked) == {poison: 1}, name
        assert set(account.delivered) == sent - {poison}, name
        assert not account.doubled(), name
        (parked,) = stack.parked(name)
        assert parked.attributes["reason"], name
        assert parked.attributes["destination"] == INSTANCES[name]
        assert parked.attributes["status"] == status, name
        assert {"error_class", "attempts", "failed_at"} <= set(parked.attributes), name


@pytest.mark.parametrize("name", [name for name in REFUSALS if name != "Splunk"])
def test_a_destination_that_is_down_keeps_its_own_events_alone(stack: Stack, name: str) -> None:
    stack.receivers[name].answer_always(Reply(503))
    sent = stack.send_events(events.native(100, f"down-{name.lower()}"))
    stack.wait_until_arrived(sent, *set(DESTINATIONS) - {name})
    account = stack.account(name)
    assert not account.delivered
    assert not account.parked
    assert set(account.queued) == sent
    stack.receivers[name].answer_always(None)
    stack.wait_until_arrived(sent, name, seconds=180)
    assert not stack.parked(name)


@pytest.mark.parametrize("name", ["Datadog", "Elastic"])
def test_a_refused_credential_parks_nothing_and_is_read_afresh(stack: Stack, name: str) -> None:
    receiver = stack.receivers[name]
    receiver.api_key = "rotated"
    try:
        sent = stack.send_events(events.native(20, f"rotated-{name.lower()}"))
        stack.wait(lambda: receiver.requests, seconds=30, what="a refused request")
        stack.deployment.set_secret(secret_name(name), "rotated")
        stack.wait_until_arrived(sent, name, seconds=120)
        assert not stack.parked(name)
    finally:
        receiver.api_key = credential(name)
        stack.deployment.set_secret(secret_name(name), credential(name))


def test_documents_that_elasticsearch_has_already_are_no_failures(stack: Stack) -> None:
    stack.receivers["Elastic"].answer_next(CutConnection(taken=True))
    sent = stack.send_events(events.native(200, "known"))
    stack.wait_until_arrived(sent, "Elastic", seconds=120)
    stack.wait_until_settled()
    account = stack.account("Elastic")
    assert len(stack.receivers["Elastic"].requests) > 1
    assert not account.doubled()
    assert not account.parked


def test_a_rotated_secret_is_picked_up_without_a_deployment(stack: Stack) -> None:
    stack.send_events(events.native(1, "before-rotation"))
    stack.wait_until_arrived({"before-rotation-00000"}, "Splunk")
    stack.splunk.token = "second-token"  # noqa: S105 - the receiver's own
    try:
        sent = stack.send_events(events.native(50, "rotation"))
        refused = len(stack.splunk.requests)
        stack.wait(lambda: len(stack.splunk.requests) > refused, seconds=30, what="a refused request")
        stack.deployment.set_secret(SPLUNK_SECRET, "second-token")
        stack.wait_until_arrived(sent, "Splunk", seconds=120)
        assert not stack.parked("Splunk")
    finally:
        stack.splunk.token = TOKEN
        stack.deployment.set_secret(SPLUNK_SECRET, TOKEN)


def test_a_destination_that_is_down_holds_up_no_other_and_loses_nothing(stack: Stack) -> None:
    stack.splunk.answer_always(busy())
    sent = stack.send_events(events.native(300, "down"))
    stack.wait_until_arrived(sent, *set(DESTINATIONS) - {"Splunk"})
    account = stack.account("Splunk")
    assert not account.delivered
    assert not account.parked
    assert set(account.queued) == sent
    stack.splunk.answer_always(None)
    stack.wait_until_arrived(sent, "Splunk", seconds=180)
    assert not stack.parked("Splunk")


def test_a_connection_cut_before_the_events_were_taken_costs_nothing(stack: Stack) -> None:
    for receiver in stack.receivers.values():
        receiver.answer_next(*[CutConnection(taken=False)] * 3)
    sent = stack.send_events(events.native(200, "cut"))
    stack.wait_until_arrived(sent, seconds=120)
    stack.wait_until_settled()
    for destination in DESTINATIONS:
        assert not stack.account(destination).doubled()
        assert not stack.account(destination).parked


def test_a_connection_cut_after_the_events_were_taken_doubles_at_most_that_request(stack: Stack) -> None:
    stack.splunk.answer_next(CutConnection(taken=True))
    sent = stack.send_events(events.native(200, "taken"))
    stack.wait_until_arrived(sent, "Splunk", seconds=120)
    stack.wait_until_settled()
    first = stack.splunk.requests[0].decoded().count(b'"event_id"')
    doubled = stack.account("Splunk").doubled()
    assert len(doubled) == first
    assert set(doubled.values()) == {2}
    assert not stack.parked("Splunk")


def test_a_slow_receiver_gets_everything_once(stack: Stack) -> None:
    stack.splunk.delay = 3.0
    sent = stack.send_events(events.native(400, "slow"))
    stack.wait_until_arrived(sent, "Splunk", seconds=120)
    stack.wait_until_settled()
    assert not stack.account("Splunk").doubled()
    assert_nothing_is_lost(stack, sent)
