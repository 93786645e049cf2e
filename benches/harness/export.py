"""`vault-export export` on one core over a log of 200 MB: source lines a second, and memory at peak."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import source_lines
from .build import require
from .process import PeakWatch
from .report import Row

LOG_BYTES = 200_000_000
RUNS = 3
MEMORY_TARGET_MB = 64.0
RATE_TARGET = {"flat_json": 150.0, "ocsf": 80.0}
LOGS = {"HashiCorp Vault": ("vault-audit.log", source_lines.hashicorp_vault),
        "SanctumAI": ("sanctum-events.log", source_lines.sanctum_events)}  # fmt: skip


@dataclass
class Taken:
    seconds: float
    peak_mb: float


def run(binaries: Path, scratch: Path, only: str, quick: bool) -> list[Row]:
    program = require(binaries / "vault-export")
    rates, peaks = [], []
    for product, (name, make) in LOGS.items():
        log = scratch / (f"quick-{name}" if quick else name)
        source_lines.write_log(log, LOG_BYTES // 20 if quick else LOG_BYTES, make)
        wanted = count_events(log)
        for form in (each for each in RATE_TARGET if each.startswith(only)):
            check(program, log, form, wanted)
            runs = [measure(program, log, form) for _ in range(1 if quick else RUNS)]
            rate = log.stat().st_size / 1e6 / min(each.seconds for each in runs)
            case = f"{product} to {form}"
            rates.append(Row("export, one core", case, rate, "MB/s", at_least=RATE_TARGET[form]))
            peaks.append(Row("export, memory at peak", case, max(r.peak_mb for r in runs), "MB", MEMORY_TARGET_MB))
    return rates + peaks


def count_events(log: Path) -> int:
    """One for each line, but for HashiCorp's requests, which are skipped by default."""
    with log.open("rb") as lines:
        return sum(b'"type":"request"' not in line for line in lines)


def command(program: Path, log: Path, form: str) -> list[str]:
    return [str(program), "export", str(log), "--format", form]


def environment(home: str) -> dict[str, str]:
    """No configuration of whoever runs this."""
    return {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"}


def one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measure(program: Path, log: Path, form: str) -> Taken:
    """Into nowhere, so that the disk's speed is not what is measured; the log is in the page cache."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as talk:
        before = time.perf_counter()
        process = subprocess.Popen(
            command(program, log, form), env=environment(home), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=talk, preexec_fn=one_core,
        )  # fmt: skip
        watch = PeakWatch(process.pid)
        code = process.wait()
        seconds = time.perf_counter() - before
        peak = watch.stop()
        if code != 0:
            talk.seek(0)
            raise SystemExit(f"export --format {form} ended with {code}:\n{talk.read()[-2000:].decode(errors='replace')}")
    return Taken(seconds, peak / 1e6)


def check(program: Path, log: Path, form: str, wanted: int) -> None:
    """The same run with its output read: an event for each line, none lost."""
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            command(program, log, form), env=environment(home), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        written = sum(part.count(b"\n") for part in iter(lambda: process.stdout.read(1 << 20), b""))
        if process.wait() != 0 or written != wanted:
            raise SystemExit(f"export --format {form} wrote {written} of {wanted} events and ended with {process.returncode}")
