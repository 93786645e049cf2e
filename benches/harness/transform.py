"""The transform alone: events a second on one core, from a source line's bytes to an encoded event."""

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


def run(binaries: Path, scratch: Path, only: str, quick: bool) -> list[Row]:
    program = require(binaries / "transform-bench")
    rows = []
    for source, lines in sources().items():
        file = scratch / f"{source.replace(' ', '-')}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for role, case in roles(source).items():
            rows += [row(program, role, case, file, form, quick) for form in FORMATS if form.startswith(only)]
    return sorted(rows, key=lambda row: FORMATS.index(row.what.rpartition(" ")[2]))


def roles(source: str) -> dict[str, str]:
    """Contract lines are read in two ways: with the target, what the destinations do."""
    if source != "contract":
        return {"router": source}
    return {"destination": "contract, as a destination reads it", "router": "contract, as the router reads it"}


def row(program: Path, role: str, case: str, file: Path, form: str, quick: bool) -> Row:
    rounds = "2" if quick else "7"
    told = subprocess.run([program, role, form, file, rounds], stdout=subprocess.PIPE, preexec_fn=one_core, check=True).stdout
    taken = json.loads(told)
    if taken["events"] != LINES or taken["refused"]:
        raise SystemExit(f"{case} to {form}: {taken['events']} events of {LINES} lines, {taken['refused']} refused")
    target = TARGET.get(form) if role == "destination" else None
    sized = f"{case}, {file.stat().st_size // LINES} B a line"
    return Row(f"transform to {form}", sized, taken["events_per_second"], "events/s", at_least=target)


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
