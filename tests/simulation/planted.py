"""Does the proof bite? Each defect (`tests/simulation/defects/`) is planted in a fork of one warm process, one at a time.

`python -m tests.simulation.planted` plants all but those of money out and of loans (`warm.py`) and says which seed and which law
caught which, after how many steps and seconds; the budget is stated first, and for each seed the story without a defect is told first:
where that one breaks a law, no verdict counts. Names, or parts of them, plant some; `--paying` those of money out; `--docs FILE`
writes the table.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

from tests.simulation.defects import DEFECTS, LENDING, PAYING, Defect

HOUSE = Path(__file__).parents[2]
BEGINS, ENDS = "<!-- planted: begins -->", "<!-- planted: ends -->"
"""Between them `--docs` writes."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What is spent on one defect at most: so many stories, until one breaks a law."""

    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    months: int = 1
    students: int = 16
    organisations: int = 2
    acts: int = 24
    office: int = 0
    faults: str = "many"
    recount_days: int = 3
    """How often everything is recounted."""
    seconds: int = 180
    """Of the processor: a story that takes more does not come to an end."""

    @property
    def words(self) -> str:
        """How the command line says it."""
        story = f"--months {self.months} --students {self.students} --organisations {self.organisations}"
        people = f"--acts {self.acts} --office {self.office} --faults {self.faults}"
        return f"simulate --seeds {','.join(map(str, self.seeds))} {story} {people}"

    @property
    def of_offices(self) -> Budget:
        """The same for a defect of money out: few families, and an office that pays out all day."""
        return replace(self, students=4, organisations=1, acts=2, office=60)

    def wish(self, seed: int) -> dict[str, Any]:
        names = ("months", "students", "organisations", "acts", "office", "faults")
        return {"seed": seed, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one defect, or of a story without one. `law` is empty when nobody noticed."""

    name: str
    kind: str
    law: str = ""
    expected: bool = False
    """The law is the one that was meant to catch it."""
    seed: int = 0
    day: int = 0
    steps: int = 0
    seconds: float = 0.0
    """Of the processor, for all stories that were told of it."""

    @property
    def told(self) -> str:
        where = f"seed {self.seed} day {self.day} step {self.steps} {self.seconds:.0f} s"
        by = "" if self.expected else " (another law than expected)"
        return f"{where}  {self.name}: {self.law[:170]}{by}" if self.law else f"{where}  MISSED {self.name}"


CLEAN = Defect("the clean story", "", "", "", "", "")


# --- one story in a fork -------------------------------------------------------------------------------------------------


class _Planting(MetaPathFinder):
    """Finds one module of the house, with a defect in it."""

    def __init__(self, defect: Defect) -> None:
        self._name = defect.file.removesuffix(".py").replace("/", ".")
        self._path = HOUSE / defect.file
        text = self._path.read_text()
        if text.count(defect.old) != 1:
            raise ValueError(f"{defect.name}: its place in {defect.file} is not what it was")
        self._text = text.replace(defect.old, defect.new)

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return spec_from_file_location(
            fullname, self._path, loader=_Wrong(fullname, str(self._path), self._text, self._path.name)
        )


class _Wrong(SourceFileLoader):
    """Loads this text instead of what the file says."""

    def __init__(self, name: str, path: str, text: str, origin: str) -> None:
        super().__init__(name, path)
        self._wrong, self._origin = text, origin

    def get_code(self, fullname: str) -> CodeType | None:
        code: CodeType = compile(self._wrong, self.path, "exec", dont_inherit=True)
        return code


def warm() -> None:
    """Import every library that the house stands on, but nothing of the house: each fork imports that for itself, wrong."""
    for name in _in_a_fork(_libraries, seconds=120):
        with suppress(Exception):  # a part of a library that only its own package may import
            import_module(name)


def _libraries() -> list[str]:
    """What the house brings with it."""
    before = set(sys.modules)
    import_module("simulation.story")
    rooms = {path.stem for path in HOUSE.iterdir()}
    return [name for name in sys.modules if name not in before and name.partition(".")[0] not in rooms]


def verdict_on(defect: Defect, budget: Budget, seed: int) -> Verdict:
    """One story with that defect, in a fork of this process. Raises `Torn` where the fork has no verdict."""
    told = _in_a_fork(lambda: _story(defect, budget, seed), seconds=budget.seconds)
    if told is None:
        return Verdict(defect.name, defect.kind, f"it does not come to an end in {budget.seconds} s", seed=seed)
    law = next((law for law in told["broken"] if defect.law in law), next(iter(told["broken"]), ""))
    first_line = law.splitlines()[0] if law else ""
    facts = (told["day"], told["steps"], told["took_s"])
    return Verdict(defect.name, defect.kind, first_line, bool(law) and defect.law in law, seed, *facts)


def _story(defect: Defect, budget: Budget, seed: int) -> dict[str, Any]:
    """Tell it here. Only now the house is imported."""
    if defect is not CLEAN:
        sys.meta_path.insert(0, _Planting(defect))
    import msgspec
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    story = import_module("simulation.story")
    vars(story)["RECOUNT_EVERY"] = timedelta(days=budget.recount_days)
    database, loops = import_module("storage.database"), import_module("runtime.loops")
    wish = msgspec.convert(budget.wish(seed), story.Wish)
    with tempfile.TemporaryDirectory(prefix="karani-planted-") as folder:
        url = database.DatabaseUrl(f"sqlite:///{folder}/karani.db")
        try:
            with asyncio.Runner(loop_factory=loops.story_loop) as runner:
                told = runner.run(story.tell(url, wish))
        except Exception as error:  # the program with its defect cannot even begin
            return {"broken": [f"{type(error).__name__}: {error}"], "day": 0, "steps": 0, "took_s": sum(os.times()[:2])}
    return {"broken": told.broken, "day": told.day, "steps": told.steps, "took_s": sum(os.times()[:2])}


class Torn(Exception):
    """A fork ended without a verdict: that says nothing about the program."""


def _in_a_fork(work: Callable[[], Any], *, seconds: int) -> Any:
    """What `work` gives, as JSON tells it; None when it took longer than that of the processor."""
    reads, writes = os.pipe()
    if child := os.fork():
        os.close(writes)
        with os.fdopen(reads, "rb") as answers:
            answer = answers.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == -signal.SIGPROF:
            return None
        if code or not answer:
            raise Torn(f"a fork ended with {code}")
        return json.loads(answer)
    code = 1
    try:
        os.close(reads)
        sys.stderr = io.StringIO()  # what a wrong program says of itself
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = json.dumps(work()).encode()
        with os.fdopen(writes, "wb") as out:
            out.write(answer)
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


# --- all of them ---------------------------------------------------------------------------------------------------------


def verdicts(defects: Sequence[Defect], budget: Budget) -> tuple[list[Verdict], list[Verdict]]:
    """Of the clean stories, one a seed; and of each defect, by the first seed that shows it. What is found is not told again."""
    clean: list[Verdict] = []
    found: dict[str, Verdict] = {}
    for seed in budget.seeds:
        clean.append(verdict_on(CLEAN, budget, seed))
        _say(f"seed {seed} without a defect: {clean[-1].law or 'no law broken'}, {clean[-1].seconds:.1f} s")
        if clean[-1].law:
            continue
        for defect in defects:
            before = found.get(defect.name)
            if before is not None and before.law:
                continue
            verdict = verdict_on(defect, budget, seed)
            found[defect.name] = replace(verdict, seconds=verdict.seconds + (before.seconds if before else 0))
            _say(found[defect.name].told)
    return clean, [found.get(defect.name, Verdict(defect.name, defect.kind)) for defect in defects]


def table(found: Sequence[Verdict], laws: Mapping[str, str], budget: Budget) -> str:
    """What `docs/proof.md` shows: each defect with the law that caught it, by kind."""
    missed = [one for one in found if not one.law]
    rows = [
        f"| {one.kind} | {one.name} | {_law(one, laws)} | {one.seed} | {one.day} | {one.steps} | {one.seconds:.0f} |"
        for one in sorted(found, key=lambda one: (not one.law, one.kind, one.name))
    ]
    head = (
        f"`karani {budget.words}`, everything recounted every {budget.recount_days} days: "
        f"**{len(found) - len(missed)} of {len(found)} found**, in {sum(one.seconds for one in found):.0f} s of stories on one"
        " processor. A law in italics is another than the one that was meant to catch it."
    )
    columns = "| kind | planted | caught by the law that says | seed | day | step | s |\n| --- | --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, "", columns, *rows])


def _law(verdict: Verdict, laws: Mapping[str, str]) -> str:
    if not verdict.law:
        return "**missed**"
    return f"… {laws[verdict.name]} …" if verdict.expected else f"*{verdict.law[:60].replace('|', '/').strip()}*"


def write_table(path: Path, text: str) -> None:
    before, _, rest = path.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    path.write_text(f"{before}{BEGINS}\n{text}\n{ENDS}{after}")


def main(arguments: Sequence[str]) -> int:
    """Plant all, or those whose names hold a word; 1 when more than one in twenty was missed, or no clean story was clean."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description="Does the proof bite?")
    parser.add_argument("names", nargs="*", help="only defects whose name holds one of these")
    for name in ("months", "students", "organisations", "acts", "recount_days"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Budget(), name))
    parser.add_argument("--seeds", type=int, nargs="+", default=Budget().seeds)
    parser.add_argument("--paying", action="store_true", help="those of money out instead")
    parser.add_argument("--json", metavar="FILE", help="write the verdicts there")
    parser.add_argument("--docs", metavar="FILE", help="write the table into this page")
    wish = vars(parser.parse_args(arguments))
    names, paying, facts, docs = (wish.pop(name) for name in ("names", "paying", "json", "docs"))
    budget = replace(Budget(), **{**wish, "seeds": tuple(wish["seeds"])})
    budget = budget.of_offices if paying else budget
    group = PAYING if paying else [one for one in DEFECTS if one not in (*PAYING, *LENDING)]
    chosen = [one for one in group if not names or any(name in one.name for name in names)]
    _say(f"{len(chosen)} defects, each in at most the stories of: karani {budget.words}")
    warm()
    clean, found = verdicts(chosen, budget)
    missed = [verdict.name for verdict in found if not verdict.law]
    _say(f"{len(found) - len(missed)} of {len(found)} found; missed: {', '.join(missed) or 'none'}")
    if facts:
        told = {"budget": asdict(budget), "clean": [*map(asdict, clean)], "verdicts": [*map(asdict, found)]}
        Path(facts).write_text(json.dumps(told, indent=1))
    if docs:
        write_table(Path(docs), table(found, {one.name: one.law for one in chosen}, budget))
    return 1 if len(missed) * 20 > len(found) or all(one.law for one in clean) else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
