"""`make release`: everything that can be made here, and by name what cannot.

Ends with 1 when `--strict` is given and something is missing.
"""

import argparse
import shutil
import subprocess
from pathlib import Path

from . import crates, licences, packages, provenance, sbom, sums, template
from .archives import Entry, write_tar_gz, write_zip
from .platforms import FUNCTIONS, PLATFORMS, PROGRAM, Platform
from .project import ROOT, commit_time, version


class Release:
    """What has been made, and what is missing for what."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.binaries: Path = options.binaries
        self.target: Path = options.output
        self.bucket: str = options.bucket
        self.nfpm: str | None = shutil.which(options.nfpm)
        self.cosign: str | None = shutil.which(options.cosign) if options.sign else None
        self.sign: bool = options.sign
        self.prefix = f"{PROGRAM}/{version()}"
        self.files: list[Path] = []
        self.missing: list[str] = []

    def make(self) -> None:
        """Makes everything, in an empty folder."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)
        graph = crates.shipped()
        self.text("THIRD-PARTY-LICENSES.txt", licences.page(graph))
        self.text(f"{PROGRAM}-{version()}.cdx.json", sbom.bill(graph))
        for platform in PLATFORMS:
            self.platform(platform)
        self.installable()
        self.container()
        self.text(f"{PROGRAM}-{version()}.intoto.json", provenance.statement(self.files))
        self.text("SHA256SUMS", sums.sums(self.files))
        self.signature()

    def text(self, name: str, content: str) -> None:
        path = self.target / name
        path.write_text(content)
        self.files.append(path)

    def platform(self, platform: Platform) -> None:
        """The archives and packages of one platform."""
        if absent := platform.missing(self.binaries):
            where = f"no {' and '.join(absent)} in {self.binaries / platform.name}"
            how = f"make release-binaries PLATFORM={platform.name}"
            self.missing.append(f"{platform.name}: {where}; {how}")
        elif platform.binaries == FUNCTIONS:
            self.functions(platform)
        else:
            self.program(platform)

    def functions(self, platform: Platform) -> None:
        """A zip for each function, as Lambda takes it."""
        architecture = platform.name.removeprefix("lambda-")
        for name in FUNCTIONS:
            entries = [
                Entry("bootstrap", self.binaries / platform.name / name, 0o755),
                Entry("LICENSE", ROOT / "LICENSE"),
                Entry("THIRD-PARTY-LICENSES.txt", self.target / "THIRD-PARTY-LICENSES.txt"),
            ]
            self.files.append(write_zip(self.target / f"{name}-{architecture}.zip", entries, commit_time()))

    def program(self, platform: Platform) -> None:
        """The command line: a tar, and on Linux the packages."""
        entries = [
            Entry(PROGRAM, self.binaries / platform.name / PROGRAM, 0o755),
            Entry("LICENSE", ROOT / "LICENSE"),
            Entry("CHANGELOG.md", ROOT / "CHANGELOG.md"),
            Entry("THIRD-PARTY-LICENSES.txt", self.target / "THIRD-PARTY-LICENSES.txt"),
        ]
        if platform.debian:
            entries += [
                Entry(f"systemd/{path.name}", path) for path in (ROOT / "packaging/systemd").glob("*.service")
            ]
        archive = self.target / f"{PROGRAM}-{version()}-{platform.name}.tar.gz"
        self.files.append(write_tar_gz(archive, entries, commit_time()))
        if platform.debian and self.nfpm:
            text = self.target / "THIRD-PARTY-LICENSES.txt"
            self.files += packages.write(self.nfpm, platform, self.binaries, text, self.target)
        elif platform.debian:
            self.missing.append(f"{platform.name}: no nfpm, for .deb and .rpm; make release-tools")

    def installable(self) -> None:
        """The folder that is copied to the bucket of each region, and the templates as one archive."""
        folder = self.target / "bucket" / self.prefix
        if not self.bucket:
            self.missing.append("template that installs by one link: no bucket is named; BUCKET=name")
            return
        written = template.write(folder, self.bucket, self.prefix)
        for name in FUNCTIONS:
            for path in sorted(self.target.glob(f"{name}-*.zip")):
                shutil.copy2(path, folder / path.name)
        entries = [Entry(str(path.relative_to(folder)), path) for path in written]
        archive = self.target / f"{PROGRAM}-{version()}-template.tar.gz"
        self.files.append(write_tar_gz(archive, entries, commit_time()))

    def container(self) -> None:
        """The folder that the image is built from: programs by Docker's words for the processors."""
        folder = self.target / "image"
        for platform in (one for one in PLATFORMS if one.debian and not one.missing(self.binaries)):
            (folder / platform.debian).mkdir(parents=True)
            shutil.copy2(self.binaries / platform.name / PROGRAM, folder / platform.debian / PROGRAM)
            (folder / platform.debian / PROGRAM).chmod(0o755)
        if folder.exists():
            shutil.copy2(ROOT / "packaging/container/Containerfile", folder)
            shutil.copy2(ROOT / "LICENSE", folder)
            shutil.copy2(self.target / "THIRD-PARTY-LICENSES.txt", folder)

    def signature(self) -> None:
        """A signature over the checksums, and thereby over every file."""
        if self.cosign:
            bundle = self.target / "SHA256SUMS.sigstore.json"
            command = [self.cosign, "sign-blob", "--yes", "--bundle", bundle, self.target / "SHA256SUMS"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            self.files.append(bundle)
        else:
            reason = "no cosign" if self.sign else "not asked for; SIGN=1"
            self.missing.append(f"signature of SHA256SUMS: {reason}")

    def report(self) -> None:
        for path in self.files:
            print(f"  {path.stat().st_size:>12,}  {path.name}")
        if self.bucket:
            print(f"  installs by  {template.link(self.bucket, self.prefix, 'us-east-1')}")
        for reason in self.missing:
            print(f"  missing: {reason}")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="a folder for each platform")
    parser.add_argument("--output", type=Path, required=True, help="made anew")
    parser.add_argument("--bucket", default="", help="what the buckets' names begin with; the region follows")
    parser.add_argument("--tag", default="", help="fails unless it is v and the version")
    parser.add_argument("--nfpm", default="nfpm")
    parser.add_argument("--cosign", default="cosign")
    parser.add_argument("--sign", action="store_true")
    parser.add_argument("--strict", action="store_true", help="fails when something is missing")
    return parser.parse_args()


def main() -> None:
    given = options()
    if given.tag and given.tag != f"v{version()}":
        raise SystemExit(f"release: the tag is {given.tag}, the version in Cargo.toml {version()}")
    release = Release(given)
    release.make()
    release.report()
    if given.strict and release.missing:
        raise SystemExit("release: something is missing")


if __name__ == "__main__":
    main()
