"""Many stories under many seeds, one after the other or in several processes: what they proved together, and the first that
broke."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.money import Money, zero
from runtime.clock import SystemClock
from runtime.loops import story_loop
from runtime.processes import in_processes
from sandbox.school import KES
from simulation.report import told_and_shrunk
from simulation.wish import Told

MOST_SEEDS = 100_000
Story = tuple[Told, Told | None]
"""With the shorter one that was found, where it broke a law."""
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


class NoSeeds(ValueError):
    """`--seeds` is a number, or two with a dash between them, the smaller first."""


def seeds_of(text: str) -> range:
    """`1-50`, or `7`."""
    match = _RANGE.fullmatch(text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last < first + MOST_SEEDS:
        raise NoSeeds(f"seeds are a number or a range as 1-50, not {text!r}")
    return range(first, last + 1)


@dataclass
class Many:
    """The sums of stories that were told."""

    stories: int = 0
    days: int = 0
    steps: int = 0
    intents: int = 0
    payments: int = 0
    moved: Money = field(default_factory=lambda: zero(KES))
    texts: int = 0
    looks: int = 0
    recounts: int = 0
    school_months: float = 0.0
    took_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[Told, Told | None]] = field(default_factory=list)
    """Those that broke a law, each with the shorter one that was found."""

    def add(self, told: Told, shorter: Told | None) -> None:
        self.stories += 1
        self.days += told.day
        self.steps += told.steps
        self.intents += told.intents
        self.payments += told.payments
        self.moved += told.moved
        self.texts += told.texts
        self.looks += told.looks
        self.recounts += told.recounts
        self.school_months += told.school_months
        self.took_s += told.took_s
        self.faults.update(told.faults)
        if told.broken:
            self.broken.append((told, shorter))


def told_many(
    wishes: Mapping[str, Any],
    seeds: Sequence[int],
    said: Callable[[Told, Many], None],
    *,
    shorter: bool = True,
    go_on: bool = False,
    processes: int = 1,
    minutes: float | None = None,
) -> Many:
    """Tell a story for each seed, each on a database of its own, until one breaks a law, or with `go_on` all. `said` hears of
    each. When `minutes` are over, no further story is waited for."""
    many, clock = Many(), SystemClock()
    until = math.inf if minutes is None else clock.monotonic() + 60 * minutes
    one = partial(_told_one, wishes, shorter=shorter)
    with closing(
        in_processes(one, seeds, processes=processes) if processes > 1 else _one_by_one(one, seeds)
    ) as stories:
        for told, smaller in stories:
            many.add(told, smaller)
            said(told, many)
            if clock.monotonic() >= until or (told.broken and not go_on):
                break
    many.broken.sort(key=lambda broken: broken[0].wish.seed)
    return many


def _one_by_one(work: Callable[[int], Story], seeds: Sequence[int]) -> Generator[Story, None, None]:
    """In this process."""
    for seed in seeds:
        yield work(seed)


def _told_one(wishes: Mapping[str, Any], seed: int, *, shorter: bool) -> Story:
    with asyncio.Runner(loop_factory=story_loop) as runner:
        return runner.run(told_and_shrunk({**wishes, "seed": seed}, None, lambda told: None, shorter=shorter))
