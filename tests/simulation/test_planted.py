"""The planted defects still fit the program, and the proof bites."""

from collections import Counter

import pytest

from tests.simulation.defects import DEFECTS, Defect
from tests.simulation.planted import HOUSE, Budget, verdict_on, verdicts

QUICK = ("a coin told twice is credited twice",)
"""What one short story catches. All run under `make prove`."""
SHORT = Budget(seeds="1", students=6, organisations=1)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_place_of_a_defect_is_still_there_once(defect: Defect) -> None:
    assert (HOUSE / defect.file).read_text().count(defect.old) == 1
    assert defect.new != defect.old


def test_there_are_at_least_sixty_of_many_kinds() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 60
    assert len(Counter(defect.kind for defect in DEFECTS)) >= 25


@pytest.mark.parametrize("name", QUICK)
async def test_a_coin_that_is_credited_twice_is_caught_by_one_short_story(name: str) -> None:
    (defect,) = [one for one in DEFECTS if one.name == name]

    assert (await verdict_on(defect, SHORT)).law


@pytest.mark.prove
async def test_nineteen_of_twenty_are_caught(*, proving: bool) -> None:
    if not proving:
        pytest.skip("takes half an hour; `make prove` does it")

    missed = [verdict.name for verdict in await verdicts(DEFECTS, Budget()) if not verdict.law]

    assert len(missed) * 20 <= len(DEFECTS), missed
