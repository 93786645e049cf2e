"""Runs cargo with one line of progress instead of a line for each crate; the whole output is in a file."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

COMPILING = re.compile(r"^ +Compiling (?P<crate>\S+)")
BLOCKED = re.compile(r"^ +(?P<what>Blocking waiting for .+)$")
# How often there is a line where nothing can be written over: in a log of a build server.
SECONDS = 30


class Progress:
    """One line that is written over on a terminal; elsewhere a new one now and then."""

    def __init__(self, out: TextIO, seconds: float = SECONDS) -> None:
        self.out = out
        self.seconds = seconds
        self.crates = 0
        self.began = self.shown = time.monotonic()

    def saw(self, line: str) -> None:
        """Takes a line of cargo's."""
        if found := COMPILING.match(line):
            self.crates += 1
            self.show(f"compiled {self.crates} crates, now {found['crate']}")
        elif found := BLOCKED.match(line):
            self.show(found["what"])

    def show(self, words: str) -> None:
        now = time.monotonic()
        if self.out.isatty():
            self.out.write(f"\r\x1b[K   {words}")
        elif now - self.shown >= self.seconds:
            self.shown = now
            self.out.write(f"   {words} ({now - self.began:.0f} s)\n")
        self.out.flush()

    def end(self, words: str) -> None:
        """The last line, which stays."""
        start = "\r\x1b[K" if self.out.isatty() else ""
        self.out.write(f"{start}   {words}\n")
        self.out.flush()


def run(command: list[str], folder: Path, log: Path, progress: Progress | None = None) -> None:
    """Runs the command in a folder; ends the program with what went wrong if it fails."""
    progress = progress or Progress(sys.stdout)
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            file.write(line)
            lines.append(line)
            progress.saw(line)
    took = time.monotonic() - progress.began
    if process.returncode == 0:
        progress.end(f"built in {took:.0f} s, {progress.crates} crates compiled; log: {log}")
        return
    progress.end(f"the build failed after {took:.0f} s; log: {log}")
    sys.exit("".join(failure(lines)).rstrip())


def failure(lines: list[str]) -> list[str]:
    """From the first error on; without one, the end."""
    first = next((at for at, line in enumerate(lines) if line.startswith("error")), len(lines) - 20)
    return lines[max(first, 0) :]
