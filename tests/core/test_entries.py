"""Every business event, as the accountant reads it; each balances whatever was decided."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import entries, ledger
from core.application import Application, CustomerAccount, Rules, Strategy, Target, place
from core.errors import Bug
from core.ids import EntryId, ItemId, PaymentId
from core.ledger import Account, JournalEntry
from core.money import Currency, Money
from tests.core.builders import SCHOOL, TODAY, account_id, books, customer, families, kes, payer

PAYMENT = PaymentId(UUID(int=50))
ITEM = ItemId(UUID(int=60))
FLOAT = ledger.float_account(SCHOOL, "mpesa", "600984", Currency.KES)
ASHA, BARAKA = account_id(1), account_id(2)


def lines(entry: JournalEntry) -> dict[str, int]:
    """The entry's lines as an accountant writes them: account and signed cents."""
    assert len({posting.account for posting in entry.postings}) == len(entry.postings)
    return {posting.account.code: posting.minor for posting in entry.postings}


def part(amount: Money, *, account: UUID = ASHA, item: ItemId | None = ITEM) -> Application:
    return Application(
        account_id(account.int - 1_000), item, amount, Strategy.EXACT_REFERENCE, "exact_reference:KV1001"
    )


def received(amount: Money, *applied: Application, into: Account = FLOAT) -> JournalEntry:
    return entries.payment_received(
        organisation=SCHOOL, payment=PAYMENT, float_account=into, amount=amount, applied=applied, value_on=TODAY
    )


def test_money_received_grows_our_float_and_each_debt_that_it_pays_shrinks() -> None:
    entry = received(kes(2_000), part(kes(1_500)), part(kes(400), item=None))

    assert lines(entry) == {
        "asset:float:mpesa:600984": 2_000_00,
        f"asset:receivable:{ASHA.hex}": -1_500_00,
        f"liability:credit:{ASHA.hex}": -400_00,
        "liability:suspense": -100_00,
    }
    assert (entry.kind, entry.subject, entry.value_on) == ("payment_received", PAYMENT, TODAY)


def test_several_items_of_one_account_are_one_line_of_the_books() -> None:
    entry = received(kes(30), part(kes(10)), part(kes(20), item=ItemId(UUID(int=61))))

    assert lines(entry) == {"asset:float:mpesa:600984": 30_00, f"asset:receivable:{ASHA.hex}": -30_00}


def test_the_same_payment_received_twice_is_one_entry_by_its_key() -> None:
    assert received(kes(5)).key == received(kes(5)).key
    assert (
        received(kes(5)).key
        != entries.suspense_assigned(
            organisation=SCHOOL, payment=PAYMENT, amount=kes(5), applied=[part(kes(5))], value_on=TODAY
        ).key
    )


def test_more_than_arrived_is_never_applied() -> None:
    with pytest.raises(Bug):
        received(kes(5), part(kes(6)))


@given(families(), st.integers(1, 30_000), st.booleans(), st.booleans(), st.sampled_from([None, Target(account_id(1))]))
def test_whatever_cash_application_decides_the_entry_balances(
    family: list[CustomerAccount], minor: int, exact: bool, certain: bool, target: Target | None
) -> None:
    amount = Money(minor, Currency.KES)
    accounts = books(*family)
    placed = place(
        amount,
        exact=exact,
        typed=target is not None,
        target=target,
        payer=payer(*family, certain=certain),
        accounts=accounts,
        rules=Rules(tolerance_minor=10),
    )

    entry = received(amount, *placed.applied)

    assert sum(posting.minor for posting in entry.postings) == 0
    assert lines(entry)["asset:float:mpesa:600984"] == minor


@pytest.mark.parametrize("currency", Currency)
def test_every_currency_is_received_in_its_own_accounts(currency: Currency) -> None:
    into = ledger.float_account(SCHOOL, "momo", "4412", currency)

    entry = received(Money(500, currency), into=into)

    assert {posting.account.currency for posting in entry.postings} == {currency}


# --- later events -------------------------------------------------------------------------------------------------------


def assigned(amount: Money, *applied: Application) -> JournalEntry:
    return entries.suspense_assigned(
        organisation=SCHOOL, payment=PAYMENT, amount=amount, applied=applied, value_on=TODAY
    )


def test_money_whose_owner_is_found_leaves_suspense() -> None:
    entry = assigned(kes(2_000), part(kes(1_500)), part(kes(500), item=None))

    assert lines(entry) == {
        "liability:suspense": 2_000_00,
        f"asset:receivable:{ASHA.hex}": -1_500_00,
        f"liability:credit:{ASHA.hex}": -500_00,
    }


def test_an_assignment_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(Bug):
        assigned(kes(2_000), part(kes(1_500)))


def test_an_invoice_is_owed_and_earned() -> None:
    entry = entries.invoice_issued(
        organisation=SCHOOL, item=ITEM, account=ASHA, amount=kes(12_500), income="fees", value_on=TODAY
    )

    assert lines(entry) == {f"asset:receivable:{ASHA.hex}": 12_500_00, "income:fees": -12_500_00}


def test_money_paid_ahead_settles_a_new_invoice() -> None:
    entry = entries.credit_applied(organisation=SCHOOL, item=ITEM, account=ASHA, amount=kes(500), value_on=TODAY)

    assert lines(entry) == {f"liability:credit:{ASHA.hex}": 500_00, f"asset:receivable:{ASHA.hex}": -500_00}


# --- corrections --------------------------------------------------------------------------------------------------------


def moved(taken: list[Application], given: list[Application]) -> JournalEntry:
    return entries.applications_moved(
        organisation=SCHOOL,
        payment=PAYMENT,
        move=UUID(int=80),
        taken=taken,
        given=given,
        value_on=date(2026, 11, 25),
    )


def test_a_payment_moves_from_the_wrong_child_to_the_right_one() -> None:
    entry = moved([part(kes(1_500))], [part(kes(1_500), account=BARAKA)])

    assert lines(entry) == {
        f"asset:receivable:{ASHA.hex}": 1_500_00,
        f"asset:receivable:{BARAKA.hex}": -1_500_00,
    }


def test_what_stays_where_it_was_is_not_posted_again() -> None:
    entry = moved([part(kes(1_500))], [part(kes(1_000)), part(kes(500), account=BARAKA)])

    assert lines(entry) == {f"asset:receivable:{ASHA.hex}": 500_00, f"asset:receivable:{BARAKA.hex}": -500_00}


def test_a_move_that_changes_nothing_is_no_entry() -> None:
    with pytest.raises(Bug):
        moved([part(kes(1_500))], [part(kes(1_500))._replace(item=ItemId(UUID(int=61)))])


@pytest.mark.parametrize("given", [1_499, 1_501])
def test_a_move_neither_loses_nor_makes_money(given: int) -> None:
    with pytest.raises(Bug):
        moved([part(kes(1_500))], [part(kes(given), account=BARAKA)])


@given(st.data())
def test_received_then_assigned_then_moved_leaves_suspense_empty_and_the_books_even(data: st.DataObject) -> None:
    owes = data.draw(st.integers(1, 5_000))
    arrives = data.draw(st.integers(1, 10_000))
    amount = Money(arrives, Currency.KES)
    wrong, right = customer(1, Money(owes, Currency.KES)), customer(2, Money(owes, Currency.KES))
    rules = Rules()

    def to(account: CustomerAccount) -> tuple[Application, ...]:
        target = Target(account.id)
        return place(
            amount, exact=True, typed=True, target=target, payer=None, accounts=books(account), rules=rules
        ).applied

    first, then = to(wrong), to(right)

    history = [received(amount), assigned(amount, *first), moved(list(first), list(then))]

    balances: dict[str, int] = {}
    for posting in (posting for entry in history for posting in entry.postings):
        balances[posting.account.code] = balances.get(posting.account.code, 0) + posting.minor
    assert sum(balances.values()) == 0
    assert balances["liability:suspense"] == 0
    assert balances[f"asset:receivable:{wrong.id.hex}"] == 0
    assert balances["asset:float:mpesa:600984"] == arrives


# --- a payment taken back -------------------------------------------------------------------------------------------------

RECEIVED = EntryId(UUID(int=70))


def taken_back(amount: Money, *standing: Application) -> JournalEntry:
    return entries.payment_reversed(
        organisation=SCHOOL,
        payment=PAYMENT,
        received=RECEIVED,
        float_account=FLOAT,
        amount=amount,
        standing=standing,
        value_on=TODAY,
    )


def test_a_payment_that_was_taken_back_shrinks_our_float_and_is_owed_again() -> None:
    entry = taken_back(kes(2_000), part(kes(1_500)), part(kes(400), item=None))

    assert lines(entry) == {
        "asset:float:mpesa:600984": -2_000_00,
        f"asset:receivable:{ASHA.hex}": 1_500_00,
        f"liability:credit:{ASHA.hex}": 400_00,
        "liability:suspense": 100_00,
    }
    assert (entry.kind, entry.subject, entry.reverses) == ("payment_reversed", PAYMENT, RECEIVED)


@given(families(), st.integers(1, 30_000), st.booleans(), st.sampled_from([None, Target(account_id(1))]))
def test_what_was_never_moved_is_reversed_by_the_exact_opposite(
    family: list[CustomerAccount], minor: int, certain: bool, target: Target | None
) -> None:
    amount = Money(minor, Currency.KES)
    placed = place(
        amount,
        exact=True,
        typed=True,
        target=target if books(*family).get(account_id(1)) else None,
        payer=payer(*family, certain=certain),
        accounts=books(*family),
        rules=Rules(),
    )

    forth, back = lines(received(amount, *placed.applied)), lines(taken_back(amount, *placed.applied))

    assert back == {account: -moved for account, moved in forth.items()}


def test_more_than_arrived_is_never_taken_back() -> None:
    with pytest.raises(Bug):
        taken_back(kes(5), part(kes(6)))


def test_an_invoice_that_credit_had_settled_is_owed_again() -> None:
    entry = entries.credit_withdrawn(
        organisation=SCHOOL, payment=PAYMENT, account=account_id(1), amount=kes(300), value_on=TODAY
    )

    assert lines(entry) == {
        f"asset:receivable:{account_id(1).hex}": 300_00,
        f"liability:credit:{account_id(1).hex}": -300_00,
    }


@given(st.integers(min_value=1, max_value=10**10), st.sampled_from(Currency))
def test_what_was_owed_or_held_before_is_set_against_opening_equity(minor: int, currency: Currency) -> None:
    amount = Money(minor, currency)

    owed = entries.opening_balance(organisation=SCHOOL, item=ITEM, account=ASHA, amount=amount, value_on=TODAY)
    held = entries.opening_credit(organisation=SCHOOL, account=ASHA, amount=amount, value_on=TODAY)

    assert lines(owed) == {f"asset:receivable:{ASHA.hex}": minor, "equity:opening": -minor}
    assert lines(held) == {"equity:opening": minor, f"liability:credit:{ASHA.hex}": -minor}
    assert (owed.key, owed.value_on) == (f"item:{ITEM.hex}:issued", TODAY)
    assert (held.key, held.value_on) == (entries.opening_credit_key(ASHA), TODAY)
