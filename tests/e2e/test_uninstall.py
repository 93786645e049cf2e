"""What stays when a stack goes, and how a stack of the old layout is left."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import events
import pytest
from conftest import FOLDER
from deployed import Stack, command, queue_names, reasons, restart
from localcloud import ledger
from localcloud.deployment import Deployment, DeploymentError, create_secret, delete, deploy, sam
from localcloud.destinations import credential
from localcloud.ministack import REGION, Ministack
from localcloud.paths import ROOT
from localcloud.receivers import Splunk
from localcloud.settings import toml


@pytest.fixture
def splunk() -> Iterator[Splunk]:
    receiver = Splunk(credential("Splunk"))
    yield receiver
    receiver.answer_always(None)


def parameters(cloud: Ministack, receiver: Splunk, name: str) -> dict[str, str]:
    """A core with Splunk alone."""
    return {
        "Architecture": "x86_64",
        "SplunkEndpoint": receiver.address,
        "SplunkSecretArn": create_secret(cloud, name, credential("Splunk")),
        "SplunkSettings": toml(allow_insecure=True),
        "IngestFlushIntervalSeconds": "0",
        "SplunkFlushIntervalSeconds": "0",
    }


def small(cloud: Ministack, built: Path, receiver: Splunk, given: dict[str, str], name: str) -> Stack:
    """Deploys a core with Splunk alone."""
    log = FOLDER / f"sam-deploy-{name}.log"
    deploy(cloud, built, given, log=log, stack=name)
    return Stack(Deployment(cloud, name), {"Splunk": receiver}, built, given, log)


def test_sam_delete_with_events_waiting_loses_nothing(cloud: Ministack, built: Path, splunk: Splunk) -> None:
    given = parameters(cloud, splunk, "gone/splunk")
    # Paused, so that no message is hidden by a function that tries.
    stack = small(cloud, built, splunk, {**given, "SplunkEnabled": "false"}, "gone")
    sent = stack.send_events(events.native(40, "gone"))
    stack.wait(
        lambda: set(stack.account("Splunk").queued) == sent, seconds=60, what="all events in Splunk's queue"
    )
    left = {**stack.deployment.queues}
    done = sam(cloud, "delete", "--stack-name", "gone", "--no-prompts", "--region", REGION)
    assert done.returncode == 0, done.stdout
    functions = cloud.client("lambda").list_functions()["Functions"]
    assert not [found for found in functions if found["FunctionName"].startswith("gone-")]
    assert not cloud.client("ssm").get_parameters_by_path(Path="/vault-export/gone/routes")["Parameters"]
    assert set(ledger.ids_in(ledger.messages(cloud, left["splunk"]))) == sent
    assert len(queue_names(cloud, "gone-")) == 4, "two queues with their dead-letter queues"
    # The same stack again finds new queues; what was left is moved into them.
    again = small(cloud, built, splunk, given, "gone")
    listed = command(cloud, "dlq", "list", "--stack", "gone")
    assert left["splunk"].rsplit("/", 1)[1] in listed
    command(cloud, "dlq", "redrive", "--from", left["splunk"], "--stack", "gone", "--destination", "splunk")
    again.wait(lambda: sent <= set(splunk.ids()), seconds=120, what="what was left at Splunk")
    delete(cloud, "gone")


# The last commit of the layout with one template of 168 parameters.
OLD_LAYOUT = "807f8f5"


@pytest.fixture(scope="module")
def old_layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old templates with functions that cannot start, which is as good as a receiver that is down."""
    folder = tmp_path_factory.mktemp("old")
    archive = subprocess.run(
        ["git", "archive", OLD_LAYOUT, "template.yaml", "infra"], cwd=ROOT, capture_output=True
    )
    if archive.returncode:
        pytest.skip(f"the commit {OLD_LAYOUT} is not in this clone")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    (folder / "code").mkdir()
    (folder / "code" / "bootstrap").write_text("#!/bin/sh\nexit 1\n")
    template = folder / "template.yaml"
    template.write_text(template.read_text().replace("CodeUri: .", "CodeUri: code"))
    return template


def test_an_old_stack_is_left_with_nothing_lost(
    cloud: Ministack, built: Path, old_layout: Path, splunk: Splunk
) -> None:
    given = parameters(cloud, splunk, "old/splunk")
    log = FOLDER / "sam-deploy-old.log"
    before = {
        "Architecture": "x86_64",
        "SplunkEndpoint": given["SplunkEndpoint"],
        "SplunkSecretArn": given["SplunkSecretArn"],
        "SplunkAllowInsecure": "true",
    }
    deploy(cloud, old_layout, before, log=log, stack="old")
    old = outputs_of(cloud, "old")
    stop_reading(cloud, "old")
    at_ingest, at_splunk = (list(events.native(20, story)) for story in ("old-ingest", "old-splunk"))
    fill(cloud, old["IngestQueueUrl"], at_ingest)
    fill(cloud, old["SplunkQueueUrl"], at_splunk)
    sent = {event["id"] for event in at_ingest + at_splunk}

    # The new layout in place is refused, and the old stack is as it was.
    with pytest.raises(DeploymentError) as refusal:
        deploy(cloud, built, given, log=log, stack="old")
    assert "old-router" in reasons(str(refusal.value))
    assert outputs_of(cloud, "old") == old
    for url, found in ((old["IngestQueueUrl"], at_ingest), (old["SplunkQueueUrl"], at_splunk)):
        assert set(ledger.ids_in(ledger.messages(cloud, url))) == {event["id"] for event in found}

    # Beside it, it takes over what waits.
    stack = small(cloud, built, splunk, given, "new")
    restart(cloud, "new-router")
    for url, owner in ((old["IngestQueueUrl"], "ingest"), (old["SplunkQueueUrl"], "splunk")):
        command(cloud, "dlq", "redrive", "--from", url, "--stack", "new", "--destination", owner)
    stack.wait(lambda: sent <= set(splunk.ids()), seconds=120, what="everything of the old stack at Splunk")
    for url in (old["IngestQueueUrl"], old["SplunkQueueUrl"]):
        assert not ledger.messages(cloud, url)
    delete(cloud, "old")
    delete(cloud, "new")


def outputs_of(cloud: Ministack, stack: str) -> dict[str, str]:
    found = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def stop_reading(cloud: Ministack, stack: str) -> None:
    """Turns off what calls the functions of a stack."""
    client = cloud.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        if mapping["FunctionArn"].rsplit(":", 1)[1].startswith(f"{stack}-"):
            client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def fill(cloud: Ministack, queue: str, found: list[dict]) -> None:
    body = "\n".join(json.dumps(event) for event in found)
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
