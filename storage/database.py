"""Engines: a few readers and one writer, each on threads of their own, on SQLite and on PostgreSQL alike.

All hide the parameters of a statement that fails: they hold references and phones, and errors are logged (SEC-2).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from core.ports import Clock, Ids, Threads
from storage.tx import Tx
from storage.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an answer of success means that the payment is on disk (PAY-3)
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE slips past the triggers of append-only tables
    "busy_timeout=5000",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "wal_autocheckpoint=8000",  # 32 MB: a checkpoint writes each page once, however often it changed since the last
)
STATEMENTS = 1_024
"""Prepared statements that the writing connection keeps: those of the hot path, in each size of lot (`storage/fast.py`)."""
READERS = 2
"""Threads that read, and connections for them. They share one interpreter: more of them only fight for its lock."""
GLANCES = 1
"""Connections for reads in the event loop's own thread, which makes one at a time."""
READS_WAITING = 2_000
"""Reads that may wait for a thread. Beyond it callers are told `Unavailable` at once, instead of late."""
READ_WITHIN_S = 60.0
"""How long anybody waits for a read; doors that answer people have less patience of their own."""
READ_ALL_WITHIN_S = 86_400.0
"""How long a command may read that has opened the database for itself: `verify` and `backup` read all of it."""
SWEEP_WAITS_S = 30.0
"""For a serving process to end what it is writing."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where the books are: `sqlite:///path/karani.db` or `postgresql://user:password@host:port/name`."""

    text: str

    @property
    def is_sqlite(self) -> bool:
        return self.text.startswith("sqlite")

    @property
    def path(self) -> Path:
        return Path(self.text.removeprefix("sqlite:///"))

    @property
    def driver(self) -> str:
        """The URL as SQLAlchemy takes it, with the driver that we use."""
        return self.text if self.is_sqlite else "postgresql+psycopg" + self.text[self.text.index("://") :]


def writer_engine(url: DatabaseUrl) -> sa.Engine:
    """The engine of the one writer. SQLite begins IMMEDIATE: the right to write is taken before anything is read."""
    if url.is_sqlite:
        engine = sa.create_engine(
            url.driver,
            pool_size=1,
            max_overflow=0,
            poolclass=sa.QueuePool,
            hide_parameters=True,
            connect_args={"cached_statements": STATEMENTS},
        )
        _prepare_sqlite(engine, begin="BEGIN IMMEDIATE")
        return engine
    return sa.create_engine(url.driver, pool_size=1, max_overflow=0, pool_pre_ping=False, hide_parameters=True)


def reader_engine(url: DatabaseUrl) -> sa.Engine:
    """The engine of the readers: a snapshot each, which cannot write."""
    if url.is_sqlite:
        engine = sa.create_engine(
            url.driver, pool_size=READERS + GLANCES, max_overflow=0, poolclass=sa.QueuePool, hide_parameters=True
        )
        _prepare_sqlite(engine, begin="BEGIN", read_only=True)
        return engine
    return sa.create_engine(
        url.driver,
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
        # By default a PostgreSQL reader sees a commit in the middle of its transaction; a SQLite reader does not.
        execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    )


def _prepare_sqlite(engine: sa.Engine, *, begin: str, read_only: bool = False) -> None:
    """Take BEGIN out of the driver's hands: it sends none before SELECT and SAVEPOINT, so that the release of a first
    savepoint would commit."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *(("query_only=ON",) if read_only else ())):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        try:
            connection.connection.cursor().execute(begin)  # past the layers, which cost more than beginning
        except sqlite3.Error:
            connection.exec_driver_sql(begin)  # says it as SQLAlchemy does


def sweep(url: DatabaseUrl) -> bool:
    """Write the database anew, so that nothing of what was taken out lies in its files. False when readers of a serving process
    held on to the old state: to be repeated. On PostgreSQL, rows that were replaced are given back; it overwrites them in time.

    A SQLite file is locked for writing meanwhile, about a second a hundred megabytes.
    """
    if not url.is_sqlite:
        engine = sa.create_engine(url.driver, hide_parameters=True)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        engine.dispose()
        return True
    with closing(sqlite3.connect(url.path, isolation_level=None, timeout=SWEEP_WAITS_S)) as file:
        file.execute("VACUUM")
        (held, _, _) = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not held


class Reader:
    """Runs query functions `(tx, …)` on threads: one change of thread a read, however many statements it makes."""

    def __init__(
        self,
        engine: sa.Engine,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        threads: Threads,
        *,
        within_s: float = READ_WITHIN_S,
    ) -> None:
        """`threads` are at most `READERS`, or the inline twin: the same queries on the caller's own thread."""
        self._is_near = engine.dialect.name == "sqlite"
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._threads = threads
        self._within_s = within_s

    async def read(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The query's answer, from one consistent snapshot. Raises `Unavailable` when too many wait."""
        return await self._threads.run(lambda: self._snapshot(query, *args, **kwargs), timeout_s=self._within_s)

    async def glance(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for a few rows found by key. Where the books are a file, it is done at once, in the caller's own thread: two
        changes of thread, and the fight for the interpreter's lock at each statement, take longer than the rows
        (docs/decisions/0024)."""
        if self._is_near:
            return self._snapshot(query, *args, **kwargs)
        return await self.read(query, *args, **kwargs)

    def _snapshot(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._engine.connect() as connection:
            return query(Tx(connection, self._clock.now(), self._ids.new, self._vault), *args, **kwargs)

    async def close(self) -> None:
        """Close idle connections; one that still reads is closed when it comes back."""
        self._engine.dispose()
