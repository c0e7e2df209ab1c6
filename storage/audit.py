"""The audit trail: one row per change of anything that matters, saying who, when, from where, what and why (SEC-3).

It is also every payment's state history: the rows of one subject, in order of `sequence`, cannot fork or skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.permissions import Actor
from storage.fast import Insert
from storage.tables import changes
from storage.tx import Tx
from storage.types import to_us


class Change(NamedTuple):
    """One change of one subject. `sequence` counts from 1 in the subject's life; a second writer of it is refused."""

    organisation: UUID | None
    action: str
    subject_kind: str
    subject: UUID
    sequence: int
    from_state: str | None
    to_state: str | None
    reason: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change as it stands in the trail."""

    change: Change
    at: datetime
    actor_kind: str
    actor: str
    origin: str


_INSERT = Insert(changes)


def record(tx: Tx, rows: Sequence[tuple[Change, Actor]]) -> None:
    """Write changes down, each with who made it."""
    at = to_us(tx.now)
    values = []
    for change, actor in rows:
        row_id = tx.new_id()
        fields = (
            change.organisation,
            at,
            actor.kind._value_,
            actor.name,
            actor.origin,
            change.action,
            change.subject_kind,
            change.subject,
            change.sequence,
            change.from_state,
            change.to_state,
            change.reason,
            change.trace,
        )
        mac = tx.vault.mac(canonical(row_id, *fields))
        values.append((row_id, fields[0], tx.now, *fields[2:], mac))
    _INSERT(tx, values)


def canonical(row_id: UUID, *fields: object) -> bytes:
    """The bytes of a change that its authenticity code covers: every column in table order, the time in microseconds."""
    return canonical_of_digits(row_id.hex, *fields)


def canonical_of_digits(row_id: str, *fields: object) -> bytes:
    """The same for a row by the hexadecimal digits of its id."""
    return "|".join((row_id, *map(str, fields))).encode()


def next_sequence(tx: Tx, subject: UUID) -> int:
    """The number of the subject's next change."""
    last = tx.connection.scalar(sa.select(sa.func.max(changes.c.sequence)).where(changes.c.subject_id == subject))
    return (last or 0) + 1


def history(tx: Tx, subject: UUID) -> list[Recorded]:
    """All changes of one subject, oldest first."""
    rows = tx.connection.execute(sa.select(changes).where(changes.c.subject_id == subject).order_by(changes.c.sequence))
    return [
        Recorded(
            Change(
                row.organisation_id,
                row.action,
                row.subject_kind,
                row.subject_id,
                row.sequence,
                row.from_state,
                row.to_state,
                row.reason,
                row.trace,
            ),
            row.at,
            row.actor_kind,
            row.actor,
            row.origin,
        )
        for row in rows
    ]
