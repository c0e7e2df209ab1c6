"""Payouts: found by what must be done next, by their subject, or by the provider's names for them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import OrganisationId, PayoutId, ProviderAccountId
from core.money import Currency, Money
from core.payouts import OPEN, SENT, FailReason, Payee, Payout, State, Way
from core.phones import Msisdn
from storage.fast import Insert
from storage.payments import Stale
from storage.people import msisdn_index
from storage.tables import payouts
from storage.tx import Tx

_INSERT = Insert(payouts)


class PayeeKept(msgspec.Struct, frozen=True):
    """Who gets it, as sealed in `payee_sealed`."""

    msisdn: str
    name: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(PayeeKept).decode


def add(tx: Tx, payout: Payout) -> None:
    """Write a new one. A second open one for the same subject is refused by the database."""
    values = {
        "id": payout.id,
        "organisation_id": payout.organisation,
        "provider_account_id": payout.provider_account,
        "provider": payout.provider,
        "way": payout.way.value,
        "subject_kind": payout.subject_kind,
        "subject_id": payout.subject,
        "payee_index": msisdn_index(tx, payout.payee.msisdn),
        "payee_sealed": tx.vault.seal(_encode(PayeeKept(payout.payee.msisdn.digits, payout.payee.name))),
        "minor": payout.amount.minor,
        "currency": payout.amount.currency.code,
        "remarks": payout.remarks,
        "original_receipt": payout.original_receipt,
        "requested_at": payout.requested_at,
        "trace": payout.trace,
        **_changing(payout),
    }
    _INSERT(tx, [tuple(values[column.name] for column in payouts.c)])
    _ring(tx, payout)


def _changing(payout: Payout) -> dict[str, Any]:
    return {
        "state": payout.state.value,
        "version": payout.version,
        "conversation_id": payout.conversation_id,
        "receipt": payout.receipt,
        "told_failed": payout.told_failed,
        "fail_reason": payout.fail_reason.value if payout.fail_reason else None,
        "charge_minor": payout.charge.minor if payout.charge is not None else None,
        "sent_at": payout.sent_at,
        "next_at": payout.next_at,
        "attempts": payout.attempts,
        "asked": payout.asked,
        "last_error": payout.last_error[:300],
    }


RING = "payout"
"""The name under which the workers hear that one is due (`Tx.queued`)."""


def _ring(tx: Tx, payout: Payout) -> None:
    if payout.next_at is not None:
        tx.queued[RING] = min(payout.next_at, tx.queued.get(RING, payout.next_at))


def save(tx: Tx, before: Payout, after: Payout) -> Payout:
    """Write what has changed, one version on. Raises `Stale` when somebody else changed it meanwhile."""
    values = {**_changing(after), "version": before.version + 1}
    done = tx.connection.execute(
        sa.update(payouts).where(payouts.c.id == before.id, payouts.c.version == before.version).values(values)
    )
    if done.rowcount != 1:
        raise Stale(before.id)
    _ring(tx, after)
    return load(tx, after.id) or after


def load(tx: Tx, id_: UUID, *, lock: bool = False) -> Payout | None:
    query = sa.select(payouts).where(payouts.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _payout(tx, row) if row is not None else None


def of_subject(tx: Tx, kind: str, subject: UUID) -> list[Payout]:
    """Every payout that was ever asked for it, the oldest first."""
    query = sa.select(payouts).where(payouts.c.subject_id == subject, payouts.c.subject_kind == kind)
    return [_payout(tx, row) for row in tx.connection.execute(query.order_by(payouts.c.id))]


def giving_back(tx: Tx, organisation: OrganisationId, receipt: str) -> list[Payout]:
    """Reversals of that receipt which we asked for ourselves, taken for this transaction."""
    query = sa.select(payouts).where(payouts.c.original_receipt == receipt, payouts.c.organisation_id == organisation)
    return [_payout(tx, row) for row in tx.connection.execute(query.order_by(payouts.c.id).with_for_update())]


def bearing(tx: Tx, receipt: str, beside: Payout) -> Payout | None:
    """The other payout that was told to be paid by this receipt of the same provider, taken for this transaction."""
    query = sa.select(payouts).where(
        payouts.c.receipt == receipt,
        payouts.c.provider == beside.provider,
        payouts.c.organisation_id == beside.organisation,
        payouts.c.id != beside.id,
    )
    row = tx.connection.execute(query.with_for_update()).one_or_none()
    return _payout(tx, row) if row is not None else None


def to_send(tx: Tx, *, limit: int) -> list[Payout]:
    """What is due to be sent, the longest waiting first, taken for this transaction."""
    return _due(tx, [State.RESERVED], limit=limit, lock=True)


def lapsed(tx: Tx, *, limit: int) -> list[Payout]:
    """Whose sender went away while sending, taken for this transaction."""
    return _due(tx, [State.SENDING], limit=limit, lock=True)


def to_ask(tx: Tx, *, limit: int) -> list[Payout]:
    """What the provider should be asked about now: also what had ended, and was told otherwise since."""
    ended = [State.PAID, State.FAILED, State.REVERSED]
    return _due(tx, [State.PROCESSING, State.UNKNOWN, *ended], limit=limit, lock=False)


def is_due(tx: Tx) -> bool:
    """Is there anything to send, or to sweep?"""
    states = [State.RESERVED.value, State.SENDING.value]
    query = sa.select(payouts.c.id).where(payouts.c.next_at <= tx.now, payouts.c.state.in_(states)).limit(1)
    return tx.connection.execute(query).first() is not None


def _due(tx: Tx, states: Sequence[State], *, limit: int, lock: bool) -> list[Payout]:
    query = (
        sa.select(payouts)
        .where(payouts.c.next_at <= tx.now, payouts.c.state.in_([state.value for state in states]))
        .order_by(payouts.c.next_at, payouts.c.id)
        .limit(limit)
    )
    rows = tx.connection.execute(query.with_for_update(skip_locked=True) if lock else query)
    return [_payout(tx, row) for row in rows]


def put_off(tx: Tx, ids: Sequence[PayoutId], *, until: datetime, why: str) -> None:
    """These wait: nothing was tried, so no version passes."""
    if ids:
        tx.connection.execute(
            sa.update(payouts)
            .where(payouts.c.id.in_(ids), payouts.c.state == State.RESERVED.value)
            .values(next_at=until, last_error=why[:300])
        )
        tx.queued[RING] = min(until, tx.queued.get(RING, until))


def waiting(tx: Tx) -> list[Payout]:
    """Whatever may be sent from here on, of every organisation."""
    states = [State.RESERVED.value, State.SENDING.value]
    query = sa.select(payouts).where(payouts.c.state.in_(states)).order_by(payouts.c.id)
    return [_payout(tx, row) for row in tx.connection.execute(query)]


def asked(tx: Tx, id_: PayoutId, *, again_at: datetime) -> None:
    """The provider was asked about it once more. `again_at`: when, if no answer comes."""
    mine = payouts.c.id == id_
    # The answer may have been faster than the news that it was asked: then nothing is to be asked any more.
    again = sa.case((payouts.c.next_at.is_(None), None), else_=sa.literal(again_at, payouts.c.next_at.type))
    tx.connection.execute(sa.update(payouts).where(mine).values(asked=payouts.c.asked + 1, next_at=again))


def reschedule(tx: Tx, after: Payout) -> None:
    """Nothing is known that was not: only when it is looked at next, and why."""
    mine = sa.and_(payouts.c.id == after.id, payouts.c.version == after.version)
    tx.connection.execute(
        sa.update(payouts).where(mine).values(next_at=after.next_at, last_error=after.last_error[:300])
    )


def spoken_for(tx: Tx, account: ProviderAccountId, *, since: datetime | None) -> int:
    """What was sent from an account since then and did not fail, or may still be on its way, in minor units."""
    on_its_way = payouts.c.state.in_([state.value for state in SENT])
    sent_since = payouts.c.sent_at >= since if since is not None else sa.true()
    moved = sa.and_(sent_since, payouts.c.state == State.PAID.value)
    total = sa.func.sum(payouts.c.minor + sa.func.coalesce(payouts.c.charge_minor, 0))
    query = sa.select(total).where(payouts.c.provider_account_id == account, sa.or_(on_its_way, moved))
    return int(tx.connection.scalar(query) or 0)


def promised(tx: Tx, organisation: OrganisationId, currency: Currency) -> Money:
    """The sum of all reservations that stand: what `liability:payout` must hold."""
    query = sa.select(sa.func.coalesce(sa.func.sum(payouts.c.minor), 0)).where(
        payouts.c.organisation_id == organisation,
        payouts.c.currency == currency.code,
        payouts.c.state.in_([state.value for state in OPEN]),
    )
    return Money(int(tx.connection.scalar(query) or 0), currency)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which payouts a list shows."""

    organisation: OrganisationId | None = None
    state: State | None = None
    subject: UUID | None = None


def listed(tx: Tx, filters: Filters, *, limit: int, before: UUID | None = None) -> list[Payout]:
    """The newest first, older than `before`."""
    query = sa.select(payouts).order_by(payouts.c.id.desc()).limit(limit)
    for column, value in (
        (payouts.c.organisation_id, filters.organisation),
        (payouts.c.state, filters.state.value if filters.state else None),
        (payouts.c.subject_id, filters.subject),
    ):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(payouts.c.id < before)
    return [_payout(tx, row) for row in tx.connection.execute(query)]


def named(tx: Tx, name: str, organisation: OrganisationId | None) -> list[Payout]:
    """By its id, the provider's receipt or the provider's name for it."""
    ways = [payouts.c.receipt == name, payouts.c.conversation_id == name]
    with suppress(ValueError):
        ways.append(payouts.c.id == UUID(name))
    query = sa.select(payouts).where(sa.or_(*ways))
    if organisation is not None:
        query = query.where(payouts.c.organisation_id == organisation)
    return [_payout(tx, row) for row in tx.connection.execute(query.order_by(payouts.c.id))]


def count_open(tx: Tx, *, before: datetime) -> int:
    """Payouts of before that moment whose end nobody could tell."""
    sent = [state.value for state in SENT]
    query = sa.select(sa.func.count()).select_from(payouts)
    return int(tx.connection.scalar(query.where(payouts.c.state.in_(sent), payouts.c.sent_at < before)) or 0)


def payouts_with(tx: Tx, ids: sa.Select[Any]) -> list[Payout]:
    """Those with these ids, the oldest first."""
    query = sa.select(payouts).where(payouts.c.id.in_(ids)).order_by(payouts.c.id)
    return [_payout(tx, row) for row in tx.connection.execute(query)]


def nobody(tx: Tx) -> bytes:
    """What stands sealed in the place of a payee who was forgotten."""
    return tx.vault.seal(_encode(PayeeKept("", "")))


def _payout(tx: Tx, row: Any) -> Payout:
    payee = _decode(tx.vault.open(row.payee_sealed))
    currency = Currency[row.currency]
    return Payout(
        id=row.id,
        organisation=row.organisation_id,
        provider_account=row.provider_account_id,
        provider=row.provider,
        way=Way(row.way),
        subject_kind=row.subject_kind,
        subject=row.subject_id,
        payee=Payee(Msisdn(payee.msisdn), payee.name),
        amount=Money(row.minor, currency),
        remarks=row.remarks,
        original_receipt=row.original_receipt,
        state=State(row.state),
        requested_at=row.requested_at,
        trace=row.trace,
        conversation_id=row.conversation_id,
        receipt=row.receipt,
        told_failed=row.told_failed,
        fail_reason=FailReason(row.fail_reason) if row.fail_reason else None,
        charge=Money(row.charge_minor, currency) if row.charge_minor is not None else None,
        sent_at=row.sent_at,
        next_at=row.next_at,
        attempts=row.attempts,
        asked=row.asked,
        last_error=row.last_error,
        version=row.version,
    )
