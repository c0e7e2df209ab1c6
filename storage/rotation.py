"""Which secret key each sealed value rests on, and sealing values anew under the newest one (SEC-2).

Every column whose name ends in `_sealed` is found through the tables, so a new one is rotated without anybody's thought.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage.tables import metadata
from storage.tx import Tx
from storage.vault import KEY_ID, CannotOpen, key_of


@dataclass(frozen=True, slots=True)
class Place:
    """A table's sealed columns, and the key by which its rows are found."""

    table: sa.Table
    key: tuple[sa.Column[Any], ...]
    sealed: tuple[sa.Column[Any], ...]


def places() -> list[Place]:
    """Every table that holds something sealed, by name."""
    found = []
    for name in sorted(metadata.tables):
        table = metadata.tables[name]
        sealed = tuple(column for column in table.columns if column.name.endswith("_sealed"))
        if sealed:
            found.append(Place(table, tuple(table.primary_key.columns), sealed))
    return found


def resting(tx: Tx, column: sa.Column[Any]) -> dict[str, int]:
    """How many values of a column rest on each key, by its id. Reads the whole column."""
    key = sa.func.substr(column, 1, KEY_ID, type_=sa.LargeBinary)
    rows = tx.connection.execute(sa.select(key, sa.func.count()).where(column.is_not(None)).group_by(key))
    return {key_of(bytes(found)): int(count) for found, count in rows}


def rows_of(tx: Tx, place: Place) -> int:
    return int(tx.connection.execute(sa.select(sa.func.count()).select_from(place.table)).scalar_one())


# --- pages --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """One sealed value as it was read, and where it lies."""

    column: sa.Column[Any]
    row: tuple[Any, ...]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a place, in order of their key: how many, where they end, and what in them rests on an old key."""

    rows: int
    end: tuple[Any, ...] | None
    """None when there are no rows any more."""
    old: tuple[Value, ...]


def page(tx: Tx, place: Place, after: tuple[Any, ...] | None, *, most: int) -> Page:
    """The next rows after a key; from the first on when that is None."""
    query = sa.select(*place.key, *place.sealed).order_by(*place.key).limit(most)
    if after is not None:
        key = sa.tuple_(*place.key)
        query = query.where(key > sa.tuple_(*(sa.literal(v, c.type) for v, c in zip(after, place.key, strict=True))))
    rows = tx.connection.execute(query).all()
    width = len(place.key)
    old = tuple(value for row in rows for value in _old(tx, place, tuple(row[:width]), row[width:]))
    return Page(len(rows), tuple(rows[-1][:width]) if rows else None, old)


def _old(tx: Tx, place: Place, row: tuple[Any, ...], values: Sequence[Any]) -> Iterator[Value]:
    for column, value in zip(place.sealed, values, strict=True):
        if value is not None and key_of(bytes(value)) != tx.vault.keys[0]:
            yield Value(column, row, bytes(value))


def reseal(tx: Tx, values: Sequence[Value]) -> tuple[int, int]:
    """Seal values anew under the first key, each only if it is still as it was read: a newer one stays.

    How many were, and how many no key of ours opens (they stay as they are).
    """
    done = closed = 0
    for value in values:
        try:
            plain = tx.vault.open(value.sealed)
        except CannotOpen:
            closed += 1
            continue
        table = value.column.table
        is_same = [column == part for column, part in zip(table.primary_key.columns, value.row, strict=True)]
        change = sa.update(table).where(*is_same, value.column == value.sealed)
        done += tx.connection.execute(change.values({value.column: tx.vault.seal(plain)})).rowcount
    return done, closed
