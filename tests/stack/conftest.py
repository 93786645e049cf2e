"""The templates as CloudFormation sees them: translated from SAM, with parameters filled in."""

import pytest
from templates import Template, modules, root


@pytest.fixture(scope="session")
def stack() -> Template:
    """template.yaml after the SAM transform."""
    return root()


@pytest.fixture(scope="session")
def nested() -> dict[str, Template]:
    """The modules of infra/, by their path."""
    return modules()
