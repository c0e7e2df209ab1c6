"""What is owed falls as it is paid, and never below nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Bug
from core.money import Currency, CurrencyMismatch, Money
from core.open_items import oldest_first
from tests.core.builders import account_id, item, kes


def test_a_debt_falls_by_what_is_paid() -> None:
    owed = item(1, kes(4_000), account=account_id(1))

    paid = owed.paid(kes(1_500))

    assert paid.outstanding == kes(2_500)
    assert paid.total == kes(4_000)


@given(st.integers(1, 10**9), st.integers(-(10**9), 2 * 10**9))
def test_nobody_pays_more_than_is_owed_nor_less_than_a_coin(owed: int, offered: int) -> None:
    debt = item(1, Money(owed, Currency.KES), account=account_id(1))

    if 0 < offered <= owed:
        assert debt.paid(Money(offered, Currency.KES)).outstanding.minor == owed - offered
    else:
        with pytest.raises(Bug):
            debt.paid(Money(offered, Currency.KES))


def test_a_debt_in_shillings_is_not_paid_in_francs() -> None:
    with pytest.raises(CurrencyMismatch):
        item(1, kes(4_000), account=account_id(1)).paid(Money(100, Currency.RWF))


def test_the_oldest_debt_comes_first_and_of_one_day_the_smaller_number() -> None:
    later = item(1, kes(1), account=account_id(1), due_in_days=5)
    first = item(2, kes(1), account=account_id(1))
    second = item(3, kes(1), account=account_id(2))

    assert oldest_first([later, second, first]) == [first, second, later]


@given(st.permutations(range(6)))
def test_the_order_of_debts_does_not_depend_on_how_they_were_found(found: list[int]) -> None:
    debts = [
        replace(
            item(at // 2, kes(1), account=account_id(1), due_in_days=at // 3),
            id=item(at, kes(1), account=account_id(1)).id,
        )
        for at in range(6)
    ]

    assert oldest_first(debts[at] for at in found) == oldest_first(debts)
