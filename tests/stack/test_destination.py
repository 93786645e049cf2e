"""One destination: what calls its function, what the function is told, its check and its route."""

import json
import tomllib
from typing import Any

import pytest
from examples import EVERYTHING, KEY, POLLED, SECRET, TYPES, VPC, instance
from templates import Template, accepts

# All that the function of a destination is told: a setting of a type is a key of SETTINGS, not a variable.
ENVIRONMENT = {
    "TYPE",
    "NAME",
    "ADDRESS",
    "SECRET_ARN",
    "ROLE_ARN",
    "EXTERNAL_ID",
    "KMS_KEY_ID",
    "SETTINGS",
    "FILTER",
    "QUEUE_URL",
    "DLQ_URL",
    "LOG_LEVEL",
}
# Records that the router packs into a message; the other types take 100.
BATCH = {"webhook": 1, "s3": 1000, "security_lake": 1000}
WINDOW = {"webhook": 0, "s3": 60}
FILTER = 'min_severity = "High"\nlabels = { env = "production", team = "a b" }\nactors = ["agent:*"]'


def environment(function: dict[str, Any]) -> dict[str, Any]:
    variables = function["Properties"]["Environment"]["Variables"]
    assert all(name.startswith("VAULT_EXPORT_") for name in variables)
    return {name.removeprefix("VAULT_EXPORT_"): value for name, value in variables.items()}


@pytest.mark.parametrize("kind", TYPES)
def test_a_function_is_told_its_type_its_name_and_two_texts(destination: Template, kind: str) -> None:
    given = instance(kind, Settings="x = 1", Filter=FILTER, LogLevel="debug")
    told = environment(destination.resources(**given)["Function"])
    assert set(told) == ENVIRONMENT
    assert (told["TYPE"], told["NAME"], told["SETTINGS"], told["FILTER"]) == (
        kind,
        given["Name"],
        "x = 1",
        FILTER,
    )
    assert (told["ADDRESS"], told["SECRET_ARN"]) == (given["Address"], given["SecretArn"])
    assert (told["QUEUE_URL"], told["DLQ_URL"]) == ({"Ref": "Queue"}, {"Ref": "Dlq"})


def test_a_function_is_told_how_it_writes_objects(destination: Template) -> None:
    more = {"RoleArn": "arn:aws:iam::210987654321:role/w", "ExternalId": "me", "ObjectKmsKeyArn": KEY}
    told = environment(destination.resources(**instance("s3", **more))["Function"])
    assert (told["ROLE_ARN"], told["EXTERNAL_ID"], told["KMS_KEY_ID"]) == tuple(more.values())


def test_one_function_is_made_and_it_is_the_same_for_all(destination: Template) -> None:
    functions = destination.of_type("AWS::Lambda::Function")
    assert set(functions) == {"Function"}
    assert functions["Function"]["Metadata"]["BuildProperties"]["Binary"] == "destination"
    for kind in TYPES:
        properties = destination.resources(**instance(kind, MemoryMegabytes=512))["Function"]["Properties"]
        assert (properties["Runtime"], properties["Handler"]) == ("provided.al2023", "bootstrap")
        assert properties["Architectures"] == ["arm64"]
        assert properties["FunctionName"] == f"vault-export-{TYPES[kind][1]}"
        assert properties["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
        assert properties["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": "LogGroup"}}
        assert int(properties["MemorySize"]) == 512
        assert not {"VpcConfig", "KmsKeyArn", "TracingConfig"} & set(properties)


def test_key_network_and_tracing_reach_the_function(destination: Template) -> None:
    found = destination.resources(**instance("otlp", KmsKeyArn=KEY, Tracing="true", **VPC))
    properties = found["Function"]["Properties"]
    assert properties["KmsKeyArn"] == KEY
    assert found["LogGroup"]["Properties"]["KmsKeyId"] == KEY
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["VpcConfig"] == {
        "SubnetIds": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        "SecurityGroupIds": ["sg-0a1b2c3d"],
    }


@pytest.mark.parametrize("kind", POLLED)
def test_a_mapping_reports_single_failures_and_bounds_itself(destination: Template, kind: str) -> None:
    found = destination.resources(**instance(kind, MaxConcurrency=7))
    mapping = found["Mapping"]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert int(mapping["ScalingConfig"]["MaximumConcurrency"]) == 7
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Queue", "Arn"]}
    assert mapping["MaximumBatchingWindowInSeconds"] == WINDOW.get(kind, 5)
    assert "DrainSchedule" not in found


@pytest.mark.parametrize("kind", POLLED)
def test_a_mapping_takes_ten_messages_at_once_or_a_full_request_in_the_window(
    destination: Template, kind: str
) -> None:
    for window, expected in (("0", 10), ("30", 1000 if kind == "s3" else 100)):
        mapping = destination.resources(**instance(kind, FlushIntervalSeconds=window))["Mapping"]
        assert mapping["Properties"]["BatchSize"] == expected
        assert mapping["Properties"]["MaximumBatchingWindowInSeconds"] == window


@pytest.mark.parametrize(("enabled", "on"), [("true", True), ("false", False)])
def test_pausing_turns_off_what_calls_the_function_and_keeps_the_rest(
    destination: Template, enabled: str, on: bool
) -> None:
    for kind in TYPES:
        found = destination.resources(**instance(kind, Enabled=enabled))
        assert set(found) == set(destination.resources(**instance(kind)))
        if kind in POLLED:
            # A text would leave the mapping on.
            assert found["Mapping"]["Properties"]["Enabled"] is on
        else:
            assert found["DrainSchedule"]["Properties"]["State"] == ("ENABLED" if on else "DISABLED")


def test_the_lake_is_filled_by_a_schedule(destination: Template) -> None:
    for given, rate in ((None, 15), ("300", 5), ("3600", 60), ("86400", 1440)):
        more = {"FlushIntervalSeconds": given} if given else {}
        found = destination.resources(**instance("security_lake", **more))
        assert "Mapping" not in found
        schedule = found["DrainSchedule"]["Properties"]
        assert schedule["ScheduleExpression"] == f"rate({rate} minutes)"
        assert json.loads(schedule["Target"]["Input"]) == {"drain": True}


def test_every_listed_interval_of_the_lake_has_a_rate(stack: Template, destination: Template) -> None:
    rates = destination.source["Mappings"]["Rate"]
    for seconds in stack.parameters["SecurityLakeFlushIntervalSeconds"]["AllowedValues"]:
        assert not destination.refusals(**instance("security_lake", FlushIntervalSeconds=str(seconds)))
        assert rates[str(seconds)]["Expression"] == f"rate({int(seconds) // 60} minutes)"
    assert len(rates) == len(stack.parameters["SecurityLakeFlushIntervalSeconds"]["AllowedValues"])


def test_schedules_may_call_the_function_and_nothing_else(destination: Template) -> None:
    found = destination.resources(**instance("security_lake"))
    role = found["ScheduleRole"]["Properties"]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    function = {"Fn::GetAtt": ["Function", "Arn"]}
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", function)
    principal = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert principal == {"Service": "scheduler.amazonaws.com"}
    for name in ("DrainSchedule", "CheckSchedule"):
        target = found[name]["Properties"]["Target"]
        assert (target["Arn"], target["RoleArn"]) == (function, {"Fn::GetAtt": ["ScheduleRole", "Arn"]})
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_every_destination_is_checked_once_a_day(destination: Template) -> None:
    for kind in TYPES:
        schedule = destination.resources(**instance(kind))["CheckSchedule"]["Properties"]
        assert schedule["ScheduleExpression"] == "rate(1 day)"
        # A webhook's connection test posts an event, which a channel should not see every day.
        kind_of_check = "settings" if kind == "webhook" else "connection"
        assert json.loads(schedule["Target"]["Input"]) == {"check": kind_of_check}


def route_of(value: str) -> dict[str, Any]:
    """A route as the router reads it."""
    return tomllib.loads(value)


@pytest.mark.parametrize("kind", TYPES)
def test_alone_it_checks_itself_and_then_publishes_its_route(destination: Template, kind: str) -> None:
    found = destination.resources(**instance(kind, Filter=FILTER, CheckOnDeploy="connection"))
    check, route = found["Check"], found["Route"]
    assert check["Type"] == "Custom::DestinationCheck"
    assert check["Properties"]["ServiceToken"] == {"Fn::GetAtt": ["Function", "Arn"]}
    assert check["Properties"]["CheckOnDeploy"] == "connection"
    assert 20 <= check["Properties"]["ServiceTimeout"] <= 60
    assert route["DependsOn"] == ["Check"]
    assert route["Properties"]["Name"] == f"/vault-export/vault-export/routes/{TYPES[kind][1]}"
    read = route_of(route["Properties"]["Value"])
    assert read["type"] == kind
    assert (read["queue_url"], read["dlq_url"]) == ("<Queue>", "<Dlq>")
    assert read["function"] == "<Function>"
    assert read["batch_size"] == BATCH.get(kind, 100)
    assert tomllib.loads(read["filter"]) == tomllib.loads(FILTER)


def test_nested_it_leaves_check_and_route_to_the_core(destination: Template) -> None:
    for kind in TYPES:
        assert not {"Check", "Route"} & set(destination.resources(**instance(kind, Nested="true")))


def test_whatever_the_function_is_told_repeats_the_check(destination: Template) -> None:
    function, check = (destination.source["Resources"][name]["Properties"] for name in ("Function", "Check"))
    told = {item["Ref"] for item in function["Environment"]["Variables"].values() if "Ref" in item}
    repeated = {item["Ref"] for item in check.values() if isinstance(item, dict) and "Ref" in item}
    assert told - {"Queue", "Dlq", "Core", "Name", "Type", "LogLevel"} <= repeated


def is_text(name: str) -> bool:
    return name in ("Address", "Settings", "Filter")


def test_the_longest_route_and_environment_fit(destination: Template) -> None:
    longest = {
        name: spec["MaxLength"] * "x" for name, spec in destination.parameters.items() if is_text(name)
    }
    found = destination.resources(**instance("splunk_hec", **longest, Core="c" * 40, Name="n" * 20))
    url = "https://sqs.ap-southeast-3.amazonaws.com/123456789012/" + "q" * 80
    assert len(found["Route"]["Properties"]["Value"].encode()) + 2 * len(url) + 64 <= 4096
    told = environment(found["Function"])
    size = sum(len("VAULT_EXPORT_") + len(name) for name in told)
    size += sum(len(value if isinstance(value, str) else url) for value in told.values())
    assert size <= 4096, "Lambda's four kilobytes"


# The core's three resources for each type.


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_a_nested_stack_its_check_and_its_route(stack: Template, kind: str) -> None:
    prefix, name, *_ = TYPES[kind]
    found = stack.resources(**EVERYTHING, **{f"{prefix}Filter": FILTER}, CheckOnDeploy="connection")
    own, check, route = found[prefix], found[f"{prefix}Check"], found[f"{prefix}Route"]
    assert own["Properties"]["TemplateURL"] == "infra/destination.yaml"
    given = own["Properties"]["Parameters"]
    assert (given["Core"], given["Name"], given["Type"], given["Nested"]) == (
        "vault-export",
        name,
        kind,
        "true",
    )
    assert check["Type"] == "Custom::DestinationCheck"
    assert check["Properties"]["ServiceToken"] == {"Fn::GetAtt": [prefix, "Outputs.FunctionArn"]}
    assert check["Properties"]["CheckOnDeploy"] == "connection"
    assert route["DependsOn"] == f"{prefix}Check"
    assert route["Properties"]["Name"] == f"/vault-export/vault-export/routes/{name}"
    read = route_of(route["Properties"]["Value"])
    assert read["type"] == kind
    assert read["queue_url"] == f"<{prefix}.Outputs.QueueUrl>"
    assert read["dlq_url"] == f"<{prefix}.Outputs.DlqUrl>"
    assert read["function"] == f"<{prefix}.Outputs.FunctionName>"
    assert read["batch_size"] == BATCH.get(kind, 100)
    assert tomllib.loads(read["filter"]) == tomllib.loads(FILTER)


@pytest.mark.parametrize("kind", TYPES)
def test_every_parameter_of_a_type_reaches_its_nested_stack(stack: Template, kind: str) -> None:
    prefix = TYPES[kind][0]
    reached = json.dumps(stack.source["Resources"][prefix]["Properties"]["Parameters"])
    own = [name for name in stack.parameters if name.startswith(prefix)]
    assert len(own) >= 6
    for name in own:
        assert f'{{"Ref": "{name}"}}' in reached, name


@pytest.mark.parametrize("kind", TYPES)
def test_a_change_of_a_types_settings_repeats_its_check(stack: Template, kind: str) -> None:
    prefix = TYPES[kind][0]
    repeated = json.dumps(stack.source["Resources"][f"{prefix}Check"]["Properties"])
    aside = ("FlushIntervalSeconds", "MaxConcurrency", "Enabled", "AlarmDelaySeconds", "MemoryMegabytes")
    for name in stack.parameters:
        if name.startswith(prefix) and not name.endswith(aside):
            assert f'{{"Ref": "{name}"}}' in repeated, name


def test_a_destination_without_address_has_no_resources(stack: Template) -> None:
    found = stack.resources()
    for prefix, *_ in TYPES.values():
        assert not [name for name in found if name.startswith(prefix)]
    assert "Router" in found


def test_names_of_instances_are_not_those_of_the_core(destination: Template) -> None:
    spec = destination.parameters["Name"]
    for name in ("router", "ingest", "alarms"):
        assert not accepts(spec, name)
    assert accepts(spec, "router-2")


def test_the_webhook_of_the_core_reads_its_address_from_its_secret(stack: Template) -> None:
    given = stack.resources(WebhookUrlSecretArn=SECRET)["Webhook"]["Properties"]["Parameters"]
    assert given["SecretArn"] == SECRET
    assert "Address" not in given
