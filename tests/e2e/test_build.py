"""What `sam build` makes, with a cargo-lambda that compiles nothing: where binaries land, and how often."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from localcloud.paths import ROOT, tool

BINARIES = {"router", "destination"}
COMPILER = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --bin ] && binary=$2; shift; done
mkdir -p target/lambda/$binary
echo $binary > target/lambda/$binary/bootstrap
echo $binary >> built
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates in a workspace that has nothing else."""
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copytree(ROOT / "infra", folder / "infra")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / "Cargo.toml").write_text('[workspace]\nresolver = "3"\nmembers = []\n')
    (folder / "bin").mkdir()
    (folder / "bin" / "cargo-lambda").write_text(COMPILER)
    (folder / "bin" / "cargo-lambda").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def built(source: Path) -> Path:
    environment = {
        **os.environ,
        "PATH": f"{source / 'bin'}:{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        [tool("sam", ".venv-sam"), "build"], cwd=source, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return source / ".aws-sam" / "build"


def test_each_binary_is_built_once(source: Path, built: Path) -> None:
    assert sorted((source / "built").read_text().split()) == sorted(BINARIES)


def test_every_nested_destination_can_be_deployed_alone(built: Path) -> None:
    """A further instance takes one of them, and needs no build of its own."""
    for prefix in ("Splunk", "Datadog", "Elastic", "S3", "SecurityLake", "Webhook", "Otlp", "Syslog"):
        template = built / prefix / "template.yaml"
        (code,) = (
            line.split(": ")[1]
            for line in template.read_text().splitlines()
            if line.strip().startswith("Code: ")
        )
        assert (template.parent / code / "bootstrap").read_text() == "destination\n", prefix
    assert (built / "Router" / "bootstrap").read_text() == "router\n"
