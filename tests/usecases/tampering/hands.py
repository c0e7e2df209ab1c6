"""How to change books behind the program's back: on a connection that knows nothing of its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage import schema, tables
from tests.world import World

Tampering = Callable[[sa.Connection], tuple[str, Any]]
"""Does something to the books; the table and the id that must be named for it."""


def first(connection: sa.Connection, query: sa.Select[Any], *, newest: bool = False) -> Any:
    rows = connection.execute(query).all()
    return rows[-1 if newest else 0]


def an_entry(connection: sa.Connection, kind: str = "payment_received", *, newest: bool = False) -> Any:
    """The oldest such entry is sealed, the newest is not."""
    query = sa.select(tables.entries).where(tables.entries.c.kind == kind).order_by(tables.entries.c.id)
    return first(connection, query, newest=newest)


def a_payment(connection: sa.Connection, status: str = "completed", *, newest: bool = False) -> Any:
    query = sa.select(tables.payments).where(tables.payments.c.status == status).order_by(tables.payments.c.id)
    return first(connection, query, newest=newest)


def change(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool], **values: Any) -> None:
    assert connection.execute(sa.update(table).where(*where).values(values)).rowcount == 1


def remove(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> None:
    assert connection.execute(sa.delete(table).where(*where)).rowcount >= 1


def add(connection: sa.Connection, table: sa.Table, like: Any, **values: Any) -> None:
    """A copy of a row with some other values."""
    row = {name: value for name, value in like._mapping.items() if name in table.c}
    connection.execute(sa.insert(table).values(row | values))


NEW = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
E, P, A, C = tables.entries, tables.postings, tables.applications, tables.changes


def behind_the_back(world: World, tampering: Tampering) -> tuple[str, Any]:
    """On a connection that knows nothing of us, with triggers and foreign keys off; afterwards nothing shows that."""
    engine = sa.create_engine(world.url.driver)
    with engine.begin() as connection:
        if world.url.is_sqlite:
            for name in schema.triggers(connection):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
            for table in tables.APPEND_ONLY:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        answer = tampering(connection)
        if not world.url.is_sqlite:
            connection.exec_driver_sql("SET session_replication_role = origin")
    with engine.begin() as connection:
        schema.lay_triggers(connection)
    engine.dispose()
    return answer
