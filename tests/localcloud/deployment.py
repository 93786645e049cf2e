"""Deploys template.yaml as users do, with `sam deploy`, and tells what came of it."""

import json
import os
import subprocess
import time
from pathlib import Path

from .ministack import Ministack
from .paths import ROOT, tool

STACK = "vault-export"


class Deployment:
    """A deployed stack: its outputs, and the means to change its secrets."""

    def __init__(self, cloud: Ministack, outputs: dict[str, str]):
        self.cloud = cloud
        self.outputs = outputs

    def set_secret(self, name: str, value: str | dict[str, str]) -> None:
        """Gives a secret a new current value, as a rotation does."""
        self.cloud.client("secretsmanager").put_secret_value(SecretId=name, SecretString=_text(value))


def create_secret(cloud: Ministack, name: str, value: str | dict[str, str]) -> str:
    """Creates a secret; returns its ARN."""
    answer = cloud.client("secretsmanager").create_secret(Name=name, SecretString=_text(value))
    return answer["ARN"]


def _text(value: str | dict[str, str]) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def deploy(cloud: Ministack, template: Path, parameters: dict[str, str], *, log: Path) -> Deployment:
    """Runs `sam deploy` with the repository's samconfig.toml; raises with the end of its log if it fails."""
    pairs = [f"{key}={_quoted(value)}" for key, value in parameters.items()]
    command = [
        tool("sam", ".venv-sam"), "deploy", "--template-file", str(template),
        "--config-file", str(ROOT / "samconfig.toml"), "--no-confirm-changeset", "--no-progressbar",
        "--no-fail-on-empty-changeset", "--parameter-overrides", *pairs,
    ]  # fmt: skip
    environment = {**os.environ, **cloud.environment(), "SAM_CLI_TELEMETRY": "0"}
    with log.open("ab") as out:
        done = subprocess.run(command, cwd=template.parent, env=environment, stdout=out, stderr=out)
    if done.returncode != 0:
        raise RuntimeError(f"sam deploy failed; the end of {log}:\n{_tail(log)}")
    return Deployment(cloud, outputs(cloud))


def outputs(cloud: Ministack) -> dict[str, str]:
    """The outputs of the deployed stack."""
    stack = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def wait_for(condition, *, seconds: float, what: str):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)


def _quoted(value: str) -> str:
    return f'"{value}"' if any(mark in value for mark in " ,") else value


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-30:])
