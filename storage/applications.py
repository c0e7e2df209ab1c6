"""Which debts each payment settled, and why: rows beside the entry that posted them, as append-only as the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from core.application import Application, Strategy
from core.ids import CustomerAccountId, EntryId, PaymentId
from core.money import Currency, Money
from storage.customer_accounts import reduce_items
from storage.fast import Insert
from storage.tables import applications, customer_accounts, entries, open_items
from storage.tx import Tx


class NewApplication(NamedTuple):
    """What one entry applied. `payment` is None when the money was credit held before."""

    entry: EntryId
    payment: PaymentId | None
    applied: tuple[Application, ...]


_INSERT = Insert(applications)


def add(tx: Tx, new: Sequence[NewApplication]) -> None:
    """Write applications and lower what their items owe."""
    _INSERT(
        tx,
        [
            (
                row.entry,
                position,
                row.payment,
                part.account,
                part.item,
                part.amount.minor,
                part.strategy._value_,
                part.reason,
            )
            for row in new
            for position, part in enumerate(row.applied)
        ],
    )
    reduce_items(tx, [(part.item, part.amount.minor) for row in new for part in row.applied if part.item is not None])


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as people read it: the account's and the item's names. `item` is None for credit."""

    application: Application
    reference: str
    item: str | None


def of_payment(tx: Tx, payment: PaymentId) -> list[Applied]:
    """Where a payment went, in the order in which it was applied."""
    rows = tx.connection.execute(
        sa.select(applications, customer_accounts.c.reference, customer_accounts.c.currency, open_items.c.number)
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .outerjoin(open_items, open_items.c.id == applications.c.item_id)
        .where(applications.c.payment_id == payment)
        .order_by(applications.c.entry_id, applications.c.position)
    )
    return [
        Applied(
            Application(
                row.account_id,
                row.item_id,
                Money(row.minor, Currency[row.currency]),
                Strategy(row.strategy),
                row.reason,
            ),
            row.reference,
            row.number,
        )
        for row in rows
    ]


def of_entry(tx: Tx, entry: EntryId) -> list[Application]:
    """What one entry applied (or took back: below zero), in its order."""
    rows = tx.connection.execute(
        sa.select(applications, customer_accounts.c.currency)
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .where(applications.c.entry_id == entry)
        .order_by(applications.c.position)
    )
    return [
        Application(
            row.account_id, row.item_id, Money(row.minor, Currency[row.currency]), Strategy(row.strategy), row.reason
        )
        for row in rows
    ]


def standing(tx: Tx, payment: PaymentId) -> list[Application]:
    """Where a payment is applied now, after all moves: one row per account and item."""
    rows = tx.connection.execute(
        sa.select(
            applications.c.account_id,
            applications.c.item_id,
            customer_accounts.c.currency,
            sa.func.sum(applications.c.minor).label("minor"),
            sa.func.min(applications.c.strategy).label("strategy"),
            sa.func.min(applications.c.reason).label("reason"),
        )
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .where(applications.c.payment_id == payment)
        .group_by(applications.c.account_id, applications.c.item_id, customer_accounts.c.currency)
        .having(sa.func.sum(applications.c.minor) > 0)
        # (Left to itself, one database puts what has no item last, and the other first.)
        .order_by(applications.c.account_id, applications.c.item_id.nulls_first())
    )
    return [
        Application(
            row.account_id,
            row.item_id,
            Money(int(row.minor), Currency[row.currency]),
            Strategy(row.strategy),
            row.reason,
        )
        for row in rows
    ]


def stands_as_received(tx: Tx, payment: PaymentId) -> bool:
    """Is all of a payment where its arrival put it: nothing moved, assigned, given back or taken back since?"""
    kinds = sa.select(entries.c.kind).join(applications, applications.c.entry_id == entries.c.id)
    found = tx.connection.scalars(kinds.where(applications.c.payment_id == payment).distinct())
    return set(found) == {"payment_received"}


def spent_credit(tx: Tx, account: CustomerAccountId) -> list[Application]:
    """What of an account's credit has settled its invoices and stands, the newest invoice first."""
    rows = tx.connection.execute(
        sa.select(
            applications.c.item_id,
            open_items.c.currency,
            sa.func.sum(applications.c.minor).label("minor"),
        )
        .join(open_items, open_items.c.id == applications.c.item_id)
        .where(
            applications.c.account_id == account,
            # What a credit note lowered was never credit.
            applications.c.strategy == Strategy.CREDIT.value,
        )
        .group_by(applications.c.item_id, open_items.c.currency)
        .having(sa.func.sum(applications.c.minor) > 0)
        .order_by(applications.c.item_id.desc())
    )
    return [
        Application(account, row.item_id, Money(int(row.minor), Currency[row.currency]), Strategy.CREDIT, "credit:held")
        for row in rows
    ]
