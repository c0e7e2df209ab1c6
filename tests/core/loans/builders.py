"""Loans that set only what a test is about, and random ones."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from core.loans.events import Disbursed, Event, Repaid
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
from core.money import Currency, Money
from simulation.reckoning import DayByDay

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


def figures(run: Run | DayByDay) -> tuple[int, int, int, int, date | None]:
    return run.principal, run.interest, run.penalty, run.credit, run.closed_on
