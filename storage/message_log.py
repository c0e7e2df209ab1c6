"""What was written to people, as operators read it: each message with where it stands, and its attempts (NOT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import NotFound
from core.ids import MessageId, OrganisationId
from core.messages import Message
from core.phones import Msisdn
from storage import outbox as outbox_store
from storage.attempts import Logged, log_of
from storage.outbox import Kind, MessageFacts, State, message_facts
from storage.people import msisdn_index
from storage.tables import attempts, languages, organisations, outbox
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message. The way, the address and the delivery are those of its last attempt."""

    id: MessageId
    organisation: str
    event: str
    state: State
    attempts: int
    channel: str
    provider: str
    to: str
    """In the clear; "" when nothing was tried yet."""
    delivery: str
    error: str
    created_at: datetime
    sent_at: datetime | None
    trace: str


@dataclass(frozen=True, slots=True)
class Filters:
    organisation: OrganisationId | None = None
    state: State | None = None
    event: str | None = None
    phone: Msisdn | None = None


def messages(tx: Tx, wanted: Filters, *, limit: int) -> list[MessageLine]:
    """The newest messages first."""
    query = _LINES.where(outbox.c.kind == Kind.SMS.value)
    if wanted.organisation:
        query = query.where(outbox.c.organisation_id == wanted.organisation)
    if wanted.state:
        query = query.where(outbox.c.state == wanted.state.value)
    if wanted.event:
        query = query.where(outbox.c.event == wanted.event)
    if wanted.phone:
        index = msisdn_index(tx, wanted.phone)
        query = query.where(outbox.c.id.in_(sa.select(attempts.c.message_id).where(attempts.c.to_index == index)))
    return [_line(tx, row) for row in tx.connection.execute(query.order_by(outbox.c.id.desc()).limit(limit))]


_LATEST = (
    sa.select(sa.func.max(attempts.c.number)).where(attempts.c.message_id == outbox.c.id).correlate(outbox)
).scalar_subquery()
_LINES = (
    sa.select(
        *(outbox.c.id, organisations.c.slug, outbox.c.event, outbox.c.state, outbox.c.last_error),
        *(outbox.c.attempts, outbox.c.created_at, outbox.c.sent_at, outbox.c.trace),
        *(attempts.c.channel, attempts.c.provider, attempts.c.to_sealed, attempts.c.delivery),
    )
    .join(organisations, organisations.c.id == outbox.c.organisation_id)
    .outerjoin(attempts, (attempts.c.message_id == outbox.c.id) & (attempts.c.number == _LATEST))
)


def _line(tx: Tx, row: Any) -> MessageLine:
    found = row._mapping
    return MessageLine(
        id=found["id"],
        organisation=found["slug"],
        event=found["event"],
        state=State(found["state"]),
        attempts=found["attempts"],
        channel=found["channel"] or "",
        provider=found["provider"] or "",
        to=tx.vault.open_text(found["to_sealed"]) if found["to_sealed"] else "",
        delivery=found["delivery"] or "",
        error=found["last_error"],
        created_at=found["created_at"],
        sent_at=found["sent_at"],
        trace=found["trace"],
    )


@dataclass(frozen=True, slots=True)
class MessageShown:
    """One message with all of its attempts and what it tells."""

    line: MessageLine
    message: Message
    language: str
    """In which its reader has it, or would."""
    log: tuple[Logged, ...]


def message(tx: Tx, id_: MessageId, organisation: OrganisationId | None) -> MessageShown:
    """Raises `NotFound`, also for another organisation's."""
    columns = (outbox.c.facts_sealed, organisations.c.language.label("speaks"))
    query = _LINES.add_columns(*columns).where(outbox.c.id == id_, outbox.c.kind == Kind.SMS.value)
    if organisation:
        query = query.where(outbox.c.organisation_id == organisation)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("message", id_.hex)
    facts: MessageFacts = message_facts(tx, row.facts_sealed)
    told = outbox_store.read_message(row.event, facts)
    language = tx.connection.scalar(_CHOSEN.where(attempts.c.message_id == id_)) or facts.language or row.speaks
    return MessageShown(_line(tx, row), told, language, tuple(log_of(tx, id_)))


_CHOSEN = sa.select(languages.c.language).join(attempts, attempts.c.to_index == languages.c.msisdn_index).limit(1)
