"""Builds the functions for this machine and lays them out where `sam deploy` looks for them.

`sam build` makes release binaries for Lambda: fat link-time optimisation, one minute a function. Here the
profile `local` is enough, and the result has the same form: a folder with a `bootstrap` for each
function, and the template with `CodeUri` pointing at it. Nothing else of the template changes.
"""

import re
import shutil
import subprocess
from pathlib import Path

from .paths import BINARIES, GIVEN, ROOT

FUNCTION = re.compile(r"^ +Binary: (?P<binary>[a-z0-9-]+)$")
CODE = re.compile(r"^(?P<indent> +)CodeUri: \.$")


def functions() -> list[str]:
    """The binaries that template.yaml deploys, in its order."""
    lines = (ROOT / "template.yaml").read_text().splitlines()
    return [found["binary"] for line in lines if (found := FUNCTION.match(line))]


def build() -> Path:
    """Compiles the functions and the command line, unless they are given; returns the folder they are in."""
    if not GIVEN:
        packages = [word for binary in [*functions(), "vault-export"] for word in ("--package", binary)]
        command = ["cargo", "build", "--locked", "--profile", "local", "--bins", *packages]
        subprocess.run(command, cwd=ROOT, check=True)
    return BINARIES


def lay_out(binaries: Path, target: Path) -> Path:
    """Copies template and bootstraps into `target`, as `sam build` does; returns the template there."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copytree(ROOT / "infra", target / "infra")
    for binary in functions():
        (target / binary).mkdir()
        shutil.copy2(binaries / binary, target / binary / "bootstrap")
    template = target / "template.yaml"
    template.write_text(with_code((ROOT / "template.yaml").read_text()))
    return template


def with_code(template: str) -> str:
    """The template with each function's `CodeUri` replaced by the folder of its binary."""
    binary, lines = None, []
    for line in template.splitlines():
        if found := FUNCTION.match(line):
            binary = found["binary"]
        elif found := CODE.match(line):
            line = f"{found['indent']}CodeUri: {binary}"
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    build()
