"""Every link of every page leads somewhere, and every page is in the book."""

import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from localcloud.paths import ROOT

FENCE = re.compile(r"(?ms)^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[ \t]*$")
CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()]*\)[^()\s]*)*)(?: \"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"^(?:https?|mailto):")


BOOK = ROOT / tomllib.loads((ROOT / "book.toml").read_text())["book"]["src"]


def listed() -> list[Path]:
    """The pages that are in the repository or about to be; those beside code are parts of pages."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    pages = (ROOT / line for line in done.stdout.splitlines() if "/src/" not in line)
    return sorted(page for page in pages if page.is_file())


PAGES = listed()


def prose(text: str) -> str:
    """The page without its blocks and spans of code."""
    return CODE.sub("", FENCE.sub("", text))


def links(text: str) -> list[str]:
    return LINK.findall(prose(text))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors that GitHub and mdBook make of a page's headings."""
    found: list[str] = []
    for heading in re.findall(r"(?m)^#{1,6} +(.+?) *#*$", FENCE.sub("", path.read_text())):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        found.append(slug)
    # A heading that comes again gets a number.
    seen: Counter[str] = Counter()
    numbered = []
    for slug in found:
        numbered.append(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(numbered)


def dead(page: Path, link: str) -> str | None:
    """Why a link leads nowhere."""
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.is_relative_to(ROOT):
        return "leads out of the repository"
    if not target.exists():
        return "no such file"
    if page.is_relative_to(BOOK) and not target.is_relative_to(BOOK):
        return "leads out of the book"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return "no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    own = [link for link in links(page.read_text()) if not ELSEWHERE.match(link)]
    faults = [f"{link}: {fault}" for link in own if (fault := dead(page, link))]
    assert not faults, "\n".join(faults)


def test_links_are_found_at_all() -> None:
    assert sum(len(links(page.read_text())) for page in PAGES) > 300
    text = "a [b](c.md#d), `[no](x.md)`, [e `f` (g)](h_(i).md)\n```\n[no](y.md)\n```\n"
    assert links(text) == ["c.md#d", "h_(i).md"]
    assert dead(ROOT / "README.md", "no.md") and dead(ROOT / "README.md", "README.md#no-such")


def test_every_page_of_docs_is_in_the_book_once() -> None:
    named = [BOOK / link for link in links((BOOK / "SUMMARY.md").read_text())]
    pages = {page for page in PAGES if page.is_relative_to(BOOK)} - {BOOK / "SUMMARY.md"}
    assert Counter(named) == Counter(pages)
