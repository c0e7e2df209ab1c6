"""Schedules and settlements against numpy-financial, which shares no line with ours. Floats stay in this file."""

import numpy_financial as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.loans.events import Disbursed, Event, Repaid
from core.loans.fold import position
from core.loans.schedule import instalment, schedule
from tests.core.loans.builders import BEGINS, monthly

HALF_A_CENT = 0.5 + 1e-4
"""And what a float may miss of it."""

LOANS = (st.integers(100_000, 10**8), st.integers(1, 20), st.integers(1, 36))
"""Cents, percent a month, instalments."""


@given(*LOANS)
def test_the_usual_instalment_is_pmt(principal: int, percent: int, count: int) -> None:
    loan = monthly(principal, percent, count)

    assert abs(instalment(loan) + oracle.pmt(percent / 100, count, principal)) <= HALF_A_CENT


@given(*LOANS)
def test_each_instalment_is_ipmt_and_ppmt_of_what_is_owed_then(principal: int, percent: int, count: int) -> None:
    loan = monthly(principal, percent, count)
    usual, balance = instalment(loan), principal

    for row in schedule(loan, BEGINS):
        left = count - row.number + 1
        assert abs(row.interest + oracle.ipmt(percent / 100, 1, left, balance)) <= HALF_A_CENT
        if row.total == usual:  # the cents of the past are in the last one
            past = HALF_A_CENT * row.number * (1 + percent / 100) ** row.number
            assert abs(row.principal + oracle.ppmt(percent / 100, row.number, count, principal)) <= 2 * past
        balance -= row.principal
    assert balance == 0


@given(*LOANS, st.data())
def test_what_ends_a_loan_on_a_due_day_is_the_future_value(
    principal: int, percent: int, count: int, data: st.DataObject
) -> None:
    loan, paid = monthly(principal, percent, count), data.draw(st.integers(0, count - 1))
    rows, rate = schedule(loan, BEGINS), percent / 100
    kept = [row for row in rows[:paid] if row.total == instalment(loan)]
    story: list[Event] = [Disbursed(BEGINS, loan), *(Repaid(row.due_on, row.total) for row in kept)]

    owed = position(story, rows[len(kept) - 1].due_on if kept else BEGINS).payoff

    expected = -oracle.fv(rate, len(kept), -instalment(loan), principal)
    rounded = HALF_A_CENT * sum((1 + rate) ** period for period in range(len(kept)))
    assert abs(owed - expected) <= rounded + 1e-3


@pytest.mark.parametrize("percent, count", [(2, 6), (4, 12), (10, 4)])
def test_what_is_paid_back_costs_the_rate_that_is_quoted(percent: int, count: int) -> None:
    rows = schedule(monthly(100_000_00, percent, count), BEGINS)

    assert oracle.irr([-100_000_00, *(row.total for row in rows)]) == pytest.approx(percent / 100, abs=1e-7)
