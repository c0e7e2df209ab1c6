"""Bringing a database to the program's version. Forward only, safe to repeat, and one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from storage import schema
from storage.database import DatabaseUrl, writer_engine
from storage.schema import REVISION, NotMigrated
from storage.vault import Keyring, new_wrapped_keys

_FOLDER = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 0x6B6172616E69
"""PostgreSQL's advisory lock for migrations: several processes may start at once."""


def migrate(url: DatabaseUrl, keyring: Keyring, token: Callable[[int], bytes]) -> list[str]:
    """Create or upgrade the schema, its triggers and the vault's wrapped keys. The revisions that were applied, oldest first.

    Raises `NotMigrated` for a database that a newer program has migrated.
    """
    make_place(url)
    engine = writer_engine(url)
    try:
        with engine.begin() as connection:
            return migrate_on(connection, keyring, token)
    finally:
        engine.dispose()


def make_place(url: DatabaseUrl) -> None:
    """Where a SQLite file will be. Names lie in it: it is its owner's alone, and so are the files beside it."""
    if url.is_sqlite:
        url.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        url.path.touch(mode=0o600)


def migrate_on(connection: sa.Connection, keyring: Keyring, token: Callable[[int], bytes]) -> list[str]:
    """The same within the caller's transaction."""
    # Imported here: a serving process never needs it (0.3 s and 9 MB).
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.script.revision import ResolutionError

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    before = schema.version(connection)
    try:
        steps = [step.revision for step in ScriptDirectory.from_config(config).iterate_revisions(REVISION, before)]
    except ResolutionError as error:
        raise NotMigrated(f"the database is at {before}, which this program ({REVISION}) does not know") from error
    command.upgrade(config, REVISION)
    schema.prepare_vault(connection, new_wrapped_keys(keyring, token))
    return steps[::-1]
