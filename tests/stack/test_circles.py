"""Modules of a crate depend on each other in one direction: ARCHITECTURE's rule, held from the source."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CRATES = sorted(path.parent for path in ROOT.glob("*/**/Cargo.toml") if "target" not in path.parts)
# What a path begins with, and the path: `crate::a::{b, c::d}`, `super::super::x`.
PATH = re.compile(r"\b(crate|self|super(?:::super)*)::((?:\w+::)*(?:\w+|\{[^;]*?\}(?=[;\s])))", re.DOTALL)

Module = tuple[str, ...]


def modules(crate: Path) -> dict[Module, str]:
    """Each module of a crate with its code, without comments and tests."""
    found = {}
    for path in (crate / "src").rglob("*.rs"):
        *folders, name = path.relative_to(crate / "src").with_suffix("").parts
        if name != "tests" and "bin" not in folders:
            module = tuple(folders) if name in ("lib", "main", "mod") else (*folders, name)
            code = re.sub(r"//.*", "", path.read_text())
            found[module] = re.split(r"#\[cfg\(test\)\]\s*mod tests \{", code)[0]
    return found


def spread(path: str) -> Iterator[str]:
    """The single paths of `a::{b, c::{d, e}}`."""
    head, brace, rest = path.partition("{")
    if not brace:
        yield path.strip()
        return
    depth, item = 0, ""
    for letter in rest[: rest.rindex("}")] + ",":
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            if item.strip():
                yield from (head + one for one in spread(item.strip()))
            item = ""
        else:
            item += letter


def used(module: Module, code: str, known: dict[Module, str]) -> set[Module]:
    """The modules that a module's code names."""
    found = set()
    for start, path in PATH.findall(code):
        base = {"crate": (), "self": module}.get(start, module[: len(module) - start.count("super")])
        for one in spread(path):
            names = (*base, *(part.split(" as ")[0].strip() for part in one.split("::")))
            while names and names not in known:
                names = names[:-1]
            found.add(names)
    return found


def among_siblings(parent: Module, uses: dict[Module, set[Module]]) -> dict[str, set[str]]:
    """Which children of a module use which others, grandchildren counted as theirs."""
    depth = len(parent)
    graph: dict[str, set[str]] = {}
    for module, others in uses.items():
        if module[:depth] == parent and len(module) > depth:
            inside = {other[depth] for other in others if other[:depth] == parent and len(other) > depth}
            graph.setdefault(module[depth], set()).update(inside - {module[depth]})
    return graph


def circles(crate: Path) -> list[str]:
    """One circle for each module in which there are any, as `parent: a > b > a`."""
    known = modules(crate)
    uses = {module: used(module, code, known) for module, code in known.items()}
    found = []
    for parent in sorted({module[:-1] for module in known if module}):
        try:
            TopologicalSorter(among_siblings(parent, uses)).prepare()
        except CycleError as error:
            found.append(f"{'::'.join(('crate', *parent))}: {' > '.join(error.args[1])}")
    return found


@pytest.mark.parametrize("crate", CRATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_modules_use_each_other_in_a_circle(crate: Path) -> None:
    assert not circles(crate)


def test_a_circle_is_seen(tmp_path: Path) -> None:
    for name, code in {
        "lib": "mod a; mod b; mod c;",
        "a": "use super::b::{self, B};\n// use crate::c;",
        "b": "mod deep;",
        "b/deep": "use crate::{c::C as D, x};",
        "c": "fn f() { super::a::g() }\n#[cfg(test)]\nmod tests { use crate::b; }",
    }.items():
        path = tmp_path / "src" / f"{name}.rs"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    (found,) = circles(tmp_path)
    assert found.startswith("crate: ")
    assert {"a", "b", "c"} == set(found.removeprefix("crate: ").split(" > "))
