"""From a vault's line to every destination."""

import json
import re

import events
import pytest
from deployed import Stack
from localcloud import ledger, shipping
from localcloud.destinations import BUCKET, DESTINATIONS, LAKE
from localcloud.paths import SAMPLES


def test_every_sample_line_arrives_with_its_id_at_every_destination(stack: Stack) -> None:
    sent = events.sample_ids()
    assert len(sent) == 18 + 9 + 9 + 4 + 15
    stack.send(events.sample_lines())
    stack.wait_until_arrived(sent)
    stack.wait_until_settled()
    for destination in DESTINATIONS:
        account = stack.account(destination)
        assert not account.parked
        assert not account.doubled(), destination
    assert not stack.parked("Ingest")


def test_ship_sends_what_a_user_points_it_at(stack: Stack) -> None:
    path = SAMPLES / "sanctum" / "sanctum_events.jsonl"
    shipping.ship_file(stack.deployment, path)
    stack.wait_until_arrived({json.loads(line)["id"] for line in path.read_text().splitlines()})


def test_events_that_come_as_ocsf_keep_their_ids(stack: Stack) -> None:
    lines = events.SECOND_FORM.read_text().splitlines()
    stack.send(lines)
    stack.wait_until_arrived({json.loads(line)["metadata"]["uid"] for line in lines})
    assert not stack.parked("Ingest")


def test_the_lake_is_laid_out_by_source_region_account_and_day(stack: Stack) -> None:
    sent = stack.send_events(events.native(3, "lake"))
    stack.wait_until_arrived(sent, "SecurityLake")
    layout = r"ext/vault-[a-z]+/region=us-east-1/accountId=external/eventDay=20261120/[^/]+\.parquet"
    keys = [key for key, _ in ledger.objects(stack.cloud, LAKE)]
    assert keys
    for key in keys:
        assert re.fullmatch(layout, key), key
    for row in ledger.lake_events(stack.cloud, LAKE):
        assert (row["metadata"]["version"], row["class_uid"]) == ("1.3.0", 6003)


def test_the_archive_is_laid_out_by_class_and_hour_of_the_event(stack: Stack) -> None:
    stack.send_events(events.native(3, "layout"))
    stack.wait_until_arrived({"layout-00000"}, "S3")
    layout = r"vault-audit/class=[^/]+/year=2026/month=11/day=20/hour=08/[^/]+\.jsonl\.zst"
    for key, _ in ledger.objects(stack.cloud, BUCKET):
        assert re.fullmatch(layout, key), key


def test_a_record_that_cannot_be_read_is_parked_alone(stack: Stack) -> None:
    first, last = (json.dumps(event) for event in events.native(2, "beside"))
    unreadable = '{"neither":"a vault event","nor":"anything known"}'
    stack.send([first, unreadable, last])
    stack.wait_until_arrived({"beside-00000", "beside-00001"})
    stack.wait_until_settled()
    (parked,) = stack.parked("Ingest")
    assert json.loads(parked.body) == json.loads(unreadable)
    assert parked.attributes["reason"]
    assert parked.attributes["destination"] == "router"


def test_a_record_that_was_tampered_with_arrives_and_is_reported_everywhere(stack: Stack) -> None:
    (line, name), *_ = [made for made in events.mixed(4, "tampered") if '"record"' in made[0]]
    tampered = json.loads(line)
    tampered["record"]["body"]["added"] = "later"
    stack.send([json.dumps(tampered)])
    stack.wait_until_arrived({name, f"mismatch:{name}"})
    assert not stack.parked("Ingest")


@pytest.mark.parametrize("bodies", ["array", "single"])
def test_a_message_may_hold_an_array_or_one_event(stack: Stack, bodies: str) -> None:
    found = list(events.native(5, bodies))
    lines = [json.dumps(found)] if bodies == "array" else [json.dumps(event, indent=1) for event in found]
    for line in lines:
        stack.send([line])
    stack.wait_until_arrived({event["id"] for event in found})
