"""A loan read from the beginning: what it owes on a day, from what happened to it until then.

One machine (`Run`) walks the days that matter: the ends of periods, the days on which penalties are charged, and the
events. Because nothing but the events and their days goes in, money that was moved to a loan late gives what it would
have given from the first day. Minor units throughout.

The rules, once:

- Interest of a declining balance grows each day by what is owed of the principal on that morning. Flat interest grows
  evenly over its period. It is charged when its period ends, and up to the day whenever money comes. After the last
  instalment's day there is none; penalties go on.
- Money settles what is due in the product's order (principal only as far as the schedule asks for it), then the rest
  of what is owed in the same order. What is beyond all that is held as the borrower's credit.
- An instalment is late by all that was ever paid of principal and interest: who pays two at once owes nothing next time.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

from core.loans.events import (
    Disbursed,
    Event,
    Kind,
    Movement,
    Repaid,
    Restructured,
    Waived,
    WrittenOff,
    in_order,
    netted,
)
from core.loans.products import MILLION, EarlySettlement, Method, Part, Terms
from core.loans.schedule import Row, schedule
from core.money import Money


@dataclass(slots=True)
class Run:
    """A loan while its story is told. Advance it only forwards."""

    terms: Terms | None = None
    """None until it is disbursed."""
    rows: tuple[Row, ...] = ()
    cumulative: tuple[int, ...] = ()
    """What is to be paid up to and with each row."""
    rate: Fraction = Fraction(0)
    """Of a period."""
    period: int = 0
    """The row whose period is running; beyond the last, none is."""
    began_on: date = date.min
    """Of the running period."""
    grown_to: date = date.min
    grown: int = 0
    """Principal times days in the running period."""
    charged_in_period: int = 0
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    credit: int = 0
    lent: int = 0
    paid: int = 0
    """Of principal and interest, since the schedule began."""
    principal_paid: int = 0
    interest_charged: int = 0
    penalty_charged: int = 0
    lost: int = 0
    """Written off, and not recovered."""
    worst_late: int = 0
    """The most days that it was ever late."""
    closed_on: date | None = None
    written_off_on: date | None = None
    movements: list[Movement] = field(default_factory=list)
    penalties: list[tuple[date, int]] = field(default_factory=list)
    """When each late row is looked at next."""

    def copy(self) -> Run:
        return replace(self, movements=list(self.movements), penalties=list(self.penalties))

    @property
    def is_running(self) -> bool:
        return self.terms is not None and self.closed_on is None and self.written_off_on is None

    @property
    def owed(self) -> int:
        return self.principal + self.interest + self.penalty

    # --- time ---

    def advance(self, to: date) -> None:
        """Charge everything that falls on days up to and with `to`."""
        while self.is_running and (day := self._next_day()) is not None and day <= to:
            if self.penalties and self.penalties[0][0] == day:
                self._charge_penalty(*heapq.heappop(self.penalties))
            else:
                self._end_period()
            if self.credit:
                self._settle(day)
            self._close_if_done(day)

    def _next_day(self) -> date | None:
        days = [self.penalties[0][0]] if self.penalties else []
        if self.period < len(self.rows):
            days.append(self.rows[self.period].due_on)
        return min(days, default=None)

    def _end_period(self) -> None:
        row = self.rows[self.period]
        self.charge_interest(row.due_on)
        rule = self._terms.penalty
        if rule.is_any:
            heapq.heappush(self.penalties, (row.due_on + timedelta(days=rule.grace_days + 1), self.period))
        self.period += 1
        self.began_on = row.due_on
        self.grown = self.charged_in_period = 0

    def earned(self, on: date) -> int:
        """Interest of the running period up to `on` that is not charged yet."""
        if self.period >= len(self.rows):
            return 0
        row = self.rows[self.period]
        length = (row.due_on - self.began_on).days
        if self._terms.method is Method.FLAT:
            earned, parts = row.interest * (on - self.began_on).days, length
        else:
            grown = self.grown + self.principal * (on - self.grown_to).days
            earned, parts = grown * self.rate.numerator, length * self.rate.denominator
        return (2 * earned + parts) // (2 * parts) - self.charged_in_period  # half up

    def charge_interest(self, on: date) -> None:
        """What was earned by `on` is owed from now on; never twice, because what was charged of the period is kept."""
        fresh = self.earned(on)
        self.grown += self.principal * (on - self.grown_to).days
        self.grown_to = on
        self._charge(on, fresh)

    def _charge(self, on: date, interest: int) -> None:
        self.charged_in_period += interest
        self.interest += interest
        self.interest_charged += interest
        self.movements.append(Movement(on, Kind.INTEREST, interest=interest))

    def _charge_penalty(self, day: date, row: int) -> None:
        rule = self._terms.penalty
        late = min(self.rows[row].total, self.cumulative[row] - self.paid, self.principal + self.interest)
        if late <= 0:
            return
        self.look(day)
        most = self.lent * rule.most_millionths // MILLION - self.penalty_charged
        charged = max(0, min(rule.charge(late), most))
        self.penalty += charged
        self.penalty_charged += charged
        self.movements.append(Movement(day, Kind.PENALTY, penalty=charged))
        if rule.every_days is not None and charged:
            heapq.heappush(self.penalties, (day + timedelta(days=rule.every_days), row))

    # --- events ---

    def happen(self, event: Event) -> None:
        """Take one event, after the days before it."""
        self.advance(event.on)
        self.look(event.on)
        match event:
            case Disbursed():
                self._disburse(event)
            case Repaid():
                self._repay(event)
            case Waived():
                self._waive(event)
            case Restructured():
                self._restructure(event)
            case _:
                self._write_off(event)

    def _disburse(self, event: Disbursed) -> None:
        if self.terms is not None:
            return
        self.principal = self.lent = event.terms.principal.minor
        self.movements.append(Movement(event.on, Kind.DISBURSED, principal=self.principal))
        self._begin(event.terms, event.on)
        if self.credit:
            self._settle(event.on)
            self._close_if_done(event.on)

    def _begin(self, terms: Terms, on: date) -> None:
        self.terms = terms
        self.rate = terms.rate.of_period(terms.every)
        self.rows = schedule(terms, on)
        self.cumulative = tuple(accumulate(row.total for row in self.rows))
        self.period = self.grown = self.charged_in_period = self.paid = self.principal_paid = 0
        self.began_on = self.grown_to = on
        self.penalties = []

    def _repay(self, event: Repaid) -> None:
        self.credit += event.minor
        if self.is_running:
            self.charge_interest(event.on)
            self._settle(event.on)
            self._close_if_done(event.on)
        elif self.lost:
            back = min(self.lost, self.credit)
            self.lost -= back
            self.credit -= back
            self.movements.append(Movement(event.on, Kind.RECOVERED, recovered=-back))

    def _waive(self, event: Waived) -> None:
        let_off = min(event.minor, self.penalty)
        if self.is_running and let_off:
            self.penalty -= let_off
            self.movements.append(Movement(event.on, Kind.WAIVED, penalty=-let_off))
            self._close_if_done(event.on)

    def _restructure(self, event: Restructured) -> None:
        if not self.is_running:
            return
        self.charge_interest(event.on)
        if self.credit:
            self._settle(event.on)
        owed, added = self.owed, self.interest + self.penalty
        if not owed:
            return
        self.movements.append(
            Movement(event.on, Kind.RESTRUCTURED, principal=added, interest=-self.interest, penalty=-self.penalty)
        )
        self.principal, self.interest, self.penalty = owed, 0, 0
        self._begin(replace(event.terms, principal=Money(owed, event.terms.principal.currency)), event.on)

    def _write_off(self, event: WrittenOff) -> None:
        if not self.is_running:
            return
        self.lost = self.owed
        self.written_off_on = event.on
        gone = Movement(event.on, Kind.WRITTEN_OFF, -self.principal, -self.interest, -self.penalty)
        self.movements.append(gone)
        self.principal = self.interest = self.penalty = 0

    # --- money ---

    def payoff(self, on: date) -> int:
        """What ends the loan on `on`, beside what is held for it already. Not below zero."""
        return max(0, self.owed + self._to_come(on) - self.credit)

    def _to_come(self, on: date) -> int:
        """Interest that ending it on `on` makes due."""
        if not self.is_running or self.period >= len(self.rows):
            return 0
        if self._terms.early is EarlySettlement.INTEREST_TO_DATE:
            return self.earned(on)
        return sum(row.interest for row in self.rows[self.period :]) - self.charged_in_period

    def _settle(self, on: date) -> None:
        """Use the credit: for all that is owed where it ends the loan, else for what is due and then the rest."""
        rest = self._to_come(on)
        if rest and self.credit >= self.owed + rest:
            self._charge(on, rest)
            self.period = len(self.rows)
        before = self.principal, self.interest, self.penalty
        asked = sum(row.principal for row in self.rows[: self.period]) - self.principal_paid
        due = max(0, min(asked, self.principal))
        for principal_now in (due, self.principal):
            for part in self._terms.order:
                self._pay(part, principal_now)
        principal, interest = before[0] - self.principal, before[1] - self.interest
        self.movements.append(Movement(on, Kind.REPAID, -principal, -interest, self.penalty - before[2]))

    def _pay(self, part: Part, principal_now: int) -> None:
        if part is Part.PENALTY:
            taken = min(self.credit, self.penalty)
            self.penalty -= taken
        elif part is Part.INTEREST:
            taken = min(self.credit, self.interest)
            self.interest -= taken
            self.paid += taken
        else:
            taken = min(self.credit, principal_now, self.principal)
            self.principal -= taken
            self.principal_paid += taken
            self.paid += taken
        self.credit -= taken

    def _close_if_done(self, on: date) -> None:
        if self.is_running and not self.owed and not self._to_come(on):
            self.closed_on = on

    # --- lateness ---

    def oldest_late(self, on: date) -> Row | None:
        """The first row that was due before `on` and is not paid in full; the last one while anything is owed after it."""
        if not self.is_running:
            return None
        for row, needed in zip(self.rows, self.cumulative, strict=True):
            if row.due_on >= on:
                return None
            if needed > self.paid and self.owed:
                return row
        return self.rows[-1] if self.owed else None

    def asked_by(self, on: date) -> int:
        """What is to be paid in all until the end of `on`, penalties included: what is late, and what is due that day."""
        if not self.is_running or not self.rows or self.rows[-1].due_on <= on:
            return self.owed
        needed = max(
            (sum_ for row, sum_ in zip(self.rows, self.cumulative, strict=True) if row.due_on <= on), default=0
        )
        return max(0, min(needed - self.paid, self.principal + self.interest)) + self.penalty

    def days_late(self, on: date) -> int:
        row = self.oldest_late(on)
        return (on - row.due_on).days if row else 0

    def look(self, on: date) -> None:
        self.worst_late = max(self.worst_late, self.days_late(on))

    @property
    def _terms(self) -> Terms:
        assert self.terms is not None
        return self.terms


@dataclass(frozen=True, slots=True)
class Position:
    """A loan at the end of a day."""

    on: date
    run: Run
    movements: tuple[Movement, ...]
    """All that its books hold, one a day and kind."""

    @property
    def payoff(self) -> int:
        """What ends it today."""
        return self.run.payoff(self.on)

    @property
    def days_late(self) -> int:
        return self.run.days_late(self.on)

    @property
    def late(self) -> int:
        """What should have been paid before today, penalties included."""
        return self.run.asked_by(self.on - timedelta(days=1)) if self.days_late else self.run.penalty

    @property
    def due(self) -> int:
        """What is to be paid today at the latest."""
        return self.run.asked_by(self.on)


def tell(events: Sequence[Event], until: date) -> Run:
    """The story up to the end of `until`; what is dated later has not happened yet."""
    run = Run()
    for event in in_order(events):
        if event.on <= until:
            run.happen(event)
    run.advance(until)
    run.look(until)
    return run


def position(events: Sequence[Event], until: date) -> Position:
    """What a loan owes at the end of `until`, and every movement that led there."""
    run = tell(events, until)
    return Position(until, run, netted(run.movements))
