"""The schema's version, and the triggers that keep append-only tables append-only (DESIGN 3).

Their ways round are closed as well: SQLite's INSERT OR REPLACE, which deletes without a trigger on connections that do not
set `recursive_triggers` (a trigger before INSERT refuses every known key); PostgreSQL's TRUNCATE (a statement trigger) and
its replication role, which skips ordinary triggers (ours are ALWAYS on); and a migration that rebuilds a table and so
loses its triggers (they are laid anew after every migration). Rules about single rows stand in `storage/guards.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from core.errors import Bug
from storage import tables
from storage.guard import said
from storage.guards import DEEDS, GUARDS, RULES, Deed, Guard
from storage.vault import WRAPPED, Keyring, Vault

REVISION = "0001"
"""What `storage/migrations` leads to. Start-up compares this one number."""

# --- triggers ----------------------------------------------------------------------------------------------------------

_FUNCTION = "karani_append_only"
_BODY = (
    "BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', "
    "ERRCODE = 'integrity_constraint_violation'; END"
)
_CREATE_FUNCTION = f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
_ROW_BEFORE_UPDATE_OR_DELETE, _STATEMENT_BEFORE_TRUNCATE = 27, 34
"""`pg_trigger.tgtype`: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate."""
_ROW_BEFORE = {"INSERT": 7, "DELETE": 11, "UPDATE": 19}
_ROW_AFTER_INSERT = 5


def lay_triggers(connection: sa.Connection) -> None:
    """Make every trigger be there as it should. Repeating it changes nothing."""
    dialect = connection.dialect.name
    if missing := trigger_names(dialect) - triggers(connection):
        if dialect == "postgresql":
            connection.exec_driver_sql(_CREATE_FUNCTION)
        for name, table, statements in _triggers_of(dialect):
            if name in missing:
                on = f" ON {table}" if dialect == "postgresql" else ""
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
                for statement in statements:
                    connection.exec_driver_sql(statement)


def lift_rules(connection: sa.Connection) -> None:
    """Take the rules about single rows away until `lay_triggers`, in this transaction: a backup's rows come as they once
    were, and each of them has passed the rules already."""
    for rule in RULES:
        on = f" ON {rule.table}" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {rule.name}{on}")


def trigger_statements(dialect: str) -> Iterator[str]:
    """The statements that create all triggers in a database without any, for `sqlite` or `postgresql`."""
    if dialect == "postgresql":
        yield _CREATE_FUNCTION
    for _, _, statements in _triggers_of(dialect):
        yield from statements


def trigger_names(dialect: str) -> set[str]:
    """What should be there; `verify` and a test compare."""
    return {name for name, _, _ in _triggers_of(dialect)}


def triggers(connection: sa.Connection) -> set[str]:
    """The triggers of ours that are in the database, switched on and unaltered."""
    if connection.dialect.name == "postgresql":
        return _found_on_postgresql(connection)
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    wanted = {name: statements for name, _, statements in _triggers_of("sqlite")}
    return {name for name, sql in found if wanted.get(name) == [sql]}


def _triggers_of(dialect: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each trigger: its name, its table, and what makes it."""
    for table in tables.APPEND_ONLY:
        yield from _on_postgresql(table) if dialect == "postgresql" else _on_sqlite(table)
    for rule in RULES:
        statements = _function_and_trigger(rule) if dialect == "postgresql" else [_rule_on_sqlite(rule)]
        yield rule.name, rule.table, statements
    if dialect == "postgresql":
        for table in _GUARDED_TABLES:
            yield from _no_truncate(table)


def _on_sqlite(table: str) -> Iterator[tuple[str, str, list[str]]]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # A ledger account is opened by whoever needs it first: the second one is passed over, not refused.
    known = "BEGIN SELECT RAISE(IGNORE); END" if table == tables.ledger_accounts.name else refuse
    for name, what in (
        (f"{table}_no_update", f"BEFORE UPDATE ON {table} {refuse}"),
        (f"{table}_no_delete", f"BEFORE DELETE ON {table} {refuse}"),
        (f"{table}_no_replace", f"BEFORE INSERT ON {table} WHEN {_is_known(table)} {known}"),
    ):
        yield name, table, [f"CREATE TRIGGER {name} {what}"]


def _is_known(name: str) -> str:
    """Does a row with any of the new row's keys exist? REPLACE would delete it, whichever key it is."""
    table = tables.metadata.tables[name]
    unique = [key for key in table.constraints if isinstance(key, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    keys = sorted([column.name for column in key.columns] for key in (*unique, *(i for i in table.indexes if i.unique)))
    if table.dialect_options["sqlite"]["with_rowid"]:
        keys = [["rowid"], *keys]
    conditions = [" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys]
    return " OR ".join(f"EXISTS (SELECT 1 FROM {name} WHERE {condition})" for condition in conditions)  # noqa: S608 - our own names


def _on_postgresql(table: str) -> Iterator[tuple[str, str, list[str]]]:
    name = f"{table}_append_only"
    create = f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
    yield name, table, [create, f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"]
    yield from _no_truncate(table)


_GUARDED_TABLES = sorted({guard.table for guard in GUARDS} - set(tables.APPEND_ONLY))


def _rule_on_sqlite(rule: Guard | Deed) -> str:
    if isinstance(rule, Deed):
        return f"CREATE TRIGGER {rule.name} AFTER INSERT ON {rule.table} BEGIN {rule.does}; END"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{rule.name}: {rule.why}'); END"
    return (
        f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} WHEN {said(rule.refuses, 'sqlite')} {refuse}"
    )


def _function_and_trigger(rule: Guard | Deed) -> list[str]:
    """On PostgreSQL a condition that asks other rows can only stand in a function, of the trigger's own name."""
    when = "AFTER INSERT" if isinstance(rule, Deed) else f"BEFORE {rule.event}"
    return [
        f"CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $${_body(rule)}$$",
        f"CREATE TRIGGER {rule.name} {when} ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {rule.name}()",
        f"ALTER TABLE {rule.table} ENABLE ALWAYS TRIGGER {rule.name}",
    ]


def _body(rule: Guard | Deed) -> str:
    if isinstance(rule, Deed):
        return f"BEGIN {rule.does}; RETURN NULL; END"
    code = "ERRCODE = 'integrity_constraint_violation'"
    refuse = f"RAISE EXCEPTION USING MESSAGE = '{rule.name}: {rule.why}', {code}"
    passed = "OLD" if rule.event == "DELETE" else "NEW"
    return f"BEGIN IF {said(rule.refuses, 'postgresql')} THEN {refuse}; END IF; RETURN {passed}; END"


def _no_truncate(table: str) -> Iterator[tuple[str, str, list[str]]]:
    name = f"{table}_no_truncate"
    create = f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
    yield name, table, [create, f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"]


def _found_on_postgresql(connection: sa.Connection) -> set[str]:
    found = connection.exec_driver_sql(
        "SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND t.tgqual IS NULL AND pg_table_is_visible(c.oid)"
    )
    here = {tuple(row) for row in found}
    return {row[0] for row in here & _wanted_on_postgresql()}


def _wanted_on_postgresql() -> set[tuple[str, str, int, str]]:
    """Name, table, kind and body of every trigger that should be there."""
    kept = [(f"{table}_append_only", table, _ROW_BEFORE_UPDATE_OR_DELETE, _BODY) for table in tables.APPEND_ONLY]
    whole = [
        (f"{table}_no_truncate", table, _STATEMENT_BEFORE_TRUNCATE, _BODY)
        for table in (*tables.APPEND_ONLY, *_GUARDED_TABLES)
    ]
    guards = [(guard.name, guard.table, _ROW_BEFORE[guard.event], _body(guard)) for guard in GUARDS]
    deeds = [(deed.name, deed.table, _ROW_AFTER_INSERT, _body(deed)) for deed in DEEDS]
    return {*kept, *whole, *guards, *deeds}


# --- version -----------------------------------------------------------------------------------------------------------


class NotMigrated(Bug):
    """The database has another version than the program."""


def version(connection: sa.Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def open_vault(connection: sa.Connection, keyring: Keyring) -> Vault:
    """The vault of this database: its wrapped keys were made by the first migration (`prepare_vault`)."""
    rows = connection.execute(sa.select(tables.wrapped_keys.c.name, tables.wrapped_keys.c.key_sealed))
    wrapped = {name: bytes(sealed) for name, sealed in rows}
    if missing := [name for name in WRAPPED if name not in wrapped]:
        raise NotMigrated(f"the database has no key named {', '.join(missing)}: run karani migrate")
    return Vault(keyring, wrapped)


def prepare_vault(connection: sa.Connection, fresh: dict[str, bytes]) -> None:
    """Give a new database its wrapped keys; one that has them keeps them."""
    known = {row[0] for row in connection.execute(sa.select(tables.wrapped_keys.c.name))}
    for name in WRAPPED:
        if name not in known:
            connection.execute(sa.insert(tables.wrapped_keys).values(name=name, key_sealed=fresh[name]))
