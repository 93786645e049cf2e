"""Receivers that fail: every event is delivered, parked with a reason, or still queued."""

import events
from deployed import DESTINATIONS, SPLUNK_SECRET, TOKEN, Stack
from localcloud.receivers import CutConnection, Reply
from localcloud.receivers.splunk import at_capacity, busy


def assert_nothing_is_lost(stack: Stack, sent: set[str], *destinations: str) -> None:
    for destination in destinations or DESTINATIONS:
        assert not stack.account(destination).missing(sent), destination


def test_503_then_429_then_200_delivers_all_2000_events_and_parks_none(stack: Stack) -> None:
    retry = [Reply(503)] * 10 + [Reply(429, headers={"retry-after": "1"})] * 10
    stack.splunk.answer_next(*[busy()] * 10, *[at_capacity(retry_after=1)] * 10)
    stack.webhook.answer_next(*retry)
    sent = stack.send_events(events.native(2000, "outage"))
    stack.wait_until_arrived(sent, seconds=240)
    stack.wait_until_settled()
    for destination in DESTINATIONS:
        account = stack.account(destination)
        assert set(account.delivered) == sent
        assert not account.parked
        assert not account.doubled()


def test_one_poison_record_among_1000_is_parked_alone(stack: Stack) -> None:
    poison = "poison-00417"
    stack.splunk.refuses = lambda item: item["fields"]["event_id"] == poison
    sent = stack.send_events(events.native(1000, "poison"))
    stack.wait_until_arrived(sent - {poison}, "Splunk", seconds=120)
    stack.wait_until_arrived(sent, "S3", "Webhook", seconds=120)
    stack.wait_until_settled()
    account = stack.account("Splunk")
    assert dict(account.parked) == {poison: 1}
    assert set(account.delivered) == sent - {poison}
    assert not account.doubled()
    (parked,) = stack.parked("Splunk")
    assert parked.attributes["reason"]
    assert parked.attributes["destination"] == "splunk-hec"
    assert parked.attributes["status"] == "400"
    assert {"error_class", "attempts", "failed_at"} <= set(parked.attributes)


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
    stack.wait_until_arrived(sent, "S3", "Webhook")
    account = stack.account("Splunk")
    assert not account.delivered
    assert not account.parked
    assert set(account.queued) == sent
    stack.splunk.answer_always(None)
    stack.wait_until_arrived(sent, "Splunk", seconds=180)
    assert not stack.parked("Splunk")


def test_a_connection_cut_before_the_events_were_taken_costs_nothing(stack: Stack) -> None:
    stack.splunk.answer_next(*[CutConnection(taken=False)] * 3)
    stack.webhook.answer_next(*[CutConnection(taken=False)] * 3)
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
