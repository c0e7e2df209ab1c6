"""Defects of money out, each in a fork of one warm process: what starting and copying would cost, telling can have. With
`--lending` those of loans.

`python -m tests.simulation.warm` tells short, dense stories without a defect, then the same with each: in the fork the code of
the changed functions is replaced in place, wherever they were imported to. A story that breaks a law without a defect proves
nothing, and is not told with one. `planted.py` plants any defect in a copy instead.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from types import FunctionType, ModuleType

import structlog

from simulation import story
from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Told, Wish
from storage.database import DatabaseUrl
from tests.simulation.defects import LENDING, PAYING, Defect
from tests.simulation.planted import HOUSE

DENSE = Wish(students=4, faults=Faults.MANY, acts=3, office=50)
"""In a month of so few days: some fifty requests and what people make of them."""
LENT = Wish(students=1, faults=Faults.MANY, acts=18, office=0, lenders=1)
"""Borrowers all day, and hardly anybody else."""
DAYS = 5
LENDING_DAYS = 7
"""With the day of rest behind them the first instalments of what was lent at once are due."""
LONGEST_S = 100
"""Of processor time, some ten times what a story takes: one that has not come to an end by then stands still."""
FOUND, NOT_FOUND, TORN = 3, 0, 4


def plant(defect: Defect) -> None:
    """Make this process wrong in that way. Raises ValueError when no function changes."""
    name = defect.file.removesuffix(".py").replace("/", ".")
    module, text = import_module(name), (HOUSE / defect.file).read_text()
    wrong = ModuleType(name)
    wrong.__file__ = defect.file
    sys.modules[name] = wrong
    exec(compile(text.replace(defect.old, defect.new), defect.file, "exec"), wrong.__dict__)  # noqa: S102
    sys.modules[name] = module
    changed, replaced = dict(_functions(wrong)), 0
    for where, function in _functions(module):
        other = changed.get(where)
        if other is not None and _says(other) != _says(function):
            function.__code__ = other.__code__
            replaced += 1
    for cached in vars(module).values():
        if hasattr(cached, "cache_clear"):  # what the story without a defect had reckoned
            cached.cache_clear()
    if not replaced:
        raise ValueError(f"{defect.name}: no function of {defect.file} changes")


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for name, value in list(vars(module).items()):
        members = [(name, value), *vars(value).items()] if inspect.isclass(value) else [(name, value)]
        for member, found in members:
            one = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
            if isinstance(one, FunctionType) and one.__module__ == module.__name__:
                yield f"{name}.{member}", one


def _says(function: FunctionType) -> tuple[object, ...]:
    code = function.__code__
    return code.co_code, code.co_consts, code.co_names


def _story(wish: Wish) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(tell(DatabaseUrl(f"sqlite:///{folder}/karani.db"), wish))


def _in_a_fork(defect: Defect, wish: Wish) -> int:
    """The child's verdict as its exit code; it says itself what it found."""
    if child := os.fork():
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == -signal.SIGPROF:
            _say(
                f"| {defect.name} | seed {wish.seed} | {LONGEST_S} s | the story stands still: it does not come to an end |"
            )
        return FOUND if code == -signal.SIGPROF else code
    code = TORN
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        plant(defect)
        told = _story(wish)
        law = next((one for one in told.broken if defect.law in one), next(iter(told.broken), ""))
        code = FOUND if law else NOT_FOUND
        if law:
            by = "" if defect.law in law else " (another law than expected)"
            where = f"seed {wish.seed} | day {told.day}, step {told.steps} | {told.took_s:.0f} s"
            _say(f"| {defect.name} | {where} | {law.splitlines()[0][:150]}{by} |")
    finally:
        os._exit(code)


def _clean(stories: Sequence[Wish]) -> list[Wish]:
    """Those stories that break no law without a defect: only what breaks one there is the defect's."""
    clean = []
    for wish in stories:
        told = _story(wish)
        clean += [] if told.broken else [wish]
        _say(
            f"seed {wish.seed} without a defect: {told.intents} intents, {told.took_s:.0f} s, {told.broken or 'no law broken'}"
        )
    return clean


def _is_found(defect: Defect, stories: Sequence[Wish]) -> bool:
    return any(_in_a_fork(defect, wish) == FOUND for wish in stories)


def main(arguments: Sequence[str]) -> int:
    """Tell of all, or of those whose names hold a word; 1 when more than one in twenty was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.warm", description="Does the proof bite?")
    parser.add_argument("names", nargs="*", help="only defects whose name holds one of these")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--lending", action="store_true", help="those of loans instead")
    wish = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    days, dense, group = (LENDING_DAYS, LENT, LENDING) if wish.lending else (DAYS, DENSE, PAYING)
    vars(story).update(MONTH=timedelta(days=days), RECOUNT_EVERY=timedelta(days=2 if wish.lending else 3))
    stories = _clean([replace(dense, seed=seed) for seed in wish.seeds])
    chosen = [one for one in group if not wish.names or any(name in one.name for name in wish.names)]
    missed = [one.name for one in chosen if not _is_found(one, stories)]
    _say(f"{len(chosen) - len(missed)} of {len(chosen)} found; missed: {', '.join(missed) or 'none'}")
    return 1 if len(missed) * 20 > len(chosen) else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
