"""One invoice with all that stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.fees import FeeLine
from core.ids import CustomerAccountId, ItemId, OrganisationId
from core.money import Currency, Money
from storage.tables import applications, customer_accounts, entries, groups, invoices, item_lines, open_items, terms
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice, and what became of it. `total` less `corrected` and `paid` is `outstanding`."""

    item: ItemId
    organisation: OrganisationId
    number: str
    kind: str
    term: str
    """Empty for what was not charged for a term."""
    holder: str
    reference: str
    group: str
    issued_on: date
    due_on: date
    lines: tuple[FeeLine, ...]
    total: Money
    corrected: Money
    """Taken off by credit notes."""
    paid: Money
    outstanding: Money


def issued(tx: Tx, item: ItemId) -> Issued | None:
    row = tx.connection.execute(
        sa.select(
            open_items,
            customer_accounts.c.holder,
            customer_accounts.c.reference,
            groups.c.name.label("group_name"),
            terms.c.name.label("term_name"),
        )
        .join(customer_accounts, customer_accounts.c.id == open_items.c.account_id)
        .outerjoin(groups, groups.c.id == customer_accounts.c.group_id)
        .outerjoin(invoices, invoices.c.item_id == open_items.c.id)
        .outerjoin(terms, terms.c.id == invoices.c.term_id)
        .where(open_items.c.id == item)
    ).one_or_none()
    if row is None:
        return None
    currency = Currency[row.currency]
    corrected = _corrected(tx, item, currency)
    outstanding = Money(row.outstanding_minor, currency)
    whole = Money(row.total_minor, currency)
    return Issued(
        item=item,
        organisation=row.organisation_id,
        number=row.number,
        kind=row.kind,
        term=row.term_name or "",
        holder=row.holder,
        reference=row.reference,
        group=row.group_name or "",
        issued_on=row.issued_on,
        due_on=row.due_on,
        lines=_lines(tx, item, currency),
        total=whole,
        corrected=corrected,
        paid=whole - corrected - outstanding,
        outstanding=outstanding,
    )


def _corrected(tx: Tx, item: ItemId, currency: Currency) -> Money:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(applications.c.minor), 0))
        .join(entries, entries.c.id == applications.c.entry_id)
        .where(applications.c.item_id == item, entries.c.kind == "invoice_corrected")
    )
    return Money(int(tx.connection.scalar(query) or 0), currency)


def _lines(tx: Tx, item: ItemId, currency: Currency) -> tuple[FeeLine, ...]:
    rows = tx.connection.execute(
        sa.select(item_lines.c.label, item_lines.c.minor)
        .where(item_lines.c.item_id == item)
        .order_by(item_lines.c.position)
    )
    return tuple(FeeLine(row.label, Money(row.minor, currency)) for row in rows)


def named(tx: Tx, number: str, organisation: OrganisationId | None = None) -> Sequence[ItemId]:
    """The items of that number; every organisation counts its own."""
    query = sa.select(open_items.c.id).where(open_items.c.number == number.strip().upper())
    if organisation is not None:
        query = query.where(open_items.c.organisation_id == organisation)
    return list(tx.connection.scalars(query.order_by(open_items.c.id)))


def newest(tx: Tx, account: CustomerAccountId) -> ItemId | None:
    """What was charged last; None where nothing was."""
    query = sa.select(open_items.c.id).where(open_items.c.account_id == account)
    return tx.connection.scalar(query.order_by(open_items.c.issued_on.desc(), open_items.c.id.desc()).limit(1))
