"""What goes out: messages to people and instructions to providers, written with what they tell of, sent after commit.

A row is claimed with a lease and marked `sending` before anything is sent. A worker that dies then leaves a row whose
lease runs out: it becomes `unknown`, is shown to people and is never sent again by itself (DESIGN 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, get_args

import msgspec
import sqlalchemy as sa

from core.ids import ContactId, CustomerAccountId, MessageId, OrganisationId, PaymentId
from core.messages import Message
from core.money import Currency, Money
from storage.fast import Insert
from storage.tables import early_deliveries, outbox
from storage.tx import Tx


class State(Enum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    """The gateway has it. Whether it arrived is `delivery`'s to say."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have been sent. A person decides; we do not send it again."""
    SKIPPED = "skipped"
    """Not sent on purpose: the person stopped such messages, or it was no longer true. `last_error` says which."""


class Kind(Enum):
    SMS = "sms"
    PROMPT = "prompt"
    """Ask a phone for money."""


class MessageFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message to a person: to `msisdn` if the payer's whole number is known, else to the `contact` who was recognised,
    else to who answers for `accounts`."""

    message: Any
    msisdn: str = ""
    contact: ContactId | None = None
    masked: str = ""
    """`254712*678`: among those who answer for the accounts, prefer the one this may be."""
    accounts: tuple[CustomerAccountId, ...] = ()
    language: str = ""
    """In which to write to somebody who chose none; "" for the organisation's."""


class PromptFacts(msgspec.Struct, frozen=True):
    """An instruction to ask a phone for money, in whole shillings or francs."""

    provider_account: str
    msisdn: str
    minor: int
    currency: Currency
    reference: str
    description: str


def _encode_hook(value: Any) -> Any:
    if isinstance(value, Money):
        return [value.minor, value.currency.code]
    raise TypeError(f"{type(value)} is no fact")


_encoder = msgspec.json.Encoder(enc_hook=_encode_hook)
_EVENTS: dict[str, type[Message]] = {kind.event: kind for kind in get_args(Message)}


def _decode_hook(kind: type[Any], value: Any) -> Any:
    if kind is Money:
        return Money(value[0], Currency[value[1]])
    raise TypeError(f"{kind} is no fact")


def read_message(event: str, facts: MessageFacts) -> Message:
    """The typed message in sealed facts."""
    return msgspec.convert(facts.message, _EVENTS[event], dec_hook=_decode_hook)


@dataclass(frozen=True, slots=True)
class Out:
    """A row to be written. `facts` are a MessageFacts or a PromptFacts."""

    organisation: OrganisationId
    kind: Kind
    event: str
    facts: MessageFacts | PromptFacts
    payment: PaymentId | None = None
    not_before: datetime | None = None
    trace: str = ""
    key: str | None = None
    """Once per organisation: a row with a key that is there already is passed over. None is always a new row."""


_INSERT = Insert(
    outbox,
    "id",
    "organisation_id",
    "kind",
    "event",
    "key",
    "payment_id",
    "facts_sealed",
    "state",
    "not_before",
    "attempts",
    "last_error",
    "created_at",
    "trace",
    or_ignore=True,  # of a key that is there
)


def put(tx: Tx, rows: Sequence[Out]) -> None:
    """Queue rows; they are sent once this transaction is committed and their time has come."""
    encode, seal = _encoder.encode, tx.vault.seal
    _INSERT(
        tx,
        [
            (
                tx.new_id(),
                row.organisation,
                row.kind.value,
                row.event,
                row.key,
                row.payment,
                seal(encode(row.facts)),
                "pending",
                row.not_before or tx.now,
                0,
                "",
                tx.now,
                row.trace,
            )
            for row in rows
        ],
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed row: ours to send until the lease ends."""

    id: MessageId
    organisation: OrganisationId
    kind: Kind
    event: str
    payment: PaymentId | None
    facts: MessageFacts | PromptFacts
    attempts: int
    trace: str


_read_message_facts = msgspec.json.Decoder(MessageFacts).decode
_read_prompt_facts = msgspec.json.Decoder(PromptFacts).decode


def claim(tx: Tx, *, kind: Kind, limit: int, lease: timedelta) -> list[Due]:
    """Take up to `limit` due rows and mark them `sending`: nobody else gets them, and a crash from now on leaves them
    unknown rather than sent twice."""
    pending = (
        sa.select(outbox)
        .where(
            outbox.c.state == sa.literal_column("'pending'"), outbox.c.not_before <= tx.now, outbox.c.kind == kind.value
        )
        .order_by(outbox.c.not_before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.connection.execute(pending).all()
    if rows:
        tx.connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_([row.id for row in rows]))
            .values(state=State.SENDING.value, lease_until=tx.now + lease, attempts=outbox.c.attempts + 1)
        )
    read: Any = _read_message_facts if kind is Kind.SMS else _read_prompt_facts
    return [
        Due(
            row.id,
            row.organisation_id,
            kind,
            row.event,
            row.payment_id,
            read(tx.vault.open(row.facts_sealed)),
            row.attempts + 1,
            row.trace,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway took it."""

    id: MessageId
    gateway_id: str | None
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """It was surely not sent: try again `again_at`, or never."""

    id: MessageId
    error: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been sent."""

    id: MessageId
    error: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """It is not to be sent: nobody wants it, or it is no longer true."""

    id: MessageId
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """It was taken too early: nothing was tried, and everything is asked again at `until`."""

    id: MessageId
    until: datetime


Settled = Sent | NotSent | Unknown | Skipped | Held


def settle(tx: Tx, outcomes: Iterable[Settled]) -> None:
    """Write down what became of claimed rows, and join delivery reports that came before the gateway's own answer."""
    for outcome in outcomes:
        values: dict[str, Any] = {"lease_until": None}
        match outcome:
            case Sent(_, gateway_id, parts):
                early = _early(tx, gateway_id)
                values |= {"state": "sent", "gateway_id": gateway_id, "parts": parts, "sent_at": tx.now, **early}
            case NotSent(_, error, None):
                values |= {"state": "failed", "last_error": error}
            case NotSent(_, error, again_at):
                values |= {"state": "pending", "not_before": again_at, "last_error": error}
            case Unknown(_, error):
                values |= {"state": "unknown", "last_error": error}
            case Skipped(_, reason):
                values |= {"state": "skipped", "last_error": reason, "attempts": outbox.c.attempts - 1}
            case Held(_, until):
                values |= {"state": "pending", "not_before": until, "attempts": outbox.c.attempts - 1}
        mine = sa.update(outbox).where(outbox.c.id == outcome.id, outbox.c.state == State.SENDING.value)
        tx.connection.execute(mine.values(values))


def _early(tx: Tx, gateway_id: str | None) -> dict[str, Any]:
    query = sa.select(early_deliveries).where(early_deliveries.c.gateway_id == gateway_id)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        return {}
    tx.connection.execute(sa.delete(early_deliveries).where(early_deliveries.c.gateway_id == gateway_id))
    return {"delivery": _delivery(row.status, row.reason), "delivery_rank": row.rank, "delivery_at": row.at}


def forget_leases(tx: Tx) -> int:
    """Rows whose worker went away while sending become unknown. How many."""
    done = tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.state == sa.literal_column("'sending'"), outbox.c.lease_until < tx.now)
        .values(state=State.UNKNOWN.value, lease_until=None, last_error="the worker went away while sending")
    )
    return done.rowcount


def hold_all(tx: Tx, reason: str) -> int:
    """Everything that was not sent yet becomes unknown: books out of a backup do not know what left since. How many."""
    waiting = outbox.c.state.in_([State.PENDING.value, State.SENDING.value])
    held = sa.update(outbox).where(waiting).values(state=State.UNKNOWN.value, lease_until=None, last_error=reason)
    return tx.connection.execute(held).rowcount


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery report. A lower rank never overwrites a higher one, in whatever order they come."""

    gateway_id: str
    status: str
    rank: int
    reason: str


EARLY_FOR = timedelta(minutes=10)


def note_delivery(tx: Tx, report: Delivery) -> bool:
    """Join a report with its message. False when the message is not known (yet): the report is kept some minutes."""
    known = tx.connection.execute(
        sa.select(outbox.c.id, outbox.c.delivery_rank).where(outbox.c.gateway_id == report.gateway_id)
    ).first()
    if known is None:
        tx.connection.execute(sa.delete(early_deliveries).where(early_deliveries.c.at < tx.now - EARLY_FOR))
        held = sa.select(early_deliveries.c.rank).where(early_deliveries.c.gateway_id == report.gateway_id)
        if report.rank > (tx.connection.scalar(held) or -1):
            tx.connection.execute(sa.delete(early_deliveries).where(early_deliveries.c.gateway_id == report.gateway_id))
            tx.connection.execute(
                sa.insert(early_deliveries).values(
                    gateway_id=report.gateway_id,
                    status=report.status,
                    rank=report.rank,
                    reason=report.reason,
                    at=tx.now,
                )
            )
        return False
    tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == known.id, outbox.c.delivery_rank < report.rank)
        .values(delivery=_delivery(report.status, report.reason), delivery_rank=report.rank, delivery_at=tx.now)
    )
    return True


def _delivery(status: str, reason: str) -> str:
    return f"{status}: {reason}" if reason else status


def is_due(tx: Tx, kind: Kind) -> bool:
    """Does a row of this kind wait to be sent, or a lease to be swept?"""
    pending = outbox.c.state == sa.literal_column("'pending'")
    leased = outbox.c.state == sa.literal_column("'sending'")
    due = sa.select(outbox.c.id).where(pending, outbox.c.not_before <= tx.now, outbox.c.kind == kind.value).limit(1)
    dead = sa.select(outbox.c.id).where(leased, outbox.c.lease_until < tx.now).limit(1)
    return any(tx.connection.execute(query).first() is not None for query in (due, dead))


def counts(tx: Tx) -> dict[str, int]:
    """How many rows are in each state, for metrics and `doctor`."""
    rows = tx.connection.execute(sa.select(outbox.c.state, sa.func.count().label("rows")).group_by(outbox.c.state))
    return {row.state: row.rows for row in rows}
