"""What a release consists of, and what is in it."""

import hashlib
import io
import json
import re
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from localcloud.paths import ROOT
from making import BUCKET, make, nfpm, stand_ins
from release.platforms import FUNCTIONS, PLATFORMS
from release.project import version
from samtranslator.yaml_helper import yaml_parse

PREFIX = f"vault-export/{version()}"


def test_every_platform_has_its_archive(release: Path) -> None:
    for platform in PLATFORMS:
        if platform.binaries == FUNCTIONS:
            names = [f"{name}-{platform.name.removeprefix('lambda-')}.zip" for name in FUNCTIONS]
        else:
            names = [f"vault-export-{version()}-{platform.name}.tar.gz"]
        assert all((release / name).is_file() for name in names), names


def test_a_function_is_a_bootstrap_that_may_be_run(release: Path) -> None:
    with zipfile.ZipFile(release / "router-arm64.zip") as archive:
        assert archive.namelist() == ["LICENSE", "THIRD-PARTY-LICENSES.txt", "bootstrap"]
        assert archive.read("bootstrap") == b"router for lambda-arm64\n"
        mode = archive.getinfo("bootstrap").external_attr >> 16
        assert stat.S_ISREG(mode) and stat.S_IMODE(mode) == 0o755


def test_an_archive_holds_program_licences_and_units(release: Path) -> None:
    folder = f"vault-export-{version()}-linux-x86_64"
    with tarfile.open(release / f"{folder}.tar.gz") as archive:
        modes = {member.name.removeprefix(f"{folder}/"): member.mode for member in archive}
        program = archive.extractfile(f"{folder}/vault-export")
        assert program and program.read() == b"vault-export for linux-x86_64\n"
    assert modes == {
        "CHANGELOG.md": 0o644,
        "LICENSE": 0o644,
        "THIRD-PARTY-LICENSES.txt": 0o644,
        "systemd/vault-export-deliver.service": 0o644,
        "systemd/vault-export-ship.service": 0o644,
        "vault-export": 0o755,
    }


def members_of_ar(content: bytes) -> dict[str, bytes]:
    """The files of an `ar` archive, which a .deb is."""
    assert content.startswith(b"!<arch>\n")
    members, place = {}, 8
    while place < len(content):
        name, size = content[place : place + 16].decode().strip().rstrip("/"), int(content[place + 48 :][:10])
        members[name] = content[place + 60 : place + 60 + size]
        place += 60 + size + size % 2
    return members


def test_packages_hold_program_units_and_configuration(release: Path) -> None:
    if nfpm() is None:
        pytest.skip("no nfpm; make release-tools")
    members = members_of_ar((release / f"vault-export-{version()}-amd64.deb").read_bytes())
    data = next(content for name, content in members.items() if name.startswith("data.tar"))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        modes = {member.name.removeprefix("."): member.mode for member in archive if member.isfile()}
    assert modes["/usr/bin/vault-export"] == 0o755
    assert modes["/etc/vault-export/credentials"] == 0o600
    units = {f"/usr/lib/systemd/system/vault-export-{name}.service" for name in ("deliver", "ship")}
    assert units < set(modes)
    control = next(content for name, content in members.items() if name.startswith("control.tar"))
    with tarfile.open(fileobj=io.BytesIO(control)) as archive:
        conffiles = archive.extractfile(next(one for one in archive if one.name.endswith("conffiles")))
        assert conffiles and b"/etc/vault-export/config.toml" in conffiles.read()

    package = (release / f"vault-export-{version()}-aarch64.rpm").read_bytes()
    assert package.startswith(b"\xed\xab\xee\xdb")
    for name in (b"vault-export-deliver.service", b"vault-export-ship.service", b"aarch64"):
        assert name in package


def test_the_template_names_what_lies_beside_it(release: Path) -> None:
    folder = release / "bucket" / PREFIX
    keys, nested = set(), set()
    for path in folder.rglob("*.yaml"):
        text = path.read_text()
        keys |= set(re.findall(rf"S3Key: !Sub {PREFIX}/(\S+)", text))
        nested |= set(re.findall(rf"TemplateURL: !Sub https://{BUCKET}-\S+?/{PREFIX}/(\S+)", text))
        assert not re.search(r"Code: \.|TemplateURL: infra", text), path
    assert keys == {"router-${Architecture}.zip", "destination-${Architecture}.zip"}
    for key in keys:
        for architecture in ("arm64", "x86_64"):
            name = key.replace("${Architecture}", architecture)
            assert (folder / name).read_bytes() == (release / name).read_bytes()
    assert nested and all((folder / name).is_file() for name in nested)


def test_the_template_is_the_one_that_sam_deploys_but_for_code_and_places(release: Path) -> None:
    for name in ("template.yaml", "infra/destination.yaml", "infra/dashboard.yaml"):
        ours = yaml_parse((ROOT / name).read_text())
        theirs = yaml_parse((release / "bucket" / PREFIX / name).read_text())
        for template in (ours, theirs):
            for resource in template["Resources"].values():
                for key in ("Code", "TemplateURL"):
                    resource.get("Properties", {}).pop(key, None)
        assert ours == theirs, name


def test_checksums_hold_and_cover_every_file(release: Path) -> None:
    sums = dict(reversed(line.split("  ")) for line in (release / "SHA256SUMS").read_text().splitlines())
    files = {path.name for path in release.iterdir() if path.is_file()} - {"SHA256SUMS"}
    assert set(sums) == files
    for name, expected in sums.items():
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == expected


def test_the_bill_of_materials_names_every_crate_with_licence_and_checksum(release: Path) -> None:
    bill = json.loads((release / f"vault-export-{version()}.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    crates = {one["name"]: one for one in bill["components"] if "purl" in one}
    assert {"rustls", "aws-lc-rs", "reqwest", "lambda_runtime", "clap"} <= set(crates)
    assert not {"proptest", "expectorate", "rcgen"} & set(crates), "crates of tests are not shipped"
    for crate in crates.values():
        assert crate["licenses"][0]["expression"], crate["name"]
        assert re.fullmatch("[0-9a-f]{64}", crate["hashes"][0]["content"])
    references = {one["bom-ref"] for one in bill["components"]} | {"release"}
    for dependency in bill["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= references


def test_licences_of_others_are_given_in_full(release: Path) -> None:
    page = (release / "THIRD-PARTY-LICENSES.txt").read_text()
    for words in ("Apache License", "Permission is hereby granted, free of charge", "\nrustls 0."):
        assert words in page


def test_the_provenance_is_about_the_files_and_the_commit(release: Path) -> None:
    statement = json.loads((release / f"vault-export-{version()}.intoto.json").read_text())
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    for name, digest in subjects.items():
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == digest
    built = statement["predicate"]["buildDefinition"]
    assert re.fullmatch("[0-9a-f]{40}|unknown", built["resolvedDependencies"][0]["digest"]["gitCommit"])


def test_the_image_is_made_from_the_static_programs(release: Path) -> None:
    folder = release / "image"
    for debian, platform in (("amd64", "linux-x86_64"), ("arm64", "linux-aarch64")):
        program = folder / debian / "vault-export"
        assert program.read_text() == f"vault-export for {platform}\n"
        assert program.stat().st_mode & 0o111
    lines = (folder / "Containerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    for name in (word for word in copied if not word.startswith("--")):
        assert (folder / name.replace("${TARGETARCH}", "arm64")).is_file(), name
    assert "USER 65532:65532" in lines


def test_the_same_binaries_give_the_same_bytes(release: Path, tmp_path: Path) -> None:
    done = make(stand_ins(tmp_path / "binaries"), tmp_path / "out", "--bucket", BUCKET)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/SHA256SUMS").read_text() == (release / "SHA256SUMS").read_text()


def test_what_cannot_be_made_is_named_and_fails_a_strict_run(release: Path, tmp_path: Path) -> None:
    binaries = stand_ins(tmp_path / "binaries", without="macos-aarch64")
    done = make(binaries, tmp_path / "out", "--strict")
    assert done.returncode == 1
    missing = [line for line in done.stdout.splitlines() if "missing:" in line]
    for words in ("macos-aarch64: no vault-export", "no bucket is named", "signature of SHA256SUMS"):
        assert any(words in line for line in missing), words


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    done = make(tmp_path, tmp_path / "out", "--tag", "v99.0.0")
    assert done.returncode == 1 and "the tag is v99.0.0" in done.stderr
