"""SHA-256 of what is released."""

import hashlib
from pathlib import Path


def digest(file: Path) -> str:
    """SHA-256 in hex digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def sums(files: list[Path]) -> str:
    """The lines that `sha256sum --check` takes, sorted by name."""
    return "".join(f"{digest(file)}  {file.name}\n" for file in sorted(files, key=lambda file: file.name))
