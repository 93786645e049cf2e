"""The platforms that are released, and what is made for each."""

import sys
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS = ("destination", "router")
PROGRAM = "vault-export"


@dataclass(frozen=True)
class Platform:
    """A platform: its folder below the binaries, and Rust's target for it."""

    name: str
    target: str
    binaries: tuple[str, ...]
    # The words for its processor in Debian's and RPM's packages; empty where there are none.
    debian: str = ""
    rpm: str = ""

    def missing(self, binaries: Path) -> list[str]:
        """The binaries that are not there."""
        return [name for name in self.binaries if not (binaries / self.name / name).is_file()]


PLATFORMS = (
    Platform("lambda-arm64", "aarch64-unknown-linux-gnu", FUNCTIONS),
    Platform("lambda-x86_64", "x86_64-unknown-linux-gnu", FUNCTIONS),
    Platform("linux-aarch64", "aarch64-unknown-linux-musl", (PROGRAM,), debian="arm64", rpm="aarch64"),
    Platform("linux-x86_64", "x86_64-unknown-linux-musl", (PROGRAM,), debian="amd64", rpm="x86_64"),
    Platform("macos-aarch64", "aarch64-apple-darwin", (PROGRAM,)),
    Platform("macos-x86_64", "x86_64-apple-darwin", (PROGRAM,)),
)


def named(name: str) -> Platform:
    """The platform of this name."""
    found = [platform for platform in PLATFORMS if platform.name == name]
    if not found:
        names = ", ".join(platform.name for platform in PLATFORMS)
        raise SystemExit(f"release: unknown platform; expected one of {names}")
    return found[0]


if __name__ == "__main__":
    print(named(sys.argv[1]).target)
