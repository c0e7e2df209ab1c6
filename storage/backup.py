"""All rows of all tables as one stream, the same for SQLite and PostgreSQL, and back into an empty database (SEC-6).

    beginning | rows of one table | rows | rows of the next | ... | end, with how many rows each table has

Each record is its length and MessagePack. Tables come in an order in which references are there already; rows in order of
their primary key, read a page at a time, so that neither way needs more memory than a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.errors import Bug, KaraniError
from storage.archive import BadArchive
from storage.schema import REVISION, lay_triggers, lift_rules
from storage.tables import metadata, wrapped_keys
from storage.tx import Tx
from storage.types import Id, Moment, from_us, to_us

PAGE = 200
"""Rows read and written at once: 30 MB at most, if every one of them were the longest body that we keep."""
_LENGTH = 4
_LONGEST = 1 << 28


class Beginning(msgspec.Struct, frozen=True, tag=True):
    """What a backup is of. Times in microseconds since 1970, UTC."""

    revision: str
    made_at: int
    database: str
    tables: dict[str, list[str]]
    """The columns of each table, in the order in which values come."""


class Rows(msgspec.Struct, frozen=True, tag=True):
    """Some rows of a table."""

    table: str
    rows: list[list[Any]]


class End(msgspec.Struct, frozen=True, tag=True):
    """All of it was said: how many rows each table has."""

    rows: dict[str, int]


Record = Beginning | Rows | End
_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Record] = msgspec.msgpack.Decoder(Record).decode


Stream = Iterator[Record]


class OtherVersion(KaraniError):
    """Made by another version of the program."""


class NotEmpty(KaraniError):
    """There are books in the database: nothing may be written over them."""


# --- values ---------------------------------------------------------------------------------------------------------------


def _as_they_are(value: Any) -> Any:
    return value


_WIRE: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (Id, lambda value: value.bytes, lambda value: UUID(bytes=value)),
    (Moment, to_us, from_us),
    (sa.Date, date.isoformat, date.fromisoformat),
    (sa.LargeBinary, bytes, _as_they_are),
    (sa.Boolean, bool, _as_they_are),
    (sa.Integer, _as_they_are, _as_they_are),
    (sa.Text, _as_they_are, _as_they_are),
)
"""How each type of column travels: out of its database, and into another."""


def _wire(column: sa.Column[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    for kind, leaving, entering in _WIRE:
        if isinstance(column.type, kind):
            return leaving, entering
    raise Bug(f"{column} has a type that a backup does not know")


def columns_of_tables() -> dict[str, list[str]]:
    """What a backup of this version holds, and in which order."""
    return {str(table.name): [str(column.name) for column in table.columns] for table in metadata.tables.values()}


# --- out ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """How far a backup is."""

    table: str
    rows: int


def dump(tx: Tx, write: Callable[[bytes], None], *, told: Callable[[Written], None]) -> dict[str, int]:
    """Everything, from this transaction's one snapshot. How many rows each table has."""

    def put(record: Record) -> None:
        body = _encode(record)
        write(len(body).to_bytes(_LENGTH, "big") + body)

    put(Beginning(REVISION, to_us(tx.now), tx.connection.dialect.name, columns_of_tables()))
    counted: dict[str, int] = {}
    for table in metadata.sorted_tables:
        name, leaving = str(table.name), [_wire(column)[0] for column in table.columns]
        counted[name] = 0
        for rows in _pages(tx, table):
            put(Rows(name, [_leaving(row, leaving) for row in rows]))
            counted[name] += len(rows)
            told(Written(name, counted[name]))
    put(End(counted))
    return counted


def _leaving(row: Sequence[Any], leaving: Sequence[Callable[[Any], Any]]) -> list[Any]:
    return [None if value is None else leave(value) for value, leave in zip(row, leaving, strict=True)]


def _pages(tx: Tx, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
    """Rows in order of the key. Those that refer to a row of the same table come after those that do not."""
    own = [key.parent for key in table.foreign_keys if key.column.table is table]
    if not own:
        yield from _walk(tx, table, sa.true())
        return
    refers = sa.or_(*(column.is_not(None) for column in own))
    yield from _walk(tx, table, sa.not_(refers))
    yield from _walk(tx, table, refers)


def _walk(tx: Tx, table: sa.Table, which: sa.ColumnElement[bool]) -> Iterator[Sequence[sa.Row[Any]]]:
    key = list(table.primary_key.columns)
    at = [list(table.columns).index(column) for column in key]
    query = sa.select(table).where(which).order_by(*key).limit(PAGE)
    rows = tx.connection.execute(query).all()
    while rows:
        yield rows
        if len(rows) < PAGE:
            return
        end = sa.tuple_(*(sa.literal(rows[-1][place], column.type) for place, column in zip(at, key, strict=True)))
        rows = tx.connection.execute(query.where(sa.tuple_(*key) > end)).all()


# --- in -------------------------------------------------------------------------------------------------------------------


def records(pieces: Iterable[bytes]) -> Iterator[Record]:
    """The records of a stream. Raises `OtherVersion` and `BadArchive`; what it has handed out is of this version."""
    waiting, begun, counted = bytearray(), False, dict.fromkeys(metadata.tables, 0)
    ended = False
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _LENGTH:
            length = int.from_bytes(waiting[:_LENGTH], "big")
            if length > _LONGEST or ended:
                raise BadArchive("the file holds what no backup holds")
            if len(waiting) < _LENGTH + length:
                break
            record = _record(bytes(waiting[_LENGTH : _LENGTH + length]))
            del waiting[: _LENGTH + length]
            begun = _checked(record, begun=begun, counted=counted)
            ended = isinstance(record, End)
            yield record
    if not ended or waiting:
        raise BadArchive("the file ends too early")


def _record(body: bytes) -> Record:
    try:
        return _decode(body)
    except msgspec.DecodeError:
        raise BadArchive("the file holds what no backup holds") from None


def _checked(record: Record, *, begun: bool, counted: dict[str, int]) -> bool:
    match record:
        case Beginning(revision=revision, tables=tables):
            if revision != REVISION or tables != columns_of_tables():
                raise OtherVersion(
                    f"the backup is of version {revision}: restore it with the program that made it, then migrate"
                )
            return True
        case Rows(table=table, rows=rows) if begun and table in counted:
            counted[table] += len(rows)
        case End(rows=rows) if begun and rows == counted:
            pass
        case _:
            raise BadArchive("the file holds what no backup holds")
    return begun


def refuse_unless_empty(connection: sa.Connection) -> None:
    """Raise `NotEmpty` when any table has a row; a fresh database has its own wrapped keys, and those may go."""
    there = set(sa.inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        if table is not wrapped_keys and table.name in there:
            one = sa.select(sa.literal(1)).select_from(table).limit(1)
            if connection.execute(one).first() is not None:
                raise NotEmpty(f"the database is not empty ({table.name}): restore into a new one")


def load(connection: sa.Connection, stream: Iterable[Record], *, told: Callable[[Written], None]) -> datetime:
    """Write everything into an empty database, in the caller's transaction. When the backup was made."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    connection.execute(sa.delete(wrapped_keys))
    lift_rules(connection)
    made_at, counted = 0, dict.fromkeys(metadata.tables, 0)
    for record in stream:
        match record:
            case Beginning():
                made_at = record.made_at
            case Rows(table=name, rows=rows):
                _insert(connection, metadata.tables[name], rows)
                counted[name] += len(rows)
                told(Written(name, counted[name]))
    lay_triggers(connection)
    return from_us(made_at)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[list[Any]]) -> None:
    names = [column.name for column in table.columns]
    entering = [_wire(column)[1] for column in table.columns]
    values = [
        {name: None if value is None else enter(value) for name, value, enter in zip(names, row, entering, strict=True)}
        for row in rows
    ]
    if values:
        connection.execute(sa.insert(table), values)
