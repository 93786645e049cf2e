"""A measured child process: its CPU time to the nanosecond and its memory at peak."""

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path


class Child:
    """Runs a program in an environment of exactly `env`; what it says is kept for the case that it fails."""

    def __init__(self, command: list[str], env: dict[str, str]):
        self.output = tempfile.TemporaryFile()
        self.started_at = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT, close_fds=False,
        )  # fmt: skip

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.output.close()

    def alive(self) -> bool:
        return self.process.poll() is None

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)

    def peak_bytes(self) -> int:
        return peak_bytes(self.process.pid)

    def last_words(self, size: int = 3000) -> str:
        end = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, end - size))
        return self.output.read().decode(errors="replace")


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads, living and ended.

    The kernel's clock of a process (`clock_getcpuclockid(3)`): `/proc/PID/stat` counts in steps of
    10 ms. The number is the one that glibc makes of a process id: its complement, shifted, kind 2.
    """
    return time.clock_gettime(~pid << 3 | 2)


def peak_bytes(pid: int) -> int:
    """`VmHWM`; not `ru_maxrss`, which for a child starts at what this interpreter had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0  # the process has ended


class PeakWatch:
    """Looks at the peak of a process that ends by itself, every few milliseconds until then."""

    def __init__(self, pid: int):
        self.peak = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            try:
                self.peak = max(self.peak, peak_bytes(self._pid))
            except OSError:
                return
