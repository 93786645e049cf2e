"""The Terraform modules pass on what the templates take, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from localcloud.paths import ROOT

sys.path.insert(0, str(ROOT / "packaging"))

import terraform

FOLDER = ROOT / "infra/terraform"
MODULES = {"core": "template.yaml", "destination": "infra/destination.yaml"}
# What a module asks for beside the parameters of its template.
OWN = {"core": {"stack_name", "template_url", "tags"}, "destination": {"template_url", "tags"}}


def section(module: str, name: str) -> dict[str, dict]:
    """A section of a module's template."""
    return terraform.read(ROOT / MODULES[module])[name]


def text(module: str) -> str:
    return "\n".join(path.read_text() for path in sorted((FOLDER / module).glob("*.tf")))


def words(content: str) -> list[str]:
    """The text without its spacing, which `terraform fmt` decides."""
    return content.split()


@pytest.mark.parametrize("module", MODULES)
def test_every_parameter_has_a_variable_and_every_variable_a_parameter(module: str) -> None:
    variables = set(re.findall(r'(?m)^variable "(\w+)"', text(module)))
    expected = {terraform.snake(name) for name in section(module, "Parameters")}
    assert variables - OWN[module] == expected
    assert OWN[module] <= variables


@pytest.mark.parametrize("module", MODULES)
def test_every_parameter_is_passed_on_under_its_own_name(module: str) -> None:
    given = dict(
        re.findall(r"(?m)^    (\w+) += .*?\bvar\.(\w+)", (FOLDER / module / "parameters.tf").read_text())
    )
    assert given == {name: terraform.snake(name) for name in section(module, "Parameters")}


@pytest.mark.parametrize("module", MODULES)
def test_every_output_of_the_template_is_one_of_the_module(module: str) -> None:
    outputs = dict(re.findall(r'output "(\w+)" \{[^}]*outputs\["(\w+)"\]', text(module)))
    assert outputs == {terraform.snake(name): name for name in section(module, "Outputs")}


def test_the_files_are_those_that_make_terraform_writes() -> None:
    for path, expected in terraform.files().items():
        assert words(path.read_text()) == words(expected), f"{path}: make terraform"


def test_names_of_variables() -> None:
    names = {"S3RoleArn": "s3_role_arn", "VpcSubnetIds": "vpc_subnet_ids", "Type": "type"}
    assert {name: terraform.snake(name) for name in names} == names


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("no terraform")
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_modules_are_formatted() -> None:
    done = run("fmt", "-check", "-recursive", ".", folder=FOLDER)
    assert done.returncode == 0, done.stdout


def evaluated(module: str, folder: Path, variables: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Variables and parameters of a module, without its stack: those need no provider, and no network."""
    for name in ("variables.tf", "parameters.tf"):
        shutil.copy2(FOLDER / module / name, folder)
    (folder / "out.tf").write_text('output "parameters" {\n  value = local.parameters\n}\n')
    (folder / "given.auto.tfvars.json").write_text(json.dumps(variables))
    assert run("init", "-input=false", folder=folder).returncode == 0
    return run("apply", "-auto-approve", "-input=false", "-no-color", folder=folder)


def test_terraform_passes_on_what_is_set_as_cloudformation_writes_it(tmp_path: Path) -> None:
    given = {
        "splunk_endpoint": "https://splunk.example.com:8088",
        "splunk_settings": 'index = "security"\nack = true\n',
        "splunk_enabled": False,
        "splunk_max_concurrency": 4,
        "vpc_subnet_ids": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
    }
    done = evaluated("core", tmp_path, given)
    assert done.returncode == 0, done.stderr
    shown = json.loads(run("output", "-json", "parameters", folder=tmp_path).stdout)
    assert shown == {
        "SplunkEndpoint": "https://splunk.example.com:8088",
        "SplunkSettings": 'index = "security"\nack = true\n',
        "SplunkEnabled": "false",
        "SplunkMaxConcurrency": "4",
        "VpcSubnetIds": "subnet-0a1b2c3d,subnet-0a1b2c3e",
    }


def test_terraform_refuses_a_value_that_the_template_refuses(tmp_path: Path) -> None:
    given = {"core": "vault-export", "name": "splunk-2", "type": "splunk", "log_level": "loud"}
    done = evaluated("destination", tmp_path, given)
    assert done.returncode == 1
    assert "type must be one of: splunk_hec, datadog" in done.stderr
    assert "log_level must be one of" in done.stderr
