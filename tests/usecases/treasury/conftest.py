"""An office with petty cash."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import DatabaseUrl
from tests.paying import till
from tests.usecases.spending import Office, opened_office
from tests.world import World, open_world
from usecases.verification import verify


@pytest.fixture
async def office(sqlite_database: DatabaseUrl) -> AsyncIterator[Office]:
    """What cannot differ between databases."""
    world = open_world(sqlite_database)
    await world.school()
    async with till(world) as shop:
        yield await opened_office(world, shop)
        assert await world.app.read(verify) == []
        assert world.broken_laws() == []
    world.close()
    assert world.bugs == []


@pytest.fixture
async def either(world: World) -> AsyncIterator[Office]:
    """The same on each database."""
    async with till(world) as shop:
        yield await opened_office(world, shop)
        assert await world.app.read(verify) == []
