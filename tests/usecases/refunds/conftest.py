"""A school whose payments may be paid back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.usecases.refunding import School, opened_school
from tests.world import World


@pytest.fixture
async def school(small: World) -> AsyncIterator[School]:
    async for opened in opened_school(small):
        yield opened


@pytest.fixture
async def either(world: World) -> AsyncIterator[School]:
    """The same on each database."""
    async for opened in opened_school(world):
        yield opened
