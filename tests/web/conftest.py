"""Doors that stand open: over SQLite, and over either database where the database could make a difference."""

from collections.abc import AsyncIterator

import pytest

from storage.database import DatabaseUrl
from tests.web.door import Door, opened


@pytest.fixture
def sqlite(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


@pytest.fixture
async def door(sqlite: DatabaseUrl) -> AsyncIterator[Door]:
    async with opened(sqlite) as found:
        yield found


@pytest.fixture
async def either(database: DatabaseUrl) -> AsyncIterator[Door]:
    """As `door`, once over SQLite and once over PostgreSQL."""
    async with opened(database) as found:
        yield found
