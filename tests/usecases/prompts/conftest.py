"""A school whose guardian is asked for money."""

import pytest

from tests.usecases.prompting import PHONE
from tests.world import World


@pytest.fixture
async def school(world: World) -> World:
    await world.students({"KV10": 4_000, "KV20": 3_000}, guardians={"KV10": [PHONE], "KV20": [PHONE]})
    return world
