"""A lender's figures: how much is out, how much of it is at risk, and how much of what fell due came in (LOAN-3).

PAR30 is the principal of all loans that are more than 30 days late, over the principal of all: a loan with one late
instalment is at risk with all that is still owed of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.fees import WHOLE_BPS
from core.loans.events import Kind
from core.loans.fold import Position
from core.money import Currency, Money

RISK_DAYS = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Of one officer or of all. `at_risk` is the principal beyond each of `RISK_DAYS`."""

    loans: int
    late_loans: int
    principal: Money
    interest: Money
    penalty: Money
    late: Money
    at_risk: tuple[Money, ...]
    fell_due: Money
    """What was to be paid in the period, by the schedules."""
    came_in: Money
    """What was paid of principal, interest and penalties in the period."""

    @property
    def outstanding(self) -> Money:
        return self.principal + self.interest + self.penalty

    def par_bps(self, days: int) -> int:
        """The share at risk, in hundredths of a percent; 0 where nothing is out."""
        at_risk = self.at_risk[RISK_DAYS.index(days)]
        return at_risk.minor * WHOLE_BPS // self.principal.minor if self.principal else 0

    @property
    def collection_bps(self) -> int | None:
        """Came in over fell due, in hundredths of a percent. None where nothing fell due."""
        return self.came_in.minor * WHOLE_BPS // self.fell_due.minor if self.fell_due else None


def portfolio(positions: Sequence[Position], *, since: date, currency: Currency) -> Portfolio:
    """The figures on the day of the positions; the period is from `since` to that day, both included."""
    running = [position for position in positions if position.run.is_running]

    def money(minors: Iterable[int]) -> Money:
        return Money(sum(minors), currency)

    return Portfolio(
        loans=len(running),
        late_loans=sum(1 for one in running if one.days_late),
        principal=money(one.run.principal for one in running),
        interest=money(one.run.interest for one in running),
        penalty=money(one.run.penalty for one in running),
        late=money(one.late for one in running),
        at_risk=tuple(money(one.run.principal for one in running if one.days_late > days) for days in RISK_DAYS),
        fell_due=money(_fell_due(one, since) for one in positions),
        came_in=money(_came_in(one, since) for one in positions),
    )


def _fell_due(position: Position, since: date) -> int:
    return sum(row.total for row in position.run.rows if since <= row.due_on <= position.on)


def _came_in(position: Position, since: date) -> int:
    paid = (Kind.REPAID, Kind.RECOVERED)
    return -sum(
        movement.owed + movement.recovered
        for movement in position.movements
        if movement.kind in paid and movement.on >= since
    )
