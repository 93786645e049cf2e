"""What `sam build` compiles into the functions."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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
