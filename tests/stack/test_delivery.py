"""What keeps events safe between the functions: queues, dead-letter queues, time-outs, mappings, alarms."""

import json
import re

from localcloud import binaries
from localcloud.paths import ROOT
from templates import Template

QUEUE = "infra/function-queue.yaml"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-a1b2c3"  # noqa: S105
EVERYTHING = {
    "SplunkEndpoint": "https://splunk.example.com:8088",
    "SplunkSecretArn": SECRET,
    "DatadogSite": "datadoghq.eu",
    "DatadogSecretArn": SECRET,
    "ElasticEndpoint": "https://elastic.example.com:9200",
    "ElasticSecretArn": SECRET,
    "S3Bucket": "acme-archive",
    "SecurityLakeBucket": "aws-security-data-lake-eu-central-1-acme",
    "WebhookUrlSecretArn": SECRET,
    "OtlpEndpoint": "https://collector.example.com:4317",
    "AlarmEmail": "soc@example.com",
}
# Destinations that Lambda polls for.
QUEUED = ("Splunk", "Datadog", "Elastic", "S3", "Webhook", "Otlp")
DAY = 24 * 60 * 60


def back_off(receive: int) -> int:
    """Seconds until a message is tried again after its n-th receive: 5 s doubling to 15 min."""
    return min(5 * 2 ** (receive - 1), 900)


def tolerance(receives: int) -> int:
    """Seconds that a message may be refused for before SQS gives it up."""
    return sum(back_off(receive) for receive in range(1, receives + 1))


def test_the_visibility_timeout_covers_six_timeouts_and_the_longest_window(stack: Template) -> None:
    longest = max(
        spec["MaxValue"] for name, spec in stack.parameters.items() if name.endswith("FlushIntervalSeconds")
    )
    timeouts = {
        r["Properties"]["FunctionName"]: r["Properties"]["Timeout"]
        for r in stack.resources(**EVERYTHING).values()
        if r["Type"] == "AWS::Lambda::Function"
    }
    assert len(timeouts) == len(binaries.functions())
    for name, queue in queues(stack).items():
        window = 0 if name == "SecurityLakeQueue" else longest
        assert queue["VisibilityTimeout"] >= 6 * timeouts[queue["FunctionName"]] + window, name


def test_the_default_survives_a_day_of_outage_without_a_dead_letter(stack: Template) -> None:
    default = stack.parameters["MaxReceiveCount"]["Default"]
    visibility = stack.source["Mappings"]["Delivery"]["Seconds"]["VisibilityTimeout"]
    assert tolerance(default) > 60 * 60 * 60, "what the description promises: 60 h"
    assert default * visibility > DAY, "and the same where a function cannot set the back-off itself"
    assert 131 * visibility >= DAY > 130 * visibility, "what the description says is needed for a day"


def test_nothing_expires_on_its_way_to_the_dead_letter_queue(
    stack: Template, nested: dict[str, Template]
) -> None:
    found = nested[QUEUE].of_type("AWS::SQS::Queue")
    source, parked = (
        found[name]["Properties"]["MessageRetentionPeriod"] for name in ("Queue", "DeadLetterQueue")
    )
    most = stack.parameters["MaxReceiveCount"]["MaxValue"]
    visibility = stack.source["Mappings"]["Delivery"]["Seconds"]["VisibilityTimeout"]
    assert max(tolerance(most), most * visibility) < source < parked


def queues(stack: Template) -> dict[str, dict]:
    """The parameters that each queue module gets, with every destination set."""
    return {
        name: resource["Properties"]["Parameters"]
        for name, resource in stack.resources(**EVERYTHING).items()
        if resource["Properties"].get("TemplateURL") == QUEUE
    }


def test_queues_are_made_by_the_module_alone(stack: Template, nested: dict[str, Template]) -> None:
    assert not stack.of_type("AWS::SQS::Queue")
    assert [path for path, module in nested.items() if module.of_type("AWS::SQS::Queue")] == [QUEUE]


def test_every_queue_is_encrypted_refuses_plain_text_and_says_its_size(nested: dict[str, Template]) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/x"
    common = {
        "Name": "n",
        "FunctionName": "f",
        "Destination": "s3",
        "VisibilityTimeout": 660,
        "MaxReceiveCount": 9,
    }
    for given, encryption in (
        ({}, {"SqsManagedSseEnabled": True}),
        ({"KmsKeyArn": key}, {"KmsMasterKeyId": key}),
    ):
        found = nested[QUEUE].resources(**common, **given)
        made = {name: r["Properties"] for name, r in found.items() if r["Type"] == "AWS::SQS::Queue"}
        policies = [r["Properties"] for r in found.values() if r["Type"] == "AWS::SQS::QueuePolicy"]
        for name, queue in made.items():
            assert encryption.items() <= queue.items()
            assert queue["MaximumMessageSize"] == 1024 * 1024
            (policy,) = (policy for policy in policies if policy["Queues"] == [{"Ref": name}])
            (statement,) = policy["PolicyDocument"]["Statement"]
            assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
                "Deny",
                "*",
                "sqs:*",
            )
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            assert statement["Resource"] == {"Fn::GetAtt": [name, "Arn"]}


def test_every_mapping_reports_single_failures_and_bounds_itself(stack: Template) -> None:
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping")
    assert set(mappings) == {f"{name}FunctionQueue" for name in ("Router", *QUEUED)}
    for name, mapping in mappings.items():
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert "MaximumConcurrency" in mapping["Properties"]["ScalingConfig"], name
        assert "MaximumBatchingWindowInSeconds" in mapping["Properties"], name


def test_a_mapping_takes_ten_messages_at_once_or_a_full_request_in_the_window(stack: Template) -> None:
    prefixes = {"Ingest": "Router"} | {name: name for name in QUEUED}
    for prefix, function in prefixes.items():
        for window, size, expected in ((0, 500, 10), (30, 500, 500), (30, 1, 1)):
            given = {f"{prefix}FlushIntervalSeconds": window, f"{prefix}BatchSize": size}
            mapping = stack.resources(**EVERYTHING, **given)[f"{function}FunctionQueue"]["Properties"]
            assert int(mapping["BatchSize"]) == expected
            assert int(mapping["MaximumBatchingWindowInSeconds"]) == window


def test_the_lake_is_filled_by_a_schedule_that_may_call_its_function_alone(
    stack: Template, nested: dict[str, Template]
) -> None:
    found = stack.resources(**EVERYTHING, SecurityLakeFlushIntervalMinutes=30)
    function = found["SecurityLakeFunction"]["Properties"]
    given = found["SecurityLakeSchedule"]["Properties"]["Parameters"]
    assert given["FunctionArn"] == {"Fn::GetAtt": ["SecurityLakeFunction", "Arn"]}
    least = stack.parameters["SecurityLakeFlushIntervalMinutes"]["MinValue"]
    assert function["Timeout"] <= 60 * least, "two runs side by side would write two files"
    assert int(function["MemorySize"]) >= 512
    made = nested["infra/schedule.yaml"].resources(Name="n", FunctionArn="arn:f", Minutes=given["Minutes"])
    schedule, role = made["Schedule"]["Properties"], made["Role"]["Properties"]
    assert schedule["ScheduleExpression"] == "rate(30 minutes)"
    assert schedule["Target"]["Arn"] == "arn:f"
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", "arn:f")
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "scheduler.amazonaws.com"
    }


def test_every_dead_letter_queue_has_an_alarm(stack: Template, nested: dict[str, Template]) -> None:
    alarms = nested[QUEUE].of_type("AWS::CloudWatch::Alarm")
    watched = [
        (alarm["Properties"]["MetricName"], alarm["Properties"]["Threshold"])
        for alarm in alarms.values()
        if alarm["Properties"]["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}
        and "Condition" not in alarm
    ]
    assert watched == [("ApproximateNumberOfMessagesVisible", 0)]
    assert len(queues(stack)) == len(binaries.functions())


def test_a_destination_is_watched_from_every_side(nested: dict[str, Template]) -> None:
    names = {"Name": "n", "FunctionName": "f", "VisibilityTimeout": 660, "MaxReceiveCount": 9}
    both = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "Errors", "Throttles"}
    own = {"DeliveryLagSeconds", "AuthFailures", "ConfigFailures"}
    assert metrics(nested, **names, Destination="s3") == both | own
    assert metrics(nested, **names, Destination="router", SilenceHours=24) == both | {"NumberOfMessagesSent"}
    assert metrics(nested, **names, Destination="router") == both


def metrics(nested: dict[str, Template], **given: object) -> set[str]:
    found = nested[QUEUE].resources(**given).values()
    return {r["Properties"]["MetricName"] for r in found if r["Type"] == "AWS::CloudWatch::Alarm"}


def test_alarms_notify_and_say_what_to_do(nested: dict[str, Template]) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:alarms"
    given = {
        "Name": "n",
        "FunctionName": "f",
        "Destination": "s3",
        "VisibilityTimeout": 660,
        "MaxReceiveCount": 9,
    }
    found = nested[QUEUE].resources(**given, SilenceHours=1, AlarmTopicArn=topic)
    for name, resource in found.items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            alarm = resource["Properties"]
            assert alarm["AlarmActions"] == alarm["OKActions"] == [topic], name
            assert 100 < len(alarm["AlarmDescription"]) <= 1024, name
            assert re.search(r"\b(See|Look|Read|Put|Ask|look|correct)\b", alarm["AlarmDescription"]), name
            assert "<" not in alarm["AlarmDescription"], f"{name} names something that does not exist"


def test_a_destination_without_address_has_no_resources(stack: Template) -> None:
    for prefix in (*QUEUED, "SecurityLake"):
        assert not [name for name in stack.resources() if name.startswith(prefix)]
    assert "RouterFunction" in stack.resources()


def test_the_dashboard_shows_every_queue_and_function(stack: Template, nested: dict[str, Template]) -> None:
    body = nested["infra/dashboard.yaml"].resources(Name="vault-export")["Dashboard"]["Properties"][
        "DashboardBody"
    ]
    expressions = [
        metric[0]["expression"]
        for widget in json.loads(body)["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if isinstance(metric[0], dict)
    ]
    for queue in queues(stack).values():
        for name in (queue["Name"], queue["Name"] + "-dlq", queue["FunctionName"]):
            assert any(f'"{name}"' in expression for expression in expressions), name
    assert all(len(expression) <= 1024 for expression in expressions), "CloudWatch takes 1,024 characters"


def test_modules_get_what_they_ask_for_and_give_what_is_used(
    stack: Template, nested: dict[str, Template]
) -> None:
    text = (ROOT / "template.yaml").read_text()
    for name, resource in stack.of_type("AWS::CloudFormation::Stack").items():
        module, given = (
            nested[resource["Properties"]["TemplateURL"]],
            set(resource["Properties"]["Parameters"]),
        )
        needed = {name for name, spec in module.parameters.items() if "Default" not in spec}
        assert needed <= given <= set(module.parameters), name
        used = set(re.findall(rf"{name}\.Outputs\.(\w+)", text))
        assert used <= set(module.source["Outputs"]), name


def test_every_queue_is_in_the_outputs(stack: Template) -> None:
    for name in queues(stack):
        assert {f"{name}Url", f"{name.removesuffix('Queue')}DlqUrl"} <= set(stack.source["Outputs"])


def test_the_local_cloud_deploys_the_same_template() -> None:
    ours = (ROOT / "template.yaml").read_text()
    laid_out = binaries.with_code(ours)
    changed = [
        (was.strip(), now.strip())
        for was, now in zip(ours.splitlines(), laid_out.splitlines(), strict=True)
        if was != now
    ]
    assert changed == [("CodeUri: .", f"CodeUri: {binary}") for binary in binaries.functions()]
