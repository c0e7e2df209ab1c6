"""Rules that an organisation, or one family of it, has chosen: versions are only ever added, the newest holds."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId
from storage.fast import Lookup
from storage.tables import rules
from storage.tx import Tx

SIBLINGS = "siblings"
SPLIT = "split"
ARREARS = "arrears"


def newest(tx: Tx, subject: UUID, name: str) -> str | None:
    """The value that holds now, as it was written; None when none was ever chosen."""
    return tx.connection.scalar(
        sa.select(rules.c.value)
        .where(rules.c.subject_id == subject, rules.c.name == name)
        .order_by(rules.c.version.desc())
        .limit(1)
    )


_OF = Lookup(
    sa.select(rules.c.subject_id, rules.c.version, rules.c.value).where(rules.c.name == sa.bindparam("name")),
    rules.c.subject_id,
    order_by=(rules.c.subject_id, rules.c.version),
)


def of(tx: Tx, subjects: Iterable[UUID], name: str) -> dict[UUID, str]:
    """The values that hold now, by subject."""
    return {subject: value for subject, _, value in _OF(tx, sorted(set(subjects)), name=name)}


def choose(tx: Tx, organisation: OrganisationId, subject: UUID, name: str, value: str) -> int:
    """Let `value` hold from now on; the version that it is. Choosing what holds already makes none."""
    row = tx.connection.execute(
        sa.select(rules.c.version, rules.c.value)
        .where(rules.c.subject_id == subject, rules.c.name == name)
        .order_by(rules.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is not None and row.value == value:
        return int(row.version)
    version = row.version + 1 if row else 1
    tx.connection.execute(
        sa.insert(rules).values(
            subject_id=subject,
            name=name,
            version=version,
            organisation_id=organisation,
            value=value,
            made_at=tx.now,
        )
    )
    return version
