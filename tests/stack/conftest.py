"""The templates as CloudFormation sees them, with parameters filled in."""

import pytest
from templates import Template, modules, root


@pytest.fixture(scope="session")
def stack() -> Template:
    """template.yaml, the core."""
    return root()


@pytest.fixture(scope="session")
def nested() -> dict[str, Template]:
    """The templates of infra/, by their path."""
    return modules()


@pytest.fixture(scope="session")
def destination(nested: dict[str, Template]) -> Template:
    """infra/destination.yaml, one destination."""
    return nested["infra/destination.yaml"]


@pytest.fixture(scope="session")
def ingest(nested: dict[str, Template]) -> Template:
    """infra/ingest.yaml, what the router reads."""
    return nested["infra/ingest.yaml"]
