"""Archives whose bytes depend on their content alone."""

import gzip
import io
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A file of an archive: its name there, where its content is, and its mode."""

    name: str
    source: Path
    mode: int = 0o644


def write_zip(path: Path, entries: list[Entry], seconds: int) -> Path:
    """A zip for Lambda, which keeps the modes of Unix."""
    date = time.gmtime(max(seconds, 315532800))[:6]  # a zip knows no time before 1980
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for entry in sorted(entries, key=lambda entry: entry.name):
            info = zipfile.ZipInfo(entry.name, date)
            info.create_system = 3  # Unix
            info.external_attr = (0o100000 | entry.mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.source.read_bytes(), compresslevel=9)
    return path


def write_tar_gz(path: Path, entries: list[Entry], seconds: int) -> Path:
    """A tar below one folder, which is named as the archive."""
    folder = path.name.removesuffix(".tar.gz")
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=seconds) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for entry in sorted(entries, key=lambda entry: entry.name):
            content = entry.source.read_bytes()
            info = tarfile.TarInfo(f"{folder}/{entry.name}")
            info.size, info.mode, info.mtime = len(content), entry.mode, seconds
            info.uname = info.gname = "root"
            archive.addfile(info, io.BytesIO(content))
    return path
