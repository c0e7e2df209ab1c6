"""Lenders beside the schools: borrowers, officers and weather break no law of loans, and without lenders a story is what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulation import story
from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Wish
from storage.database import DatabaseUrl
from tests.simulation.test_story import money

pytestmark = pytest.mark.usefixtures("without_logs")
TOWN = Wish(seed=3, months=1, students=1, faults=Faults.MANY, acts=4, office=0, lenders=1)


@pytest.fixture(autouse=True)
def _short_months(proving: bool) -> Iterator[None]:
    """Two days with loans that were due before; `make prove` lives through whole months."""
    with pytest.MonkeyPatch.context() as patch:
        if not proving:
            patch.setattr(story, "MONTH", timedelta(days=2))
            patch.setattr(story, "DESK_A_MONTH", 8)
            patch.setattr(story, "RECOUNT_EVERY", timedelta(days=2))
        yield


async def test_borrowers_and_officers_break_no_law(tmp_path: Path) -> None:
    told = await tell(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), TOWN)

    assert told.broken == ()
    assert told.payments > 3
    assert told.texts > 10


def test_the_line_that_tells_a_story_again_names_its_lenders_where_it_has_any() -> None:
    assert TOWN.command.endswith(" --office 0 --lenders 1")
    assert replace(TOWN, lenders=0).command.endswith(" --office 0")


@pytest.mark.prove
@pytest.mark.postgres
@pytest.mark.usefixtures("only_when_proving")
@pytest.mark.parametrize("seed", range(41, 46))
async def test_both_databases_lend_the_same(seed: int, both: tuple[DatabaseUrl, DatabaseUrl]) -> None:
    wish = replace(TOWN, seed=seed, students=4, acts=20, office=6, lenders=2)

    told = [await tell(database, wish) for database in both]

    assert [one.broken for one in told] == [(), ()]
    assert money(both[0]) == money(both[1])
