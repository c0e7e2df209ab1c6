"""After every test of a use case the laws of the books hold, for every organisation in the database."""

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.database import DatabaseUrl
from tests.world import World, open_world


@pytest.fixture(autouse=True)
def _the_laws_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    world: World | None = request.getfixturevalue("world") if "world" in request.fixturenames else None
    yield
    if world is not None:
        assert world.broken_laws() == []


@pytest.fixture
async def small(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    """What cannot differ between databases."""
    opened = open_world(sqlite_database)
    await opened.school()
    yield opened
    assert opened.broken_laws() == []
    opened.close()
    assert opened.bugs == []
