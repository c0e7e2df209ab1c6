"""Statements of the hot path, compiled once: SQLAlchemy's SQL and types without its cost per call.

`Insert`, `Change`, `Alike`, `Query` and `Lookup` produce the same SQL that Core would and mean the same by each column type; they
remember the compiled text, and convert values a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import ReturningInsert

from core.errors import Bug
from storage.tx import Tx
from storage.types import Id, Moment, from_us, known_uuid, to_us

Converter = Callable[[Sequence[Any]], list[Any]]
"""Turns a whole column of values at once: one call a column and batch, not one a value."""


class Insert:
    """Insert many rows, given as tuples in the order of `columns` (default: the table's own)."""

    def __init__(
        self,
        table: sa.Table,
        *columns: str,
        or_ignore: bool = False,
        add: tuple[str, ...] = (),
        renew: tuple[str, ...] = (),
    ) -> None:
        """`columns` in the table's own order: SQLAlchemy writes them so, and values would change places silently.
        `or_ignore` passes over rows that are there. `add` names columns that an existing row adds the new values to, `renew`
        those in which it takes them.
        """
        self._table = table
        self._columns = [column for column in table.c if not columns or column.name in columns]
        if columns and tuple(column.name for column in self._columns) != columns:
            raise Bug(f"columns of {table.name} are not named in its order")
        self._or_ignore = or_ignore
        self._add = add
        self._renew = renew
        self._compiled: dict[str, tuple[str, Converters]] = {}

    def __call__(self, tx: Tx, rows: Sequence[tuple[Any, ...]]) -> int:
        """How many rows were written: those that `or_ignore` passed over were not."""
        if not rows:
            return 0
        dialect = tx.connection.dialect
        sql, converters = self._compiled.get(dialect.name) or self._compile(dialect)
        converted = _converted(rows, converters)
        if dialect.name == "sqlite" and len(rows) > 1:
            return _run_in_lots(tx.connection, sql, converted)
        return _run_many(tx.connection, sql, converted)

    def _compile(self, dialect: Dialect) -> tuple[str, Converters]:
        insert = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(self._table)
        statement = insert.values({column.name: sa.bindparam(column.name) for column in self._columns})
        if self._or_ignore:
            statement = statement.on_conflict_do_nothing()
        if self._add or self._renew:
            keys = [column.name for column in self._table.primary_key]
            changed = {name: self._table.c[name] + statement.excluded[name] for name in self._add}
            changed |= {name: statement.excluded[name] for name in self._renew}
            statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        sql = str(_positional(statement, dialect))
        converters = _numbered([_into(column.type, dialect) for column in self._columns])
        self._compiled[dialect.name] = (sql, converters)
        return sql, converters


class Change:
    """One statement for many rows of parameters, as an UPDATE or DELETE by key. `names` are its parameters, in the rows' order."""

    def __init__(self, statement: sa.Update | sa.Delete, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, tuple[str, list[int], Converters]] = {}

    def __call__(self, tx: Tx, rows: Sequence[tuple[Any, ...]]) -> int:
        """How many rows of the table it changed, over all rows of parameters."""
        if not rows:
            return 0
        sql, order, converters = self._compiled.get(tx.connection.dialect.name) or self._compile(tx.connection.dialect)
        return _run_many(tx.connection, sql, _converted(rows, converters, order))

    def _compile(self, dialect: Dialect) -> tuple[str, list[int], Converters]:
        text = _positional(self._statement, dialect)
        order = [self._names.index(name) for name in text.positiontup or ()]
        converters = _numbered([_into(text.binds[name].type, dialect) for name in self._names])
        self._compiled[dialect.name] = (str(text), order, converters)
        return str(text), order, converters


class Alike:
    """One change with the same values for every row whose key is one of many: one statement for all of them, where `Change`
    makes one a row. Lists are padded as `Lookup` does."""

    def __init__(self, statement: sa.Update | sa.Delete, key: sa.ColumnElement[Any]) -> None:
        """`statement` may have named bind parameters: they are given by name at each call, the same for all keys."""
        self._statement = statement
        self._key = key
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def __call__(self, tx: Tx, keys: Sequence[Any], **named: Any) -> int:
        """How many rows of the table it changed. Name each key once: a second time may change its row again."""
        return sum(self._some(tx, keys[at : at + _MOST_KEYS], named) for at in range(0, len(keys), _MOST_KEYS))

    def _some(self, tx: Tx, keys: Sequence[Any], named: dict[str, Any]) -> int:
        size = 1 << (len(keys) - 1).bit_length()
        dialect = tx.connection.dialect
        compiled = self._compiled.get((dialect.name, size)) or self._compile(dialect, size)
        values = compiled.convert_key(keys) if compiled.convert_key else list(keys)
        values += [values[-1]] * (size - len(values))
        return _run_many(tx.connection, compiled.sql, [_filled(compiled, values, named)])

    def _compile(self, dialect: Dialect, size: int) -> _Compiled:
        keys = [sa.bindparam(f"{_KEY}{at}", type_=self._key.type) for at in range(size)]
        compiled = _compiled(self._statement.where(self._key.in_(keys)), dialect, (), key=self._key)
        self._compiled[(dialect.name, size)] = compiled
        return compiled


class Query:
    """A select, or a change that returns rows, whose named bind parameters are given at each call."""

    def __init__(self, select: sa.Select[Any] | ReturningInsert[Any], *, plain: bool = False) -> None:
        """`plain` leaves ids as their hexadecimal digits and moments as microseconds: what authenticity codes are made of,
        and what is cheapest to read, to compare and to look up by the million."""
        self._select = select
        self._plain = plain
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, tx: Tx, **named: Any) -> list[tuple[Any, ...]]:
        dialect = tx.connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _compiled(self._select, dialect, self._select.exported_columns, plain=self._plain)
            self._compiled[dialect.name] = compiled
        return _converted(_run(tx.connection, compiled.sql, _filled(compiled, [], named)), compiled.results)


class Lookup:
    """Rows whose key is one of many: `SELECT … WHERE … AND key IN (…)`, compiled once per size of the list.

    Lists are padded to a power of two by repeating their last key, so that few sizes exist.
    """

    def __init__(
        self,
        select: sa.Select[Any],
        key: sa.ColumnElement[Any],
        *,
        order_by: Sequence[Any] = (),
        plain: bool = False,
        locks: sa.Table | None = None,
    ) -> None:
        """`select` may have named bind parameters without a value: they are given by name at each call. `plain` is as in
        `Query`, for keys and for what is found. `locks` names the one table whose rows a lock takes, where others are
        joined."""
        self._plain = plain
        self._locks = locks
        self._select = select
        self._key = key
        self._order_by = order_by
        self._compiled: dict[tuple[str, int, bool], _Compiled] = {}

    def __call__(self, tx: Tx, keys: Iterable[Any], *, lock: bool = False, **named: Any) -> list[tuple[Any, ...]]:
        """`lock` takes the rows for this transaction (nothing on SQLite, where the writer is alone anyway)."""
        wanted = list(keys)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _MOST_KEYS):
            found += self._some(tx, wanted[start : start + _MOST_KEYS], named, lock=lock)
        return found

    def _some(self, tx: Tx, keys: list[Any], named: dict[str, Any], *, lock: bool) -> list[tuple[Any, ...]]:
        size = 1 << (len(keys) - 1).bit_length()
        dialect = tx.connection.dialect
        compiled = self._compiled.get((dialect.name, size, lock)) or self._compile(dialect, size, lock=lock)
        values = compiled.convert_key(keys) if compiled.convert_key else keys
        values += [values[-1]] * (size - len(values))
        return _converted(_run(tx.connection, compiled.sql, _filled(compiled, values, named)), compiled.results)

    def _compile(self, dialect: Dialect, size: int, *, lock: bool) -> _Compiled:
        keys = [sa.bindparam(f"{_KEY}{at}", type_=self._key.type) for at in range(size)]
        statement = self._select.where(self._key.in_(keys)).order_by(*self._order_by)
        if lock:
            statement = statement.with_for_update(of=self._locks)
        compiled = _compiled(statement, dialect, self._select.selected_columns, key=self._key, plain=self._plain)
        self._compiled[(dialect.name, size, lock)] = compiled
        return compiled


# --- the driver --------------------------------------------------------------------------------------------------------


def _run(connection: sa.Connection, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """One statement and its rows."""
    cursor = open_cursor(connection)
    try:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    except Exception as error:
        raise _as_sqlalchemy_says(connection, cursor, sql, error) from error
    cursor.close()
    return found


def run(connection: sa.Connection, sql: str) -> None:
    """One statement without parameters or rows, as SAVEPOINT: past the layers, which cost ten times as much."""
    cursor = open_cursor(connection)
    try:
        cursor.execute(sql)
    except Exception as error:
        raise _as_sqlalchemy_says(connection, cursor, sql, error) from error
    cursor.close()


def _run_many(connection: sa.Connection, sql: str, rows: list[tuple[Any, ...]]) -> int:
    """One statement for many rows; how many rows of the table it touched."""
    cursor = open_cursor(connection)
    try:
        cursor.executemany(sql, rows)
        touched = int(cursor.rowcount)
    except Exception as error:
        raise _as_sqlalchemy_says(connection, cursor, sql, error) from error
    cursor.close()
    return touched


def _run_in_lots(connection: sa.Connection, sql: str, rows: list[tuple[Any, ...]]) -> int:
    """Rows of an INSERT, many in one statement: SQLite lets go of the interpreter's lock once a statement, and what it takes
    and gives back with every row is time that nobody else can use."""
    cursor = open_cursor(connection)
    try:
        at = written = 0
        while at < len(rows):
            lot = min(_MOST_ROWS, 1 << (len(rows) - at).bit_length() - 1)
            cursor.execute(_of_many(sql, lot), tuple(chain.from_iterable(rows[at : at + lot])))
            at, written = at + lot, written + cursor.rowcount
    except Exception as error:
        raise _as_sqlalchemy_says(connection, cursor, sql, error) from error
    cursor.close()
    return int(written)


_MOST_ROWS = 64
"""Sizes are powers of two, so that few statements exist."""


@lru_cache(maxsize=1_024)
def _of_many(sql: str, rows: int) -> str:
    """`INSERT … VALUES (?, ?)` for so many rows."""
    head, _, rest = sql.partition(" VALUES (")
    values, _, tail = rest.partition(")")
    return f"{head} VALUES {', '.join([f'({values})'] * rows)}{tail}"


def open_cursor(connection: sa.Connection) -> Any:
    """The driver's own cursor, within the transaction that SQLAlchemy keeps. Tests cut the power here."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


def _as_sqlalchemy_says(connection: sa.Connection, cursor: Any, sql: str, error: Exception) -> Exception:
    """The driver's error as everybody else knows it, without parameters; a connection that broke is not used again."""
    dialect = connection.dialect
    kind = dialect.loaded_dbapi.Error
    if not isinstance(error, kind):
        return error
    broke = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
    if broke:
        connection.invalidate(error)
    told = sa.exc.DBAPIError.instance(
        sql, None, error, kind, hide_parameters=True, connection_invalidated=broke, dialect=dialect
    )
    assert isinstance(told, Exception)
    return told


# --- values ------------------------------------------------------------------------------------------------------------

_MOST_KEYS = 512
_KEY = "key_at_"


Converters = list[tuple[int, Converter]]
"""Which columns need one, by their place in a row."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    slots: list[tuple[int | str, Any, Converter | None]]
    """For each mark in the text: the number of a key, or the name (and constant) of another parameter."""
    only_keys: bool
    """The marks are the keys, in their order, and nothing else."""
    convert_key: Converter | None
    results: Converters


def _compiled(
    statement: sa.Select[Any] | ReturningInsert[Any] | sa.Update | sa.Delete,
    dialect: Dialect,
    columns: Iterable[sa.ColumnElement[Any]],
    key: sa.ColumnElement[Any] | None = None,
    *,
    plain: bool = False,
) -> _Compiled:
    text = _positional(statement, dialect)
    slots: list[tuple[int | str, Any, Converter | None]] = []
    for name in text.positiontup or ():
        if name.startswith(_KEY):
            slots.append((int(name.removeprefix(_KEY)), None, None))
        else:
            bind = text.binds[name]
            slots.append((name, bind.value, _into(bind.type, dialect)))
    out_of = _plain_out_of if plain else _out_of
    results = _numbered([out_of(column.type, dialect) for column in columns])
    into = _plain_into if plain else _into
    only_keys = [at for at, _, _ in slots] == list(range(len(slots)))
    return _Compiled(str(text), slots, only_keys, into(key.type, dialect) if key is not None else None, results)


def _filled(compiled: _Compiled, keys: list[Any], named: dict[str, Any]) -> tuple[Any, ...]:
    if compiled.only_keys:
        return tuple(keys)
    return tuple(
        [
            keys[at] if isinstance(at, int) else _one(named.get(at, constant), into)
            for at, constant, into in compiled.slots
        ]
    )


def _numbered(converters: Sequence[Converter | None]) -> Converters:
    return [(at, converter) for at, converter in enumerate(converters) if converter]


def _converted(
    rows: Sequence[Sequence[Any]], converters: Converters, order: Sequence[int] | None = None
) -> list[tuple[Any, ...]]:
    """`order`: which column stands where afterwards; one may stand twice."""
    if not rows or not (converters or order):
        return list(map(tuple, rows))
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at, converter in converters:
        columns[at] = converter(columns[at])
    return list(zip(*([columns[at] for at in order] if order else columns), strict=True))


def _one(value: Any, converter: Converter | None) -> Any:
    return converter([value])[0] if converter else value


def _into(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Converter | None:
    """What SQLAlchemy does to values on their way in; for our own hot types the same in fewer steps."""
    if isinstance(type_, Moment):
        return _moments_in
    if isinstance(type_, sa.LargeBinary):
        return None  # both drivers take bytes as they are
    if dialect.name == "sqlite":
        if isinstance(type_, Id):
            return _ids_in
        if isinstance(type_, sa.Date):
            return _dates_in
    processor = type_.dialect_impl(dialect).bind_processor(dialect)
    return (lambda values: [processor(value) for value in values]) if processor else None


def _out_of(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, Moment):
        return _moments_out
    if isinstance(type_, Id) and dialect.name == "sqlite":
        return _ids_out
    processor = type_.dialect_impl(dialect).result_processor(dialect, None)
    return (lambda values: [processor(value) for value in values]) if processor else None


def _plain_into(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, Id):
        return _bytes_of_digits if dialect.name == "sqlite" else None  # PostgreSQL reads the digits itself
    return _into(type_, dialect)


def _plain_out_of(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(type_, Moment):
        return None
    if isinstance(type_, Id):
        return _digits_of_bytes if dialect.name == "sqlite" else _digits_of_ids
    return _out_of(type_, dialect)


def _moments_in(values: Sequence[datetime | None]) -> list[int | None]:
    first = values[0]
    if values.count(first) == len(values):  # one transaction is one moment
        return [None if first is None else to_us(first)] * len(values)
    return [None if value is None else to_us(value) for value in values]


def _moments_out(values: Sequence[int | None]) -> list[datetime | None]:
    return [None if value is None else from_us(value) for value in values]


def _ids_in(values: Sequence[UUID | None]) -> list[bytes | None]:
    return [None if value is None else value.int.to_bytes(16) for value in values]


def _ids_out(values: Sequence[bytes | None]) -> list[UUID | None]:
    return [None if value is None else known_uuid(value) for value in values]


def _bytes_of_digits(values: Sequence[str]) -> list[bytes]:
    return list(map(bytes.fromhex, values))


def _digits_of_bytes(values: Sequence[bytes | None]) -> list[str | None]:
    return [None if value is None else value.hex() for value in values]


def _digits_of_ids(values: Sequence[UUID | None]) -> list[str | None]:
    return [None if value is None else value.hex for value in values]


def _dates_in(values: Sequence[date | None]) -> list[str | None]:
    return [None if value is None else value.isoformat() for value in values]


def _positional(statement: sa.sql.ClauseElement, dialect: Dialect) -> sa.sql.compiler.SQLCompiler:
    """The statement compiled with positional marks, as the driver itself takes them."""
    make: Callable[..., Dialect] = dialect.__class__
    flavour = make(paramstyle="format" if dialect.name == "postgresql" else "qmark")
    compiled = statement.compile(dialect=flavour)
    assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
    return compiled
