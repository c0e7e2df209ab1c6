"""Receipts: one a payment, numbered per organisation without gaps."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from core.ids import OrganisationId, PaymentId
from storage.fast import Insert
from storage.tables import receipts
from storage.tx import Tx

_INSERT = Insert(receipts)


def add(tx: Tx, new: Sequence[tuple[OrganisationId, int, PaymentId]]) -> None:
    _INSERT(tx, [(organisation, number, payment, tx.now) for organisation, number, payment in new])


def number_of(tx: Tx, payment: PaymentId) -> int | None:
    """The payment's receipt number; None before it is completed."""
    number: int | None = tx.connection.scalar(sa.select(receipts.c.number).where(receipts.c.payment_id == payment))
    return number
