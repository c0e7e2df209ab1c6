"""The schema's version, and the triggers that keep append-only tables append-only (DESIGN 3).

Their ways round are closed as well: SQLite's INSERT OR REPLACE (connections set `recursive_triggers`, and a trigger before
INSERT refuses a known key), PostgreSQL's TRUNCATE (a statement trigger), and a migration that rebuilds a table and so loses
its triggers (a test counts them after every migration).
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from core.errors import Bug
from storage import tables
from storage.vault import WRAPPED, Keyring, Vault

REVISION = "0001"
"""What `storage/migrations` leads to. Start-up compares this one number."""


def trigger_statements(dialect: str) -> Iterator[str]:
    """The statements that create all triggers, for `sqlite` or `postgresql`."""
    if dialect == "postgresql":
        yield """
            CREATE OR REPLACE FUNCTION karani_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only',
                ERRCODE = 'integrity_constraint_violation'; END $$
            """
    for name in tables.APPEND_ONLY:
        if dialect == "postgresql":
            yield (
                f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} "
                "FOR EACH ROW EXECUTE FUNCTION karani_append_only()"
            )
            yield (
                f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION karani_append_only()"
            )
            continue
        refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        yield f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}"
        yield f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}"


def trigger_names(dialect: str) -> set[str]:
    """What should be there; `verify` and a test compare."""
    kinds = ("append_only", "no_truncate") if dialect == "postgresql" else ("no_update", "no_delete")
    return {f"{name}_{kind}" for name in tables.APPEND_ONLY for kind in kinds}


def triggers(connection: sa.Connection) -> set[str]:
    """The triggers of ours that are in the database."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return {row[0] for row in connection.exec_driver_sql(query)}


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
    rows = connection.execute(sa.select(tables.wrapped_keys.c.name, tables.wrapped_keys.c.sealed))
    wrapped = {name: bytes(sealed) for name, sealed in rows}
    if missing := [name for name in WRAPPED if name not in wrapped]:
        raise NotMigrated(f"the database has no key named {', '.join(missing)}: run karani migrate")
    return Vault(keyring, wrapped)


def prepare_vault(connection: sa.Connection, fresh: dict[str, bytes]) -> None:
    """Give a new database its wrapped keys; one that has them keeps them."""
    known = {row[0] for row in connection.execute(sa.select(tables.wrapped_keys.c.name))}
    for name in WRAPPED:
        if name not in known:
            connection.execute(sa.insert(tables.wrapped_keys).values(name=name, sealed=fresh[name]))
