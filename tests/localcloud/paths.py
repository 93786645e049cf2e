"""Where things are, in the repository and in its state folder."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local-cloud"
SAMPLES = ROOT / "samples"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def tool(name: str, venv: str = ".venv") -> str:
    """A command of one of the repository's virtual environments."""
    return str(ROOT / venv / "bin" / name)
