"""A school that pays out."""

from collections.abc import AsyncIterator

import pytest

from storage.database import DatabaseUrl
from tests.paying import Till, till
from tests.world import World, open_world


@pytest.fixture
async def small(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    """As everywhere, but for the laws of applied money: payouts here are asked for out of nothing."""
    opened = open_world(sqlite_database)
    await opened.school()
    yield opened
    opened.close()
    assert opened.bugs == []


@pytest.fixture
async def school(small: World) -> AsyncIterator[Till]:
    async with till(small) as opened:
        yield opened


@pytest.fixture
async def either(world: World) -> AsyncIterator[Till]:
    """The same on each database."""
    async with till(world) as opened:
        yield opened
