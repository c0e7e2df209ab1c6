"""A migrated database is what the program expects, and append-only tables stay append-only, on both databases."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from runtime.chance import SeededRandom
from storage import schema, tables
from storage.database import DatabaseUrl, writer_engine
from storage.guards import GUARDED, RULES
from storage.migrate import migrate
from storage.schema import NotMigrated
from storage.vault import Keyring

TOKEN = SeededRandom(1).token
KEYS = Keyring([b"a key for tests only"], TOKEN)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """An empty database."""
    if request.param == "sqlite":
        return DatabaseUrl(f"sqlite:///{tmp_path}/books/karani.db")
    new_pg_url: Callable[..., str] = request.getfixturevalue("new_pg_url")
    return DatabaseUrl(new_pg_url())


@pytest.fixture
def connection(url: DatabaseUrl) -> Iterator[sa.Connection]:
    """The program's own connection to a migrated database."""
    migrate(url, KEYS, TOKEN)
    engine = writer_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


# --- the schema ---------------------------------------------------------------------------------------------------------


def test_migrating_twice_changes_nothing(url: DatabaseUrl) -> None:
    assert migrate(url, KEYS, TOKEN) == ["0001"]
    before = everything(url)

    assert migrate(url, KEYS, TOKEN) == []
    assert everything(url) == before


def test_a_migrated_database_is_at_the_version_that_the_program_asks_for(connection: sa.Connection) -> None:
    assert schema.version(connection) == schema.REVISION


def test_the_vault_opens_and_keeps_its_keys(url: DatabaseUrl, connection: sa.Connection) -> None:
    before = schema.open_vault(connection, KEYS).phone_index("254712345678")
    connection.rollback()

    migrate(url, KEYS, TOKEN)

    assert schema.open_vault(connection, KEYS).phone_index("254712345678") == before


def test_alembic_finds_no_difference_to_the_tables(connection: sa.Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert compare_metadata(context, tables.metadata) == []


def test_the_database_describes_a_migrated_schema_as_it_does_the_tables(
    url: DatabaseUrl, connection: sa.Connection, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Alembic overlooks checks and the conditions of indexes; the database's own words do not.

    When this fails: `python -m tests.storage.first_revision` (before the first release), or write a revision.
    """
    other = DatabaseUrl(
        f"sqlite:///{tmp_path}/created.db" if url.is_sqlite else request.getfixturevalue("new_pg_url")()
    )
    engine = writer_engine(other)
    with engine.begin() as created:
        tables.metadata.create_all(created)
        expected = described(created)
    engine.dispose()

    assert described(connection) - {("table", "alembic_version")} == expected


def test_a_database_of_a_newer_program_is_left_alone(url: DatabaseUrl, connection: sa.Connection) -> None:
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()

    with pytest.raises(NotMigrated, match="9999"):
        migrate(url, KEYS, TOKEN)


def described(connection: sa.Connection) -> set[tuple[str, ...]]:
    """Each table's columns and rules, in words that depend neither on the order of columns nor on generated names."""
    if connection.dialect.name == "postgresql":
        columns = (
            "SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
        )
        rules = (
            "SELECT 'rule', conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'"
        )
        indexes = (
            "SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        return {tuple(row) for query in (columns, rules, indexes) for row in connection.exec_driver_sql(query)}
    found: set[tuple[str, ...]] = set()
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    for kind, name, sql in rows.fetchall():
        if kind == "index":
            found.add((kind, " ".join(sql.split())))
        elif kind == "table" and name != "alembic_version":
            inside = sql[sql.index("(") + 1 : sql.rindex(")")]
            found |= {(kind, name, " ".join(line.strip().rstrip(",").split())) for line in inside.split("\n")}
    return found


# --- append-only --------------------------------------------------------------------------------------------------------


def test_every_trigger_is_there(connection: sa.Connection) -> None:
    kinds = 3 if connection.dialect.name == "sqlite" else 2
    rules = {rule.name for rule in RULES}

    assert schema.triggers(connection) == schema.trigger_names(connection.dialect.name)
    assert rules <= schema.triggers(connection)
    assert len(schema.triggers(connection) - rules) >= kinds * len(tables.APPEND_ONLY)


def test_a_lost_a_weakened_and_a_disabled_trigger_are_noticed_and_laid_anew(
    url: DatabaseUrl, connection: sa.Connection
) -> None:
    if url.is_sqlite:
        for statement in (
            "DROP TRIGGER entries_no_delete",
            "DROP TRIGGER seals_no_update",
            "CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals BEGIN SELECT 1; END",
        ):
            connection.exec_driver_sql(statement)
        harmed = {"entries_no_delete", "seals_no_update"}
    else:
        connection.exec_driver_sql("DROP TRIGGER entries_append_only ON entries")
        connection.exec_driver_sql("ALTER TABLE seals DISABLE TRIGGER seals_append_only")
        harmed = {"entries_append_only", "seals_append_only"}
    connection.commit()
    assert schema.trigger_names(connection.dialect.name) - schema.triggers(connection) == harmed
    connection.rollback()

    migrate(url, KEYS, TOKEN)

    assert schema.triggers(connection) == schema.trigger_names(connection.dialect.name)


@pytest.mark.sampled
@pytest.mark.parametrize("table", [table for table in tables.APPEND_ONLY if table not in GUARDED])
def test_a_stranger_cannot_change_remove_or_replace_a_row(database: DatabaseUrl, table: str) -> None:
    """A stranger is a connection without any setting of ours: it enforces no foreign keys and no recursive triggers."""
    url = database
    row = filled(table, url)
    names = list(row)
    key = ", ".join(column.name for column in tables.metadata.tables[table].primary_key)
    marks = ", ".join(["?" if url.is_sqlite else "%s"] * len(row))
    insert = f"INTO {table} ({', '.join(names)}) VALUES ({marks})"
    with stranger(url) as execute:
        execute(f"INSERT {insert}", list(row.values()))
        before = execute(f"SELECT * FROM {table}", [])  # noqa: S608
        attempts: list[tuple[str, list[Any]]] = [
            (f"UPDATE {table} SET {names[-1]} = {names[-1]}", []),  # noqa: S608
            (f"DELETE FROM {table}", []),  # noqa: S608
        ]
        if url.is_sqlite:
            attempts += replacements(table, row)
        else:
            attempts += [
                (f"TRUNCATE {table} CASCADE", []),
                (
                    f"INSERT {insert} ON CONFLICT ({key}) DO UPDATE SET {names[-1]} = EXCLUDED.{names[-1]}",
                    [*row.values()],
                ),
            ]
        for statement, values in attempts:
            if table == "ledger_accounts" and "REPLACE" in statement:
                execute(statement, values)  # the one table whose known rows are passed over in silence
                continue
            with pytest.raises((sqlite3.Error, psycopg.Error), match="is append-only"):
                execute(statement, values)

        assert execute(f"SELECT * FROM {table}", []) == before  # noqa: S608


@pytest.mark.postgres
def test_a_replica_cannot_pass_the_triggers(new_pg_url: Callable[..., str]) -> None:
    url = DatabaseUrl(new_pg_url())
    migrate(url, KEYS, TOKEN)
    row = filled("seals", url)
    with stranger(url) as execute:
        execute(f"INSERT INTO seals ({', '.join(row)}) VALUES (%s, %s, %s, %s, %s)", list(row.values()))  # noqa: S608
        execute("SET session_replication_role = replica", [])

        with pytest.raises(psycopg.Error, match="append-only"):
            execute("DELETE FROM seals", [])


def test_an_account_that_is_opened_twice_is_opened_once(tmp_path: Path) -> None:
    """SQLite's trigger must pass over what `ON CONFLICT DO NOTHING` would; PostgreSQL needs no trigger for it."""
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    migrate(url, KEYS, TOKEN)
    rows = [(bytes([number]) * 16, bytes(16), f"asset:{number}", "KES", 1) for number in (1, 2, 2, 3)]

    with closing(sqlite3.connect(url.path)) as connection:
        connection.executemany("INSERT INTO ledger_accounts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

        assert connection.execute("SELECT code FROM ledger_accounts").fetchall() == [
            ("asset:1",),
            ("asset:2",),
            ("asset:3",),
        ]


def filled(table: str, url: DatabaseUrl) -> dict[str, Any]:
    """A row of that table that nothing but a foreign key would refuse."""
    row: dict[str, Any] = {}
    for number, column in enumerate(tables.metadata.tables[table].columns, start=1):
        text = str(column.type.compile(writer_engine(url).dialect))
        if column.nullable:
            continue
        if text == "UUID":
            row[column.name] = f"00000000-0000-7000-8000-{number:012d}"
        elif "INT" in text:
            row[column.name] = number
        elif text == "BOOLEAN":
            row[column.name] = True
        elif text == "DATE":
            row[column.name] = "2026-11-21"
        else:
            row[column.name] = bytes([number]) * 16 if "B" in text else f"text {number}"
    return row


def replacements(table: str, row: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """INSERT OR REPLACE with each of the table's keys the same and all else different, and by the hidden row number."""
    keys = [
        {column.name for column in key.columns}
        for key in tables.metadata.tables[table].constraints
        if isinstance(key, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
    ]
    for key in [key for key in keys if key <= row.keys()]:
        other = {name: value if name in key else changed(value) for name, value in row.items()}
        marks = ", ".join("?" * len(row))
        yield f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", list(other.values())  # noqa: S608
        yield f"REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", list(other.values())  # noqa: S608
    other = {name: changed(value) for name, value in row.items()}
    marks = ", ".join("?" * (len(row) + 1))
    number = [row["number"] if table == "seals" else 1]
    statement = f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(row)}) VALUES ({marks})"  # noqa: S608
    has_row_numbers = tables.metadata.tables[table].dialect_options["sqlite"]["with_rowid"]
    if has_row_numbers and table != "seals":  # its number is its row number
        yield statement, [*number, *other.values()]


def changed(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else value[::-1] + value[:1]


class stranger:  # noqa: N801
    """Executes statements one by one, each in a transaction of its own, on a bare driver's connection."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url

    def __enter__(self) -> Callable[[str, list[Any]], list[Any]]:
        self._connection: Any
        if self._url.is_sqlite:
            self._connection = sqlite3.connect(self._url.path, isolation_level=None)
        else:
            self._connection = psycopg.connect(self._url.text, autocommit=True)
            self._connection.execute("SET session_replication_role = replica")  # no foreign keys
        return self._execute

    def _execute(self, statement: str, values: list[Any]) -> list[Any]:
        cursor = self._connection.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def everything(url: DatabaseUrl) -> list[str]:
    if not url.is_sqlite:
        engine = writer_engine(url)
        with engine.connect() as connection:
            rows = sorted(map(str, described(connection))) + sorted(schema.triggers(connection))
        engine.dispose()
        return rows
    with closing(sqlite3.connect(url.path)) as connection:
        return list(connection.iterdump())
