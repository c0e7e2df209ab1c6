"""Every callback as it was kept: who called from where, what it was, and what came of it (SEC-1). No bodies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId
from storage.exchanges import Outcome
from storage.tables import exchanges, organisations
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show; None and "" mean all."""

    organisation: OrganisationId | None = None
    provider: str = ""
    operation: str = ""
    outcome: Outcome | None = None
    address: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HookLine:
    """One callback; of refused ones, those of a minute from one address together (`detail` says how many)."""

    id: UUID
    at: datetime
    organisation: str
    provider: str
    operation: str
    address: str
    outcome: str
    detail: str
    payment: UUID | None
    trace: str


def called(tx: Tx, wanted: Wanted, *, limit: int) -> list[HookLine]:
    """The newest first."""
    query = sa.select(exchanges, organisations.c.slug).outerjoin(
        organisations, organisations.c.id == exchanges.c.organisation_id
    )
    query = query.where(exchanges.c.direction == "in", *_filters(wanted))
    return [
        HookLine(
            *(row.id, row.at, row.slug or "", row.provider, row.operation, row.address, row.outcome, row.detail),
            *(row.payment_id, row.trace),
        )
        for row in tx.connection.execute(query.order_by(exchanges.c.id.desc()).limit(limit))
    ]


def _filters(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    said: list[tuple[sa.Column[object], object]] = [
        (exchanges.c.organisation_id, wanted.organisation),
        (exchanges.c.provider, wanted.provider),
        (exchanges.c.operation, wanted.operation),
        (exchanges.c.outcome, wanted.outcome.value if wanted.outcome else ""),
        (exchanges.c.address, wanted.address),
    ]
    found = [column == value for column, value in said if value]
    return [*found, exchanges.c.at >= wanted.since] if wanted.since else found
