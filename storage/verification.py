"""What `karani verify` reads: the books in ranges of a key, so that memory does not grow with them.

Rows come as they stand, also where they break every rule: joins are outer joins, and what has lost its owner shows up in the
range where its owner would be. Judging is `usecases/verification.py`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage.fast import Lookup, Query
from storage.seals import Seal
from storage.tables import (
    applications,
    balances,
    changes,
    counters,
    credit_notes,
    customer_accounts,
    entries,
    executions,
    fund_payments,
    funds,
    holds,
    instalments,
    item_lines,
    ledger_accounts,
    loans,
    open_items,
    payment_parts,
    payments,
    payouts,
    plans,
    postings,
    provider_accounts,
    receipts,
    reconciled_entries,
    refunds,
    sealed,
    seals,
    suspense_items,
)
from storage.tx import Tx

PAGE = 1_000
Row = Any
"""A named tuple with a field for each column of its question: cheaper to make and to read than SQLAlchemy's rows."""


@dataclass(frozen=True, slots=True)
class Range:
    """Keys above `low` up to and with `high`; the first has no `low`, the last no `high`. Together they leave no gap."""

    low: UUID | None
    high: UUID | None


class Ranged:
    """A question about the rows whose key lies in a range, compiled once for each kind of range: with and without ends."""

    def __init__(self, select: sa.Select[Any], key: sa.ColumnElement[Any], *, plain: bool = False) -> None:
        """`plain` as in `Query`: ids are hexadecimal digits, moments are microseconds."""
        low = key > sa.bindparam("low", type_=key.type)
        high = key <= sa.bindparam("high", type_=key.type)
        self._queries = {
            (False, False): Query(select, plain=plain),
            (True, False): Query(select.where(low), plain=plain),
            (False, True): Query(select.where(high), plain=plain),
            (True, True): Query(select.where(low, high), plain=plain),
        }
        self._named = row_type(select)

    def __call__(self, tx: Tx, part: Range) -> list[Row]:
        query = self._queries[part.low is not None, part.high is not None]
        return list(map(self._named, query(tx, low=part.low, high=part.high)))


def row_type(select: sa.Select[Any]) -> Callable[[tuple[Any, ...]], Row]:
    """Names the values of a row after the columns of `select`."""
    fields = namedtuple("Row", [str(column.key) for column in select.selected_columns])  # type: ignore[misc]
    return partial(tuple.__new__, fields)


def ranges(tx: Tx, key: sa.ColumnElement[Any]) -> Iterator[Range]:
    """Ranges of about a page of rows each. The first is there even for an empty table."""
    low: UUID | None = None
    while True:
        query = sa.select(key).order_by(key).offset(PAGE - 1).limit(1)
        high: UUID | None = tx.connection.scalar(query if low is None else query.where(key > low))
        yield Range(low, high)
        if high is None:
            return
        low = high


def _sum_of(table: sa.Table) -> sa.ColumnElement[Any]:
    return sa.func.sum(table.c.minor).label("minor")


# --- entries with what belongs to them ----------------------------------------------------------------------------------

_ENTRIES = Ranged(
    sa.select(entries, payments.c.id.label("payment"), open_items.c.id.label("item"))
    .outerjoin(payments, payments.c.id == entries.c.subject_id)
    .outerjoin(open_items, open_items.c.id == entries.c.subject_id)
    .order_by(entries.c.id),
    entries.c.id,
    plain=True,
)
_POSTINGS = Ranged(
    sa.select(
        postings.c.entry_id,
        postings.c.position,
        postings.c.account_id,
        postings.c.minor,
        ledger_accounts.c.organisation_id,
        ledger_accounts.c.code,
        ledger_accounts.c.currency,
    )
    .outerjoin(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
    .order_by(postings.c.entry_id, postings.c.position),
    postings.c.entry_id,
    plain=True,
)
_APPLICATIONS = Ranged(
    sa.select(
        applications.c.entry_id,
        applications.c.position,
        applications.c.payment_id,
        applications.c.account_id,
        applications.c.item_id,
        applications.c.minor,
        customer_accounts.c.organisation_id,
    )
    .outerjoin(customer_accounts, customer_accounts.c.id == applications.c.account_id)
    .order_by(applications.c.entry_id, applications.c.position),
    applications.c.entry_id,
    plain=True,
)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries in order of id, and the postings and applications whose entry lies in the same range. All rows are plain."""

    entries: Sequence[Row]
    postings: Sequence[Row]
    applications: Sequence[Row]


def entry_pages(tx: Tx) -> Iterator[EntryPage]:
    for part in ranges(tx, entries.c.id):
        yield EntryPage(_ENTRIES(tx, part), _POSTINGS(tx, part), _APPLICATIONS(tx, part))


# --- payments with what belongs to them ---------------------------------------------------------------------------------

_PAYMENTS = Ranged(
    sa.select(
        payments.c.id,
        payments.c.organisation_id,
        payments.c.provider,
        payments.c.status,
        payments.c.version,
        payments.c.minor,
        payments.c.currency,
        payments.c.receipt,
        payments.c.value_on,
        payments.c.completed_at,
        provider_accounts.c.organisation_id.label("account_organisation"),
        provider_accounts.c.shortcode,
    )
    .outerjoin(provider_accounts, provider_accounts.c.id == payments.c.provider_account_id)
    .order_by(payments.c.id),
    payments.c.id,
    plain=True,
)
_CHANGES = Ranged(
    sa.select(changes).order_by(changes.c.subject_id, changes.c.sequence), changes.c.subject_id, plain=True
)
_RECEIPTS = Ranged(
    sa.select(receipts.c.payment_id, receipts.c.organisation_id, receipts.c.number, receipts.c.code),
    receipts.c.payment_id,
    plain=True,
)
_HOLDS = Ranged(sa.select(holds.c.payment_id, holds.c.id, holds.c.minor, holds.c.state), holds.c.payment_id, plain=True)
_PARTS = Ranged(
    sa.select(payment_parts.c.payment_id, _sum_of(payment_parts)).group_by(payment_parts.c.payment_id),
    payment_parts.c.payment_id,
    plain=True,
)
_SUSPENSE = Ranged(
    sa.select(suspense_items.c.payment_id, suspense_items.c.minor, suspense_items.c.closed_at),
    suspense_items.c.payment_id,
    plain=True,
)
_LINES_BY_KEY = Lookup(
    sa.select(
        entries.c.key, entries.c.organisation_id, entries.c.value_on, postings.c.account_id, postings.c.minor
    ).outerjoin(postings, postings.c.entry_id == entries.c.id),
    entries.c.key,
    plain=True,
)


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Payments, and what is about payments in the same range. All rows are plain."""

    payments: Sequence[Row]
    changes: Sequence[Row]
    """Of every kind of subject in the range, by subject and sequence."""
    receipts: Sequence[Row]
    holds: Sequence[Row]
    parts: dict[str, int]
    """The sum of each payment's parts."""
    suspense: Sequence[Row]


def payment_pages(tx: Tx) -> Iterator[PaymentPage]:
    for part in ranges(tx, payments.c.id):
        yield PaymentPage(
            _PAYMENTS(tx, part),
            _CHANGES(tx, part),
            _RECEIPTS(tx, part),
            _HOLDS(tx, part),
            {payment: int(minor) for payment, minor in _PARTS(tx, part)},
            _SUSPENSE(tx, part),
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """What an entry moved, by the digits of a ledger account's id."""

    organisation: str
    value_on: Any
    moved: dict[str, int]


def posted_under(tx: Tx, keys: Sequence[str]) -> dict[str, Posted]:
    """The entries of these keys, as far as they are there."""
    found: dict[str, Posted] = {}
    for key, organisation, value_on, account, minor in _LINES_BY_KEY(tx, keys):
        posted = found.get(key)
        if posted is None:
            posted = found[key] = Posted(organisation, value_on, {})
        if account is not None:
            posted.moved[account] = posted.moved.get(account, 0) + minor
    return found


# --- debts --------------------------------------------------------------------------------------------------------------

_BALANCES = Lookup(sa.select(balances.c.account_id, balances.c.minor), balances.c.account_id)
_ACCOUNTS = Ranged(sa.select(customer_accounts), customer_accounts.c.id)
_ITEMS = Ranged(sa.select(open_items).order_by(open_items.c.number), open_items.c.account_id)
_APPLIED = Ranged(
    sa.select(applications.c.account_id, applications.c.item_id, _sum_of(applications)).group_by(
        applications.c.account_id, applications.c.item_id
    ),
    applications.c.account_id,
)
_ITEM_LINES = Lookup(sa.select(item_lines.c.item_id, item_lines.c.minor), item_lines.c.item_id)


@dataclass(frozen=True, slots=True)
class DebtPage:
    """Customer accounts, and the items and sums of applications whose account lies in the same range."""

    accounts: Sequence[Row]
    items: Sequence[Row]
    applied: Sequence[Row]
    """(account, item or None, minor)."""
    lines: dict[UUID, int]
    """The sum of each item's lines."""


def debt_pages(tx: Tx) -> Iterator[DebtPage]:
    for part in ranges(tx, customer_accounts.c.id):
        items = _ITEMS(tx, part)
        lines: dict[UUID, int] = {}
        for item, minor in _ITEM_LINES(tx, [item.id for item in items]):
            lines[item] = lines.get(item, 0) + minor
        yield DebtPage(_ACCOUNTS(tx, part), items, _APPLIED(tx, part), lines)


def balances_of(tx: Tx, accounts: Sequence[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for account, minor in _BALANCES(tx, accounts):
        found[account] = found.get(account, 0) + minor
    return found


def uneven_plans(tx: Tx) -> list[tuple[UUID, int, int]]:
    """Plans whose instalments do not sum to them: (plan, what it says, what they sum to)."""
    summed = sa.func.coalesce(sa.func.sum(instalments.c.minor), 0)
    query = (
        sa.select(plans.c.id, plans.c.minor, summed)
        .outerjoin(instalments, instalments.c.plan_id == plans.c.id)
        .group_by(plans.c.id, plans.c.minor)
        .having(summed != plans.c.minor)
        .order_by(plans.c.id)
    )
    return [(id_, minor, int(parts)) for id_, minor, parts in tx.connection.execute(query)]


_CREDIT_NOTES = Ranged(
    sa.select(credit_notes, open_items.c.currency, open_items.c.account_id)
    .outerjoin(open_items, open_items.c.id == credit_notes.c.item_id)
    .order_by(credit_notes.c.id),
    credit_notes.c.id,
)


def credit_note_pages(tx: Tx) -> Iterator[Sequence[Row]]:
    """Credit notes in order of id, with the account of the item that they correct."""
    for part in ranges(tx, credit_notes.c.id):
        yield _CREDIT_NOTES(tx, part)


# --- balances -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BalancePage:
    accounts: Sequence[Row]
    folded: dict[UUID, int]
    recounted: dict[UUID, int]


_CHART = Ranged(sa.select(ledger_accounts), ledger_accounts.c.id)
_FOLDED, _RECOUNTED = (
    Ranged(sa.select(table.c.account_id, _sum_of(table)).group_by(table.c.account_id), table.c.account_id)
    for table in (balances, postings)
)


def balance_pages(tx: Tx) -> Iterator[BalancePage]:
    for part in ranges(tx, ledger_accounts.c.id):
        folded, recounted = (
            {account: int(minor) for account, minor in sums(tx, part)} for sums in (_FOLDED, _RECOUNTED)
        )
        yield BalancePage(_CHART(tx, part), folded, recounted)


def suspense_waiting(tx: Tx) -> dict[tuple[UUID, str], int]:
    """What waits in suspense by organisation and currency."""
    rows = tx.connection.execute(
        sa.select(suspense_items.c.organisation_id, suspense_items.c.currency, sa.func.sum(suspense_items.c.minor))
        .where(suspense_items.c.closed_at.is_(None))
        .group_by(suspense_items.c.organisation_id, suspense_items.c.currency)
    )
    return {(organisation, currency): int(minor) for organisation, currency, minor in rows}


# --- numbers ------------------------------------------------------------------------------------------------------------


def receipt_gaps(tx: Tx) -> Iterator[tuple[UUID, int, int]]:
    """(organisation, first missing, last missing) of every hole in the receipt numbers."""
    before = sa.func.lag(receipts.c.number).over(partition_by=receipts.c.organisation_id, order_by=receipts.c.number)
    numbered = sa.select(receipts.c.organisation_id, receipts.c.number, before.label("before")).subquery()
    rows = tx.connection.execute(
        sa.select(numbered).where(numbered.c.number != sa.func.coalesce(numbered.c.before, 0) + 1)
    )
    for organisation, number, previous in rows:
        yield organisation, (previous or 0) + 1, number - 1


def counted(tx: Tx) -> list[tuple[UUID, str, int, int]]:
    """(organisation, name, what the counter says, how many were numbered) for receipts, invoices, credit notes and loans."""
    numbered: dict[tuple[UUID, str], int] = {}
    for name, table, highest in (
        ("receipts", receipts, sa.func.max(receipts.c.number)),
        ("invoices", open_items, sa.func.count()),
        ("credit_notes", credit_notes, sa.func.count()),
        ("loans", loans, sa.func.count()),
        ("fund_payments", fund_payments, sa.func.max(fund_payments.c.number)),
        ("refunds", refunds, sa.func.count()),
    ):
        query = sa.select(table.c.organisation_id, highest).group_by(table.c.organisation_id)
        if table is open_items:
            query = query.where(open_items.c.kind == "invoice")
        for organisation, number in tx.connection.execute(query):
            numbered[(organisation, name)] = int(number)
    said = {(row.organisation_id, row.name): int(row.last) for row in tx.connection.execute(sa.select(counters))}
    keys = sorted(said.keys() | numbered.keys(), key=str)
    return [(*key, said.get(key, 0), numbered.get(key, 0)) for key in keys]


def missing_invoices(tx: Tx, organisation: UUID, last: int, name: Any) -> list[str]:
    """Which numbers up to `last` no invoice bears; `name` writes a number as an invoice does."""
    rows = tx.connection.execute(
        sa.select(open_items.c.number).where(
            open_items.c.organisation_id == organisation, open_items.c.kind == "invoice"
        )
    )
    there = {row.number for row in rows}
    return [text for text in map(name, range(1, last + 1)) if text not in there]


# --- seals --------------------------------------------------------------------------------------------------------------


def seals_in_order(tx: Tx) -> Iterator[Seal]:
    """All seals, oldest first."""
    after = -1
    while True:
        rows = tx.connection.execute(
            sa.select(seals).where(seals.c.number > after).order_by(seals.c.number).limit(PAGE)
        ).all()
        yield from (Seal(*row) for row in rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].number


_OF_SEAL = sa.select(sealed).where(sealed.c.seal == sa.bindparam("seal")).order_by(sealed.c.position)
_LISTED, _NAMED_LISTED = Query(_OF_SEAL, plain=True), row_type(_OF_SEAL)


def rows_of_seal(tx: Tx, number: int) -> Sequence[Row]:
    """What one seal lists, in its order: plain rows."""
    return list(map(_NAMED_LISTED, _LISTED(tx, seal=number)))


def seals_listed(tx: Tx) -> Sequence[int]:
    """The numbers that listed rows name, whether there is such a seal or not."""
    return tx.connection.execute(sa.select(sealed.c.seal).group_by(sealed.c.seal)).scalars().all()


def subject_of(tx: Tx, entry: UUID) -> UUID | None:
    """What an entry is about."""
    subject: UUID | None = tx.connection.scalar(sa.select(entries.c.subject_id).where(entries.c.id == entry))
    return subject


@dataclass(frozen=True, slots=True)
class Extent:
    """How much was verified."""

    entries: int
    payments: int
    changes: int
    sealed: int


def extent(tx: Tx) -> Extent:
    def count(table: sa.Table) -> int:
        return int(tx.connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)

    return Extent(count(entries), count(payments), count(changes), count(sealed))


# --- payouts ------------------------------------------------------------------------------------------------------------

_PAYOUTS = Ranged(
    sa.select(
        payouts.c.id,
        payouts.c.organisation_id,
        payouts.c.provider,
        payouts.c.state,
        payouts.c.version,
        payouts.c.minor,
        payouts.c.charge_minor,
        payouts.c.currency,
        provider_accounts.c.shortcode,
    )
    .outerjoin(provider_accounts, provider_accounts.c.id == payouts.c.provider_account_id)
    .order_by(payouts.c.id),
    payouts.c.id,
)
_PAYOUT_HISTORY = Ranged(
    sa.select(changes.c.subject_id, changes.c.to_state)
    .where(changes.c.subject_kind == "payout")
    .order_by(changes.c.subject_id, changes.c.sequence),
    changes.c.subject_id,
)


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """Payouts in order of id, and how many changes of each are told, with the state that the last one ends in."""

    payouts: Sequence[Row]
    history: dict[UUID, tuple[int, str | None]]


def payout_pages(tx: Tx) -> Iterator[PayoutPage]:
    for part in ranges(tx, payouts.c.id):
        history: dict[UUID, tuple[int, str | None]] = {}
        for subject, state in _PAYOUT_HISTORY(tx, part):
            history[subject] = (history.get(subject, (0, None))[0] + 1, state)
        yield PayoutPage(_PAYOUTS(tx, part), history)


# --- the treasury -------------------------------------------------------------------------------------------------------


def funds_kept(tx: Tx) -> Sequence[Row]:
    """Every fund: there are few."""
    query = sa.select(funds.c.id, funds.c.organisation_id, funds.c.slug, funds.c.currency, funds.c.balance_minor)
    return tx.connection.execute(query.order_by(funds.c.id)).all()


def reconciled_told(tx: Tx) -> Iterator[Row]:
    """Each entry that was reconciled, with who did it by its own row and by the trail (None: it tells of nobody)."""
    told = sa.and_(changes.c.subject_id == reconciled_entries.c.entry_id, changes.c.action == "entry_reconciled")
    query = sa.select(reconciled_entries.c.entry_id, reconciled_entries.c.staff_id, changes.c.actor).select_from(
        reconciled_entries.outerjoin(changes, told)
    )
    yield from tx.connection.execute(query.order_by(reconciled_entries.c.entry_id))


def fund_payments_told(tx: Tx) -> Iterator[Row]:
    """Each payment out of a fund with how much its history tells and what that ends in, and how often it was executed."""
    mine = sa.and_(changes.c.subject_id == fund_payments.c.id, changes.c.subject_kind == "fund_payment")
    told = sa.select(sa.func.count()).select_from(changes).where(mine).scalar_subquery()
    last = sa.select(changes.c.to_state).where(mine).order_by(changes.c.sequence.desc()).limit(1).scalar_subquery()
    ran = (
        sa.select(sa.func.count())
        .select_from(executions)
        .where(executions.c.payment_id == fund_payments.c.id)
        .scalar_subquery()
    )
    query = sa.select(
        fund_payments.c.id,
        fund_payments.c.status,
        fund_payments.c.version,
        fund_payments.c.attempts,
        told.label("told"),
        last.label("last"),
        ran.label("executions"),
    )
    yield from tx.connection.execute(query.order_by(fund_payments.c.id))
