"""What keeps events safe between the functions: queues, dead-letter queues, time-outs, alarms."""

import re
from typing import Any

import pytest
from examples import EVERYTHING, KEY, POLLED, TOPIC, TYPES, instance
from templates import Template

DAY = 24 * 60 * 60
# The longest batching window that Lambda takes.
WINDOW = 300


def back_off(receive: int) -> int:
    """Seconds until a message is tried again after its n-th receive: 5 s doubling to 15 min."""
    return min(5 * 2 ** (receive - 1), 900)


def tolerance(receives: int) -> int:
    """Seconds that a message may be refused for before SQS gives it up."""
    return sum(back_off(receive) for receive in range(1, receives + 1))


def queues(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: r for name, r in found.items() if r["Type"] == "AWS::SQS::Queue"}


def both(destination: Template, ingest: Template, **given: Any) -> dict[str, dict[str, Any]]:
    """The resources of the ingest and of a destination of each type."""
    made = {kind: destination.resources(**instance(kind, **given)) for kind in TYPES}
    return {"ingest": ingest.resources(Core="vault-export", **given), **made}


def test_the_visibility_timeout_covers_six_timeouts_and_the_longest_window(
    stack: Template, destination: Template, ingest: Template
) -> None:
    for kind in POLLED:
        found = destination.resources(**instance(kind))
        visibility = found["Queue"]["Properties"]["VisibilityTimeout"]
        assert visibility >= 6 * found["Function"]["Properties"]["Timeout"] + WINDOW, kind
    router = stack.resources()["Router"]["Properties"]["Timeout"]
    assert ingest.resources(Core="c")["Queue"]["Properties"]["VisibilityTimeout"] >= 6 * router + WINDOW
    windows = [spec["MaxValue"] for name, spec in stack.parameters.items() if is_window(name)]
    assert len(windows) == 1 + len(POLLED)
    assert max(windows) <= WINDOW


def is_window(name: str) -> bool:
    return name.endswith("FlushIntervalSeconds") and name != "SecurityLakeFlushIntervalSeconds"


def test_a_scheduled_run_ends_before_the_next_and_before_its_messages_come_back(
    destination: Template,
) -> None:
    found = destination.resources(**instance("security_lake"))
    timeout = found["Function"]["Properties"]["Timeout"]
    assert timeout <= 60 * 5, "two runs side by side would write two files"
    assert found["Queue"]["Properties"]["VisibilityTimeout"] > timeout


def test_the_default_survives_a_day_of_outage_without_a_dead_letter(stack: Template) -> None:
    default = stack.parameters["MaxReceiveCount"]["Default"]
    assert tolerance(default) > 60 * 60 * 60, "what the description promises: 60 h"
    assert default * 660 > DAY, "and the same where a function cannot set the back-off itself"
    assert 131 * 660 >= DAY > 130 * 660, "what the description says is needed for a day"


def test_nothing_expires_on_its_way_to_the_dead_letter_queue(destination: Template, ingest: Template) -> None:
    for template in (destination, ingest):
        most = template.parameters["MaxReceiveCount"]["MaxValue"]
        made = template.of_type("AWS::SQS::Queue")
        source, parked = (made[name]["Properties"]["MessageRetentionPeriod"] for name in ("Queue", "Dlq"))
        assert max(tolerance(most), most * 660) < source < parked


def test_what_holds_events_or_logs_outlives_its_stack(destination: Template, ingest: Template) -> None:
    for template, more in ((destination, set()), (ingest, {"PseudonymKey"})):
        kept = {
            name
            for name, resource in template.source["Resources"].items()
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
            and resource.get("UpdateReplacePolicy") == "Retain"
        }
        assert kept == {"Queue", "Dlq", "QueueTlsOnly", "DlqTlsOnly", "LogGroup"} | more


def test_what_outlives_its_stack_has_no_name_that_a_new_one_would_want(
    destination: Template, ingest: Template
) -> None:
    for name, found in both(destination, ingest).items():
        assert all("QueueName" not in queue["Properties"] for queue in queues(found).values()), name
        assert "LogGroupName" not in found["LogGroup"]["Properties"]


def test_queues_say_whose_they_are(destination: Template, ingest: Template) -> None:
    for name, found in both(destination, ingest).items():
        for queue in queues(found).values():
            tags = {tag["Key"]: tag["Value"] for tag in queue["Properties"]["Tags"]}
            assert tags == {
                "vault-export:core": "vault-export",
                "vault-export:name": TYPES[name][1] if name in TYPES else name,
                "vault-export:type": name,
            }


def test_queues_are_made_by_these_modules_alone(stack: Template, nested: dict[str, Template]) -> None:
    assert not stack.of_type("AWS::SQS::Queue")
    makers = {path for path, module in nested.items() if module.of_type("AWS::SQS::Queue")}
    assert makers == {"infra/destination.yaml", "infra/ingest.yaml"}


def test_every_queue_is_encrypted_refuses_plain_text_and_says_its_size(
    destination: Template, ingest: Template
) -> None:
    for given, encryption in (
        ({}, {"SqsManagedSseEnabled": True}),
        ({"KmsKeyArn": KEY}, {"KmsMasterKeyId": KEY}),
    ):
        for found in both(destination, ingest, **given).values():
            policies = [r["Properties"] for r in found.values() if r["Type"] == "AWS::SQS::QueuePolicy"]
            made = queues(found)
            assert set(made) == {"Queue", "Dlq"}
            for name, queue in made.items():
                assert encryption.items() <= queue["Properties"].items()
                assert queue["Properties"]["MaximumMessageSize"] == 1024 * 1024
                assert refuses_plain_text(name, policies)


def refuses_plain_text(name: str, policies: list[dict[str, Any]]) -> bool:
    (policy,) = (policy for policy in policies if policy["Queues"] == [{"Ref": name}])
    (statement,) = policy["PolicyDocument"]["Statement"]
    return statement == {
        "Sid": "RefusePlaintext",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": [name, "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_messages_that_run_out_of_receives_go_to_the_queues_own_dead_letter_queue(
    destination: Template, ingest: Template
) -> None:
    for found in both(destination, ingest, MaxReceiveCount=131).values():
        redrive = found["Queue"]["Properties"]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["Dlq", "Arn"]}
        assert int(redrive["maxReceiveCount"]) == 131


def alarms(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: r["Properties"] for name, r in found.items() if r["Type"] == "AWS::CloudWatch::Alarm"}


def test_every_dead_letter_queue_has_an_alarm(destination: Template, ingest: Template) -> None:
    for name, found in both(destination, ingest).items():
        watched = [
            (alarm["MetricName"], alarm["Threshold"])
            for alarm in alarms(found).values()
            if alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Dlq", "QueueName"]}}]
        ]
        assert watched == [("ApproximateNumberOfMessagesVisible", 0)], name


def test_a_destination_is_watched_from_every_side(destination: Template, ingest: Template) -> None:
    common = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "Errors", "Throttles"}
    own = {"DeliveryLagSeconds", "AuthFailures", "ConfigFailures", "EventsDropped", "CheckFailures"}
    for kind in TYPES:
        assert metrics(destination.resources(**instance(kind))) == common | own
    assert metrics(ingest.resources(Core="c")) == common | {"ConfigFailures", "NumberOfMessagesSent"}
    assert metrics(ingest.resources(Core="c", SilenceHours=0)) == common | {"ConfigFailures"}


def metrics(found: dict[str, Any]) -> set[str]:
    return {alarm["MetricName"] for alarm in alarms(found).values()}


def test_our_own_metrics_are_watched_by_instance_and_function(destination: Template) -> None:
    for alarm in alarms(destination.resources(**instance("splunk_hec", Name="splunk-2"))).values():
        if alarm["Namespace"] == "VaultExport":
            values = [dimension["Value"] for dimension in alarm["Dimensions"]]
            assert values == ["splunk-2", {"Ref": "Function"}]


def test_a_failed_check_rings_until_one_succeeds(destination: Template) -> None:
    alarm = destination.of_type("AWS::CloudWatch::Alarm")["CheckFailuresAlarm"]["Properties"]
    assert (alarm["Statistic"], alarm["TreatMissingData"]) == ("Maximum", "ignore")


def test_alarms_notify_and_say_what_to_do(destination: Template, ingest: Template) -> None:
    command = re.compile(r"`(vault-export|aws logs tail) [^`]+`")
    for owner, found in both(destination, ingest, AlarmTopicArn=TOPIC).items():
        for name, alarm in alarms(found).items():
            text = alarm["AlarmDescription"]
            assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC], name
            assert 100 < len(text) <= 1024, name
            assert command.search(text) or name in {"ThrottlesAlarm"}, f"{owner}: {name} gives no command"
            assert not re.sub("<LogGroup>", "", text).count("<"), f"{name} names what does not exist"
    for alarm in alarms(destination.resources(**instance("s3"))).values():
        assert "AlarmActions" not in alarm


@pytest.mark.parametrize("kind", TYPES)
def test_names_of_alarms_do_not_collide(destination: Template, ingest: Template, kind: str) -> None:
    found = [
        alarm["AlarmName"]
        for given in (instance(kind), instance(kind, Name="second"))
        for alarm in alarms(destination.resources(**given)).values()
    ] + [alarm["AlarmName"] for alarm in alarms(ingest.resources(Core="vault-export")).values()]
    assert len(found) == len(set(found))
    assert all(name.startswith("vault-export-") for name in found)


def test_the_core_gives_its_alarms_to_every_nested_stack(stack: Template) -> None:
    topic = stack.resources(**{**EVERYTHING, "AlarmEmail": ""}, AlarmTopicArn=TOPIC)
    mailed = stack.resources(**EVERYTHING)
    for name, resource in mailed.items():
        given = resource["Properties"].get("Parameters", {})
        if "AlarmTopicArn" in given:
            assert given["AlarmTopicArn"] == {"Fn::GetAtt": ["AlarmTopic", "Outputs.TopicArn"]}, name
            assert topic[name]["Properties"]["Parameters"]["AlarmTopicArn"] == TOPIC
    assert "AlarmTopic" not in topic
