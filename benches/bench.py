#!/usr/bin/env python3
"""Measures vault-export against its targets, prints the table and keeps it in docs/performance.md.

    bench.py                      everything
    bench.py transform            the transform alone: each source to each format
    bench.py functions            the release binaries behind a local Runtime API
    bench.py export               `vault-export export` on a log of 200 MB

Missed targets are marked, and are no failure. Wrong results are one: an event missing at the
destination, a message that came back, a request to AWS that a delivery without faults does not make.
"""

import argparse
import os
import sys
from pathlib import Path

from harness import build, export, functions, report, transform

PARTS = ("transform", "functions", "export")
FUNCTIONS = ["router", "destination"]
PACKAGES = {"transform": ["benches"], "functions": [*FUNCTIONS, "benches"], "export": ["vault-export"]}
PAGE = build.ROOT / "docs" / "performance.md"


def main() -> None:
    options = arguments()
    parts = [options.part] if options.part != "all" else list(PARTS)
    if not options.no_build:
        # Apart, as users build them: together, Cargo would give the functions the features of the command line.
        for part in parts:
            build.release(PACKAGES[part])
    binaries = options.binaries or build.target_folder() / "release"
    scratch = build.target_folder() / "bench"
    everything = []
    for part in parts:
        rows = measure(part, binaries, scratch, options)
        everything += rows
        if not (options.no_docs or options.quick or options.only):
            report.write(PAGE, part, rows)
    print(report.table(everything))


def measure(part: str, binaries: Path, scratch: Path, options: argparse.Namespace) -> list[report.Row]:
    print(f"measuring {part} …", file=sys.stderr)
    if part == "transform":
        return transform.run(binaries, scratch, options.only, options.quick)
    if part == "export":
        return export.run(binaries, scratch, options.only, options.quick)
    tools = options.tools or binaries
    return functions.run(binaries, tools / "unzstd", scratch, options.only, options.quick)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default=os.environ.get("BENCH") or "all", choices=["all", *PARTS])
    parser.add_argument("--only", default="", metavar="NAME", help="only the function or format that starts so")
    parser.add_argument("--quick", action="store_true", help="few rounds: is it right, not how fast is it")
    parser.add_argument("--no-build", action="store_true", help="take the binaries as they are")
    parser.add_argument("--no-docs", action="store_true", help="print only, leave docs/performance.md alone")
    parser.add_argument("--binaries", type=Path, metavar="DIR", help="where they are, if not where Cargo builds to")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="where the harness's own `unzstd` is")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except functions.WrongResult as wrong:
        raise SystemExit(f"wrong result: {wrong}") from None
