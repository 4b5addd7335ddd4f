"""Fixtures that all tests share."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.servers import Server, folder, serve


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with a sandbox project, shared by the tests of this process."""
    data = folder()
    with serve(data, "--demo") as running:
        yield running
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def operator() -> Iterator[Server]:
    """A server whose first project is a production project, with its first key, which may make projects."""
    data = folder()
    with serve(data) as running:
        kept = running.extra
        assert running.api_key, f"the first start shows the first key: {kept}"
        yield running
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def production(operator: Server) -> Server:
    """A production project."""
    return operator.other_project("ENVIRONMENT_PRODUCTION")


@pytest.fixture(scope="session")
def neighbour(operator: Server) -> tuple[Server, Server]:
    """Two sandbox projects of one server."""
    return operator.other_project("ENVIRONMENT_SANDBOX"), operator.other_project("ENVIRONMENT_SANDBOX")
