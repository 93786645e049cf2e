"""Every make target that a page, a workflow or a program names exists."""

import re
import subprocess
from pathlib import Path

import pytest
from localcloud.paths import ROOT

TARGETS = set(re.findall(r"(?m)^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text()))
NAMED = re.compile(r"(?m)(?:`|^\s*(?:run: )?|; )make ([a-z][a-z0-9-]*)(?=[ `\n;]|$)")


def pages() -> list[Path]:
    kinds = ["*.md", ".github/workflows/*.yml", "packaging/*", "requirements/*", "deny.toml", "book.toml"]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *kinds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(path for line in done.stdout.splitlines() if (path := ROOT / line).is_file())


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_that_is_named_exists(page: Path) -> None:
    assert set(NAMED.findall(page.read_text())) <= TARGETS


def test_targets_are_found_at_all() -> None:
    found = {name for page in pages() for name in NAMED.findall(page.read_text())}
    assert {"demo", "test", "build", "release", "release-image", "lint"} <= found
