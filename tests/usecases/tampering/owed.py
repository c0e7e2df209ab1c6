"""What people owe or have left: invoices, credit, the account itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage import tables
from tests.usecases.tampering.hands import NEW, Tampering, add, change, first, remove


def debt_forgiven(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).where(items.c.outstanding_minor > 0).order_by(items.c.id), newest=newest)
    change(c, items, items.c.id == item.id, outstanding_minor=0)
    return "open_items", item.id


def invoice_made_smaller(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).where(items.c.outstanding_minor > 0).order_by(items.c.id))
    change(
        c, items, items.c.id == item.id, total_minor=item.total_minor - 1, outstanding_minor=item.outstanding_minor - 1
    )
    return "open_items", item.id


def invoice_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).order_by(items.c.id), newest=newest)
    remove(c, items, items.c.id == item.id)
    return "open_items", item.id


def invoice_inserted(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    add(c, items, first(c, sa.select(items)), id=NEW, number="INV-009999", source="by hand")
    return "open_items", NEW


def invoice_line_changed(c: sa.Connection) -> tuple[str, Any]:
    lines = tables.item_lines
    line = first(c, sa.select(lines))
    change(c, lines, lines.c.item_id == line.item_id, lines.c.position == line.position, minor=line.minor + 1)
    return "item_lines", line.item_id


def credit_overdrawn(c: sa.Connection) -> tuple[str, Any]:
    b, accounts = tables.balances, tables.ledger_accounts
    of_credit = accounts.c.code.startswith("liability:credit:")
    row = first(c, sa.select(b, accounts.c.code).join(accounts, accounts.c.id == b.c.account_id).where(of_credit))
    change(c, b, b.c.account_id == row.account_id, b.c.slot == row.slot, minor=10**9)
    return "customer_accounts", UUID(row.code.removeprefix("liability:credit:"))


def invoice_in_no_currency(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).order_by(items.c.id))
    change(c, items, items.c.id == item.id, currency="XXX")
    return "open_items", item.id


def student_removed(c: sa.Connection) -> tuple[str, Any]:
    customers = tables.customer_accounts
    row = first(c, sa.select(customers).order_by(customers.c.reference))
    remove(c, customers, customers.c.id == row.id)
    return "customer_accounts", row.id


ONCE: tuple[Tampering, ...] = (
    invoice_in_no_currency,
    student_removed,
    invoice_made_smaller,
    invoice_inserted,
    invoice_line_changed,
    credit_overdrawn,
)
TWICE = (
    debt_forgiven,
    invoice_removed,
)
