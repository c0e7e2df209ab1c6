"""Everything said between a provider and us, with what came of it: the inbox of callbacks and the log of our own calls.

A callback's raw bytes are stored in the transaction that handles it, or by itself as `unread` when it cannot be handled:
nothing received is lost. Bodies are sealed, for they hold names and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.ids import ExchangeId, OrganisationId, PaymentId, PayoutId, ProviderAccountId
from core.payments import MoneyArrived, MoneyReturned, Witness
from storage.fast import Insert
from storage.tables import exchanges
from storage.tx import Tx


class Outcome(Enum):
    CREDITED = "credited"
    KNOWN = "known"
    """Told before; nothing changed."""
    REVERSED = "reversed"
    """It told that the payment was taken back, and that was booked."""
    CONTRADICTS = "contradicts"
    """The receipt is known with another amount: a person must look."""
    NOT_PAID = "not_paid"
    NOTED = "noted"
    """Understood, and nothing followed from it."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNREAD = "unread"
    """Could not be read or handled; kept whole, visible, replayable."""
    REFUSED = "refused"
    """Turned away at the door: the key is unknown, or the caller is nowhere that the provider calls from."""
    UNKNOWN = "unknown"
    """Our call may have been acted on; the answer was lost."""
    FAILED = "failed"


class Exchange(NamedTuple):
    """One exchange. `request` is what was said first: their callback, or our call."""

    provider: str
    direction: str
    """`in` for their callbacks, `out` for our calls."""
    operation: str
    request: bytes
    outcome: Outcome
    organisation: OrganisationId | None = None
    provider_account: ProviderAccountId | None = None
    payment: PaymentId | PayoutId | None = None
    """What it is about: money that came, or money that we send."""
    address: str = ""
    response: bytes | None = None
    detail: str = ""
    latency_ms: int | None = None
    trace: str = ""


def told(
    notice: MoneyArrived | MoneyReturned,
    *,
    raw: bytes,
    address: str,
    payment: PaymentId | None,
    outcome: Outcome,
    detail: str,
    trace: str,
) -> Exchange:
    """A provider's news as it was told, and what came of it."""
    return Exchange(
        provider=notice.provider,
        direction="in",
        operation=notice.witness._value_,
        request=raw,
        outcome=outcome,
        organisation=notice.organisation,
        provider_account=notice.provider_account,
        payment=payment,
        address=address,
        detail=detail,
        trace=trace,
    )


_FOR_PEOPLE = sa.literal_column("outcome IN ('unread', 'contradicts')", sa.Boolean)
"""Spelt as in the index that serves it."""

_INSERT = Insert(exchanges)
LONGEST_DETAIL = 300


def keep(tx: Tx, said: Sequence[Exchange]) -> list[ExchangeId]:
    """Write exchanges down; their ids, in order."""
    ids = [ExchangeId(tx.new_id()) for _ in said]
    seal = tx.vault.seal
    _INSERT(
        tx,
        [
            (
                id_,
                exchange.organisation,
                exchange.provider_account,
                exchange.provider,
                exchange.direction,
                exchange.operation,
                exchange.payment,
                exchange.address,
                seal(exchange.request),
                None if exchange.response is None else seal(exchange.response),
                exchange.outcome._value_,
                exchange.detail[:LONGEST_DETAIL],
                exchange.latency_ms,
                tx.now,
                exchange.trace,
            )
            for id_, exchange in zip(ids, said, strict=True)
        ],
    )
    return ids


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange as found."""

    id: UUID
    exchange: Exchange
    at: datetime


def is_noted(tx: Tx, account: ProviderAccountId, detail: str) -> bool:
    """Does this already wait for a person, in these words? What is pulled again and again is shown once."""
    query = sa.select(exchanges.c.id).where(
        _FOR_PEOPLE, exchanges.c.provider_account_id == account, exchanges.c.detail == detail[:LONGEST_DETAIL]
    )
    return tx.connection.execute(query.limit(1)).first() is not None


PAID = "paid"
"""How the answer to a question begins, as it is kept, when it says that a prompt was paid."""
_TOLD_PAID = sa.and_(
    exchanges.c.operation == sa.literal_column("'status'"), exchanges.c.detail.startswith(PAID, autoescape=True)
)
_BORE_ITS_NAME = sa.and_(
    exchanges.c.operation == sa.literal_column(f"'{Witness.PROMPT_RESULT.value}'"),
    exchanges.c.outcome.in_([Outcome.CREDITED.value, Outcome.KNOWN.value]),
)


def told_paid_since(tx: Tx, payment: PaymentId) -> datetime | None:
    """When the provider, being asked, first called a prompt paid; None when it never did."""
    told = sa.select(sa.func.min(exchanges.c.at)).where(exchanges.c.payment_id == payment, _TOLD_PAID)
    first: datetime | None = tx.connection.scalar(told)
    return first


def surely_paid(tx: Tx, prompts: Sequence[PaymentId]) -> set[PaymentId]:
    """Which of these prompts the provider called paid by their own names, by its callback or being asked."""
    told = sa.select(exchanges.c.payment_id).where(
        exchanges.c.payment_id.in_(prompts), sa.or_(_TOLD_PAID, _BORE_ITS_NAME)
    )
    return set(tx.connection.scalars(told.distinct()))


def of_payment(tx: Tx, payment: PaymentId | PayoutId) -> list[Kept]:
    """All that was said about one payment or payout, oldest first."""
    rows = tx.connection.execute(
        sa.select(exchanges).where(exchanges.c.payment_id == payment).order_by(exchanges.c.at, exchanges.c.id)
    )
    return [_kept(tx, row) for row in rows]


def these(tx: Tx, ids: Sequence[UUID]) -> list[Kept]:
    """The exchanges of these ids, oldest first."""
    rows = tx.connection.execute(sa.select(exchanges).where(exchanges.c.id.in_(ids)).order_by(exchanges.c.id))
    return [_kept(tx, row) for row in rows]


def unread(tx: Tx, *, limit: int = 100) -> list[Kept]:
    """What a person must look at, newest first: what nobody could read, and what contradicts the books."""
    newest = sa.select(exchanges).where(_FOR_PEOPLE).order_by(exchanges.c.at.desc(), exchanges.c.id.desc())
    rows = tx.connection.execute(newest.limit(limit))
    return [_kept(tx, row) for row in rows]


def load(tx: Tx, id_: UUID) -> Kept | None:
    row = tx.connection.execute(sa.select(exchanges).where(exchanges.c.id == id_)).one_or_none()
    return _kept(tx, row) if row is not None else None


def end_wait(tx: Tx, id_: UUID) -> bool:
    """It waits for nobody any more; its bytes stay. False when it did not wait, also if another process was first."""
    mine = sa.update(exchanges).where(exchanges.c.id == id_, exchanges.c.outcome == Outcome.UNREAD.value)
    return bool(tx.connection.execute(mine.values(outcome=Outcome.NOTED.value)).rowcount)


def count_unread(tx: Tx, organisation: OrganisationId | None = None) -> int:
    """How many a person must look at."""
    query = sa.select(sa.func.count()).select_from(exchanges).where(_FOR_PEOPLE)
    if organisation is not None:
        query = query.where(exchanges.c.organisation_id == organisation)
    return int(tx.connection.scalar(query) or 0)


def _kept(tx: Tx, row: sa.Row[tuple[object, ...]]) -> Kept:
    return Kept(
        row.id,
        Exchange(
            provider=row.provider,
            direction=row.direction,
            operation=row.operation,
            request=tx.vault.open(row.request_sealed),
            outcome=Outcome(row.outcome),
            organisation=row.organisation_id,
            provider_account=row.provider_account_id,
            payment=row.payment_id,
            address=row.address,
            response=None if row.response_sealed is None else tx.vault.open(row.response_sealed),
            detail=row.detail,
            latency_ms=row.latency_ms,
            trace=row.trace,
        ),
        row.at,
    )
