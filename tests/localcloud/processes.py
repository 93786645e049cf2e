"""Ends what was started here, and only that."""

import contextlib
import os
import signal
import time
from pathlib import Path


def start_time(pid: int) -> str | None:
    """When the process was started, as the kernel counts: tells a process from a later one of the same id."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def stop_group(pid: int, started: str | None) -> bool:
    """Ends the process and the children of its session; says whether it was still running."""
    if started is None or start_time(pid) != started:
        return False
    for sign, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            _reap(pid)
            if start_time(pid) != started:
                return True
            time.sleep(0.05)
    return True


def _reap(pid: int) -> None:
    """Collects an ended child of ours, which else would be seen as running for ever."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
