"""The stores that must keep the contract; each new one joins `STORES`."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from flowgen_core.store import projects
from flowgen_core.store.store import Store
from tests.support.rows import project

STORES: dict[str, Callable[[Path], Store]] = {"sqlite": Store}


@pytest.fixture(params=list(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store with the projects `p1` and `p2`."""
    opened = STORES[request.param](tmp_path)
    opened.open()
    for id in ("p1", "p2"):
        await opened.write(lambda tx, id=id: projects.insert(tx, project(id)))
    yield opened
    opened.close()
