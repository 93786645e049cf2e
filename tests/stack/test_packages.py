"""What `sam build` compiles into the functions, and where a released template finds them."""

import shutil
import subprocess
import sys

import pytest
from examples import EVERYTHING, instance
from localcloud.paths import ROOT
from samtranslator.yaml_helper import yaml_parse
from templates import Template

sys.path.insert(0, str(ROOT / "packaging"))

from release.template import packaged


def test_functions_do_not_carry_the_ways_to_sign_in_of_the_command_line():
    """Cargo unifies the features of what it selects: without `--package`, of the default members."""
    cargo = shutil.which("cargo")
    if cargo is None:
        pytest.skip("no cargo")

    def packages(*chosen: str) -> set[str]:
        command = [
            cargo,
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            *chosen,
        ]
        tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return {line.split()[0] for line in tree.splitlines() if line.strip()}

    built, by_hand = packages(), packages("--package", "vault-export")
    assert {"destination", "router", "aws-config"} <= built
    signing_in = {name for name in by_hand if name.startswith("aws-sdk-sso")}
    assert signing_in and not signing_in & built


def released(path: str) -> Template:
    """A template as a release has it."""
    return Template(yaml_parse(packaged((ROOT / path).read_text(), "acme-releases", "vault-export/1.2.3")))


def test_a_released_template_finds_its_functions_in_the_stacks_own_region() -> None:
    core = released("template.yaml").resources(**EVERYTHING, Architecture="x86_64")
    assert core["Router"]["Properties"]["Code"] == {
        "S3Bucket": "acme-releases-eu-central-1",
        "S3Key": "vault-export/1.2.3/router-x86_64.zip",
    }
    nested = [one for one in core.values() if one["Type"] == "AWS::CloudFormation::Stack"]
    bucket = "https://acme-releases-eu-central-1.s3.eu-central-1.amazonaws.com"
    for stack in nested:
        assert stack["Properties"]["TemplateURL"].startswith(f"{bucket}/vault-export/1.2.3/infra/")
    assert len(nested) >= 8

    alone = released("infra/destination.yaml").resources(**instance("splunk_hec"))
    assert alone["Function"]["Properties"]["Code"]["S3Key"] == "vault-export/1.2.3/destination-arm64.zip"
