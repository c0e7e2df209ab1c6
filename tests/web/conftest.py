"""Doors that stand open: over SQLite, and over either database where the database could make a difference."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import DatabaseUrl
from tests.web.door import Door, opened


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> DatabaseUrl:
    shutil.copy(sqlite_template, tmp_path / "karani.db")
    return DatabaseUrl(f"sqlite:///{tmp_path / 'karani.db'}")


@pytest.fixture
async def door(sqlite: DatabaseUrl) -> AsyncIterator[Door]:
    async with opened(sqlite) as found:
        yield found


@pytest.fixture
async def either(database: DatabaseUrl) -> AsyncIterator[Door]:
    """As `door`, once over SQLite and once over PostgreSQL."""
    async with opened(database) as found:
        yield found
