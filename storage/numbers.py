"""Numbers without gaps: taken as one range per batch and organisation, last thing before commit, in one fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import OrganisationId
from storage.fast import Query
from storage.tables import counters
from storage.tx import Tx

RECEIPTS = "receipts"
INVOICES = "invoices"
CREDIT_NOTES = "credit_notes"
LOANS = "loans"
FUND_PAYMENTS = "fund_payments"


def take(tx: Tx, name: str, wanted: Mapping[OrganisationId, int]) -> dict[OrganisationId, int]:
    """The first number of a fresh range for each organisation. A rollback gives the range back: no gap is left."""
    return {organisation: _take(tx, name, organisation, wanted[organisation]) for organisation in sorted(wanted)}


def _take(tx: Tx, name: str, organisation: UUID, count: int) -> int:
    take = _TAKE_POSTGRESQL if tx.is_postgresql else _TAKE_SQLITE
    ((last,),) = take(tx, organisation=organisation, name=name, count=count)
    return int(last) - count + 1


def _upsert(insert: sqlite.Insert | postgresql.Insert) -> Query:
    values = insert.values(
        organisation_id=sa.bindparam("organisation"), name=sa.bindparam("name"), last=sa.bindparam("count")
    )
    adds = {"last": counters.c.last + values.excluded.last}
    upsert = values.on_conflict_do_update(index_elements=["organisation_id", "name"], set_=adds)
    return Query(upsert.returning(counters.c.last))


_TAKE_SQLITE = _upsert(sqlite.insert(counters))
_TAKE_POSTGRESQL = _upsert(postgresql.insert(counters))


def last(tx: Tx, name: str, organisation: OrganisationId) -> int:
    """The newest number given; 0 before the first."""
    query = sa.select(counters.c.last).where(counters.c.organisation_id == organisation, counters.c.name == name)
    return int(tx.connection.scalar(query) or 0)
