"""After every test of a use case the laws of the books hold, for every organisation in the database."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture(autouse=True)
def _the_laws_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    world: World | None = request.getfixturevalue("world") if "world" in request.fixturenames else None
    yield
    if world is not None:
        assert world.broken_laws() == []
