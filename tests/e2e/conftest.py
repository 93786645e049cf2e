"""One deployed stack for all stories, emptied before each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed import Stack
from instances import Instances
from localcloud import binaries, processes
from localcloud.ministack import Ministack
from localcloud.paths import STATE
from localcloud.schedule import Schedule

FOLDER = STATE / "e2e"


@pytest.fixture(scope="session")
def built() -> Path:
    """The templates with their binaries, as after `sam build`; the core's template."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    return binaries.lay_out(binaries.build(), FOLDER / "build")


@pytest.fixture(scope="session")
def cloud(built: Path) -> Iterator[Ministack]:
    """The local cloud."""
    running = Ministack.start(FOLDER / "ministack")
    started = processes.start_time(running.pid)
    try:
        yield running
    finally:
        processes.stop_group(running.pid, started)


@pytest.fixture(scope="session")
def deployed(cloud: Ministack, built: Path) -> Iterator[Stack]:
    """The core with a destination of each type."""
    stack = Stack.deploy(cloud, built, FOLDER / "sam-deploy.log")
    with Schedule(cloud):
        yield stack


@pytest.fixture
def stack(deployed: Stack) -> Stack:
    """The deployed stack with empty queues, an empty archive and receivers that answer normally."""
    deployed.clear()
    return deployed


@pytest.fixture
def instances(stack: Stack) -> Iterator[Instances]:
    """Deploys further destinations beside the core's own; they are gone after the story."""
    further = Instances(stack)
    try:
        yield further
    finally:
        further.remove_all()
