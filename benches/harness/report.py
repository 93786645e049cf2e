"""The table of figures with their targets, on the terminal and in `docs/performance.md`.

Prose stays as it is written; only what stands between a section's two markers is replaced.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEADINGS = ("what", "case", "measured", "target", "")


@dataclass
class Row:
    what: str
    case: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def met(self) -> bool | None:
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    def cells(self) -> tuple[str, ...]:
        target = ""
        if self.at_most is not None:
            target = f"≤ {number(self.at_most)} {self.unit}"
        if self.at_least is not None:
            target = f"≥ {number(self.at_least)} {self.unit}"
        mark = {True: "met", False: "**missed**", None: ""}[self.met()]
        return self.what, self.case, f"{number(self.value)} {self.unit}", target, mark


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(rows: list[Row]) -> str:
    return grid([HEADINGS, *(row.cells() for row in rows)])


def grid(cells: list[tuple[str, ...]]) -> str:
    """Markdown that reads well on a terminal too; the first line is the heading."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
             for line in cells]  # fmt: skip
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def write(page: Path, section: str, rows: list[Row]) -> None:
    begin, end = f"<!-- bench:{section}:begin -->", f"<!-- bench:{section}:end -->"
    text = page.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise SystemExit(f"{page.name} has no markers for the section `{section}`: {begin} … {end}")
    fresh = f"{begin}\n{machine()}\n\n{table(rows)}\n{end}"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    page.write_text(re.sub(pattern, lambda _: fresh, text, flags=re.DOTALL), encoding="utf-8")


def machine() -> str:
    return f"Taken {datetime.now(UTC):%Y-%m-%d} on {os.uname().machine}, {os.cpu_count()} cores."
