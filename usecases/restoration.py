"""Books out of a backup, and what is marked in them: they are older than the world, and nothing may be done twice (SEC-6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from core.permissions import Actor
from storage import attempts, audit, backup, organisations, outbox, schedule, schema
from storage.archive import read_archive
from storage.audit import Change
from storage.backup import Written
from storage.database import DatabaseUrl, writer_engine
from storage.migrate import make_place, migrate_on
from storage.tx import Tx
from storage.vault import Keyring
from usecases import payouts

BOOKS = UUID(int=2)
"""The books as a whole, as a subject of the audit trail."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Where to, with what, and on whose word."""

    url: DatabaseUrl
    keyring: Keyring
    token: Callable[[int], bytes]
    now: datetime
    new_id: Callable[[], UUID]
    actor: Actor
    jobs: Sequence[str]
    """The names of all scheduled work."""
    moved: bool = False
    """Nothing ran on these books since the backup: they only change their place."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in place now, and what was marked: messages, prompts and payouts that may have been sent since, and runs likewise."""

    made_at: datetime
    rows: int
    held: int
    runs: int


def restore(source: BinaryIO, wish: Restore, *, told: Callable[[Written], None]) -> Restored:
    """Read the whole file once before anything is written, then all of it into an empty database, in one transaction.

    Raises `BadArchive`, `WrongKey`, `OtherVersion`, `NotEmpty`; whatever cuts it off leaves the database as it was.
    """
    rows = sum(len(record.rows) for record in _records(source, wish) if isinstance(record, backup.Rows))
    make_place(wish.url)
    engine = writer_engine(wish.url)
    try:
        with engine.begin() as connection:
            backup.refuse_unless_empty(connection)
            migrate_on(connection, wish.keyring, wish.token)
            made_at = backup.load(connection, _records(source, wish), told=told)
            vault = schema.open_vault(connection, wish.keyring)
            held, runs = _mark(Tx(connection, wish.now, wish.new_id, vault), wish, made_at)
    finally:
        engine.dispose()
    return Restored(made_at, rows, held, runs)


def _records(source: BinaryIO, wish: Restore) -> backup.Stream:
    source.seek(0)
    return backup.records(read_archive(source, wish.keyring.open))


def _mark(tx: Tx, wish: Restore, made_at: datetime) -> tuple[int, int]:
    """What waited to be sent becomes unknown, scheduled work that was due until now is not done again, and the trail says who
    restored what. Payments that were under way need no mark: they are asked about as always."""
    since = f"{made_at:%Y-%m-%d %H:%M:%S} UTC"
    held = runs = 0
    if not wish.moved:
        doubt = f"{outbox.RESTORED} of {since}"
        held = outbox.hold_all(tx, doubt) + payouts.doubt_all(tx, doubt)
        attempts.give_up_all(tx, doubt)
        everywhere = [found.id for found in organisations.all_organisations(tx)]
        runs = schedule.pass_over(tx, wish.jobs, everywhere, f"may have been run: restored from the backup of {since}")
    action, sequence = "books_moved" if wish.moved else "books_restored", audit.next_sequence(tx, BOOKS)
    reason = f"backup of {since}: {held} messages, prompts and payouts are unknown"
    audit.record(tx, [(Change(None, action, "books", BOOKS, sequence, None, None, reason), wish.actor)])
    return held, runs
