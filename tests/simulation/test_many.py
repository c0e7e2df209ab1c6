"""Many seeds, one after the other: sums of what they proved; under `make prove` on both databases, to the same money."""

from datetime import timedelta

import pytest

from simulation import story
from simulation.many import Many, NoSeeds, seeds_of, told_many
from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Told, Wish
from storage.database import DatabaseUrl
from tests.simulation.test_story import money

BUSY = {"months": 1, "students": 16, "organisations": 2, "faults": "many", "acts": 12}
SEEDS = range(101, 125)
"""On SQLite; every sixth on PostgreSQL too."""


def test_seeds_are_a_number_or_a_range() -> None:
    assert list(seeds_of("7")) == [7]
    assert list(seeds_of("3-5")) == [3, 4, 5]


@pytest.mark.parametrize("text", ["", "5-3", "x", "1-2-3", "1-999999"])
def test_what_is_no_range_of_seeds_is_refused(text: str) -> None:
    with pytest.raises(NoSeeds):
        seeds_of(text)


@pytest.mark.parametrize("processes", [1, 2])
def test_the_stories_of_many_seeds_are_summed_up(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "MONTH", timedelta(days=1))
    heard: list[int] = []

    def said(told: Told, many: Many) -> None:
        heard.append(told.wish.seed)

    many = told_many({"students": 3, "faults": "none", "acts": 6}, seeds_of("1-2"), said, processes=processes)

    assert sorted(heard) == [1, 2]
    assert many.stories == 2
    assert many.broken == []
    assert many.looks == many.steps + many.stories


def test_when_the_minutes_are_over_no_further_story_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "MONTH", timedelta(days=1))

    many = told_many({"students": 3, "faults": "none"}, seeds_of("1-9"), lambda told, many: None, minutes=0)

    assert many.stories == 1


@pytest.mark.prove
def test_many_seeds_break_no_law(*, proving: bool) -> None:
    if not proving:
        pytest.skip("takes a quarter of an hour; `make prove` does it")

    many = told_many(BUSY, SEEDS, lambda told, many: None)

    assert [(told.wish.command, told.broken) for told, _ in many.broken] == []


@pytest.mark.prove
@pytest.mark.postgres
@pytest.mark.usefixtures("only_when_proving")
@pytest.mark.parametrize("seed", SEEDS[::6])
async def test_the_same_seed_ends_in_the_same_money_on_both_databases(
    seed: int, both: tuple[DatabaseUrl, DatabaseUrl]
) -> None:
    """A shorter story is in `test_story.py`."""
    wish = Wish(seed=seed, students=16, organisations=2, faults=Faults.MANY, acts=12)

    assert [(await tell(database, wish)).broken for database in both] == [(), ()]
    assert money(both[0]) == money(both[1])
