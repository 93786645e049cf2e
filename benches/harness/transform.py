"""The transform alone: events a second on one core, from a source line's bytes to an encoded event; and redaction of long
hostile lines, whose time must grow with their length and no faster."""

import json
import random
import subprocess
from pathlib import Path

from . import contract_events, source_lines
from .build import require
from .export import one_core
from .report import Row

LINES = 5_000
TARGET = {"flat_json": 1_000_000, "ocsf": 500_000}
FORMATS = ("none", "flat_json", "ocsf", "cef", "otlp_logs")
"""`none` reads alone, which tells what of a figure is parsing."""

LENGTHS = (16 << 10, 256 << 10, 1 << 20)
LINEAR = 2.0
"""So much more time a byte may take in the longest lines: caches are left sooner."""

HOSTILE = {
    "words": "the quick brown fox ",
    "assignments": "password=hunter2 ",
    "names without values": "password=",
    "open brackets": '{"a":[',
    "quotes": '\\"',
    "marks left open": "[redacted:",
    "a number without an end": "4111",
    "a token without an end": "hvs.CAESIJlWmVOoMnGqcyTyHT9",
    "addresses": "https://u:p@h/?token=x&",
    "keys left open": "-----BEGIN PRIVATE KEY-----",
    "dots": "eyJh.",
    "escapes": "\\u0022",
}
"""What a line is made of, over and over: what a reader may come back to from each place."""


def run(binaries: Path, scratch: Path, only: str, quick: bool) -> list[Row]:
    program = require(binaries / "transform-bench")
    rows = []
    for source, lines in sources().items():
        file = scratch / f"{source.replace(' ', '-')}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for role, case in roles(source).items():
            rows += [row(program, role, case, file, form, quick) for form in FORMATS if form.startswith(only)]
    rows = sorted(rows, key=lambda row: FORMATS.index(row.what.rpartition(" ")[2]))
    return rows if only else rows + redaction(program, scratch, quick)


def redaction(program: Path, scratch: Path, quick: bool) -> list[Row]:
    """The throughput on lines of each length, and how much slower a byte of the longest ones is than one of the shortest."""
    speeds = {
        kind: [megabytes_a_second(program, scratch, piece, length, quick) for length in LENGTHS]
        for kind, piece in HOSTILE.items()
    }
    rows = []
    for at, length in enumerate(LENGTHS):
        kind = min(speeds, key=lambda kind: speeds[kind][at])
        rows.append(Row("redaction", f"{length // 1024} KB a line, slowest: {kind}", speeds[kind][at], "MB/s"))
    growth = {kind: speed[0] / speed[-1] for kind, speed in speeds.items()}
    kind = max(growth, key=growth.get)
    case = f"{LENGTHS[-1] // 1024} KB against {LENGTHS[0] // 1024} KB, worst: {kind}"
    return [*rows, Row("redaction, time a byte", case, growth[kind], "times", at_most=LINEAR)]


def megabytes_a_second(program: Path, scratch: Path, piece: str, length: int, quick: bool) -> float:
    """Of 10⁶ bytes, in lines of this length made of one piece over and over."""
    line = (piece * (length // len(piece) + 1))[:length]
    lines = LENGTHS[-1] // length
    file = scratch / "hostile.txt"
    file.write_text((line + "\n") * lines, encoding="utf-8")
    taken = measure(program, "redaction", "none", file, quick)
    if taken["events"] != lines:
        raise SystemExit(f"{taken['events']} lines of {lines} redacted")
    return taken["events_per_second"] * length / 1e6


def roles(source: str) -> dict[str, str]:
    """Contract lines are read in two ways: with the target, what the destinations do."""
    if source != "contract":
        return {"router": source}
    return {"destination": "contract, as a destination reads it", "router": "contract, as the router reads it"}


def row(program: Path, role: str, case: str, file: Path, form: str, quick: bool) -> Row:
    taken = measure(program, role, form, file, quick)
    if taken["events"] != LINES or taken["refused"]:
        raise SystemExit(f"{case} to {form}: {taken['events']} events of {LINES} lines, {taken['refused']} refused")
    target = TARGET.get(form) if role == "destination" else None
    sized = f"{case}, {file.stat().st_size // LINES} B a line"
    return Row(f"transform to {form}", sized, taken["events_per_second"], "events/s", at_least=target)


def measure(program: Path, role: str, form: str, file: Path, quick: bool) -> dict:
    rounds = "2" if quick else "7"
    command = [program, role, form, file, rounds]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, preexec_fn=one_core, check=True).stdout)


def sources() -> dict[str, list[str]]:
    chain = [source_lines.CHAIN_START]
    return {
        "contract": contract_events.lines(7, 0, LINES),
        "SanctumAI events": made(source_lines.sanctum_events),
        "SanctumAI audit entries": made(lambda rng, n: source_lines.sanctum_audit(rng, n, chain)),
        "Syncropel audit export": made(source_lines.syncropel),
        "HashiCorp Vault responses": made(source_lines.hashicorp_vault_responses),
    }


def made(make) -> list[str]:
    rng = random.Random("transform")
    return [line for number in range(LINES) for line in make(rng, number)]
