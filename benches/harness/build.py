"""The binaries under test: the release profile, as they are deployed."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def target_folder() -> Path:
    """Where Cargo builds to, whatever set it."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return Path(json.loads(told)["target_directory"])


def release(packages: list[str]) -> None:
    chosen = [word for package in packages for word in ("--package", package)]
    subprocess.run(["cargo", "build", "--release", "--locked", *chosen], cwd=ROOT, check=True)


def zipped_bytes(program: Path, scratch: Path) -> int:
    """The deployment package: the binary alone, under the name that Lambda starts."""
    scratch.mkdir(parents=True, exist_ok=True)
    package = scratch / f"{program.name}.zip"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        out.write(program, "bootstrap")
    return package.stat().st_size


def require(program: Path) -> Path:
    if not os.access(program, os.X_OK):
        raise SystemExit(f"{program.name} is not built: run without --no-build")
    return program
