"""The core as a whole: what it nests, its outputs, its dashboard, its size, and how it is laid out."""

import json
import re
import tomllib

import pytest
from examples import EVERYTHING, TYPES, instance
from localcloud import binaries
from localcloud.paths import ROOT
from templates import PSEUDO, Template, template

# CloudFormation takes a template body of this size without a bucket.
LARGEST = 51_200


def test_templates_are_small_enough_to_be_read_and_uploaded(nested: dict[str, Template]) -> None:
    for path in ("template.yaml", *nested):
        assert (ROOT / path).stat().st_size < LARGEST, path


def test_a_router_and_nothing_else_runs_in_the_core(stack: Template) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    assert set(functions) == {"Router"}
    assert functions["Router"]["Metadata"]["BuildProperties"]["Binary"] == "router"
    properties = stack.resources()["Router"]["Properties"]
    assert properties["FunctionName"] == "vault-export-router"
    assert (properties["Runtime"], properties["Handler"]) == ("provided.al2023", "bootstrap")
    assert properties["Role"] == {"Fn::GetAtt": ["Ingest", "Outputs.RoleArn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Fn::GetAtt": ["Ingest", "Outputs.LogGroupName"]}


def test_the_router_is_told_where_its_routes_are(stack: Template) -> None:
    settings = 'instance = "vault-eu"\nlabels = { env = "production" }'
    router = stack.resources(SourceSettings=settings)["Router"]["Properties"]
    assert router["Environment"]["Variables"] == {
        "VAULT_EXPORT_ROUTES_PATH": "/vault-export/vault-export/routes",
        "VAULT_EXPORT_QUEUE_URL": {"Fn::GetAtt": ["Ingest", "Outputs.QueueUrl"]},
        "VAULT_EXPORT_DLQ_URL": {"Fn::GetAtt": ["Ingest", "Outputs.DlqUrl"]},
        "VAULT_EXPORT_LOG_LEVEL": "info",
        "VAULT_EXPORT_SOURCE_SETTINGS": settings,
        "VAULT_EXPORT_PSEUDONYM_SECRET_ARN": {"Fn::GetAtt": ["Ingest", "Outputs.PseudonymSecretArn"]},
    }


def test_the_routers_mapping_takes_ten_messages_at_once_or_many_in_the_window(stack: Template) -> None:
    for window, expected in ((0, 10), (1, 1000)):
        given = {"IngestFlushIntervalSeconds": window, "IngestMaxConcurrency": 4}
        mapping = stack.resources(**given)["RouterMapping"]["Properties"]
        assert mapping["BatchSize"] == expected
        assert int(mapping["MaximumBatchingWindowInSeconds"]) == window
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert int(mapping["ScalingConfig"]["MaximumConcurrency"]) == 4
        assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Ingest", "Outputs.QueueArn"]}


def test_modules_get_what_they_ask_for_and_give_what_is_used(
    stack: Template, nested: dict[str, Template]
) -> None:
    text = (ROOT / "template.yaml").read_text()
    for name, resource in stack.of_type("AWS::CloudFormation::Stack").items():
        module = nested[resource["Properties"]["TemplateURL"]]
        given = set(resource["Properties"]["Parameters"])
        needed = {name for name, spec in module.parameters.items() if "Default" not in spec}
        assert needed <= given <= set(module.parameters), name
        used = set(re.findall(rf"\b{name}\.Outputs\.(\w+)", text))
        assert used <= set(module.source["Outputs"]), name


def test_every_module_is_nested(stack: Template, nested: dict[str, Template]) -> None:
    used = {r["Properties"]["TemplateURL"] for r in stack.of_type("AWS::CloudFormation::Stack").values()}
    assert used == set(nested)


def test_a_stack_name_that_is_too_long_is_refused_by_every_nested_stack(
    stack: Template, nested: dict[str, Template]
) -> None:
    for name, resource in stack.of_type("AWS::CloudFormation::Stack").items():
        given, spec = resource["Properties"]["Parameters"], nested[resource["Properties"]["TemplateURL"]]
        takers = [key for key in ("Core", "Name") if "AWS::StackName" in json.dumps(given.get(key))]
        for key in takers:
            pattern = spec.parameters[key]["AllowedPattern"]
            suffix = "-alarms" if name == "AlarmTopic" else ""
            assert re.fullmatch(pattern, "a" * 40 + suffix)
            assert not re.fullmatch(pattern, "a" * 41 + suffix), name
        assert takers or name == "ProducerPolicy", name


def test_names_fit_into_what_aws_takes(destination: Template) -> None:
    longest = destination.resources(**instance("splunk_hec", Core="c" * 40, Name="n" * 20))
    assert len(longest["Function"]["Properties"]["FunctionName"]) <= 64
    for resource in longest.values():
        assert len(resource["Properties"].get("AlarmName", "")) <= 255


def test_the_outputs_lead_to_every_queue(stack: Template) -> None:
    outputs = stack.source["Outputs"]
    wanted = {"IngestQueueUrl", "IngestQueueArn", "IngestDlqUrl", "RoutesPath", "ProducerPolicyArn"}
    assert wanted | {"DashboardUrl"} == set(outputs)
    path = stack.evaluate(outputs["RoutesPath"]["Value"], stack.values({}))
    assert path == "/vault-export/vault-export/routes"


def words(name: str) -> set[str]:
    """How CloudWatch's search cuts a name into words."""
    return {word for part in name.split("-") for word in (part, *re.findall("[A-Z]?[a-z]+", part))}


def test_the_dashboard_finds_every_queue_and_function(nested: dict[str, Template]) -> None:
    made = nested["infra/dashboard.yaml"].resources(Name="vault-export", IngestQueueName="q")["Dashboard"]
    widgets = json.loads(made["Properties"]["DashboardBody"])["widgets"]
    searches = [
        (metric[0]["id"], found[1].split(" AND "))
        for widget in widgets
        for metric in widget["properties"].get("metrics", [])
        if isinstance(metric[0], dict)
        for found in [re.search(r"(?:Queue|Function)Name=\(([^)]+)\)", metric[0]["expression"])]
    ]
    assert len(searches) == 9
    for prefix in ("vault-export-Splunk-1ABC", "vault-export-splunk-2", "vault-export-SecurityLake-2DEF"):
        for name, wanted in (
            (f"{prefix}-Queue-9XYZ", {"waiting", "age"}),
            (f"{prefix}-Dlq-9XYZ", {"dead"}),
        ):
            found = {title for title, terms in searches if set(terms) <= words(name)}
            functions = {title for title, terms in searches if terms == ["vault", "export"]}
            assert found - functions == wanted, name


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-central-1", "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_console_links_are_right_in_every_partition(partition: str, region: str, console: str) -> None:
    dashboard = template("infra/dashboard.yaml")
    values = {**dashboard.values({"Name": "c"}), "AWS::Partition": partition, "AWS::Region": region}
    url = dashboard.evaluate(dashboard.source["Outputs"]["Url"]["Value"], values)
    assert url.startswith(f"https://{console}/cloudwatch/home?region={region}#dashboards/dashboard/")


def test_no_address_is_bound_to_one_partition() -> None:
    for path in ("template.yaml", *(f"infra/{found.name}" for found in (ROOT / "infra").glob("*.yaml"))):
        text = re.sub(
            r"(?m)^.*(AllowedPattern|Description|Domain:|Service: ).*$", "", (ROOT / path).read_text()
        )
        text = re.sub(r"(?s)Mappings:\n  Console:.*?\n\n", "", text)
        assert "arn:aws:" not in text, path
        assert PSEUDO["AWS::URLSuffix"] not in text, path


def test_the_local_cloud_deploys_the_same_templates(tmp_path) -> None:
    built = tmp_path / "binaries"
    built.mkdir()
    assert binaries.functions() == ["router", "destination"]
    for name in binaries.functions():
        (built / name).write_text(name)
    target = binaries.lay_out(built, tmp_path / "build").parent
    for path, code in (("template.yaml", "./router"), ("infra/destination.yaml", "../destination")):
        ours, theirs = (root / path for root in (ROOT, target))
        changed = [
            (was.strip(), now.strip())
            for was, now in zip(ours.read_text().splitlines(), theirs.read_text().splitlines(), strict=True)
            if was != now
        ]
        assert [now for _, now in changed] == [f"Code: {code}"]
        assert (theirs.parent / code / "bootstrap").exists()


def test_the_examples_of_samconfig_are_taken() -> None:
    """Everything that is commented out in samconfig.toml, as a user would write it."""
    text = (ROOT / "samconfig.toml").read_text()
    shown = re.sub(r"(?m)^# (?=\[|[A-Za-z_]+ = |'''|[a-z]+ = )", "", text).replace("# '''", "'''")
    read = tomllib.loads(shown)
    assert read["default"]["build"]["parameters"]["cached"] is False
    core = read["default"]["deploy"]["parameters"]["parameter_overrides"]
    assert not template("template.yaml").refusals(**core)
    assert tomllib.loads(core["SplunkSettings"])["index"] == "security"
    second = read["splunk-2"]["deploy"]["parameters"]
    given = second["parameter_overrides"]
    assert not template("infra/destination.yaml").refusals(**given)
    assert second["stack_name"] == f"{given['Core']}-{given['Name']}"
    assert second["template_file"] == ".aws-sam/build/Splunk/template.yaml"


def test_the_core_knows_every_type(destination: Template) -> None:
    assert destination.parameters["Type"]["AllowedValues"] == list(TYPES)
    assert len(EVERYTHING) > len(TYPES)
