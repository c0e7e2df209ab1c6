"""The planted defects still fit the program, and the proof bites."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.defects import DEFECTS, Defect
from tests.simulation.planted import BEGINS, CLEAN, ENDS, HOUSE, Budget, Verdict, table, write_table

QUICK = "a coin told twice is credited twice"
"""What one short story catches. All run under `make prove`."""


def told_of(*words: str) -> int:
    """The runner's exit code, from a process that has imported nothing of the house."""
    return subprocess.run([sys.executable, "-m", "tests.simulation.planted", *words], cwd=HOUSE, check=False).returncode


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_place_of_a_defect_is_still_there_once(defect: Defect) -> None:
    assert (HOUSE / defect.file).read_text().count(defect.old) == 1
    assert defect.new != defect.old


def test_there_are_at_least_sixty_of_many_kinds() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 60
    assert len(Counter(defect.kind for defect in DEFECTS)) >= 25


def test_a_coin_that_is_credited_twice_is_caught_by_one_short_story(tmp_path: Path) -> None:
    facts = tmp_path / "verdicts.json"

    code = told_of(
        QUICK, "--seeds", "1", "--students", "2", "--organisations", "1", "--acts", "3", "--json", str(facts)
    )

    told = json.loads(facts.read_text())
    assert [one["law"] for one in told["clean"]] == [""]
    assert ["unexpectedly" in one["law"] for one in told["verdicts"]] == [True]
    assert code == 0


def test_the_table_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    page = tmp_path / "proof.md"
    page.write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n")
    found = [Verdict("by its law", "kind", "a law is broken", True, 1, 2, 3, 4.4), Verdict("missed", "kind")]

    write_table(page, table(found, {"by its law": "law is"}, Budget()))

    text = page.read_text()
    assert text.startswith(f"before\n{BEGINS}\n")
    assert text.endswith(f"\n{ENDS}\nafter\n")
    assert "| kind | by its law | … law is … | 1 | 2 | 3 | 4 |" in text
    assert "| kind | missed | **missed** |" in text
    assert "old" not in text


def test_the_clean_story_is_no_defect() -> None:
    assert CLEAN not in DEFECTS


@pytest.mark.prove
def test_nineteen_of_twenty_are_caught(*, proving: bool) -> None:
    if not proving:
        pytest.skip("takes half an hour; `make prove` does it")

    assert told_of() == 0
