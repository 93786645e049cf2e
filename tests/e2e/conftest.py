"""One deployed stack for all stories, emptied before each."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from localcloud import binaries, processes  # noqa: E402
from localcloud.ministack import Ministack  # noqa: E402
from localcloud.paths import STATE  # noqa: E402
from stack import Stack  # noqa: E402

FOLDER = STATE / "e2e"


@pytest.fixture(scope="session")
def deployed() -> Iterator[Stack]:
    """The local cloud with the stack on it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    template = binaries.lay_out(binaries.build(), FOLDER / "build")
    cloud = Ministack.start(FOLDER / "ministack")
    started = processes.start_time(cloud.pid)
    try:
        yield Stack.deploy(cloud, template, FOLDER / "sam-deploy.log")
    finally:
        processes.stop_group(cloud.pid, started)


@pytest.fixture
def stack(deployed: Stack) -> Stack:
    """The deployed stack with empty queues, an empty archive and receivers that answer normally."""
    deployed.clear()
    return deployed
