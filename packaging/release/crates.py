"""The crates that are compiled into what is released, as `cargo metadata` and the lock file know them."""

import json
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .platforms import PLATFORMS
from .project import ROOT

# The packages whose binaries are released.
RELEASED = ("destination", "router", "vault-export")


@dataclass(frozen=True)
class Crate:
    """A crate of others; `checksum` is the SHA-256 of what crates.io serves, `folder` its sources."""

    name: str
    version: str
    licence: str
    checksum: str
    folder: Path
    repository: str

    @property
    def purl(self) -> str:
        return f"pkg:cargo/{self.name}@{self.version}"

    def texts(self) -> list[str]:
        """The licence texts and notices that come with it."""
        named = ("license", "licence", "copying", "notice", "copyright", "unlicense")
        found = [path for path in self.folder.iterdir() if path.name.lower().startswith(named)]
        files = [file for path in found for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
        return [file.read_text(errors="replace").strip() for file in sorted(files) if file.is_file()]


@dataclass(frozen=True)
class Graph:
    """The crates of others, and which crate needs which, by purl; ours stand under their names."""

    crates: list[Crate]
    needs: dict[str, list[str]]


def shipped() -> Graph:
    """Everything that is compiled in on a released platform: no dependencies of tests or builds alone."""
    targets = [word for one in PLATFORMS for word in ("--filter-platform", one.target)]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", *targets]
    metadata = json.loads(
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    )
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    todo = [identity for identity, package in packages.items() if is_released(package)]
    reached: dict[str, list[str]] = {}
    while todo:
        identity = todo.pop()
        if identity not in reached:
            needed = [one["pkg"] for one in nodes[identity]["deps"] if is_compiled_in(one)]
            reached[identity] = needed
            todo += needed
    checksums = locked()
    crates = [crate(packages[identity], checksums) for identity in reached if packages[identity]["source"]]
    needs = {
        key(packages[identity]): sorted({key(packages[one]) for one in needed})
        for identity, needed in reached.items()
    }
    return Graph(sorted(crates, key=lambda crate: crate.purl), dict(sorted(needs.items())))


def is_released(package: dict) -> bool:
    return package["source"] is None and package["name"] in RELEASED


def is_compiled_in(dependency: dict) -> bool:
    return any(kind["kind"] is None for kind in dependency["dep_kinds"])


def key(package: dict) -> str:
    """A crate's purl; of ours the name."""
    return f"pkg:cargo/{package['name']}@{package['version']}" if package["source"] else package["name"]


def crate(package: dict, checksums: dict[tuple[str, str], str]) -> Crate:
    name, version = package["name"], package["version"]
    return Crate(
        name=name,
        version=version,
        # Cargo once wrote a slash where SPDX has OR.
        licence=" OR ".join(part.strip() for part in (package["license"] or "").split("/")),
        checksum=checksums[name, version],
        folder=Path(package["manifest_path"]).parent,
        repository=package["repository"] or "",
    )


def locked() -> dict[tuple[str, str], str]:
    """The checksums of the lock file."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(one["name"], one["version"]): one["checksum"] for one in lock["package"] if "checksum" in one}
