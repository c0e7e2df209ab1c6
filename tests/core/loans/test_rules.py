"""Products and their limits, the life of a loan, whom is told what, and the lender's figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.loans.chasing import ChasePolicy, Step, chase_of
from core.loans.events import Disbursed, Event, Repaid, WrittenOff
from core.loans.fold import position
from core.loans.limits import Past, limit_of
from core.loans.portfolio import portfolio
from core.loans.products import (
    EarlySettlement,
    Fee,
    FeeTaken,
    LimitRule,
    LoanAmountRefused,
    PenaltyRule,
)
from core.loans.states import NEXT, LoanNotThere, LoanState, require_next, told_state
from core.money import Currency
from tests.core.builders import kes
from tests.core.loans.builders import BEGINS, monthly, product

ON = date(2026, 11, 21)


def test_a_fee_is_kept_from_what_is_sent_or_added_to_what_is_owed() -> None:
    deducted = product().offer(kes(5_000), 8)
    financed = product(fee=Fee(millionths=20_000, taken=FeeTaken.FINANCED)).offer(kes(5_000), 8)

    assert (deducted.sent, deducted.fee, deducted.terms.principal) == (kes(4_800), kes(200), kes(5_000))
    assert (financed.sent, financed.fee, financed.terms.principal) == (kes(5_000), kes(100), kes(5_100))


@pytest.mark.parametrize("asked, count", [(999, 8), (100_001, 8), (5_000, 5)])
def test_a_product_is_given_only_as_far_as_it_reaches(asked: int, count: int) -> None:
    with pytest.raises(LoanAmountRefused) as refused:
        product().offer(kes(asked), count)

    assert (refused.value.least, refused.value.most) == (kes(1_000), kes(100_000))


@pytest.mark.parametrize(
    "wrong",
    [
        {"least_minor": 0},
        {"most_minor": 1},
        {"terms": ()},
        {"fee": Fee(fixed_minor=100_000)},
        {
            "method": next(m for m in type(product().method) if m.value == "declining"),
            "early": EarlySettlement.ALL_INTEREST,
        },
    ],
)
def test_a_product_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LoanAmountRefused):
        product(**wrong)


def past(state: LoanState, principal: int = 5_000, worst: int = 0, late: int = 0) -> Past:
    return Past(state, kes(principal), ON, worst, late)


@pytest.mark.parametrize(
    "history, most, reason",
    [
        ([], 5_000, "new"),
        ([past(LoanState.DECLINED), past(LoanState.WITHDRAWN)], 5_000, "new"),
        ([past(LoanState.REPAID)], 6_250, "history"),
        ([past(LoanState.REPAID), past(LoanState.REPAID, worst=7)], 7_812, "history"),
        ([past(LoanState.REPAID), past(LoanState.REPAID, worst=8)], 6_250, "history"),
        ([past(LoanState.REPAID)] * 40, 100_000, "history"),
        ([past(LoanState.REPAID), past(LoanState.ACTIVE, 3_000)], 3_250, "running"),
        ([past(LoanState.ACTIVE, 4_500)], 0, "running"),
        ([past(LoanState.ACTIVE, 1_000, late=8)], 0, "late"),
        ([past(LoanState.APPLIED)], 0, "waiting"),
        ([past(LoanState.DISBURSING)], 0, "waiting"),
        ([past(LoanState.REPAID), past(LoanState.WRITTEN_OFF)], 0, "lost"),
    ],
)
def test_the_limit_follows_the_history(history: list[Past], most: int, reason: str) -> None:
    limit = limit_of(product(), history)

    assert (limit.most, limit.reason) == (kes(most), reason)


def test_a_first_limit_below_what_the_product_gives_is_none() -> None:
    limit = limit_of(product(limit=LimitRule(first_minor=50_000)), [])

    assert (limit.most, limit.reason) == (kes(0), "new")


def test_every_state_can_be_reached_and_nothing_is_skipped() -> None:
    reached = {LoanState.APPLIED, *(state for following in NEXT.values() for state in following)}

    assert reached == set(LoanState)
    require_next("LOAN-000001", LoanState.APPLIED, LoanState.APPROVED)
    with pytest.raises(LoanNotThere):
        require_next("LOAN-000001", LoanState.APPLIED, LoanState.ACTIVE)


def test_the_state_of_a_loan_follows_from_its_story() -> None:
    loan = Disbursed(BEGINS, monthly())

    assert told_state(position([loan], ON)) is LoanState.ACTIVE
    assert told_state(position([loan, Repaid(BEGINS, 100_000)], ON)) is LoanState.REPAID
    assert told_state(position([loan, WrittenOff(ON)], ON)) is LoanState.WRITTEN_OFF


DUE = date(2026, 2, 28)
LOAN: list[Event] = [Disbursed(BEGINS, monthly())]


@pytest.mark.parametrize(
    "day, step, minor",
    [
        (-3, None, 0),
        (-2, Step.SOON, 17_853),
        (0, Step.TODAY, 17_853),
        (1, Step.LATE, 17_853),
        (7, Step.LATER, 17_853),
        (30, Step.GRAVE, 17_853),
        (31, Step.GRAVE, 17_853),
        (32, Step.GRAVE, 35_706),
        (70, Step.FINAL, 53_559),
    ],
)
def test_a_borrower_is_told_each_step_on_its_day(day: int, step: Step | None, minor: int) -> None:
    on = DUE + timedelta(days=day)

    chase = chase_of(position(LOAN, on), [], ChasePolicy())

    assert (chase and chase.step, chase.minor if chase else 0) == (step, minor)
    if chase:
        assert chase.due_on == DUE
        assert chase_of(position(LOAN, on), [chase.told], ChasePolicy()) is None


def test_who_has_paid_or_is_ahead_or_has_done_is_not_told() -> None:
    soon = DUE - timedelta(days=1)

    assert chase_of(position([*LOAN, Repaid(soon, 17_853)], soon), [], ChasePolicy()) is None
    assert chase_of(position([*LOAN, Repaid(soon, 200_000)], soon), [], ChasePolicy()) is None
    assert chase_of(position([], soon), [], ChasePolicy()) is None
    assert chase_of(position(LOAN, DUE + timedelta(1)), [], ChasePolicy(late=3)) is None


def test_steps_that_are_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="four steps"):
        ChasePolicy(late=8)


def test_one_late_instalment_puts_all_that_is_owed_at_risk() -> None:
    on = date(2026, 4, 5)
    good: list[Event] = [*LOAN, Repaid(DUE, 17_853), Repaid(date(2026, 3, 31), 17_853)]
    late: list[Event] = [Disbursed(BEGINS, monthly(penalty=PenaltyRule(fixed_minor=500)))]
    done: list[Event] = [*LOAN, Repaid(DUE, 102_000)]

    figures = portfolio(
        [position(one, on) for one in (good, late, done)], since=date(2026, 3, 1), currency=Currency.KES
    )

    assert (figures.loans, figures.late_loans) == (2, 1)
    assert figures.at_risk == (kes(1_000), kes(0), kes(0))
    assert figures.par_bps(30) == 100_000 * 10_000 // (100_000 + 67_977)
    assert figures.par_bps(90) == 0
    assert figures.penalty == kes(10)
    assert figures.late == kes(367, 6)
    assert figures.fell_due == kes(178 * 3, 159)
    assert figures.came_in == kes(178, 53)
    assert figures.collection_bps == 3_333
    assert figures.outstanding == figures.principal + figures.interest + figures.penalty


def test_a_lender_without_loans_has_figures_too() -> None:
    nothing = portfolio([], since=ON, currency=Currency.KES)

    assert (nothing.par_bps(30), nothing.collection_bps) == (0, None)
