"""What a loan owes: the laws hold for any history, and moving money gives what would have been from the first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.loans.events import (
    Disbursed,
    Event,
    Kind,
    Movement,
    Repaid,
    Restructured,
    Waived,
    WrittenOff,
    corrections,
    netted,
)
from core.loans.fold import Run, position, tell
from core.loans.products import EarlySettlement, Method, Part, PenaltyRule, Terms
from core.loans.schedule import Row, interest_of, schedule
from simulation.reckoning import DayByDay
from tests.core.loans.builders import BEGINS, LONG, figures, histories, monthly, terms

END = BEGINS + timedelta(days=800)
days = st.integers(-10, 600).map(lambda day: BEGINS + timedelta(days=day))


def paid_on_time(loan: Terms) -> list[Event]:
    return [Disbursed(BEGINS, loan), *paid(schedule(loan, BEGINS))]


def paid(rows: Sequence[Row]) -> list[Event]:
    return [Repaid(row.due_on, row.total) for row in rows if row.total]


@given(terms())
def test_who_pays_the_schedule_owes_nothing_and_has_paid_exactly_its_interest(loan: Terms) -> None:
    rows = schedule(loan, BEGINS)

    at_end = position(paid_on_time(loan), END)

    assert (at_end.run.owed, at_end.run.credit, at_end.run.penalty_charged, at_end.run.worst_late) == (0, 0, 0, 0)
    assert at_end.run.interest_charged == interest_of(rows)
    assert at_end.run.closed_on == max((row.due_on for row in rows if row.total), default=None)


@LONG
@given(histories(), days)
def test_a_clerk_who_looks_every_day_reckons_the_same(events: list[Event], until: date) -> None:
    told = tell(events, until)

    assert figures(told) == figures(DayByDay().live([event for event in events if event.on <= until], until))


@LONG
@given(histories(), days, days, st.integers(1, 10**6), st.permutations(range(4)))
def test_the_laws_hold_for_any_history(
    events: list[Event], until: date, on: date, minor: int, kinds: list[int]
) -> None:
    loan = events[0].terms  # type: ignore[union-attr]
    more: list[Event] = [Waived(on, minor), Restructured(on, loan), WrittenOff(on), Repaid(on, minor)]
    events = [*events, *(more[kind] for kind in kinds[: minor % 4])]

    at_end = position(events, until)

    run = at_end.run
    assert min(run.principal, run.interest, run.penalty, run.credit, run.lost) >= 0, "never negative"
    came_in = sum(event.minor for event in events if isinstance(event, Repaid) and event.on <= until)
    used = -sum(m.owed + m.recovered for m in at_end.movements if m.kind in (Kind.REPAID, Kind.RECOVERED))
    assert came_in == used + run.credit, "no coin is lost"
    assert sum(m.principal for m in at_end.movements) == run.principal, "the books hold what is owed"
    assert sum(m.interest for m in at_end.movements) == run.interest
    assert sum(m.penalty for m in at_end.movements) == run.penalty
    assert run.penalty_charged <= max(0, run.lent * loan.penalty.most_millionths // 1_000_000)
    assert at_end.due >= at_end.late >= 0
    assert run.worst_late >= at_end.days_late >= 0


@LONG
@given(histories(), days)
def test_interest_is_never_charged_twice(events: list[Event], until: date) -> None:
    """However often money comes in a period, all that is charged for the days of it is what they cost."""
    loan = events[0].terms  # type: ignore[union-attr]
    rows, charged = schedule(loan, BEGINS), tell(events, until).interest_charged

    if loan.method is Method.FLAT:
        assert charged <= interest_of(rows)
    else:
        most = loan.principal.minor * loan.rate.of_period(loan.every)
        assert charged <= (most + 1) * sum(1 for row in rows if row.due_on <= until + timedelta(days=31))


@LONG
@given(histories(), days)
def test_money_is_used_in_the_order_of_the_product(events: list[Event], until: date) -> None:
    """No part gets anything beyond what is due while one before it in the order is still owed."""
    told = sorted({event.on for event in events if isinstance(event, Repaid) and event.on <= until})
    for day in told:
        run = tell(events, day)
        if not run.is_running or run.terms is None:
            continue
        used = next(
            (m for m in position(events, day).movements if m.on == day and m.kind is Kind.REPAID),
            Movement(day, Kind.REPAID),
        )
        asked = sum(row.principal for row in run.rows if row.due_on <= day) - (run.principal_paid + used.principal)
        got = {Part.PENALTY: -used.penalty, Part.INTEREST: -used.interest, Part.PRINCIPAL: -used.principal}
        left = {Part.PENALTY: run.penalty, Part.INTEREST: run.interest, Part.PRINCIPAL: max(0, asked + used.principal)}
        for at, part in enumerate(run.terms.order):
            for later in run.terms.order[at + 1 :]:
                assert not (left[part] and got[later]), f"{later} was paid before {part}"
        if got[Part.PRINCIPAL] > max(0, asked):
            assert run.penalty == run.interest == 0, "ahead of the schedule only when all else is paid"


@LONG
@given(histories(), days, st.randoms(use_true_random=False))
def test_the_order_in_which_news_comes_is_all_the_same(events: list[Event], until: date, chance: object) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert position(shuffled, until).movements == position(events, until).movements


@LONG
@given(histories(), histories(), days, st.integers(1, 500_000), days)
def test_moved_to_the_right_loan_is_as_if_it_had_been_right_from_the_first_day(
    wrong: list[Event], right: list[Event], on: date, minor: int, until: date
) -> None:
    """The books of both loans, day by day and part by part; and moving it back restores everything."""
    coin = Repaid(on, minor)
    booked_wrong = position([*wrong, coin], until).movements
    booked_right = position(right, until).movements

    should_wrong, should_right = position(wrong, until), position([*right, coin], until)
    after_wrong = netted([*booked_wrong, *corrections(should_wrong.movements, booked_wrong)])
    after_right = netted([*booked_right, *corrections(should_right.movements, booked_right)])
    assert after_wrong == should_wrong.movements
    assert after_right == should_right.movements

    back = netted([*after_wrong, *corrections(booked_wrong, after_wrong)])
    assert back == booked_wrong


@LONG
@given(histories(), days, days, st.integers(1, 500_000), st.integers(1, 500_000))
def test_two_payments_of_a_day_are_as_one(events: list[Event], on: date, until: date, one: int, two: int) -> None:
    apart, together = [*events, Repaid(on, one), Repaid(on, two)], [*events, Repaid(on, one + two)]

    assert position(apart, until).movements == position(together, until).movements


@LONG
@given(histories(), days)
def test_paying_what_it_costs_to_end_a_loan_ends_it_and_a_cent_less_does_not(events: list[Event], on: date) -> None:
    told = [event for event in events if event.on <= on]
    before = position(told, on)
    if not before.run.is_running or not before.payoff:
        return

    ended = tell([*told, Repaid(on, before.payoff)], on)
    assert (ended.closed_on, ended.owed, ended.credit) == (on, 0, 0)

    short = tell([*told, Repaid(on, before.payoff - 1)], on) if before.payoff > 1 else before.run
    assert short.closed_on is None


@LONG
@given(histories(), days, days)
def test_what_was_told_early_is_what_is_told_late(events: list[Event], early: date, late: date) -> None:
    """A loan that is brought up to date every day is the loan that is looked at once."""
    first, last = sorted((early, late))
    booked = position(events, first).movements
    should = position(events, last).movements

    assert netted([*booked, *corrections(should, booked)]) == should
    assert all(change.on > first for change in corrections(should, booked)), "no past day is touched by time alone"


def test_a_payment_in_the_middle_of_a_period_pays_interest_up_to_its_day() -> None:
    # 2 % of 1,000.00 for 28 days is 20.00: 14 days are 10.00. The other 14 days cost 2 % of 510.00, half a period: 5.10.
    events: list[Event] = [Disbursed(BEGINS, monthly()), Repaid(BEGINS + timedelta(days=14), 50_000)]

    told = tell(events, date(2026, 2, 28))

    assert told.principal == 51_000
    assert told.interest_charged == 1_000 + 510
    assert told.asked_by(date(2026, 2, 28)) == 0, "ahead of the schedule"
    assert told.asked_by(date(2026, 4, 30)) == 3 * 17_853 - 50_000


def test_after_the_last_day_there_is_no_more_interest_but_penalties_go_on() -> None:
    rule = PenaltyRule(fixed_minor=500, grace_days=2, every_days=30)
    late = [Disbursed(BEGINS, monthly(count=1, penalty=rule))]

    told = position(late, date(2026, 5, 15))

    assert told.run.interest == 2_000
    assert told.run.penalty == 3 * 500
    assert (told.days_late, told.late, told.due) == (76, 103_500, 103_500)


def test_a_penalty_is_charged_once_and_never_beyond_its_share_of_the_loan() -> None:
    once = PenaltyRule(millionths=100_000)
    capped = PenaltyRule(millionths=100_000, every_days=1, most_millionths=50_000)

    assert tell([Disbursed(BEGINS, monthly(penalty=once))], date(2026, 3, 20)).penalty == 1_785
    assert tell([Disbursed(BEGINS, monthly(penalty=capped))], date(2026, 9, 20)).penalty == 5_000


def test_money_that_comes_after_the_patience_saves_nothing_and_before_it_everything() -> None:
    rule = PenaltyRule(fixed_minor=500, grace_days=3)
    loan = Disbursed(BEGINS, monthly(penalty=rule))

    assert tell([loan, Repaid(date(2026, 3, 3), 17_853)], date(2026, 3, 10)).penalty_charged == 0
    assert tell([loan, Repaid(date(2026, 3, 4), 17_853)], date(2026, 3, 10)).penalty_charged == 500


def test_a_flat_loan_that_ends_early_bears_interest_to_the_day_or_all_of_it_as_the_product_says() -> None:
    to_date = Disbursed(BEGINS, monthly(method=Method.FLAT))
    whole = Disbursed(BEGINS, monthly(method=Method.FLAT, early=EarlySettlement.ALL_INTEREST))
    on = BEGINS + timedelta(days=14)

    assert position([to_date], on).payoff == 101_000
    assert position([whole], on).payoff == 112_000
    assert tell([whole, Repaid(on, 112_000)], on).closed_on == on


def test_what_is_held_for_a_loan_pays_what_falls_due_later() -> None:
    # All principal and a little more, but not the interest of the whole term: it is held, and pays as it is charged.
    whole = Disbursed(BEGINS, monthly(method=Method.FLAT, early=EarlySettlement.ALL_INTEREST))
    on = BEGINS + timedelta(days=14)

    held = tell([whole, Repaid(on, 103_000)], on)
    assert (held.owed, held.credit, held.closed_on) == (0, 2_000, None)
    later = tell([whole, Repaid(on, 103_000)], date(2026, 3, 31))
    assert (later.owed, later.credit) == (1_000, 0)


def test_money_that_came_before_the_loan_is_used_when_it_is_given() -> None:
    told = tell([Repaid(BEGINS - timedelta(days=3), 100_000), Disbursed(BEGINS, monthly())], BEGINS)

    assert (told.closed_on, told.owed, told.credit) == (BEGINS, 0, 0)


def test_a_second_disbursement_is_not_the_loans() -> None:
    assert tell([Disbursed(BEGINS, monthly()), Disbursed(BEGINS, monthly(500))], BEGINS).principal == 100_000


def test_restructuring_makes_all_that_is_owed_the_principal_of_a_new_schedule() -> None:
    rule = PenaltyRule(fixed_minor=500)
    events: list[Event] = [Disbursed(BEGINS, monthly(penalty=rule)), Restructured(date(2026, 3, 10), monthly(1, 1, 12))]

    told = position(events, date(2026, 3, 10))

    owed = 100_000 + 2_000 + 500 + 645  # ten of the 31 days of March
    assert (told.run.principal, told.run.interest, told.run.penalty, told.days_late) == (owed, 0, 0, 0)
    assert sum(row.principal for row in told.run.rows) == owed
    assert told.run.rows[0].due_on == date(2026, 4, 10)


def test_restructuring_a_loan_that_turns_out_to_be_paid_changes_nothing() -> None:
    paid = [*paid_on_time(monthly()), Restructured(END, monthly())]
    only_interest_to_come: list[Event] = [
        Disbursed(BEGINS, whole := monthly(method=Method.FLAT, early=EarlySettlement.ALL_INTEREST)),
        Repaid(BEGINS, 105_000),
        Restructured(BEGINS + timedelta(days=1), whole),
    ]

    assert position(paid, END).movements == position(paid[:-1], END).movements
    assert tell(only_interest_to_come, BEGINS + timedelta(days=1)).terms == whole


def test_what_comes_in_after_writing_off_is_a_recovery_and_the_rest_is_the_borrowers() -> None:
    off = date(2026, 3, 1)
    events: list[Event] = [Disbursed(BEGINS, monthly()), WrittenOff(off), WrittenOff(off)]

    gone = tell(events, off)
    assert (gone.owed, gone.lost, gone.written_off_on) == (0, 102_000, off)
    assert gone.asked_by(off) == 0

    back = position([*events, Repaid(date(2026, 5, 1), 2_000), Repaid(date(2026, 6, 1), 101_000)], END)
    assert (back.run.lost, back.run.credit) == (0, 1_000)
    assert [m.recovered for m in back.movements if m.kind is Kind.RECOVERED] == [-2_000, -100_000]


def test_a_waived_penalty_is_gone_and_may_end_the_loan() -> None:
    rule = PenaltyRule(fixed_minor=500)
    order = (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY)
    paid: list[Event] = [
        Disbursed(BEGINS, monthly(count=1, penalty=rule, order=order)),
        Repaid(date(2026, 3, 3), 102_000),
    ]

    assert tell(paid, date(2026, 3, 3)).penalty == 500
    ended = tell([*paid, Waived(date(2026, 3, 4), 900)], date(2026, 3, 4))
    assert (ended.penalty, ended.closed_on) == (0, date(2026, 3, 4))


@pytest.mark.parametrize("until", [BEGINS - timedelta(days=1), BEGINS])
def test_a_loan_that_is_not_given_yet_owes_nothing(until: date) -> None:
    assert position([Disbursed(BEGINS + timedelta(days=1), monthly())], until).run == Run()
