"""Deploys the templates as users do, with `sam deploy`, and tells what came of it."""

import json
import os
import subprocess
import time
import tomllib
from pathlib import Path

from .ministack import Ministack
from .paths import tool
from .settings import write_samconfig

STACK = "vault-export"


class DeploymentError(RuntimeError):
    """`sam deploy` ended with an error; the text is all that it printed."""


class Deployment:
    """A deployed core: its outputs, its queues, and the means to change its secrets."""

    def __init__(self, cloud: Ministack, stack: str = STACK):
        self.cloud = cloud
        self.stack = stack
        self.refresh()

    def refresh(self) -> None:
        """Reads again what the stack says of itself, after a deployment.

        `queues` and `dlqs` are named by who reads the queue: `ingest`, and the instances of destinations.
        """
        self.outputs = outputs(self.cloud, self.stack)
        self.routes = routes(self.cloud, self.outputs["RoutesPath"])
        self.queues = {"ingest": self.outputs["IngestQueueUrl"]}
        self.dlqs = {"ingest": self.outputs["IngestDlqUrl"]}
        for name, route in self.routes.items():
            self.queues[name], self.dlqs[name] = route["queue_url"], route["dlq_url"]

    def set_secret(self, name: str, value: str | dict[str, str]) -> None:
        """Gives a secret a new current value, as a rotation does."""
        self.cloud.client("secretsmanager").put_secret_value(SecretId=name, SecretString=_text(value))


def create_secret(cloud: Ministack, name: str, value: str | dict[str, str]) -> str:
    """Creates a secret; returns its ARN."""
    answer = cloud.client("secretsmanager").create_secret(Name=name, SecretString=_text(value))
    return answer["ARN"]


def _text(value: str | dict[str, str]) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def deploy(
    cloud: Ministack, template: Path, parameters: dict[str, str], *, log: Path, stack: str = STACK
) -> str:
    """Runs `sam deploy` with a samconfig.toml of its own; returns what it printed, or raises with it."""
    config = write_samconfig(log.with_name(f"samconfig-{stack}.toml"), stack, parameters)
    done = sam(cloud, "deploy", "--template-file", str(template), "--config-file", str(config),
               "--no-progressbar", "--no-fail-on-empty-changeset")  # fmt: skip
    with log.open("a") as out:
        out.write(done.stdout)
    if done.returncode != 0:
        raise DeploymentError(done.stdout)
    return done.stdout


def sam(cloud: Ministack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the SAM command line against this cloud; both its outputs are in `stdout`."""
    environment = {**os.environ, **cloud.environment(), "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(
        [tool("sam", ".venv-sam"), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def delete(cloud: Ministack, stack: str) -> None:
    """Deletes a stack as the console does, and waits for the end."""
    client = cloud.client("cloudformation")
    name = client.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=stack)
    wait_for(
        lambda: client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE",
        seconds=60,
        what=f"the deletion of {stack}",
    )


def routes(cloud: Ministack, path: str) -> dict[str, dict[str, str]]:
    """What the router reads, by the name of the instance."""
    pages = cloud.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
    return {
        parameter["Name"].rsplit("/", 1)[1]: tomllib.loads(parameter["Value"])
        for page in pages
        for parameter in page["Parameters"]
    }


def outputs(cloud: Ministack, stack: str = STACK) -> dict[str, str]:
    """The outputs of a deployed stack."""
    found = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def wait_for(condition, *, seconds: float, what: str):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)
