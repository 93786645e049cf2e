"""What the functions log."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MACRO = re.compile(r"\b(?:tracing::)?(?:error|warn|info|debug|trace)!\((.*?)\);", re.DOTALL)


def test_no_field_has_the_name_of_the_text():
    """A field `message` would stand beside the text, whose key that is; readers keep one of them."""
    lines = [
        (path.relative_to(ROOT), found.group(0))
        for folder in ("functions", "shared")
        for path in (ROOT / folder).rglob("*.rs")
        for found in MACRO.finditer(path.read_text())
    ]
    assert len(lines) > 30
    twice = [line for line in lines if re.search(r"(?<![\w.])[%?]?message\s*(?:=(?!=)|,)", line[1])]
    assert not twice
