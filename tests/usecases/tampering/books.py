"""The ledger itself: entries and postings, what they were applied to, accounts and their balances."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage import tables
from tests.usecases.tampering.hands import NEW, A, E, P, Tampering, add, an_entry, change, first, remove


def entry_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    change(c, E, E.c.id == entry.id, kind="payment_recieved")
    return "entries", entry.id


def entry_redated(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, "invoice_issued", newest=newest)
    change(c, E, E.c.id == entry.id, recorded_at=entry.recorded_at.replace(year=2025))
    return "entries", entry.id


def entry_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    remove(c, E, E.c.id == entry.id)
    return ("postings", entry.id) if newest else ("entries", entry.id)


def entry_inserted(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c)
    add(c, E, entry, id=NEW, key="payment:again")
    for line in c.execute(sa.select(P).where(P.c.entry_id == entry.id)).all():
        add(c, P, line, entry_id=NEW)
    return "entries", NEW


def entry_inserted_among_sealed_ones(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c)
    older = UUID(int=entry.id.int + 1)
    add(c, E, entry, id=older, key="payment:again")
    return "entries", older


def posting_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    change(c, P, P.c.entry_id == entry.id, P.c.position == 0, minor=1)
    return "postings", entry.id


def posting_sent_to_another_account(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry, other = an_entry(c, newest=newest), an_entry(c, "invoice_issued")
    account = first(c, sa.select(P).where(P.c.entry_id == other.id, P.c.minor < 0)).account_id
    change(c, P, P.c.entry_id == entry.id, P.c.position == 1, account_id=account)
    return "entries", entry.id


def posting_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    remove(c, P, P.c.entry_id == entry.id, P.c.position == 1)
    return "postings", entry.id


def postings_added_in_balance(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    line = first(c, sa.select(P).where(P.c.entry_id == entry.id).order_by(P.c.position))
    add(c, P, line, position=8, minor=5)
    add(c, P, line, position=9, minor=-5)
    return "entries", entry.id


def posting_of_no_entry(c: sa.Connection) -> tuple[str, Any]:
    add(c, P, first(c, sa.select(P)), entry_id=NEW)
    return "postings", NEW


def everything_made_to_fit_a_larger_amount(c: sa.Connection) -> tuple[str, Any]:
    """A payment of 1,500 becomes one of 1,501 wherever it is written: the books add up, but they are not ours."""
    entry = an_entry(c)
    lines = c.execute(sa.select(P).where(P.c.entry_id == entry.id).order_by(P.c.position)).all()
    for line in lines:
        sign = 1 if line.minor > 0 else -1
        change(c, P, P.c.entry_id == entry.id, P.c.position == line.position, minor=line.minor + sign * 100)
        b = tables.balances
        change(c, b, b.c.account_id == line.account_id, minor=b.c.minor + sign * 100)
    applied = first(c, sa.select(A).where(A.c.entry_id == entry.id))
    change(c, A, A.c.entry_id == entry.id, minor=applied.minor + 100)
    items = tables.open_items
    change(c, items, items.c.id == applied.item_id, outstanding_minor=items.c.outstanding_minor - 100)
    change(c, tables.payments, tables.payments.c.id == entry.subject_id, minor=tables.payments.c.minor + 100)
    return "entries", entry.id


def application_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, minor=applied.minor - 1)
    return "applications", applied.entry_id


def application_excused(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id))
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, reason="staff:KV10")
    return "applications", applied.entry_id


def application_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    remove(c, A, A.c.entry_id == applied.entry_id)
    return "applications", applied.entry_id


def application_inserted(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    add(c, A, applied, position=9)
    return "applications", applied.entry_id


def application_of_no_entry(c: sa.Connection) -> tuple[str, Any]:
    add(c, A, first(c, sa.select(A)), entry_id=NEW)
    return "applications", NEW


def balance_changed(c: sa.Connection) -> tuple[str, Any]:
    b = tables.balances
    row = first(c, sa.select(b))
    change(c, b, b.c.account_id == row.account_id, b.c.slot == row.slot, minor=row.minor + 1)
    return "balances", row.account_id


def balance_removed(c: sa.Connection) -> tuple[str, Any]:
    b = tables.balances
    row = first(c, sa.select(b).where(b.c.minor != 0))
    remove(c, b, b.c.account_id == row.account_id)
    return "balances", row.account_id


def balance_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.balances))
    add(c, tables.balances, row, slot=50, minor=7)
    return "balances", row.account_id


def balance_of_nothing(c: sa.Connection) -> tuple[str, Any]:
    c.execute(sa.insert(tables.balances).values(account_id=NEW, slot=0, minor=7))
    return "ledger_accounts", NEW


def account_renamed(c: sa.Connection) -> tuple[str, Any]:
    accounts = tables.ledger_accounts
    row = first(c, sa.select(accounts).where(accounts.c.code == "liability:suspense"))
    change(c, accounts, accounts.c.id == row.id, code="income:gifts")
    return "ledger_accounts", row.id


def account_removed(c: sa.Connection) -> tuple[str, Any]:
    accounts = tables.ledger_accounts
    row = first(c, sa.select(accounts).where(accounts.c.code.like("asset:receivable:%")))
    remove(c, accounts, accounts.c.id == row.id)
    return "ledger_accounts", row.id


def application_of_another_payment(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=True)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, payment_id=NEW)
    return "applications", f"{applied.entry_id}/{applied.position}"


def application_to_nobody(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=True)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, account_id=NEW)
    return "applications", f"{applied.entry_id}/{applied.position}"


ONCE: tuple[Tampering, ...] = (
    entry_inserted,
    entry_inserted_among_sealed_ones,
    posting_of_no_entry,
    everything_made_to_fit_a_larger_amount,
    application_excused,
    application_of_no_entry,
    application_of_another_payment,
    application_to_nobody,
    balance_changed,
    balance_removed,
    balance_inserted,
    balance_of_nothing,
    account_renamed,
    account_removed,
)
TWICE = (
    entry_changed,
    entry_redated,
    entry_removed,
    posting_changed,
    posting_sent_to_another_account,
    posting_removed,
    postings_added_in_balance,
    application_changed,
    application_removed,
    application_inserted,
)
