"""Wishes to place money that wait for a second person's yes, as they stand in the books."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.approvals import SubjectKind
from core.ids import PaymentId
from core.money import Currency, Money
from core.placements import Placement, PlacementId, Whereabouts
from core.treasury import Ruling
from storage.tables import payments, placements
from storage.tx import Tx

_QUERY = sa.select(placements, payments.c.receipt).join(payments, payments.c.id == placements.c.payment_id)


def add(tx: Tx, one: Placement, amount: Money) -> None:
    """Write a wish down. The database keeps one open a payment."""
    tx.connection.execute(
        sa.insert(placements).values(
            id=one.id,
            organisation_id=one.organisation,
            kind=one.kind.value,
            payment_id=one.payment,
            reference=one.reference,
            account_id=one.account,
            minor=amount.minor,
            currency=amount.currency.code,
            origin=one.asked.origin,
            target=one.asked.target,
            why=one.why,
            requested_by=one.requester,
            ruling=one.ruling.value,
            at=one.at,
        )
    )


def load(tx: Tx, id_: UUID) -> Placement | None:
    row = tx.connection.execute(_QUERY.where(placements.c.id == id_)).one_or_none()
    return _placement(row) if row is not None else None


def open_of(tx: Tx, payment: PaymentId) -> Placement | None:
    """What waits for a yes about this payment. Whoever asks holds the lock of the payment's row."""
    pending = placements.c.ruling == Ruling.PENDING.value
    row = tx.connection.execute(_QUERY.where(placements.c.payment_id == payment, pending)).one_or_none()
    return _placement(row) if row is not None else None


def rule(tx: Tx, id_: PlacementId, ruling: Ruling) -> None:
    """It was decided; the database refuses a second time."""
    tx.connection.execute(sa.update(placements).where(placements.c.id == id_).values(ruling=ruling.value))


def _placement(row: Any) -> Placement:
    return Placement(
        id=PlacementId(row.id),
        organisation=row.organisation_id,
        kind=SubjectKind(row.kind),
        payment=row.payment_id,
        receipt=row.receipt or "",
        reference=row.reference,
        account=row.account_id,
        asked=Whereabouts(Money(row.minor, Currency[row.currency]), row.origin, row.target),
        why=row.why,
        requester=row.requested_by,
        ruling=Ruling(row.ruling),
        at=row.at,
    )
