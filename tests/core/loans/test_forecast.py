"""What comes, and what-if: exactly what the books hold after doing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from core.loans.events import Disbursed, Event, Repaid
from core.loans.fold import position, tell
from core.loans.forecast import required, usual, what_if
from core.loans.products import EarlySettlement, Every, Method, Part, PenaltyRule, Per, Rate, Terms
from core.loans.schedule import interest_of, schedule
from core.money import Currency, Money
from core.ports import Random
from runtime.chance import SeededRandom
from tests.core.loans.builders import BEGINS, LONG, histories, monthly, terms

T = TypeVar("T")
END = BEGINS + timedelta(days=900)
days = st.integers(0, 500).map(lambda day: BEGINS + timedelta(days=day))


@given(terms())
def test_a_loan_that_nobody_paid_yet_comes_as_its_schedule_says(loan: Terms) -> None:
    rows = schedule(loan, BEGINS)

    for comes in (required([Disbursed(BEGINS, loan)], BEGINS), usual([Disbursed(BEGINS, loan)], BEGINS)):
        assert [(one.on, one.minor) for one in comes.payments] == [(row.due_on, row.total) for row in rows if row.total]
        assert comes.interest == interest_of(rows)


@LONG
@given(histories(), days)
def test_paying_what_comes_ends_the_loan_as_foretold(events: list[Event], on: date) -> None:
    told = [event for event in events if event.on <= on]
    for comes in (required(told, on), usual(told, on)):
        done = tell([*told, *(Repaid(one.on, one.minor) for one in comes.payments)], END)

        assert (done.closed_on, done.interest_charged) == (comes.paid_off_on, comes.interest) or not done.is_running
        if tell(told, on).is_running and comes.payments:
            assert (done.owed, done.closed_on) == (0, comes.payments[-1].on)


@LONG
@given(histories(), days, st.integers(0, 60), st.integers(1, 400_000))
def test_what_if_is_what_the_books_hold_after_doing_it(events: list[Event], on: date, wait: int, minor: int) -> None:
    told = [event for event in events if event.on <= on]
    pays = Repaid(on + timedelta(days=wait), minor)

    asked = what_if(told, pays, on)

    done = [*told, pays, *(Repaid(one.on, one.minor) for one in asked.after.payments)]
    run = tell(done, max(END, pays.on))
    assert run.interest_charged == asked.after.interest
    assert run.closed_on == asked.after.paid_off_on


def test_what_if_is_what_the_books_hold_for_ten_thousand_random_loans(proving: bool) -> None:
    chance = SeededRandom(20261121)
    for _ in range(10_000 if proving else 150):
        loan = random_loan(chance)
        told: list[Event] = [Disbursed(BEGINS, loan)]
        for _ in range(chance.below(5)):
            on = BEGINS + timedelta(days=chance.below(200))
            told.append(Repaid(on, 1 + chance.below(loan.principal.minor)))
        on = max(event.on for event in told) + timedelta(days=chance.below(20))
        pays = Repaid(on + timedelta(days=chance.below(10)), 1 + chance.below(loan.principal.minor))

        asked = what_if(told, pays, on)

        done = position([*told, pays, *(Repaid(one.on, one.minor) for one in asked.after.payments)], END)
        assert (done.run.interest_charged, done.run.closed_on) == (asked.after.interest, asked.after.paid_off_on)
        assert asked.saved == asked.without.interest - done.run.interest_charged


def one_of(chance: Random, choices: Sequence[T]) -> T:
    return choices[chance.below(len(choices))]


def random_loan(chance: Random) -> Terms:
    method = one_of(chance, list(Method))
    early = one_of(chance, list(EarlySettlement)) if method is Method.FLAT else EarlySettlement.INTEREST_TO_DATE
    return Terms(
        principal=Money(100_000 + chance.below(5_000_000), Currency.KES),
        method=method,
        rate=Rate(1 + chance.below(200_000), Per.MONTH),
        every=one_of(chance, list(Every)),
        instalments=1 + chance.below(18),
        penalty=PenaltyRule(millionths=one_of(chance, [0, 50_000]), grace_days=2, every_days=one_of(chance, [None, 7])),
        order=one_of(chance, list(permutations(Part))),
        early=early,
    )


def test_paying_more_ends_a_loan_sooner_and_saves_interest() -> None:
    told: list[Event] = [Disbursed(BEGINS, monthly()), Repaid(date(2026, 2, 28), 17_853)]

    asked = what_if(told, Repaid(date(2026, 3, 10), 20_000), date(2026, 3, 5))

    assert (asked.without.paid_off_on, asked.after.paid_off_on) == (date(2026, 7, 31), date(2026, 6, 30))
    assert asked.saved == 7_116 - 5_261


def test_what_is_paid_ahead_is_not_asked_for_again() -> None:
    told: list[Event] = [Disbursed(BEGINS, monthly()), Repaid(BEGINS, 2 * 17_853)]

    comes = required(told, BEGINS)

    assert comes.payments[0].on == date(2026, 4, 30)
    assert comes.payments[0].minor == 17_853


def test_what_is_late_is_asked_for_with_the_next_instalment_or_the_next_day_where_none_is_left() -> None:
    loan = Disbursed(BEGINS, monthly())

    assert required([loan], date(2026, 3, 5)).payments[0].minor == 2 * 17_853
    late = required([loan], date(2026, 9, 1))
    assert [one.on for one in late.payments] == [date(2026, 9, 2)]


def test_a_loan_that_does_not_run_foretells_nothing() -> None:
    assert required([], BEGINS).payments == ()
    assert usual([Disbursed(BEGINS, monthly()), Repaid(BEGINS, 100_000)], BEGINS).payments == ()
