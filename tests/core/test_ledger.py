"""The books: entries balance or do not exist, corrections are linked reversals, promises are held and not posted."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ledger
from core.ids import EntryId, HoldId, OrganisationId, PaymentId
from core.ledger import (
    GENESIS,
    HOLD_NEXT,
    AlreadyReversed,
    CurrencyOfAccount,
    Hold,
    HoldEnded,
    HoldState,
    JournalEntry,
    Posting,
    Recorded,
    Unbalanced,
    canonical,
    chain,
    credit,
    debit,
    end_hold,
    reversal,
)
from core.money import Currency, Money
from tests.core.builders import SCHOOL, TODAY, account_id, currencies, kes

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FLOAT = ledger.float_account(SCHOOL, "mpesa", "600984", Currency.KES)
SUSPENSE = ledger.suspense(SCHOOL, Currency.KES)


def entry(*postings: Posting, reverses: EntryId | None = None) -> JournalEntry:
    return JournalEntry(SCHOOL, "payment:1:received", "payment_received", TODAY, UUID(int=3), postings, reverses)


# --- accounts -----------------------------------------------------------------------------------------------------------


def test_the_chart_says_what_each_account_is_for() -> None:
    child = account_id(1)
    codes = [
        FLOAT.code,
        ledger.receivable(SCHOOL, child, Currency.KES).code,
        ledger.customer_credit(SCHOOL, child, Currency.KES).code,
        SUSPENSE.code,
        ledger.income(SCHOOL, "fees", Currency.KES).code,
        ledger.equity_opening(SCHOOL, Currency.KES).code,
    ]

    assert codes == [
        "asset:float:mpesa:600984",
        f"asset:receivable:{child.hex}",
        f"liability:credit:{child.hex}",
        "liability:suspense",
        "income:fees",
        "equity:opening",
    ]
    assert (FLOAT.root, SUSPENSE.root) == ("asset", "liability")


def test_an_account_is_told_by_organisation_place_and_currency_and_by_nothing_else() -> None:
    other_school = OrganisationId(UUID(int=2))
    accounts = [
        SUSPENSE,
        ledger.suspense(SCHOOL, Currency.RWF),
        ledger.suspense(other_school, Currency.KES),
        FLOAT,
    ]

    assert len({account.id for account in accounts}) == len(accounts)
    assert ledger.suspense(SCHOOL, Currency.KES).id == SUSPENSE.id


def test_money_is_posted_only_to_accounts_of_its_currency() -> None:
    for side in (debit, credit):
        with pytest.raises(CurrencyOfAccount):
            side(SUSPENSE, Money(100, Currency.RWF))


# --- entries ------------------------------------------------------------------------------------------------------------


def test_a_debit_adds_and_a_credit_takes() -> None:
    assert debit(FLOAT, kes(5)) == Posting(FLOAT, 500)
    assert credit(SUSPENSE, kes(5)) == Posting(SUSPENSE, -500)


@given(st.lists(st.tuples(currencies, st.integers(-100, 100)), max_size=6))
def test_an_entry_exists_only_if_every_currency_in_it_sums_to_zero(lines: list[tuple[Currency, int]]) -> None:
    postings = [Posting(ledger.suspense(SCHOOL, currency), minor) for currency, minor in lines]
    balances = all(sum(minor for c, minor in lines if c is currency) == 0 for currency in Currency)
    says_something = bool(lines) and all(minor for _, minor in lines)

    if balances and says_something:
        assert entry(*postings).postings == tuple(postings)
    else:
        with pytest.raises(Unbalanced):
            entry(*postings)


def test_an_entry_never_touches_another_organisation() -> None:
    elsewhere = ledger.suspense(OrganisationId(UUID(int=2)), Currency.KES)

    with pytest.raises(Unbalanced):
        entry(debit(FLOAT, kes(5)), credit(elsewhere, kes(5)))


# --- reversals ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
def test_an_entry_and_its_reversal_leave_every_account_as_it_was(sums: list[int]) -> None:
    credits = [Posting(ledger.income(SCHOOL, f"i{at}", Currency.KES), -minor) for at, minor in enumerate(sums)]
    original = entry(Posting(FLOAT, sum(sums)), *credits)

    undone = reversal(Recorded(EntryId(UUID(int=4)), original, NOON), value_on=date(2026, 11, 21))

    assert {posting.account: posting.minor for posting in undone.postings} == {
        posting.account: -posting.minor for posting in original.postings
    }


def test_a_reversal_is_linked_to_what_it_undoes_and_has_its_own_name_and_date() -> None:
    original = entry(debit(FLOAT, kes(5)), credit(SUSPENSE, kes(5)))

    undone = reversal(Recorded(EntryId(UUID(int=4)), original, NOON), value_on=date(2026, 11, 21))

    assert undone.reverses == UUID(int=4)
    assert (undone.key, undone.kind) == ("payment:1:received:reversed", "payment_received_reversed")
    assert (undone.subject, undone.value_on) == (original.subject, date(2026, 11, 21))


def test_a_reversal_is_not_reversed() -> None:
    undone = entry(debit(SUSPENSE, kes(5)), credit(FLOAT, kes(5)), reverses=EntryId(UUID(int=4)))

    with pytest.raises(AlreadyReversed):
        reversal(Recorded(EntryId(UUID(int=5)), undone, NOON), value_on=TODAY)


# --- what the seals cover -----------------------------------------------------------------------------------------------

words = st.text("abc:.-", min_size=1, max_size=6)
uuids = st.integers(0, 3).map(lambda n: UUID(int=n))
rows = st.tuples(
    uuids,
    uuids,
    words,
    words,
    st.dates(date(2026, 1, 1), date(2026, 1, 3)),
    st.integers(0, 10**3),
    uuids,
    st.none() | uuids,
    st.lists(st.tuples(uuids, st.integers(-11, 11)), max_size=3).map(tuple),
)


@given(rows, rows)
def test_two_rows_that_differ_anywhere_have_different_bytes(
    one: tuple[UUID, UUID, str, str, date, int, UUID, UUID | None, tuple[tuple[UUID, int], ...]],
    other: tuple[UUID, UUID, str, str, date, int, UUID, UUID | None, tuple[tuple[UUID, int], ...]],
) -> None:
    assert (canonical(*one) == canonical(*other)) == (one == other)


def test_a_change_to_any_column_changes_the_bytes() -> None:
    row = (UUID(int=1), UUID(int=2), "k", "kind", TODAY, 5, UUID(int=3), UUID(int=4), ((UUID(int=6), 7),))
    changed = (UUID(int=9), UUID(int=9), "x", "x", date(2027, 1, 1), 6, UUID(int=9), None, ((UUID(int=6), 8),))

    versions = {canonical(*row)}
    for at in range(len(row)):
        versions.add(canonical(*(*row[:at], changed[at], *row[at + 1 :])))  # type: ignore[arg-type]

    assert len(versions) == len(row) + 1


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5), st.data())
def test_a_seal_changes_with_every_entry_it_covers_their_order_and_the_seal_before(
    digests: list[bytes], data: st.DataObject
) -> None:
    seal = chain(GENESIS, digests)
    at = data.draw(st.integers(0, len(digests) - 1))
    flipped = bytes([digests[at][0] ^ 1]) + digests[at][1:]

    assert chain(GENESIS, digests) == seal
    assert chain(GENESIS, [*digests[:at], flipped, *digests[at + 1 :]]) != seal
    assert chain(GENESIS, [*digests[:at], *digests[at + 1 :]]) != seal
    assert chain(seal, digests) != seal
    if digests != digests[::-1]:
        assert chain(GENESIS, digests[::-1]) != seal


# --- holds --------------------------------------------------------------------------------------------------------------

HOLD = Hold(
    HoldId(UUID(int=5)),
    SCHOOL,
    account_id(1),
    PaymentId(UUID(int=6)),
    kes(1_500),
    expires_at=NOON + timedelta(seconds=90),
)


def test_a_hold_lasts_until_it_expires_or_ends() -> None:
    assert HOLD.is_active(NOON)
    assert not HOLD.is_active(HOLD.expires_at)
    assert not end_hold(HOLD, HoldState.RELEASED).is_active(NOON)


@pytest.mark.parametrize("now, wanted", list(itertools.product(HoldState, HoldState)))
def test_a_hold_ends_once_and_money_that_comes_late_still_settles_it(now: HoldState, wanted: HoldState) -> None:
    hold = replace(HOLD, state=now)
    allowed = now is HoldState.ACTIVE or (wanted is HoldState.SETTLED and now is not HoldState.SETTLED)

    if allowed and wanted is not HoldState.ACTIVE:
        assert end_hold(hold, wanted) == replace(hold, state=wanted)
    else:
        with pytest.raises(HoldEnded) as refusal:
            end_hold(hold, wanted)
        assert refusal.value.state == now.value


def test_every_state_of_a_hold_says_what_may_follow() -> None:
    assert set(HOLD_NEXT) == set(HoldState)
