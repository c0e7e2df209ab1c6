"""Loans that set only what a test is about, random ones, and a second reckoning that walks day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from core.loans.events import Disbursed, Event, Repaid, in_order
from core.loans.fold import Run
from core.loans.products import (
    EarlySettlement,
    Every,
    Fee,
    FeeTaken,
    LimitRule,
    Method,
    Part,
    PenaltyRule,
    Per,
    Product,
    Rate,
    Terms,
)
from core.loans.schedule import Row, schedule
from core.money import Currency, Money

BEGINS = date(2026, 1, 31)

LONG = settings(max_examples=max(25, settings().max_examples // 4))
"""Whole histories are told in each example."""


def monthly(
    principal: int = 100_000,
    percent: int = 2,
    count: int = 6,
    *,
    method: Method = Method.DECLINING,
    penalty: PenaltyRule | None = None,
    order: tuple[Part, ...] = tuple(Part),
    early: EarlySettlement = EarlySettlement.INTEREST_TO_DATE,
    interest_only: int = 0,
    round_to: int = 1,
) -> Terms:
    """`principal` in cents, `percent` a month."""
    return Terms(
        Money(principal, Currency.KES),
        method,
        Rate(percent * 10_000, Per.MONTH),
        Every.MONTH,
        count,
        interest_only,
        round_to,
        penalty or PenaltyRule(),
        order,
        early,
    )


def product(**changes: object) -> Product:
    usual: dict[str, object] = {
        "code": "BODA",
        "name": "Boda loan",
        "currency": Currency.KES,
        "least_minor": 100_000,
        "most_minor": 10_000_000,
        "method": Method.FLAT,
        "rate": Rate(100_000, Per.MONTH),
        "every": Every.WEEK,
        "terms": (4, 8, 12),
        "limit": LimitRule(first_minor=500_000),
        "fee": Fee(fixed_minor=10_000, millionths=20_000, taken=FeeTaken.DEDUCTED),
    }
    return Product(**(usual | changes))  # type: ignore[arg-type]


penalties = st.builds(
    PenaltyRule,
    fixed_minor=st.sampled_from([0, 0, 5_000]),
    millionths=st.sampled_from([0, 10_000, 50_000]),
    grace_days=st.integers(0, 5),
    every_days=st.sampled_from([None, 1, 7]),
    most_millionths=st.sampled_from([100_000, 1_000_000]),
)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Any terms that a lender may set, up to two years."""
    method = draw(st.sampled_from(Method))
    every = draw(st.sampled_from(Every))
    count = draw(st.integers(1, 24))
    early = EarlySettlement.INTEREST_TO_DATE
    if method is Method.FLAT and draw(st.booleans()):
        early = EarlySettlement.ALL_INTEREST
    return Terms(
        principal=Money(draw(st.integers(1, 2_000_000)), draw(st.sampled_from(Currency))),
        method=method,
        rate=Rate(draw(st.integers(0, 230_000)), draw(st.sampled_from([Per.MONTH, Per.YEAR]))),
        every=every,
        instalments=count,
        interest_only=draw(st.integers(0, min(3, count - 1))),
        round_to_minor=draw(st.sampled_from([1, 100, 5_000])),
        penalty=draw(penalties),
        order=tuple(draw(st.permutations(list(Part)))),
        early=early,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A loan and money that came at any time, also before it and after its end."""
    given = draw(terms())
    usual = max(1, given.principal.minor // given.instalments)
    events: list[Event] = [Disbursed(BEGINS, given)]
    for _ in range(draw(st.integers(0, 8))):
        on = BEGINS + timedelta(days=draw(st.integers(-5, 500)))
        events.append(Repaid(on, draw(st.integers(1, usual * 3))))
    return events


@dataclass
class DayByDay:
    """A second reckoning: a clerk who looks at the loan every single day, in fractions of a cent.

    Knows equal rules and nothing else of `core/loans/fold.py`; no restructuring, no writing off.
    """

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
    looks: dict[date, list[int]] = field(default_factory=dict)

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
        begins = self.rows[at - 1].due_on if at else BEGINS
        if day == begins:
            return
        length = (row.due_on - begins).days
        if self.terms.method is Method.FLAT:
            self.grown += Fraction(row.interest, length)
        else:
            self.grown += self.principal * self.terms.rate.of_period(self.terms.every) / length
        if day == row.due_on:
            self._charge()
            self.grown, self.of_period = Fraction(0), 0
            if self.terms.penalty.fixed_minor or self.terms.penalty.millionths:
                self.looks.setdefault(day + timedelta(days=self.terms.penalty.grace_days + 1), []).append(at)
            if self.credit:
                self._use(day)
            self._maybe_close(day)

    def _charge(self) -> None:
        due = int(self.grown + Fraction(1, 2)) - self.of_period
        self.of_period += due
        self.interest += due
        self.charged += due

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
        if rule.every_days and fine:
            self.looks.setdefault(day + timedelta(days=rule.every_days), []).append(index)
        if self.credit:
            self._use(day)

    def _take(self, event: Event) -> None:
        if isinstance(event, Disbursed):
            self.terms, self.rows = event.terms, schedule(event.terms, event.on)
            self.principal = event.terms.principal.minor
            if self.credit:
                self._use(event.on)
                self._maybe_close(event.on)
        if isinstance(event, Repaid):
            self.credit += event.minor
            if self.runs:
                self._charge()
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


def figures(run: Run | DayByDay) -> tuple[int, int, int, int, date | None]:
    return run.principal, run.interest, run.penalty, run.credit, run.closed_on
