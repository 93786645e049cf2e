"""A whole release, made once for all tests."""

import shutil
from pathlib import Path

import pytest
from making import BUCKET, make, stand_ins


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole release."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo, which knows the crates")
    folder = tmp_path_factory.mktemp("release")
    done = make(stand_ins(folder / "binaries"), folder / "out", "--bucket", BUCKET)
    assert done.returncode == 0, done.stderr
    return folder / "out"
