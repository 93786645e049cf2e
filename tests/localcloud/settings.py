"""Writes the little TOML that a deployment needs: settings of destinations, and samconfig.toml."""

import json
import tomllib
from pathlib import Path
from typing import Any

from .paths import ROOT


def toml(**settings: Any) -> str:
    """Settings in lines, as a user writes them."""
    return "\n".join(f"{key} = {value(held)}" for key, held in settings.items())


def value(held: Any) -> str:
    """A TOML value; strings are written as JSON's, which TOML reads alike."""
    if isinstance(held, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {value(item)}" for key, item in held.items()) + " }"
    if isinstance(held, list):
        return f"[{', '.join(map(value, held))}]"
    return json.dumps(held, ensure_ascii=False)


def samconfig(stack: str, parameters: dict[str, str]) -> str:
    """The repository's samconfig.toml for another stack, its parameters as a table.

    A table arrives as it is written; on the command line quotation marks and lines of a value are lost.
    """
    given = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]
    kept = {key: held for key, held in given.items() if key != "parameter_overrides"}
    lines = [
        "version = 0.1",
        "[default.deploy.parameters]",
        toml(**{**kept, "stack_name": stack, "confirm_changeset": False}),
        "[default.deploy.parameters.parameter_overrides]",
        *(f"{name} = {value(held)}" for name, held in parameters.items()),
    ]
    return "\n".join(lines) + "\n"


def write_samconfig(path: Path, stack: str, parameters: dict[str, str]) -> Path:
    """Writes `samconfig` for a deployment."""
    path.write_text(samconfig(stack, parameters))
    return path
