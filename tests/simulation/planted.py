"""Does the proof bite? Each defect (`tests/simulation/defects/`) is planted in a copy of the program, one at a time.

`python -m tests.simulation.planted` plants all and says which seed and which law caught which, after how many steps and
seconds; the budget is stated first. `python -m tests.simulation.planted promise` plants those whose name holds the word.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.simulation.defects import DEFECTS, PAYING, Defect

HOUSE = Path(__file__).parents[2]
TOGETHER = 2
"""Copies that are told at once."""
FOUND_SOMETHING = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """What is spent on one defect at most: so many stories, until one breaks a law."""

    seeds: str = "1-2"
    months: int = 1
    students: int = 10
    organisations: int = 2
    acts: int = 16
    office: int = 0
    faults: str = "many"
    seconds: int = 600

    @property
    def words(self) -> list[str]:
        story = f"--months {self.months} --students {self.students} --organisations {self.organisations}"
        people = f"--acts {self.acts} --office {self.office} --faults {self.faults}"
        return f"simulate --seeds {self.seeds} {story} {people} --no-shorter --json".split()

    @property
    def of_offices(self) -> Budget:
        """The same for a defect of money out: few families, and an office that pays out all day."""
        return replace(self, students=4, organisations=1, acts=2, office=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one defect. `law` is empty when nobody noticed."""

    name: str
    kind: str
    law: str
    expected: bool
    """The law is the one that was meant to catch it."""
    seed: int | None = None
    day: int | None = None
    steps: int | None = None
    seconds: float = 0.0

    @property
    def told(self) -> str:
        if not self.law:
            return f"MISSED     {self.name}"
        by = "" if self.expected else " (another law than expected)"
        return (
            f"seed {self.seed} day {self.day} step {self.steps} {self.seconds:.0f} s  {self.name}: {self.law[:150]}{by}"
        )


@contextmanager
def planted(defect: Defect) -> Iterator[Path]:
    """A copy of the house with this defect in it. Raises ValueError when its place is not what it was."""
    with tempfile.TemporaryDirectory(prefix="karani-planted-") as folder:
        copy = Path(folder) / "house"
        ignored = shutil.ignore_patterns(".*", "tests", "docs", "bench", "*.db*")
        shutil.copytree(HOUSE, copy, ignore=ignored)
        path = copy / defect.file
        text = path.read_text()
        if text.count(defect.old) != 1:
            raise ValueError(f"{defect.name}: its place in {defect.file} is not what it was")
        path.write_text(text.replace(defect.old, defect.new))
        yield copy


async def verdict_on(defect: Defect, budget: Budget) -> Verdict:
    """Tell the stories, and see whether one breaks a law."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    with planted(defect) as house:
        told = await asyncio.create_subprocess_exec(
            *(sys.executable, "main.py", *budget.words),
            cwd=house,
            env=environment | {"PYTHONPATH": str(house)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            out, _ = await asyncio.wait_for(told.communicate(), budget.seconds)
        except TimeoutError:
            told.kill()
            await told.wait()
            return Verdict(
                defect.name, defect.kind, f"it does not come to an end in {budget.seconds} s", expected=False
            )
    return _verdict(defect, told.returncode or 0, out.decode())


def _verdict(defect: Defect, code: int, out: str) -> Verdict:
    if code == 0:
        return Verdict(defect.name, defect.kind, "", expected=False, seconds=json.loads(out)["took_s"])
    if code != FOUND_SOMETHING:
        return Verdict(defect.name, defect.kind, f"the story itself ended with {code}", expected=False)
    found = json.loads(out)
    first = found["broken"][0]
    law = next((law for law in first["broken"] if defect.law in law), first["broken"][0]).splitlines()[0]
    return Verdict(
        *(defect.name, defect.kind, law, defect.law in law),
        *(first["seed"], first["days"], first["steps"], found["took_s"]),
    )


async def verdicts(
    defects: Sequence[Defect], budget: Budget, said: Callable[[Verdict], None] = lambda verdict: None
) -> list[Verdict]:
    """On all of them, a few at once. `said` hears of each when it is known."""
    turns = asyncio.Semaphore(TOGETHER)

    async def one(defect: Defect) -> Verdict:
        async with turns:
            verdict = await verdict_on(defect, budget.of_offices if defect in PAYING else budget)
        said(verdict)
        return verdict

    return await asyncio.gather(*(one(defect) for defect in defects))


def main(arguments: Sequence[str]) -> int:
    """Plant all, or those whose names hold a word; 1 when more than one in twenty was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description="Does the proof bite?")
    parser.add_argument("names", nargs="*", help="only defects whose name holds one of these")
    parser.add_argument("--seeds", default=Budget().seeds)
    parser.add_argument("--months", type=int, default=Budget().months)
    parser.add_argument("--paying", action="store_true", help="only those of money out")
    parser.add_argument("--json", metavar="FILE", help="write the verdicts there")
    wish = parser.parse_args(arguments)
    budget = replace(Budget(), seeds=wish.seeds, months=wish.months)
    named = [one for one in DEFECTS if not wish.names or any(name in one.name for name in wish.names)]
    chosen = list(PAYING) if wish.paying else named
    _say(f"{len(chosen)} defects, each in at most the stories of: karani {' '.join(budget.words)}")
    _say(f"of money out: karani {' '.join(budget.of_offices.words)}")
    found = asyncio.run(verdicts(chosen, budget, lambda verdict: _say(verdict.told)))
    missed = [verdict.name for verdict in found if not verdict.law]
    _say(f"{len(found) - len(missed)} of {len(found)} found; missed: {', '.join(missed) or 'none'}")
    if wish.json:
        facts = {"budget": asdict(budget), "verdicts": [asdict(verdict) for verdict in found], "missed": missed}
        Path(wish.json).write_text(json.dumps(facts, indent=1))
    return 1 if len(missed) * 20 > len(found) else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
