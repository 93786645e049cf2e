"""Cargo's output as one line."""

import io
import sys
from pathlib import Path

import pytest

from localcloud import compiling

SAYS = """
import sys
for name in ("itoa", "ryu"):
    print(f"   Compiling {name} v1.0.0", file=sys.stderr)
print("warning: something", file=sys.stderr)
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_log_gets_one_line_and_the_file_everything(tmp_path: Path) -> None:
    out, log = io.StringIO(), tmp_path / "state/build.log"
    compiling.run(program(SAYS), tmp_path, log, compiling.Progress(out))
    assert out.getvalue().count("\n") == 1
    assert "2 crates compiled" in out.getvalue() and str(log) in out.getvalue()
    assert "warning: something" in log.read_text()


def test_a_long_build_says_now_and_then_where_it_is(tmp_path: Path) -> None:
    out = io.StringIO()
    compiling.run(program(SAYS), tmp_path, tmp_path / "log", compiling.Progress(out, seconds=0))
    assert "compiled 1 crates, now itoa" in out.getvalue()


def test_a_terminal_sees_one_line_that_changes(tmp_path: Path) -> None:
    out = Terminal()
    compiling.run(program(SAYS), tmp_path, tmp_path / "log", compiling.Progress(out))
    assert out.getvalue().count("\n") == 1
    assert "\r\x1b[K   compiled 2 crates, now ryu" in out.getvalue()


def test_a_failure_shows_the_errors_and_where_the_rest_is(tmp_path: Path) -> None:
    fails = (
        SAYS
        + "print('error[E0425]: cannot find value', file=sys.stderr)\nprint(' --> src/x.rs')\nsys.exit(101)"
    )
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        compiling.run(program(fails), tmp_path, tmp_path / "log", compiling.Progress(out))
    assert str(end.value).startswith("error[E0425]") and "Compiling" not in str(end.value)
    assert str(tmp_path / "log") in out.getvalue()
