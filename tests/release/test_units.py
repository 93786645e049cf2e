"""The services of the packages."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from localcloud.paths import ROOT

FOLDER = ROOT / "packaging/systemd"
UNITS = sorted(FOLDER.glob("*.service"))


def directives(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if re.match(r"\w+=", line))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_service_runs_as_a_user_of_its_own_and_writes_its_state_alone(path: Path) -> None:
    unit = directives(path)
    for name, value in {
        "DynamicUser": "yes",
        "StateDirectoryMode": "0700",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "MemoryDenyWriteExecute": "yes",
        "Type": "notify",
        "WatchdogSec": "60",
    }.items():
        assert unit[name] == value, name
    assert "${STATE_DIRECTORY}" in unit["ExecStart"] and " --follow " in unit["ExecStart"]
    assert "ReadWritePaths" not in unit


def test_two_services_do_not_share_a_state() -> None:
    assert len({directives(path)["StateDirectory"] for path in UNITS}) == len(UNITS) == 2


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_takes_it(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze")
    # The program itself is not installed here.
    copy = tmp_path / path.name
    copy.write_text(path.read_text().replace("/usr/bin/vault-export", "/bin/true"))
    done = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
