"""Offices that pay out all day through bad weather break no law of money out. Small ones are in every story (`test_story.py`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Wish
from storage.database import DatabaseUrl
from tests.simulation.test_story import money

pytestmark = pytest.mark.usefixtures("without_logs")
BUSY = Wish(seed=21, months=1, students=4, faults=Faults.MANY, acts=3, office=60)


@pytest.mark.prove
@pytest.mark.usefixtures("only_when_proving")
@pytest.mark.parametrize("seed", range(201, 211))
async def test_many_offices_break_no_law(seed: int, tmp_path: Path) -> None:
    wish = replace(BUSY, seed=seed, organisations=2)

    assert (await tell(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), wish)).broken == ()


@pytest.mark.prove
@pytest.mark.postgres
@pytest.mark.usefixtures("only_when_proving")
async def test_both_databases_pay_the_same(both: tuple[DatabaseUrl, DatabaseUrl]) -> None:
    """A shorter story is in `test_story.py`."""
    told = [await tell(database, BUSY) for database in both]

    assert [one.broken for one in told] == [(), ()]
    assert money(both[0]) == money(both[1])
