"""The templates as CloudFormation sees them: translated from SAM, with parameters filled in."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from templates import Template, modules, root  # noqa: E402


@pytest.fixture(scope="session")
def stack() -> Template:
    """template.yaml after the SAM transform."""
    return root()


@pytest.fixture(scope="session")
def nested() -> dict[str, Template]:
    """The modules of infra/, by their path."""
    return modules()
