"""The audit trail as people read it: who, when, from where, what, from what to what (SEC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId
from core.permissions import ActorKind
from storage.tables import changes, staff
from storage.tx import Tx

PEOPLE = sa.text("actor_kind IN ('staff', 'operator')")
"""As the index `changes_by_house` has it."""


@dataclass(frozen=True, slots=True)
class TrailLine:
    id: UUID
    at: datetime
    who: str
    """A member of staff by name, an operator by the name of the system user; a provider or a payer is only a kind."""
    kind: ActorKind
    origin: str
    action: str
    subject_kind: str
    subject: UUID
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines. What is empty is not asked."""

    actor: str = ""
    """A staff member's id, in hex."""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def of_people(
    tx: Tx, organisation: OrganisationId, asked: Asked, *, before: UUID | None = None, limit: int = 50
) -> list[TrailLine]:
    """What people of the house did, the newest first, older than the line `before`."""
    query = sa.select(changes).where(changes.c.organisation_id == organisation, PEOPLE)
    if asked.actor:
        query = query.where(changes.c.actor == asked.actor)
    if asked.action:
        query = query.where(changes.c.action == asked.action)
    if asked.since is not None:
        query = query.where(changes.c.at >= asked.since)
    if asked.until is not None:
        query = query.where(changes.c.at < asked.until)
    if before is not None:
        query = query.where(changes.c.id < before)
    return _lines(tx, query.order_by(changes.c.id.desc()).limit(limit))


def actions(tx: Tx, organisation: OrganisationId) -> list[str]:
    """What people of the house ever did, by name."""
    query = sa.select(changes.c.action).where(changes.c.organisation_id == organisation, PEOPLE).distinct()
    return sorted(tx.connection.scalars(query))


def of_subjects(tx: Tx, organisation: OrganisationId, subjects: Sequence[UUID], *, limit: int = 100) -> list[TrailLine]:
    """All that happened to these, whoever did it, the newest first."""
    query = sa.select(changes).where(changes.c.organisation_id == organisation, changes.c.subject_id.in_(subjects))
    return _lines(tx, query.order_by(changes.c.id.desc()).limit(limit))


def _lines(tx: Tx, query: sa.Select[Any]) -> list[TrailLine]:
    rows = tx.connection.execute(query).all()
    ids = {UUID(row.actor) for row in rows if row.actor_kind == ActorKind.STAFF.value and _is_id(row.actor)}
    found = tx.connection.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(ids))) if ids else ()
    names = {row.id.hex: row.name for row in found}
    return [
        TrailLine(
            id=row.id,
            at=row.at,
            who=names.get(row.actor, row.actor) if row.actor_kind in ("staff", "operator") else "",
            kind=ActorKind(row.actor_kind),
            origin=row.origin,
            action=row.action,
            subject_kind=row.subject_kind,
            subject=row.subject_id,
            before=row.from_state or "",
            after=row.to_state or "",
            reason=row.reason,
        )
        for row in rows
    ]


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(each in "0123456789abcdef" for each in text)
