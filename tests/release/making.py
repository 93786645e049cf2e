"""Makes a release of small stand-in binaries, as `make release` makes it of real ones."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from localcloud.paths import ROOT

sys.path.insert(0, str(ROOT / "packaging"))

from release.platforms import PLATFORMS

BUCKET = "acme-releases"


def nfpm() -> str | None:
    """Where nfpm is: `make release-tools` puts it into `.tools`."""
    return shutil.which(str(ROOT / ".tools/nfpm")) or shutil.which("nfpm")


def stand_ins(folder: Path, *, without: str = "") -> Path:
    """A file for each binary of each platform, with its own content."""
    for platform in PLATFORMS:
        for name in platform.binaries if platform.name != without else ():
            (folder / platform.name).mkdir(parents=True, exist_ok=True)
            (folder / platform.name / name).write_text(f"{name} for {platform.name}\n")
    return folder


def make(binaries: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Runs what `make release` runs."""
    command = [sys.executable, "-m", "release", "--binaries", binaries, "--output", output]
    command += ["--nfpm", nfpm() or "no-nfpm", *more]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "packaging"), "SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
    )
