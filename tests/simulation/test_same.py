"""Under several seeds, with offices that pay out: two runs are one story, and both databases end in the same money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Wish
from storage.database import DatabaseUrl
from tests.simulation.test_story import money

pytestmark = pytest.mark.usefixtures("without_logs")


@pytest.mark.prove
@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(31, 36))
async def test_a_seed_ends_in_the_same_money_wherever_it_is_told(
    seed: int, tmp_path: Path, new_pg_url: Callable[[], str], proving: bool
) -> None:
    if not proving:
        pytest.skip("`make prove` does it; one seed of a few days is in test_story.py")
    wish = Wish(seed=seed, months=1, organisations=2, students=8, faults=Faults.MANY, acts=12, office=20)
    names = ("karani", "again")
    databases = [*(DatabaseUrl(f"sqlite:///{tmp_path}/{name}.db") for name in names), DatabaseUrl(new_pg_url())]

    told = [await tell(database, wish) for database in databases]

    assert [one.broken for one in told] == [(), (), ()]
    assert told[0].payments > 50
    assert told[1].trace == told[0].trace
    assert money(databases[1]) == money(databases[2]) == money(databases[0])
