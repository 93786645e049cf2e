"""One deployed stack for all stories, emptied before each."""

import shutil
from collections.abc import Iterator

import pytest
from deployed import Stack
from localcloud import binaries, processes
from localcloud.ministack import Ministack
from localcloud.paths import STATE
from localcloud.schedule import Schedule

FOLDER = STATE / "e2e"


@pytest.fixture(scope="session")
def deployed() -> Iterator[Stack]:
    """The local cloud with the stack on it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    template = binaries.lay_out(binaries.build(), FOLDER / "build")
    cloud = Ministack.start(FOLDER / "ministack")
    started = processes.start_time(cloud.pid)
    try:
        stack = Stack.deploy(cloud, template, FOLDER / "sam-deploy.log")
        with Schedule(cloud):
            yield stack
    finally:
        processes.stop_group(cloud.pid, started)


@pytest.fixture
def stack(deployed: Stack) -> Stack:
    """The deployed stack with empty queues, an empty archive and receivers that answer normally."""
    deployed.clear()
    return deployed
