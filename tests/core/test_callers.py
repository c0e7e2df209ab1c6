"""What a caller is shown before the PIN: shares that add up, in whole shillings, and a total that covers the debt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.callers import Caller, Relation, share, whole_up
from core.money import Currency, FractionRefused, Money, total, zero
from core.payments import Part
from core.phones import Msisdn
from tests.core.builders import SCHOOL, account_id, currencies, kes, view

owed_minors = st.lists(st.integers(0, 10**7), min_size=1, max_size=6)
units = st.integers(1, 10**6)


# --- whole shillings ----------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**12), currencies)
def test_a_prompt_asks_for_the_least_whole_shillings_that_cover_the_debt(minor: int, currency: Currency) -> None:
    asked = whole_up(Money(minor, currency))

    assert asked.is_whole
    assert 0 <= asked.minor - minor < currency.unit


def test_cents_are_asked_for_as_one_more_shilling() -> None:
    assert whole_up(kes(1_500, 1)) == kes(1_501)
    assert whole_up(kes(1_500)) == kes(1_500)
    assert whole_up(Money(1_501, Currency.RWF)) == Money(1_501, Currency.RWF)


# --- one payment for several children -----------------------------------------------------------------------------------


def test_a_payment_for_all_children_is_split_by_what_each_owes() -> None:
    shown = share(kes(3_000), [view(1, kes(4_000)), view(2, kes(2_000))])

    assert shown == (Part(account_id(1), kes(2_000)), Part(account_id(2), kes(1_000)))


def test_who_owes_nothing_gets_nothing_while_another_owes() -> None:
    assert share(kes(100), [view(1, kes(0)), view(2, kes(500))]) == (Part(account_id(2), kes(100)),)


def test_what_exceeds_the_whole_debt_goes_to_the_first_child() -> None:
    shown = share(kes(1_000), [view(1, kes(300)), view(2, kes(200))])

    assert shown == (Part(account_id(1), kes(800)), Part(account_id(2), kes(200)))


def test_when_nobody_owes_the_first_child_gets_it_as_credit() -> None:
    assert share(kes(100), [view(1, kes(0)), view(2, kes(0))]) == (Part(account_id(1), kes(100)),)


def test_nothing_is_shared_as_nothing() -> None:
    assert share(kes(0), [view(1, kes(500))]) == (Part(account_id(1), kes(0)),)


def test_a_fraction_of_a_shilling_is_not_shared() -> None:
    with pytest.raises(FractionRefused):
        share(kes(10, 50), [view(1, kes(500))])


@given(owed_minors, units, currencies)
def test_shares_add_up_are_whole_and_fill_nobody_while_another_owes(
    owes: list[int], paid: int, currency: Currency
) -> None:
    accounts = [view(at, Money(minor, currency)) for at, minor in enumerate(owes)]
    amount = Money(paid * currency.unit, currency)

    shown = share(amount, accounts)

    got = {part.account: part.amount for part in shown}
    assert total(list(got.values()), currency) == amount
    assert len(got) == len(shown)
    assert all(part.amount.is_whole and part.amount.minor > 0 for part in shown)
    needs = {account.account: whole_up(account.owed) for account in accounts}
    somebody_short = any(got.get(id, zero(currency)) < need for id, need in needs.items())
    somebody_over = any(amount > needs[id] for id, amount in got.items())
    assert not (somebody_short and somebody_over)


@given(owed_minors.filter(any), currencies)
def test_paying_the_whole_debt_pays_everybody_in_full(owes: list[int], currency: Currency) -> None:
    accounts = [view(at, Money(minor, currency)) for at, minor in enumerate(owes)]
    whole = total([whole_up(account.owed) for account in accounts], currency)

    shown = share(whole, accounts)

    assert {part.account: part.amount for part in shown} == {
        account.account: whole_up(account.owed) for account in accounts if account.owed
    }


# --- who calls ----------------------------------------------------------------------------------------------------------


def test_a_guardian_owes_what_the_children_owe_together() -> None:
    school = Relation(
        organisation=SCHOOL,
        name="Kilimani View School",
        currency=Currency.KES,
        country_code="254",
        shortcode="600984",
        least=kes(1),
        most=kes(250_000),
        accounts=(view(1, kes(4_000)), view(2, kes(1_500))),
    )

    caller = Caller(Msisdn("254712345678"), None, (school,))

    assert caller.relations[0].owed == kes(5_500)


def test_a_stranger_sees_no_accounts_and_owes_nothing() -> None:
    school = Relation(SCHOOL, "Kilimani View School", Currency.RWF, "250", "4412", kes(1), kes(2))

    assert school.accounts == ()
    assert school.owed == zero(Currency.RWF)
