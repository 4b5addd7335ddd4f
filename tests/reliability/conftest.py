"""Fixtures of tests that need a server of their own, because they end it or fill it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.flowgen_chats import Api
from tests.support.servers import Server, folder, serve


class Life:
    """A server that is ended and started again on the same data, never two at once."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = serve(data, "--demo")

    @property
    def api(self) -> Api:
        """A new client of the present server; for a `with` block."""
        return Api(self.server.http, self.server.api_key)

    def again(self) -> None:
        """Starts the next server; the one before must have ended."""
        self.server = serve(self.data, "--demo")

    def end(self) -> None:
        """Ends what runs and takes all files away."""
        with suppress(ProcessLookupError):
            self.server.__exit__(None, None, None)
        shutil.rmtree(self.data.parent, ignore_errors=True)


@pytest.fixture
def life() -> Iterator[Life]:
    """A server of this test's own."""
    living = Life(folder())
    yield living
    living.end()


@pytest.fixture(scope="module")
def shared() -> Iterator[Life]:
    """A server that the tests of one file share, and that is not ended."""
    living = Life(folder())
    yield living
    living.end()


@pytest.fixture
def ended() -> dict[str, Callable[[Server], object]]:
    """The ways in which a server ends."""
    return {"stopped": Server.stop, "killed": Server.kill}
