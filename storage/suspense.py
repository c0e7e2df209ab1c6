"""Money that has arrived and waits for its owner (PAY-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.application import SuspenseReason
from core.ids import OrganisationId, PaymentId
from core.money import Currency, Money
from core.payments import Payment
from storage import rollups
from storage.fast import Insert
from storage.payments import open_payer
from storage.tables import payments, suspense_items
from storage.tx import Tx

_INSERT = Insert(suspense_items, "payment_id", "organisation_id", "minor", "currency", "reason", "opened_at")


def add(tx: Tx, new: Sequence[tuple[Payment, Money, SuspenseReason]]) -> None:
    """So much of each payment waits from now on, and why."""
    _INSERT(
        tx,
        [
            (payment.id, payment.organisation, amount.minor, amount.currency.code, reason.value, tx.now)
            for payment, amount, reason in new
        ],
    )
    rollups.fold(tx, [rollups.waits(payment, amount) for payment, amount, _ in new])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment in suspense, as staff see it. The payer's number is masked."""

    payment: PaymentId
    organisation: OrganisationId
    amount: Money
    reason: SuspenseReason
    opened_at: datetime
    receipt: str
    typed: str
    payer: str
    payer_name: str


def waiting(tx: Tx, organisation: OrganisationId | None = None, *, limit: int = 200) -> list[Waiting]:
    """What is in suspense, the longest waiting first."""
    query = (
        sa.select(suspense_items, payments.c.receipt, payments.c.payer_sealed)
        .join(payments, payments.c.id == suspense_items.c.payment_id)
        .where(suspense_items.c.closed_at.is_(None))
        .order_by(suspense_items.c.opened_at, suspense_items.c.payment_id)
        .limit(limit)
    )
    if organisation is not None:
        query = query.where(suspense_items.c.organisation_id == organisation)
    found = []
    for row in tx.connection.execute(query):
        payer = open_payer(tx, row.payer_sealed)
        found.append(
            Waiting(
                row.payment_id,
                row.organisation_id,
                Money(row.minor, Currency[row.currency]),
                SuspenseReason(row.reason),
                row.opened_at,
                row.receipt or "",
                payer.typed,
                payer.shown,
                payer.name,
            )
        )
    return found


def close(tx: Tx, payment: Payment) -> Money | None:
    """End a payment's wait; how much waited. None when it does not wait (any more), also if another process was first."""
    row = tx.connection.execute(
        sa.update(suspense_items)
        .where(suspense_items.c.payment_id == payment.id, suspense_items.c.closed_at.is_(None))
        .values(closed_at=tx.now)
        .returning(suspense_items.c.minor, suspense_items.c.currency)
    ).one_or_none()
    if row is None:
        return None
    amount = Money(row.minor, Currency[row.currency])
    rollups.fold(tx, [rollups.waits_no_more(payment, amount)])
    return amount


def of_payment(tx: Tx, payment: PaymentId) -> Money | None:
    """What of this payment is still in suspense."""
    query = sa.select(suspense_items.c.minor, suspense_items.c.currency).where(
        suspense_items.c.payment_id == payment, suspense_items.c.closed_at.is_(None)
    )
    row = tx.connection.execute(query).one_or_none()
    return Money(row.minor, Currency[row.currency]) if row else None


def reason_of(tx: Tx, payment: PaymentId) -> SuspenseReason | None:
    """Why this payment waits; None when it does not (any more)."""
    query = sa.select(suspense_items.c.reason).where(
        suspense_items.c.payment_id == payment, suspense_items.c.closed_at.is_(None)
    )
    reason = tx.connection.scalar(query)
    return SuspenseReason(reason) if reason else None


def count(tx: Tx, organisation: OrganisationId | None = None) -> int:
    """How many payments wait."""
    query = sa.select(sa.func.count()).select_from(suspense_items).where(suspense_items.c.closed_at.is_(None))
    if organisation is not None:
        query = query.where(suspense_items.c.organisation_id == organisation)
    return int(tx.connection.scalar(query) or 0)


def opened_since(tx: Tx, organisation: OrganisationId, since: datetime, *, most: int) -> int:
    """How many payments of an organisation wait since a moment after `since`; counted up to `most`."""
    mine = (suspense_items.c.organisation_id == organisation) & suspense_items.c.closed_at.is_(None)
    found = sa.select(suspense_items.c.payment_id).where(mine, suspense_items.c.opened_at > since).limit(most)
    return int(tx.connection.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0)
