"""Builds the functions for this machine and lays them out where `sam deploy` looks for them.

`sam build` makes release binaries for Lambda: fat link-time optimisation, one minute a function. Here the
profile `local` is enough, and the result has the same form: a folder with a `bootstrap` for each binary, and
templates with `Code` pointing at it. Nothing else of the templates changes.
"""

import re
import shutil
from pathlib import Path

from . import compiling
from .paths import BINARIES, GIVEN, ROOT, STATE

FUNCTION = re.compile(r"^ +Binary: (?P<binary>[a-z0-9-]+)$")
CODE = re.compile(r"^(?P<indent> +)Code: \.\.?$")
BUILD_LOG = STATE / "build.log"
# The templates that hold functions: the core, and the one that each destination is made from.
CORE, DESTINATION = "template.yaml", "infra/destination.yaml"


def functions() -> list[str]:
    """The binaries that the templates deploy."""
    lines = [line for path in (CORE, DESTINATION) for line in (ROOT / path).read_text().splitlines()]
    return [found["binary"] for line in lines if (found := FUNCTION.match(line))]


def build() -> Path:
    """Compiles the functions and the command line, unless they are given; returns the folder they are in."""
    if not GIVEN:
        packages = [word for binary in [*functions(), "vault-export"] for word in ("--package", binary)]
        command = ["cargo", "build", "--locked", "--profile", "local", "--bins", *packages]
        compiling.run(command, ROOT, BUILD_LOG)
    return BINARIES


def lay_out(binaries: Path, target: Path) -> Path:
    """Copies templates and bootstraps into `target`, as `sam build` does; returns the core's template."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copytree(ROOT / "infra", target / "infra")
    for binary in functions():
        (target / binary).mkdir()
        shutil.copy2(binaries / binary, target / binary / "bootstrap")
    for path, folder in ((CORE, "."), (DESTINATION, "..")):
        (target / path).write_text(with_code((ROOT / path).read_text(), folder))
    return target / CORE


def with_code(template: str, folder: str) -> str:
    """The template with each function's `Code` replaced by the folder of its binary, which is in `folder`."""
    binary, lines = None, []
    for line in template.splitlines():
        if found := FUNCTION.match(line):
            binary = found["binary"]
        elif found := CODE.match(line):
            line = f"{found['indent']}Code: {folder}/{binary}"
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    build()
