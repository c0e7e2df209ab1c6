"""The books: entries and postings are only ever added, balances are folded along in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import ledger
from core.ids import AccountId, EntryId, OrganisationId, StaffId
from core.ledger import Account, JournalEntry, Posting, Recorded
from core.money import Currency, Money
from storage.fast import Insert, Lookup, Query
from storage.tables import balances, entries, ledger_accounts, postings, reconciled_entries
from storage.tx import Tx
from storage.types import in_order, to_us

_OPEN = Insert(ledger_accounts, or_ignore=True)
_ENTRIES = Insert(entries)
_POSTINGS = Insert(postings)
_FOLD = Insert(balances, add=("minor",))


def open_accounts(tx: Tx, accounts: Iterable[Account]) -> None:
    """Add accounts to the chart; those that are there stay. Posting to an account that was never opened is refused."""
    _OPEN(tx, [(account.id, account.organisation, account.code, account.currency.code, tx.now) for account in accounts])


def post(tx: Tx, journal: Sequence[JournalEntry]) -> list[EntryId]:
    """Write entries, each with its authenticity code, and fold them into the balances: one update per account."""
    ids: list[EntryId] = []
    entry_rows, posting_rows = [], []
    moved: dict[AccountId, int] = {}
    recorded_at_us = to_us(tx.now)
    for entry in journal:
        entry_id = EntryId(tx.new_id())
        ids.append(entry_id)
        lines = [(account.id, minor) for account, minor in entry.postings]
        content = ledger.canonical(
            entry_id,
            entry.organisation,
            entry.key,
            entry.kind,
            entry.value_on,
            recorded_at_us,
            entry.subject,
            entry.reverses,
            lines,
        )
        entry_rows.append(
            (
                entry_id,
                entry.organisation,
                entry.key,
                entry.kind,
                entry.value_on,
                tx.now,
                entry.subject,
                entry.reverses,
                tx.vault.mac(content),
            )
        )
        for position, (account, minor) in enumerate(lines):
            posting_rows.append((entry_id, position, account, minor))
            moved[account] = moved.get(account, 0) + minor
    _ENTRIES(tx, entry_rows)
    _POSTINGS(tx, posting_rows)
    # In one fixed order, so that two processes folding the same accounts never wait for each other in a circle.
    _FOLD(tx, [(account, tx.slot, moved[account]) for account in in_order(moved)])
    return ids


def balance(tx: Tx, account: Account) -> Money:
    """The account's balance now: debits less credits."""
    query = sa.select(sa.func.coalesce(sa.func.sum(balances.c.minor), 0)).where(balances.c.account_id == account.id)
    return Money(int(tx.connection.scalar(query) or 0), account.currency)


def balances_of(tx: Tx, accounts: Sequence[Account]) -> dict[AccountId, Money]:
    """Balances now of several accounts; an account without postings is at zero."""
    found = {account: int(minor) for account, minor in _BALANCES(tx, [account.id for account in accounts])}
    return {account.id: Money(found.get(account.id, 0), account.currency) for account in accounts}


_BALANCES = Lookup(
    sa.select(balances.c.account_id, sa.func.sum(balances.c.minor)).group_by(balances.c.account_id),
    balances.c.account_id,
)


def balance_as_of(
    tx: Tx, account: Account, *, recorded_until: datetime | None = None, value_until: date | None = None
) -> Money:
    """The balance as it was known at a moment (`recorded_until`), or of all business up to a date (`value_until`)."""
    query = _as_of(recorded=recorded_until is not None, valued=value_until is not None)
    ((minor,),) = query(tx, account=account.id, recorded_until=recorded_until, value_until=value_until)
    return Money(int(minor), account.currency)


@cache
def _as_of(*, recorded: bool, valued: bool) -> Query:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(postings.c.minor), sa.literal_column("0")))
        .join(entries, entries.c.id == postings.c.entry_id)
        .where(postings.c.account_id == sa.bindparam("account"))
    )
    if recorded:
        query = query.where(entries.c.recorded_at <= sa.bindparam("recorded_until"))
    if valued:
        query = query.where(entries.c.value_on <= sa.bindparam("value_until"))
    return Query(query)


def trial_balance(tx: Tx, organisation: OrganisationId | None = None) -> dict[Currency, int]:
    """The sum of all postings by currency, recounted: zero each, or the books are broken."""
    query = (
        sa.select(ledger_accounts.c.currency, sa.func.sum(postings.c.minor).label("minor"))
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .group_by(ledger_accounts.c.currency)
    )
    if organisation is not None:
        query = query.where(ledger_accounts.c.organisation_id == organisation)
    return {Currency[row.currency]: int(row.minor) for row in tx.connection.execute(query)}


def load(tx: Tx, key: str) -> Recorded | None:
    """The entry of that key, with its postings in order."""
    row = tx.connection.execute(sa.select(entries).where(entries.c.key == key)).one_or_none()
    if row is None:
        return None
    lines = tx.connection.execute(
        sa.select(postings.c.minor, ledger_accounts.c.code, ledger_accounts.c.currency)
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .where(postings.c.entry_id == row.id)
        .order_by(postings.c.position)
    )
    entry = JournalEntry(
        organisation=row.organisation_id,
        key=row.key,
        kind=row.kind,
        value_on=row.value_on,
        subject=row.subject_id,
        postings=tuple(
            Posting(Account(row.organisation_id, line.code, Currency[line.currency]), line.minor) for line in lines
        ),
        reverses=row.reverses_id,
    )
    return Recorded(row.id, entry, row.recorded_at)


@dataclass(frozen=True, slots=True)
class EntryKept:
    """An entry as it is shown: with its lines in order."""

    id: EntryId
    kind: str
    value_on: date
    recorded_at: datetime
    subject: UUID
    reverses: EntryId | None
    postings: tuple[Posting, ...]
    reconciled_by: StaffId | None = None
    """Who compared it with what really happened (entries of funds)."""
    reconciled_at: datetime | None = None


_KEPT = sa.select(
    entries, reconciled_entries.c.staff_id.label("reconciled_by"), reconciled_entries.c.at.label("reconciled_at")
).select_from(entries.outerjoin(reconciled_entries, reconciled_entries.c.entry_id == entries.c.id))


def listed(
    tx: Tx,
    organisation: OrganisationId,
    *,
    limit: int,
    before: UUID | None = None,
    code: str | None = None,
    is_open: bool = False,
) -> list[EntryKept]:
    """An organisation's entries, the newest first, older than `before`; with `code` those that touch that account; `is_open`:
    those that nobody has reconciled."""
    query = _KEPT.where(entries.c.organisation_id == organisation)
    if is_open:
        query = query.where(reconciled_entries.c.entry_id.is_(None))
    if before is not None:
        query = query.where(entries.c.id < before)
    if code is not None:
        touched = (
            sa.select(postings.c.entry_id)
            .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
            .where(ledger_accounts.c.organisation_id == organisation, ledger_accounts.c.code == code)
        )
        query = query.where(entries.c.id.in_(touched))
    return _with_lines(tx, tx.connection.execute(query.order_by(entries.c.id.desc()).limit(limit)).all())


def entry(tx: Tx, organisation: OrganisationId, id_: UUID) -> EntryKept | None:
    """One entry of an organisation."""
    mine = _KEPT.where(entries.c.organisation_id == organisation, entries.c.id == id_)
    found = _with_lines(tx, tx.connection.execute(mine).all())
    return found[0] if found else None


def reconcile(tx: Tx, id_: EntryId, by: StaffId) -> None:
    """Mark an entry of a fund, for good. The database refuses a second mark, and one by whoever carried it out."""
    tx.connection.execute(sa.insert(reconciled_entries).values(entry_id=id_, staff_id=by, at=tx.now))


def _with_lines(tx: Tx, rows: Sequence[sa.Row[Any]]) -> list[EntryKept]:
    lines: dict[UUID, list[Posting]] = {}
    query = (
        sa.select(
            postings.c.entry_id,
            postings.c.minor,
            ledger_accounts.c.organisation_id,
            ledger_accounts.c.code,
            ledger_accounts.c.currency,
        )
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .where(postings.c.entry_id.in_([row.id for row in rows]))
        .order_by(postings.c.entry_id, postings.c.position)
    )
    for line in tx.connection.execute(query):
        account = Account(line.organisation_id, line.code, Currency[line.currency])
        lines.setdefault(line.entry_id, []).append(Posting(account, line.minor))
    return [
        EntryKept(
            row.id,
            row.kind,
            row.value_on,
            row.recorded_at,
            row.subject_id,
            row.reverses_id,
            tuple(lines.get(row.id, ())),
            row.reconciled_by,
            row.reconciled_at,
        )
        for row in rows
    ]
