"""When people come: some time, and before sunrise when a term begins or its fees are due in some days.

Texts that were queued in the night wait for seven o'clock. Who pays or promises meanwhile is not to be chased any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from core.ports import Random
from sandbox.school import NAIROBI, term_of
from simulation.errands import PAY_ALL, PROMISE, PROMISE_PART, Errand
from simulation.people import Person

BEGINS = time(4, 5)
LASTS_S = 165 * 60
_NEAR_DAYS = 3
"""Before the day on which fees are due, people begin to come."""


def next_act(now: datetime, random: Random, *, between_s: int) -> datetime:
    """Some time later; of ten acts that fall into the night, seven wait for the morning."""
    at = now + timedelta(seconds=60 + random.below(2 * between_s))
    if at.astimezone(NAIROBI).hour in (22, 23, 0, 1, 2, 3, 4, 5) and random.below(10) < 7:
        at += timedelta(hours=9)
    return at


def early_callers(
    everybody: Sequence[Person], now: datetime, random: Random
) -> Iterator[tuple[datetime, Person, Errand]]:
    """Who comes early tomorrow, and what for; nobody on most days."""
    day = now.astimezone(NAIROBI).date() + timedelta(days=1)
    term = term_of(day)
    if day != term.starts_on and not 0 <= (term.due_on - day).days <= _NEAR_DAYS:
        return
    for who in everybody:
        if who.is_neighbour or random.below(100) >= 35:
            continue
        at = datetime.combine(day, BEGINS, NAIROBI) + timedelta(seconds=random.below(LASTS_S))
        yield at, who, (PAY_ALL, PAY_ALL, PROMISE, PROMISE_PART)[random.below(4)]
