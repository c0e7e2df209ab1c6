"""The planted defects still fit the program, and the proof bites."""

import pytest

from tests.simulation.planted import DEFECTS, HOUSE, Defect, caught

QUICK = ("a coin told twice is credited twice", "the trail forgets credited coins")
"""Two that one short story catches; all of them run under `make prove`."""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_place_of_a_defect_is_still_there_once(defect: Defect) -> None:
    assert (HOUSE / defect.file).read_text().count(defect.old) == 1
    assert defect.new != defect.old


@pytest.mark.prove
def test_each_is_caught_by_some_law(*, proving: bool) -> None:
    chosen = DEFECTS if proving else [defect for defect in DEFECTS if defect.name in QUICK]
    seeds, students = ((1, 2, 3), 16) if proving else ((1,), 6)

    missed = [defect.name for defect in chosen if caught(defect, seeds=seeds, students=students) is None]

    assert missed == []
