"""Builds the release binaries of one platform: `make release-binaries PLATFORM=linux-x86_64`.

Linux binaries are linked by zig, so that any machine makes either processor's: functions for the C library of
Lambda's system (`provided.al2023` has 2.34), the command line statically. Those for macOS are built on macOS.
"""

import os
import platform as machine
import shutil
import subprocess
import sys
from pathlib import Path

from .platforms import FUNCTIONS, Platform, named
from .project import ROOT

GLIBC = "2.34"


def build(platform: Platform, binaries: Path) -> None:
    """Compiles the platform's binaries and copies them into its folder."""
    if platform.name.startswith("macos") and machine.system() != "Darwin":
        raise SystemExit(f"release: {platform.name} is built on macOS, with Apple's linker")
    if platform.target not in targets():
        raise SystemExit(f"release: no {platform.target}; rustup target add {platform.target}")
    packages = [word for name in platform.binaries for word in ("--package", name)]
    subprocess.run([*command(platform), *packages], cwd=ROOT, check=True)
    folder = binaries / platform.name
    folder.mkdir(parents=True, exist_ok=True)
    output = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / platform.target / "release"
    for name in platform.binaries:
        shutil.copy2(output / name, folder / name)


def command(platform: Platform) -> list[str]:
    """How cargo is called for it."""
    if platform.name.startswith("macos"):
        return ["cargo", "build", "--release", "--locked", "--target", platform.target]
    target = f"{platform.target}.{GLIBC}" if platform.binaries == FUNCTIONS else platform.target
    return ["cargo", "zigbuild", "--release", "--locked", "--target", target]


def targets() -> set[str]:
    """The targets that Rust can compile for here."""
    lib = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    return {path.name for path in (Path(lib.stdout.strip()) / "lib/rustlib").iterdir()}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("release: a platform and a folder are needed")
    build(named(sys.argv[1]), Path(sys.argv[2]))
