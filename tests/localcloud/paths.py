"""Where things are, in the repository and in its state folder."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local-cloud"
SAMPLES = ROOT / "samples"
# Where the functions and the command line are once they are built; a folder named by the variable is
# taken as it is and nothing is compiled.
GIVEN = os.environ.get("LOCALCLOUD_BINARIES")
BINARIES = Path(GIVEN or Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "local")


def tool(name: str, venv: str = ".venv") -> str:
    """A command of one of the repository's virtual environments."""
    return str(ROOT / venv / "bin" / name)
