"""What is known about the project: where it is, its version, the time of the commit."""

import os
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def version() -> str:
    """The version of the workspace."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def git(*arguments: str) -> str:
    """What git answers, or nothing where this is not a clone."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit() -> str:
    """The commit that is released."""
    return git("rev-parse", "HEAD") or "unknown"


def commit_time() -> int:
    """Seconds since 1970, for every time that a release writes down; `SOURCE_DATE_EPOCH` goes first."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or "315532800")
