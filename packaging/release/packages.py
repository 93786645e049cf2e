"""`.deb` and `.rpm`, made by nfpm from `packaging/nfpm.yaml`."""

import os
import subprocess
from pathlib import Path

from .platforms import PROGRAM, Platform
from .project import ROOT, commit_time, version

FORMATS = ("deb", "rpm")


def write(nfpm: str, platform: Platform, binaries: Path, licences: Path, target: Path) -> list[Path]:
    """Both packages of a platform."""
    paths = []
    for form in FORMATS:
        architecture = {"deb": platform.debian, "rpm": platform.rpm}[form]
        path = target / f"{PROGRAM}-{version()}-{architecture}.{form}"
        environment = {
            **os.environ,
            "PACKAGE_VERSION": version(),
            "PACKAGE_ARCHITECTURE": architecture,
            "PACKAGE_BINARY": str((binaries / platform.name / PROGRAM).resolve()),
            "PACKAGE_LICENCES": str(licences.resolve()),
            "SOURCE_DATE_EPOCH": str(commit_time()),
        }
        command = [
            nfpm,
            "package",
            "--config",
            "packaging/nfpm.yaml",
            "--packager",
            form,
            "--target",
            path.resolve(),
        ]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        paths.append(path)
    return paths
