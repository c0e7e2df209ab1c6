"""What comes: the instalments that are still to be paid, and what another payment would change (what-if)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.loans.events import Event, Repaid
from core.loans.fold import Run, tell


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment that is expected."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a loan goes on when it is paid as foreseen."""

    payments: tuple[Coming, ...]
    paid_off_on: date | None
    """None where the loan does not run."""
    interest: int
    """Of the whole loan, from its beginning."""


def required(events: Sequence[Event], on: date) -> Forecast:
    """What the schedule still asks for from the day after `on`: who is ahead pays less. What is late is asked with the first."""
    return _follow(tell(events, on), on, usual=False)


def usual(events: Sequence[Event], on: date) -> Forecast:
    """The borrower goes on paying the usual instalments, so that what was paid beyond them ends the loan sooner."""
    return _follow(tell(events, on), on, usual=True)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a payment beside the usual ones would change."""

    pays: Repaid
    without: Forecast
    after: Forecast
    most: int
    """What ends the loan on that day."""

    @property
    def saved(self) -> int:
        """Interest that is never charged."""
        return self.without.interest - self.after.interest


def what_if(events: Sequence[Event], pays: Repaid, on: date) -> WhatIf:
    """As the books would be. `pays` counts on a day from `on` on; until then the usual instalments are paid."""
    told = [event for event in events if event.on <= on]
    without = usual(told, on)
    before = [Repaid(coming.on, coming.minor) for coming in without.payments if coming.on < pays.on]
    most = tell([*told, *before], pays.on).payoff(pays.on)
    rest = _follow(tell([*told, *before, pays], pays.on), pays.on, usual=True, also_on=pays.on > on)
    between = tuple(coming for coming in without.payments if coming.on < pays.on)
    return WhatIf(pays, without, Forecast((*between, *rest.payments), rest.paid_off_on, rest.interest), most)


def _follow(run: Run, on: date, *, usual: bool, also_on: bool = False) -> Forecast:
    """Pay on each due day after `on` (with `on` itself where `also_on`), and everything on the last one or, where that is
    past, on the next day."""
    payments: list[Coming] = []
    days = [(row.due_on, row.total) for row in run.rows if row.due_on > on or (also_on and row.due_on == on)]
    for day, total in days or [(on + timedelta(days=1), 0)]:
        if not run.is_running:
            break
        run.advance(day)
        asked = run.asked_by(day)
        minor = min(max(asked, total if usual else 0), run.payoff(day))
        if minor:
            run.happen(Repaid(day, minor))
            payments.append(Coming(day, minor))
    return Forecast(tuple(payments), run.closed_on, run.interest_charged)
