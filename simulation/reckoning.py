"""A second reckoning of loans, which walks day by day in fractions of a cent: the tests of the core and the laws of the stories hold
the program against it. It knows the rules of docs/loans.md and nothing of `core/loans/fold.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

from core.loans.events import Disbursed, Event, Repaid, in_order
from core.loans.products import EarlySettlement, Method, Part, Terms
from core.loans.schedule import Row, schedule


@dataclass
class DayByDay:
    """A clerk who looks at one loan every single day. Minor units; no restructuring, no waiving, no writing off."""

    rows: tuple[Row, ...] = ()
    terms: Terms | None = None
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    credit: int = 0
    paid: int = 0
    principal_paid: int = 0
    charged: int = 0
    fined: int = 0
    of_period: int = 0
    grown: Fraction = Fraction(0)
    closed_on: date | None = None
    began_on: date = date.min
    looks: dict[date, list[int]] = field(default_factory=dict)
    charges: Counter[date] = field(default_factory=Counter)
    """Interest, by the day on which it was charged."""
    fines: Counter[date] = field(default_factory=Counter)
    """Penalties, likewise."""
    asked_in_all: list[tuple[date, int]] = field(default_factory=list)
    """What is to be paid in all by each due day, penalties apart."""

    def live(self, events: Sequence[Event], until: date) -> DayByDay:
        waiting = in_order(events)
        day = min((event.on for event in events), default=until)
        while day <= until:
            self._morning(day)
            while waiting and waiting[0].on == day:
                self._take(waiting.pop(0))
            day += timedelta(days=1)
        return self

    @property
    def runs(self) -> bool:
        return self.terms is not None and self.closed_on is None

    def _morning(self, day: date) -> None:
        if not self.runs or self.terms is None:
            return
        for index in self.looks.pop(day, []):
            self._fine(day, index)
        at = next((at for at, row in enumerate(self.rows) if row.due_on >= day), None)
        if at is None:
            return
        row = self.rows[at]
        begins = self.rows[at - 1].due_on if at else self.began_on
        if day == begins:
            return
        length = (row.due_on - begins).days
        if self.terms.method is Method.FLAT:
            self.grown += Fraction(row.interest, length)
        else:
            self.grown += self.principal * self.terms.rate.of_period(self.terms.every) / length
        if day == row.due_on:
            self._charge(day)
            self.grown, self.of_period = Fraction(0), 0
            if self.terms.penalty.fixed_minor or self.terms.penalty.millionths:
                self.looks.setdefault(day + timedelta(days=self.terms.penalty.grace_days + 1), []).append(at)
            if self.credit:
                self._use(day)
            self._maybe_close(day)

    def _charge(self, day: date) -> None:
        due = int(self.grown + Fraction(1, 2)) - self.of_period
        self.of_period += due
        self.interest += due
        self.charged += due
        self.charges[day] += due

    def _fine(self, day: date, index: int) -> None:
        assert self.terms is not None
        rule = self.terms.penalty
        until_here = sum(row.total for row in self.rows[: index + 1])
        late = min(self.rows[index].total, until_here - self.paid, self.principal + self.interest)
        if late <= 0:
            return
        fine = rule.fixed_minor + int(Fraction(late * rule.millionths, 1_000_000) + Fraction(1, 2))
        fine = min(fine, self.terms.principal.minor * rule.most_millionths // 1_000_000 - self.fined)
        self.penalty += fine
        self.fined += fine
        self.fines[day] += fine
        if rule.every_days and fine:
            self.looks.setdefault(day + timedelta(days=rule.every_days), []).append(index)
        if self.credit:
            self._use(day)

    def _take(self, event: Event) -> None:
        if isinstance(event, Disbursed):
            self.terms, self.rows, self.began_on = event.terms, schedule(event.terms, event.on), event.on
            self.asked_in_all = [
                *zip((row.due_on for row in self.rows), accumulate(row.total for row in self.rows), strict=True)
            ]
            self.principal = event.terms.principal.minor
            if self.credit:
                self._use(event.on)
                self._maybe_close(event.on)
        if isinstance(event, Repaid):
            self.credit += event.minor
            if self.runs:
                self._charge(event.on)
                self._use(event.on)
                self._maybe_close(event.on)

    def _still_to_come(self, day: date) -> int:
        assert self.terms is not None
        if self.terms.early is EarlySettlement.INTEREST_TO_DATE:
            return 0
        coming = [row.interest for row in self.rows if row.due_on > day]
        return sum(coming) - self.of_period if coming else 0

    def _use(self, day: date) -> None:
        assert self.terms is not None
        rest = self._still_to_come(day)
        if rest and self.credit >= self.principal + self.interest + self.penalty + rest:
            self.interest += rest
            self.charged += rest
            self.charges[day] += rest
            self.rows = tuple(row for row in self.rows if row.due_on <= day)
        asked = sum(row.principal for row in self.rows if row.due_on <= day) - self.principal_paid
        for most in (max(0, asked), self.principal):
            for part in self.terms.order:
                owed = {Part.PENALTY: self.penalty, Part.INTEREST: self.interest}.get(part, min(most, self.principal))
                taken = min(self.credit, owed)
                self.credit -= taken
                if part is Part.PENALTY:
                    self.penalty -= taken
                elif part is Part.INTEREST:
                    self.interest -= taken
                    self.paid += taken
                else:
                    self.principal -= taken
                    self.principal_paid += taken
                    self.paid += taken

    def _maybe_close(self, day: date) -> None:
        # A flat loan earns on while its period runs, also when its principal is paid.
        earned = int(self.grown + Fraction(1, 2)) - self.of_period
        if self.runs and not (self.principal or self.interest or self.penalty or self._still_to_come(day) or earned):
            self.closed_on = day

    # --- what is asked ---------------------------------------------------------------------------------------------

    @property
    def owed(self) -> int:
        return self.principal + self.interest + self.penalty

    def payoff(self, day: date) -> int:
        """What ends it on `day`, up to which it has lived."""
        if not self.runs or self.terms is None:
            return max(0, self.owed - self.credit)
        to_date = self.terms.early is EarlySettlement.INTEREST_TO_DATE
        rest = int(self.grown + Fraction(1, 2)) - self.of_period if to_date else self._still_to_come(day)
        return max(0, self.owed + rest - self.credit)

    def lacks(self, day: date) -> int:
        """What is still to be paid of all that is due up to and with `day`, penalties apart."""
        if not self.runs or self.asked_in_all[-1][0] <= day:
            return self.principal + self.interest
        asked = max((minor for due_on, minor in self.asked_in_all if due_on <= day), default=0)
        return max(0, min(asked - self.paid, self.principal + self.interest))
