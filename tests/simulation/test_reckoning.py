"""The clerk who looks at a loan every day foretells what the program does; how he reckons what was is held in tests/core/loans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.loans.events import Disbursed, Event, Repaid
from core.loans.fold import position
from core.loans.forecast import what_if
from core.loans.products import EarlySettlement, Every, Method, Part, PenaltyRule
from simulation.foretold import foretold
from simulation.reckoning import DayByDay
from tests.core.loans.builders import BEGINS, LONG, monthly

RULES = (PenaltyRule(), PenaltyRule(millionths=50_000, grace_days=1, every_days=2, most_millionths=250_000))
repayments = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 90_000)), max_size=3)


@LONG
@given(
    st.sampled_from([(Method.DECLINING, False), (Method.FLAT, False), (Method.FLAT, True)]),
    st.integers(1, 4),
    st.sampled_from(RULES),
    repayments,
    st.integers(0, 34),
    st.tuples(st.integers(0, 9), st.integers(1, 200_000)),
)
def test_what_one_more_payment_changes_is_the_same_by_both_reckonings(
    kind: tuple[Method, bool],
    count: int,
    rule: PenaltyRule,
    paid: list[tuple[int, int]],
    days: int,
    more: tuple[int, int],
) -> None:
    method, whole = kind
    order = tuple(Part) if count % 2 else (Part.INTEREST, Part.PENALTY, Part.PRINCIPAL)
    early = EarlySettlement.ALL_INTEREST if whole else EarlySettlement.INTEREST_TO_DATE
    terms = replace(monthly(count=count, method=method, penalty=rule, order=order, early=early), every=Every.WEEK)
    today = BEGINS + timedelta(days=days)
    events: list[Event] = [Disbursed(BEGINS, terms)]
    events += [Repaid(BEGINS + timedelta(days=day), minor) for day, minor in paid if day <= days]
    now, clerk = position(events, today), DayByDay().live(events, today)
    pays = Repaid(today + timedelta(days=more[0]), more[1])

    assert (now.payoff, now.run.asked_by(today)) == (clerk.payoff(today), clerk.lacks(today) + clerk.penalty)
    if now.run.is_running:
        would = what_if(events, pays, today)
        pays = Repaid(pays.on, max(1, min(pays.minor, would.most)))
        would = what_if(events, pays, today)
        assert foretold(events, today, pays) == (would.saved, would.after.paid_off_on)
