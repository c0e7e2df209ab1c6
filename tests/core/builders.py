"""Builders that set only what a test is about, and what Hypothesis draws from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from core.application import Accounts, CustomerAccount, Payer
from core.callers import AccountView
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId
from core.money import Currency, Money, zero
from core.open_items import ItemKind, OpenItem

SCHOOL = OrganisationId(UUID(int=1))
TODAY = date(2026, 11, 20)

currencies = st.sampled_from(Currency)
minors = st.integers(min_value=1, max_value=10**10)


def kes(shillings: int, cents: int = 0) -> Money:
    return Money(shillings * 100 + cents, Currency.KES)


def account_id(number: int) -> CustomerAccountId:
    return CustomerAccountId(UUID(int=1_000 + number))


def item(
    number: int, outstanding: Money, *, account: CustomerAccountId, total: Money | None = None, due_in_days: int = 0
) -> OpenItem:
    """An invoice that still owes `outstanding`; a smaller number is a smaller invoice number."""
    return OpenItem(
        id=ItemId(UUID(int=2_000 + number)),
        account=account,
        kind=ItemKind.INVOICE,
        number=f"INV-{number:06d}",
        total=total or outstanding,
        outstanding=outstanding,
        due_on=TODAY + timedelta(days=due_in_days),
    )


def customer(number: int, *owes: Money, is_open: bool = True) -> CustomerAccount:
    """A student's account with one invoice for each sum in `owes`, the first due first."""
    id = account_id(number)
    items = [item(number * 10 + at, amount, account=id, due_in_days=at) for at, amount in enumerate(owes)]
    return CustomerAccount(id, f"KV{1_000 + number}", is_open, items)


def books(*accounts: CustomerAccount) -> Accounts:
    return {account.id: account for account in accounts}


def payer(*accounts: CustomerAccount, certain: bool = True) -> Payer:
    return Payer(ContactId(UUID(int=9)), tuple(account.id for account in accounts), certain)


def view(number: int, owed: Money) -> AccountView:
    nothing = zero(owed.currency)
    return AccountView(
        account=account_id(number),
        reference=f"KV{1_000 + number}",
        holder="Asha",
        group="Form 1",
        owed=owed,
        pending=nothing,
        credit=nothing,
        due_on=TODAY if owed else None,
    )


@st.composite
def families(draw: st.DrawFn, *, currency: Currency = Currency.KES) -> list[CustomerAccount]:
    """One to four accounts, open or closed, each with up to four items, some paid already, due in any order."""
    family: list[CustomerAccount] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        id = account_id(number)
        sums: Sequence[int] = draw(st.lists(st.integers(0, 5_000), max_size=4))
        items = [
            item(
                number * 10 + at,
                Money(minor, currency),
                account=id,
                total=Money(5_000, currency),
                due_in_days=draw(st.integers(-3, 3)),
            )
            for at, minor in enumerate(sums)
        ]
        family.append(CustomerAccount(id, f"KV{1_000 + number}", draw(st.booleans()), items))
    return family
