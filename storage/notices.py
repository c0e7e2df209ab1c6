"""What each guardian was told, kept for them to read again: the inbox that the portal shows (NOT-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.ids import ContactId, MessageId, OrganisationId
from core.messages import Message
from storage.attempts import Logged, log_of
from storage.fast import Change, Insert
from storage.outbox import State, opened_message, sealed_message
from storage.tables import notices, outbox
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A message that is about to leave for a guardian. `again`: it was about to leave before, perhaps with other facts."""

    contact: ContactId
    message: MessageId
    organisation: OrganisationId
    told: Message
    again: bool = False


_ADD = Insert(
    notices, "contact_id", "message_id", "organisation_id", "event", "told_sealed", "at", "read_at", or_ignore=True
)
_RETELL = Change(
    sa.update(notices)
    .where(notices.c.contact_id == sa.bindparam("whose"), notices.c.message_id == sa.bindparam("which"))
    .values(told_sealed=sa.bindparam("said", type_=notices.c.told_sealed.type)),
    *("whose", "which", "said"),
)


def keep(tx: Tx, new: Sequence[NewNotice]) -> None:
    """One notice a guardian and message, with what was told last."""
    rows = [(one, sealed_message(tx, one.told)) for one in new]
    _ADD(
        tx,
        [
            (one.contact, one.message, one.organisation, one.told.event, sealed, tx.now, None)
            for one, sealed in rows
            if not one.again
        ],
    )
    _RETELL(tx, [(one.contact, one.message, sealed) for one, sealed in rows if one.again])


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as its reader finds it. `state` and `log` tell whether, and by which ways, it also left for them."""

    id: MessageId
    told: Message
    at: datetime
    read_at: datetime | None
    state: State
    log: tuple[Logged, ...] = ()


def page_of(
    tx: Tx,
    contact: ContactId,
    *,
    limit: int,
    before: MessageId | None = None,
    unread_only: bool = False,
    with_log: bool = False,
) -> list[Notice]:
    """The newest first; from the one that is older than `before` on."""
    query = _NOTICES.where(notices.c.contact_id == contact)
    if before is not None:
        query = query.where(notices.c.message_id < before)
    if unread_only:
        query = query.where(notices.c.read_at.is_(None))
    rows = tx.connection.execute(query.order_by(notices.c.message_id.desc()).limit(limit)).all()
    return [_read(tx, row, with_log=with_log) for row in rows]


def one(tx: Tx, contact: ContactId, message: MessageId) -> Notice | None:
    """None for what was told to somebody else."""
    mine = (notices.c.contact_id == contact) & (notices.c.message_id == message)
    row = tx.connection.execute(_NOTICES.where(mine)).one_or_none()
    return _read(tx, row, with_log=True) if row is not None else None


_NOTICES = sa.select(
    notices.c.message_id, notices.c.event, notices.c.told_sealed, notices.c.at, notices.c.read_at, outbox.c.state
).join(outbox, outbox.c.id == notices.c.message_id)


def _read(tx: Tx, row: Any, *, with_log: bool) -> Notice:
    log = tuple(log_of(tx, row.message_id)) if with_log else ()
    told = opened_message(tx, row.event, row.told_sealed)
    return Notice(row.message_id, told, row.at, row.read_at, State(row.state), log)


def unread_count(tx: Tx, contact: ContactId) -> int:
    query = sa.select(sa.func.count()).select_from(notices)
    return int(tx.connection.scalar(query.where(notices.c.contact_id == contact, notices.c.read_at.is_(None))) or 0)


def mark_read(tx: Tx, contact: ContactId, message: MessageId | None) -> int:
    """One of theirs, or without one all, is read from now on. How many were not yet."""
    mine = (notices.c.contact_id == contact) & notices.c.read_at.is_(None)
    if message is not None:
        mine &= notices.c.message_id == message
    return tx.connection.execute(sa.update(notices).where(mine).values(read_at=tx.now)).rowcount
