"""Instalments: they sum exactly, and whatever is paid or taken back they are together what is owed."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.arrears import Due
from core.ids import CustomerAccountId, ItemId
from core.money import Currency, Money, total
from core.plans import (
    MOST_INSTALMENTS,
    Instalment,
    Part,
    Plan,
    PlanNotPossible,
    equal_parts,
    months_after,
    planned,
    require_exact,
)
from tests.core.builders import kes

ON = date(2026, 11, 30)
ASHA = CustomerAccountId(UUID(int=1))
ITEMS = (ItemId(UUID(int=11)), ItemId(UUID(int=12)))
LATER = UUID(int=13)


def plan(*shillings: int) -> Plan:
    parts = [
        Instalment(UUID(int=100 + at), kes(amount), ON + timedelta(30 * at)) for at, amount in enumerate(shillings)
    ]
    return Plan(UUID(int=99), ASHA, tuple(parts), frozenset(ITEMS))


def due(subject: UUID, amount: Money, days: int = 0) -> Due:
    return Due(subject, ASHA, amount, date(2026, 9, 30) + timedelta(days))


@given(
    st.integers(1, 10**9), st.integers(1, MOST_INSTALMENTS), st.sampled_from(Currency), st.none() | st.integers(1, 99)
)
def test_equal_parts_sum_to_what_is_owed_in_whole_shillings_but_for_the_first(
    minor: int, count: int, currency: Currency, every_days: int | None
) -> None:
    owed = Money(minor, currency)

    parts = equal_parts(owed, count, ON, every_days=every_days)

    amounts = [amount for _, amount in parts]
    assert total(amounts, currency) == owed
    assert all(amount.is_whole for amount in amounts[1:])
    if minor >= count * currency.unit:
        require_exact(parts, owed)


def test_months_keep_their_day_or_end_before_it() -> None:
    assert [months_after(date(2026, 10, 31), months) for months in (0, 1, 2, 4, 16)] == [
        date(2026, 10, 31),
        date(2026, 11, 30),
        date(2026, 12, 31),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ((ON, kes(400)),),
        ((ON, kes(600)),),
        ((ON, kes(300)), (ON, kes(200))),
        ((ON, kes(600)), (ON + timedelta(1), kes(-100))),
        tuple((ON + timedelta(at), kes(20)) for at in range(MOST_INSTALMENTS + 1)),
    ],
)
def test_parts_that_do_not_sum_or_are_out_of_order_are_refused(parts: tuple[Part, ...]) -> None:
    with pytest.raises(PlanNotPossible):
        require_exact(parts, kes(500))


@pytest.mark.parametrize("count, every_days", [(0, None), (MOST_INSTALMENTS + 1, None), (2, 0)])
def test_no_parts_too_many_or_all_on_one_day_are_refused(count: int, every_days: int | None) -> None:
    with pytest.raises(PlanNotPossible):
        equal_parts(kes(500), count, ON, every_days=every_days)


def test_what_is_paid_settles_the_first_instalment_first_and_later_debts_keep_their_day() -> None:
    dues = [due(ITEMS[0], kes(100)), due(ITEMS[1], kes(350), 1), due(LATER, kes(70), 300)]

    found = planned(dues, plan(200, 200, 200))

    assert [(one.amount, one.due_on) for one in found] == [
        (kes(50), ON),
        (kes(200), ON + timedelta(30)),
        (kes(200), ON + timedelta(60)),
        (kes(70), date(2026, 9, 30) + timedelta(300)),
    ]


def test_without_a_plan_debts_are_due_on_their_days() -> None:
    assert planned([due(LATER, kes(1), 9), due(ITEMS[0], kes(2))], None) == [
        due(ITEMS[0], kes(2)),
        due(LATER, kes(1), 9),
    ]


@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=8),
    st.integers(0, 40_000),
    st.integers(0, 40_000),
    st.integers(0, 900),
)
def test_what_is_due_is_always_what_is_owed(shillings: list[int], first: int, second: int, later: int) -> None:
    owed = [(ITEMS[0], first), (ITEMS[1], second), (LATER, later)]
    dues = [due(subject, Money(minor, Currency.KES)) for subject, minor in owed if minor]

    found = planned(dues, plan(*shillings))

    assert total([one.amount for one in found], Currency.KES).minor == first + second + later
    assert all(one.amount.minor > 0 for one in found)
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
