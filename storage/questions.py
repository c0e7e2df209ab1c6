"""Questions to providers about receipts: each receipt is asked about once, however many people wonder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId, PaymentId, ProviderAccountId
from core.organisations import ProviderAccount
from core.payments import Standing
from storage.fast import Insert
from storage.tables import payments, status_questions, suspense_items
from storage.tx import Tx

_INSERT = Insert(
    status_questions,
    "id",
    "organisation_id",
    "provider_account_id",
    "receipt",
    "asked",
    "next_at",
    "opened_at",
    or_ignore=True,
)


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """A receipt that its provider is asked about."""

    id: UUID
    organisation: OrganisationId
    provider_account: ProviderAccountId
    receipt: str
    asked: int
    """How often."""
    told: Standing | None
    opened_at: datetime


def put(tx: Tx, account: ProviderAccount, receipts: Iterable[str]) -> None:
    """Ask about these receipts as soon as somebody can. Those that were asked about before are passed over."""
    _INSERT(tx, [(tx.new_id(), account.organisation, account.id, one, 0, tx.now, tx.now) for one in receipts])


def due(tx: Tx, *, limit: int) -> list[StatusQuestion]:
    """What is to be asked now, the longest waiting first."""
    query = sa.select(status_questions).where(status_questions.c.next_at <= tx.now)
    return [
        _question(row)
        for row in tx.connection.execute(query.order_by(status_questions.c.next_at, status_questions.c.id).limit(limit))
    ]


def load(tx: Tx, id_: UUID) -> StatusQuestion | None:
    row = tx.connection.execute(sa.select(status_questions).where(status_questions.c.id == id_)).one_or_none()
    return _question(row) if row is not None else None


def about(tx: Tx, account: ProviderAccountId, receipt: str) -> StatusQuestion | None:
    """The question about a receipt, if there is one."""
    query = sa.select(status_questions).where(
        status_questions.c.receipt == receipt, status_questions.c.provider_account_id == account
    )
    row = tx.connection.execute(query).one_or_none()
    return _question(row) if row is not None else None


def asked(tx: Tx, id_: UUID, *, again_at: datetime | None) -> None:
    """It was put once more. `again_at`: when, if no answer comes."""
    mine = status_questions.c.id == id_
    tx.connection.execute(
        sa.update(status_questions).where(mine).values(asked=status_questions.c.asked + 1, next_at=again_at)
    )


def answered(tx: Tx, id_: UUID, told: Standing, *, again_at: datetime | None) -> None:
    """The provider told. `again_at`: when to ask once more, because what it told may change."""
    mine = status_questions.c.id == id_
    tx.connection.execute(
        sa.update(status_questions).where(mine).values(told=told.value, told_at=tx.now, next_at=again_at)
    )


@dataclass(frozen=True, slots=True)
class Masked:
    """A payment that waits for its owner, and whose payer the provider hid."""

    payment: PaymentId
    provider_account: ProviderAccountId
    receipt: str


def masked_and_waiting(tx: Tx, accounts: Sequence[ProviderAccountId], *, since: datetime, limit: int) -> list[Masked]:
    """Payments in suspense whose whole number nobody told, and which were not asked about yet."""
    asked_about = sa.exists().where(
        status_questions.c.receipt == payments.c.receipt,
        status_questions.c.provider_account_id == payments.c.provider_account_id,
    )
    query = (
        sa.select(payments.c.id, payments.c.provider_account_id, payments.c.receipt)
        .join(suspense_items, suspense_items.c.payment_id == payments.c.id)
        .where(
            suspense_items.c.closed_at.is_(None),
            suspense_items.c.opened_at >= since,
            payments.c.provider_account_id.in_(accounts),
            payments.c.payer_index.is_(None),
            payments.c.receipt.is_not(None),
            ~asked_about,
        )
        .order_by(payments.c.id)
        .limit(limit)
    )
    return [Masked(row.id, row.provider_account_id, row.receipt) for row in tx.connection.execute(query)]


def _question(row: sa.Row[tuple[object, ...]]) -> StatusQuestion:
    return StatusQuestion(
        row.id,
        row.organisation_id,
        row.provider_account_id,
        row.receipt,
        row.asked,
        Standing(row.told) if row.told else None,
        row.opened_at,
    )
