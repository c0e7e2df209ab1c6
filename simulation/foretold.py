"""What one more payment changes of a loan, reckoned by the clerk who looks at every day: what-if's answers are held against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from core.loans.events import Event, Repaid
from simulation.reckoning import DayByDay


def foretold(events: Sequence[Event], today: date, pays: Repaid) -> tuple[int, date | None]:
    """Interest that is never charged because of `pays`, and the day on which the loan ends then. Everything else is paid in the
    usual instalments, on their days."""
    told = [event for event in events if event.on <= today]
    without = _follow(told, today, also_on=False)
    before = [event for event in without if isinstance(event, Repaid) and today < event.on < pays.on]
    after = _follow([*told, *before, pays], pays.on, also_on=pays.on > today)
    one, other = _at_the_end(without), _at_the_end(after)
    return one.charged - other.charged, other.closed_on


def _follow(told: Sequence[Event], on: date, *, also_on: bool) -> list[Event]:
    """With what is paid from then on: each instalment on its day, and all that is left with the last."""
    events, rows = list(told), DayByDay().live(told, on).asked_in_all
    asked_before = [0, *(minor for _, minor in rows)]
    usual = [(day, minor - before) for (day, minor), before in zip(rows, asked_before, strict=False)]
    days = [(day, total) for day, total in usual if day > on or (also_on and day == on)]
    for day, total in days or [(on + timedelta(days=1), 0)]:
        clerk = DayByDay().live(events, day)
        if not clerk.runs:
            break
        if minor := min(max(clerk.lacks(day) + clerk.penalty, total), clerk.payoff(day)):
            events.append(Repaid(day, minor))
    return events


def _at_the_end(events: Sequence[Event]) -> DayByDay:
    return DayByDay().live(events, max(event.on for event in events))
