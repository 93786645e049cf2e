"""The workflows: pinned actions, no rights but those that are used, steps that run anywhere."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from localcloud.paths import ROOT
from making import PLATFORMS

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"(?m)^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text()))
# What a job may hold beside reading the code, and which jobs need it.
WRITES = {
    ("release.yml", "package"): {"id-token", "attestations"},
    ("release.yml", "image"): {"id-token", "packages"},
    ("release.yml", "template"): {"id-token"},
    ("release.yml", "publish"): {"contents"},
}


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(path: Path) -> None:
    used = re.findall(r"(?m)uses: (.+)$", path.read_text())
    assert used
    for line in used:
        if not line.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version_everywhere() -> None:
    used = {line for path in WORKFLOWS for line in re.findall(r"(?m)uses: (\w.+)$", path.read_text())}
    names = [line.split("@")[0] for line in used]
    assert len(names) == len(set(names)), sorted(used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_that_runs_something_is_a_make_target(path: Path) -> None:
    for name, job in read(path)["jobs"].items():
        for step in job.get("steps", []):
            if "run" in step:
                found = re.fullmatch(r"make ([a-z0-9-]+)", step["run"])
                assert found and found[1] in TARGETS, f"{name}: {step['run']}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_rights_are_the_least(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        granted = {
            what for what, how in (job.get("permissions") or workflow["permissions"]).items() if how != "read"
        }
        assert granted == WRITES.get((path.name, name), set()), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_credential_stays_in_the_clone_and_no_change_of_a_stranger_gets_one(path: Path) -> None:
    workflow = read(path)
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` as true
    assert "secrets." not in path.read_text(), "OIDC and the job's own token are enough"
    for job in workflow["jobs"].values():
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_the_compiler_is_the_one_of_cargo_toml() -> None:
    needed = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    for path in WORKFLOWS:
        assert read(path)["env"]["RUSTUP_TOOLCHAIN"] == needed, path.name


def test_the_build_has_every_platform_of_a_release() -> None:
    built = read(ROOT / ".github/workflows/release.yml")["jobs"]["build"]["strategy"]["matrix"]["include"]
    assert [one["platform"] for one in built] == [platform.name for platform in PLATFORMS]
    assert all(("macos" in one["platform"]) == ("macos" in one["runner"]) for one in built)


def test_actionlint_finds_nothing() -> None:
    program = shutil.which(str(ROOT / ".tools/actionlint")) or shutil.which("actionlint")
    if program is None:
        pytest.skip("no actionlint; make lint-workflows")
    done = subprocess.run([program, "-no-color"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
