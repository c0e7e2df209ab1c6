"""Schedules: to the cent as published, and always the sum of principal and interest."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, getcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.loans.products import Every, Method, Per, Rate, Terms, TermsNotPossible, parse_millionths, parse_rate
from core.loans.schedule import instalment, interest_of, schedule
from core.money import Currency, Money, NotAnAmount
from tests.core.loans.builders import BEGINS, monthly, terms


@given(terms())
def test_a_schedule_sums_exactly_to_principal_plus_interest_and_nothing_in_it_is_negative(loan: Terms) -> None:
    rows = schedule(loan, BEGINS)

    assert sum(row.principal for row in rows) == loan.principal.minor
    assert sum(row.total for row in rows) == loan.principal.minor + interest_of(rows)
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    assert [row.number for row in rows] == list(range(1, loan.instalments + 1))
    assert all(earlier.due_on < later.due_on for earlier, later in pairwise(rows))


@given(terms())
def test_instalments_are_equal_multiples_but_for_the_interest_only_ones_and_the_end(loan: Terms) -> None:
    rows, usual = schedule(loan, BEGINS), instalment(loan)

    bearing = rows[loan.interest_only : -1]
    balance = loan.principal.minor
    for row in bearing:
        if 0 < row.principal < balance - (loan.instalments - row.number):
            assert row.total == usual
            assert row.total % loan.round_to_minor == 0
        balance -= row.principal
    assert all(row.principal == 0 for row in rows[: loan.interest_only])


@given(st.integers(10_000, 10**9), st.integers(1, 600_000), st.integers(1, 60))
def test_a_declining_balance_equals_an_independent_reckoning_in_decimals(
    principal: int, yearly: int, count: int
) -> None:
    loan = Terms(
        Money(principal, Currency.KES), Method.DECLINING, Rate(yearly, Per.YEAR), Every.MONTH, instalments=count
    )

    rows = schedule(loan, BEGINS)

    getcontext().prec = 40
    rate = Decimal(yearly) / 1_000_000 / 12
    payment = _cents(Decimal(principal) * rate * (1 + rate) ** count / ((1 + rate) ** count - 1))
    balance = principal
    for row in rows[:-1]:
        assert row.interest == _cents(balance * rate)
        assert row.total == payment or balance < 2 * payment
        balance -= row.principal
    assert rows[-1].principal == balance


def _cents(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def test_1000_at_2_percent_a_month_over_six_months_is_as_published() -> None:
    # sapling.com, "How to calculate reducing balance interest rate": 178.53 a month; 20.00 and 158.53, 16.83 and 161.70.
    rows = schedule(monthly(100_000, 2, 6), BEGINS)

    assert [row.total for row in rows[:-1]] == [17_853] * 5
    assert [(row.interest, row.principal) for row in rows[:2]] == [(2_000, 15_853), (1_683, 16_170)]


def test_2500_at_8_24_percent_a_year_is_as_in_the_documentation_of_numpy_financial() -> None:
    # numpy.org/numpy-financial, `ipmt`: the table of a loan of 2,500 over twelve months. It rounds only what it prints,
    # so that a cent may stand in the neighbouring month; the sums are equal to two cents.
    loan = Terms(Money(250_000, Currency.KES), Method.DECLINING, Rate(82_400, Per.YEAR), Every.MONTH, 12)
    principal = [20058, 20196, 20335, 20474, 20615, 20756, 20899, 21042, 21187, 21332, 21479, 21626]
    interest = [1717, 1579, 1440, 1301, 1160, 1018, 876, 732, 588, 442, 296, 149]

    rows = schedule(loan, BEGINS)

    assert all(abs(row.principal - shown) <= 2 for row, shown in zip(rows, principal, strict=True))
    assert all(abs(row.interest - shown) <= 1 for row, shown in zip(rows, interest, strict=True))
    assert abs(interest_of(rows) - 11_298) <= 2


@pytest.mark.parametrize(
    "principal, yearly, count, payment",
    [
        (16_200_000, 38_750, 360, 76_178),  # CFPB, sample Closing Disclosure H-25(B): 162,000 at 3.875 %, 761.78
        (20_000_000, 75_000, 180, 185_402),  # numpy-financial, `pmt`: 200,000 at 7.5 % over 15 years, 1854.02
        (10_000_000, 60_000, 360, 59_955),  # the textbooks' 100,000 at 6 % over 30 years: 599.55
    ],
)
def test_the_usual_instalment_is_as_published(principal: int, yearly: int, count: int, payment: int) -> None:
    loan = Terms(Money(principal, Currency.KES), Method.DECLINING, Rate(yearly, Per.YEAR), Every.MONTH, count)

    assert instalment(loan) == payment


def test_flat_interest_is_on_the_whole_sum_for_the_whole_term() -> None:
    # 10,000.00 at 10 % a month, 3 months: 3,000.00 of interest, 4,333.33 a month.
    rows = schedule(monthly(1_000_000, 10, 3, method=Method.FLAT), BEGINS)

    assert [row.total for row in rows] == [433_333, 433_333, 433_334]
    assert [row.interest for row in rows] == [100_000] * 3


def test_months_end_on_their_last_day_and_weeks_on_their_weekday() -> None:
    assert [row.due_on for row in schedule(monthly(count=2), date(2027, 12, 31))] == [
        date(2028, 1, 31),
        date(2028, 2, 29),
    ]
    weekly = Terms(Money(1_000, Currency.RWF), Method.FLAT, Rate(0, Per.WEEK), Every.WEEK, 2)
    assert [row.due_on for row in schedule(weekly, date(2026, 11, 20))] == [date(2026, 11, 27), date(2026, 12, 4)]


def test_without_interest_the_principal_is_divided() -> None:
    assert [row.total for row in schedule(monthly(1_000, 0, 3), BEGINS)] == [333, 333, 334]


@pytest.mark.parametrize("principal, count, interest_only", [(0, 6, 0), (1, 0, 0), (1, 361, 0), (1, 6, 6)])
def test_impossible_terms_are_refused(principal: int, count: int, interest_only: int) -> None:
    with pytest.raises(TermsNotPossible):
        monthly(principal, count=count, interest_only=interest_only)


def test_rates_are_read_as_they_are_quoted() -> None:
    assert parse_rate("10% a month") == Rate(100_000, Per.MONTH)
    assert parse_rate(" 3.875 % per year ") == Rate(38_750, Per.YEAR)
    assert str(parse_rate("8.25%/week")) == "8.25% a week"
    assert parse_millionths("2.5%") == 25_000
    for wrong in ("10%", "ten % a month", "1,5% a month"):
        with pytest.raises(NotAnAmount):
            parse_rate(wrong)
    with pytest.raises(NotAnAmount):
        parse_millionths("much")
