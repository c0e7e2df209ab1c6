"""Cause and effect: from anything that is named to all that led to it and followed from it (`karani trace`).

Rows are joined by what they are about (a payment, an approval) and by the trace that one request left in all it caused. Ids
grow with time, so a trace is looked for around the moments at which it is known to have been, not through the whole books.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId
from storage import listing
from storage.tables import (
    approvals,
    attempts,
    changes,
    chat_messages,
    chat_updates,
    entries,
    exchanges,
    outbox,
    provider_accounts,
    staff,
)
from storage.tx import Tx

MOST = 2_000
"""Lines of one chain."""
ROUNDS = 4
AROUND = timedelta(hours=36)
"""How long after its first word a trace may still cause something: a message waits for the morning."""


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that happened."""

    at: datetime
    kind: str
    """`change`, `exchange`, `entry`, `message`, `attempt`, `chat_update`, `chat_message`."""
    what: str
    who: str
    subject: UUID
    outcome: str
    trace: str


@dataclass(slots=True)
class _Found:
    subjects: set[UUID] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    links: dict[tuple[str, UUID, str], Link] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, link: Link, row: UUID | None = None) -> None:
        self.links[(link.kind, row or link.subject, link.what)] = link
        self.first = min(self.first or link.at, link.at)
        self.last = max(self.last or link.at, link.at)
        if link.trace:
            self.traces.add(link.trace)


def chain(tx: Tx, named: str, organisation: OrganisationId | None = None) -> list[Link]:
    """All that hangs together with what is named (a payment's id or receipt, ours or theirs; the id of a request, a message, a
    callback; an update's number; a trace), oldest first; empty when nothing is."""
    found = _Found()
    _begin(tx, found, named.strip(), organisation)
    for _ in range(ROUNDS):
        before = (len(found.subjects), len(found.traces), len(found.links))
        for step in (_changes, _exchanges, _entries, _messages, _attempts, _approvals, _chat_messages, _updates):
            step(tx, found, organisation)
        if before == (len(found.subjects), len(found.traces), len(found.links)):
            break
    return sorted(found.links.values(), key=lambda link: (link.at, link.kind, link.what))[:MOST]


def _begin(tx: Tx, found: _Found, named: str, organisation: OrganisationId | None) -> None:
    found.subjects |= set(listing.payments_named(tx, named, organisation=organisation))
    with contextlib.suppress(ValueError):
        id_ = UUID(named)
        found.subjects.add(id_)
        found.traces.add(id_.hex)
    if named.isdecimal() and len(named) < 16:
        query = sa.select(chat_updates.c.trace).where(chat_updates.c.number == int(named))
        found.traces |= set(tx.connection.scalars(query))


def _within(column: sa.Column[Any], found: _Found) -> sa.ColumnElement[bool]:
    """Rows written around the moments that are known so far; all, while none is."""
    if found.first is None or found.last is None:
        return sa.true()
    return column.between(_id_at(found.first - AROUND), _id_at(found.last + AROUND))


def _id_at(at: datetime) -> UUID:
    """The smallest id of that moment: ids begin with the milliseconds (RFC 9562, version 7)."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76))


def _rows(
    tx: Tx,
    table: sa.Table,
    found: _Found,
    organisation: OrganisationId | None,
    *about: sa.Column[Any],
) -> Iterable[sa.Row[Any]]:
    """Rows about one of the subjects (an index leads there), and those that bear one of the traces."""
    ours = table.c.organisation_id == organisation if organisation else sa.true()
    subjects, traces = sorted(found.subjects)[:MOST], sorted(found.traces)[:MOST]
    for column in (*about, table.c.id):
        if subjects:
            yield from tx.connection.execute(sa.select(table).where(ours, column.in_(subjects)).limit(MOST))
    if traces and "trace" in table.c:
        query = sa.select(table).where(ours, table.c.trace.in_(traces), _within(table.c.id, found))
        yield from tx.connection.execute(query.limit(MOST))


def _changes(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    names = dict(tx.connection.execute(sa.select(staff.c.id, staff.c.name)).all())
    for row in _rows(tx, changes, found, organisation, changes.c.subject_id):
        if row.subject_kind not in ("staff", "organisation"):  # much hangs on those that has nothing to do with it
            found.subjects.add(row.subject_id)
        who = row.actor
        with contextlib.suppress(ValueError):
            who = names.get(UUID(row.actor), row.actor)
        outcome = f"{row.to_state or ''} {row.reason}".strip()
        what = f"{row.subject_kind}: {row.action}"
        told = f"{who} by {row.origin}" if row.origin else who
        found.add(Link(row.at, "change", what, told, row.subject_id, outcome, row.trace), row.id)


def _exchanges(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    for row in _rows(tx, exchanges, found, organisation, exchanges.c.payment_id):
        if row.payment_id:
            found.subjects.add(row.payment_id)
        what = f"{row.provider} {row.operation} {row.direction}"
        outcome = f"{row.outcome} {row.detail}".strip()
        found.add(Link(row.at, "exchange", what, row.address, row.id, outcome, row.trace))


def _entries(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    ours = entries.c.organisation_id == organisation if organisation else sa.true()
    query = sa.select(entries).where(ours, entries.c.subject_id.in_(sorted(found.subjects)[:MOST])).limit(MOST)
    for row in tx.connection.execute(query):
        found.add(Link(row.recorded_at, "entry", row.kind, "", row.id, row.key, ""))


def _messages(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    for row in _rows(tx, outbox, found, organisation, outbox.c.payment_id):
        if row.payment_id:
            found.subjects.add(row.payment_id)
        found.subjects.add(row.id)
        outcome = f"{row.state} {row.last_error}".strip()
        found.add(Link(row.created_at, "message", f"{row.kind} {row.event}", "", row.id, outcome, row.trace))


def _attempts(tx: Tx, found: _Found, _: OrganisationId | None) -> None:
    query = sa.select(attempts).where(attempts.c.message_id.in_(sorted(found.subjects)[:MOST]))
    for row in tx.connection.execute(query):
        outcome = f"{row.outcome} {row.delivery or row.error}".strip()
        what = f"{row.channel} by {row.provider}, try {row.number}"
        found.add(Link(row.began_at, "attempt", what, "", row.message_id, outcome, ""))


def _approvals(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    ours = approvals.c.organisation_id == organisation if organisation else sa.true()
    ids = sorted(found.subjects)[:MOST]
    either = approvals.c.id.in_(ids) | approvals.c.subject_id.in_(ids)
    for row in tx.connection.execute(sa.select(approvals.c.id, approvals.c.subject_id).where(ours, either)):
        found.subjects |= {row.id, row.subject_id}


def _chat_messages(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    ours = chat_messages.c.organisation_id == organisation if organisation else sa.true()
    query = sa.select(chat_messages).where(ours, chat_messages.c.subject_id.in_(sorted(found.subjects)[:MOST]))
    for row in tx.connection.execute(query):
        outcome = f"number {row.number}" if row.number else "not told yet"
        found.add(Link(row.at, "chat_message", "a page in a chat", "", row.id, outcome, ""))


def _updates(tx: Tx, found: _Found, organisation: OrganisationId | None) -> None:
    ours = provider_accounts.c.organisation_id == organisation if organisation else sa.true()
    query = (
        sa.select(chat_updates)
        .join(provider_accounts, provider_accounts.c.id == chat_updates.c.provider_account_id)
        .where(ours, chat_updates.c.trace.in_(sorted(found.traces)[:MOST]))
    )
    if found.first is not None and found.last is not None:
        query = query.where(chat_updates.c.at.between(found.first - AROUND, found.last + AROUND))
    for row in tx.connection.execute(query.limit(MOST)):
        what, outcome = f"telegram update {row.number}", f"{row.state} {row.came_to}".strip()
        found.add(Link(row.at, "chat_update", what, "", UUID(int=row.number), outcome, row.trace))
