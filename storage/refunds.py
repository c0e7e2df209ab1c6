"""Refunds as they stand in the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from core.ids import OrganisationId, PaymentId
from core.money import Currency, Money
from core.phones import Msisdn
from core.refunds import Refund, RefundId, State, refund_number
from storage import numbers, people
from storage.tables import payments, refunds
from storage.tx import Tx

REFUNDS = "refunds"
MOST_LOOKED_AT = 12
"""Of one phone's payments, when it asks which may be paid back."""


def next_number(tx: Tx, organisation: OrganisationId) -> int:
    return numbers.take(tx, REFUNDS, {organisation: 1})[organisation]


def add(tx: Tx, refund: Refund, *, intent: str | None) -> None:
    """Write a request down. The database refuses more than its payment has left."""
    tx.connection.execute(
        sa.insert(refunds).values(
            id=refund.id,
            organisation_id=refund.organisation,
            number=refund.number,
            payment_id=refund.payment,
            minor=refund.amount.minor,
            currency=refund.amount.currency.code,
            payee_sealed=tx.vault.seal_text(refund.payee.digits),
            payee_index=tx.vault.phone_index(refund.payee.digits),
            reason=refund.reason,
            intent=_kept(tx, intent),
            state=refund.state.value,
            round=refund.round,
            payout_id=refund.payout,
            requested_by=refund.requested_by,
            requested_at=refund.requested_at,
            version=refund.version,
        )
    )


def save(tx: Tx, refund: Refund) -> None:
    """Its state has changed. Whoever calls holds the lock of its row."""
    tx.connection.execute(
        sa.update(refunds)
        .where(refunds.c.id == refund.id)
        .values(state=refund.state.value, round=refund.round, payout_id=refund.payout, version=refund.version)
    )


def load(tx: Tx, id_: RefundId, *, lock: bool = False) -> Refund | None:
    query = sa.select(refunds).where(refunds.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _refund(tx, row) if row is not None else None


def of_intent(tx: Tx, organisation: OrganisationId, intent: str) -> Refund | None:
    """What was asked for by this very yes already."""
    query = sa.select(refunds).where(refunds.c.organisation_id == organisation, refunds.c.intent == _kept(tx, intent))
    row = tx.connection.execute(query).one_or_none()
    return _refund(tx, row) if row is not None else None


def numbers_of_intents(tx: Tx, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> list[str]:
    """What was asked for by one of these yeses already: `RF-000012`, the latest last."""
    query = sa.select(refunds.c.number).where(
        refunds.c.organisation_id.in_(organisations), refunds.c.intent.in_([_kept(tx, intent) for intent in intents])
    )
    return [
        refund_number(number)
        for number in tx.connection.scalars(query.order_by(refunds.c.requested_at, refunds.c.number))
    ]


def of_payment(tx: Tx, payment: PaymentId) -> list[Refund]:
    """All that was ever asked for of a payment, oldest first."""
    rows = tx.connection.execute(sa.select(refunds).where(refunds.c.payment_id == payment).order_by(refunds.c.number))
    return [_refund(tx, row) for row in rows]


def listed(
    tx: Tx, organisation: OrganisationId | None, *, state: State | None = None, limit: int = 200
) -> list[Refund]:
    """The newest first."""
    query = sa.select(refunds).order_by(refunds.c.requested_at.desc(), refunds.c.id.desc()).limit(limit)
    if organisation is not None:
        query = query.where(refunds.c.organisation_id == organisation)
    if state is not None:
        query = query.where(refunds.c.state == state.value)
    return [_refund(tx, row) for row in tx.connection.execute(query)]


def paid_by(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> list[tuple[PaymentId, date, str]]:
    """The newest payments from this phone, or of its owner where the provider hid the number, whose money is here: payment,
    day, what was typed as account."""
    payer = tx.vault.phone_index(msisdn.digits)
    contact = people.contact_of(tx, organisation, msisdn)
    hidden = sa.and_(payments.c.payer_contact_id == contact, payments.c.payer_index.is_(None))
    rows = tx.connection.execute(
        sa.select(payments.c.id, payments.c.value_on, payments.c.reference)
        .where(
            payments.c.payer_index == payer if contact is None else sa.or_(payments.c.payer_index == payer, hidden),
            payments.c.organisation_id == organisation,
            payments.c.status.in_(["completed", "partly_refunded"]),
        )
        .order_by(payments.c.completed_at.desc(), payments.c.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    return [(row.id, row.value_on, row.reference) for row in rows]


def _kept(tx: Tx, intent: str | None) -> str | None:
    """Intents are made of a phone among others: without the key they tell none."""
    return None if intent is None else tx.vault.index("intent", intent).hex()


def _refund(tx: Tx, row: sa.Row[Any]) -> Refund:
    return Refund(
        id=row.id,
        organisation=row.organisation_id,
        number=row.number,
        payment=row.payment_id,
        amount=Money(row.minor, Currency[row.currency]),
        payee=Msisdn(tx.vault.open_text(row.payee_sealed)),
        reason=row.reason,
        state=State(row.state),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        round=row.round,
        payout=row.payout_id,
        version=row.version,
    )
