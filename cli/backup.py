"""`karani backup`: everything in one sealed file, from one moment, while payments arrive (SEC-6)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import KaraniError
from storage import backup, seals
from storage.archive import ArchiveWriter
from storage.backup import Written
from storage.tx import Tx

SAY_EVERY = 20_000
"""Rows of a table between two lines that say how far it is."""


class BackupArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str


class BackupLine(msgspec.Struct, frozen=True, tag="going"):
    """How far it is."""

    table: str
    rows: int


class BackedUp(msgspec.Struct, frozen=True, tag="done"):
    """The file is whole and on disk. `seal` is the newest one in it: written down elsewhere, it vouches for the backup."""

    file: str
    bytes: int
    rows: int
    made_at: datetime
    seal: str | None


class Exists(KaraniError):
    """Nothing is written over a file that is there."""


async def back_up(opened: Opened, args: BackupArgs, operator: Operator) -> AsyncGenerator[BackupLine | BackedUp, None]:
    """Written beside its name and renamed when it is whole: what has the name is a backup."""
    operator.require_system_user("backup")
    with _beside(Path(args.file)) as file:
        lines: asyncio.Queue[BackupLine | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def told(written: Written) -> None:
            if written.rows % SAY_EVERY < backup.PAGE:
                loop.call_soon_threadsafe(lines.put_nowait, BackupLine(written.table, written.rows))

        work = asyncio.ensure_future(opened.app.read(_dumped, file, opened.app.random.token(32), told))
        work.add_done_callback(lambda _: lines.put_nowait(None))
        try:
            while (line := await lines.get()) is not None:
                yield line
            rows, made_at, seal = await work
        finally:
            work.cancel()
    yield BackedUp(args.file, os.stat(args.file).st_size, rows, made_at, seal)


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone, which gets its name when all of it is on disk."""
    if path.exists():
        raise Exists(f"{path} is there already")
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _dumped(
    tx: Tx, file: BinaryIO, data_key: bytes, told: Callable[[Written], None]
) -> tuple[int, datetime, str | None]:
    archive = ArchiveWriter(file, data_key=data_key, wrapped=tx.vault.seal(data_key))
    counted = backup.dump(tx, archive.write, told=told)
    archive.close()
    last = seals.last(tx)
    return sum(counted.values()), tx.now, f"{last.number}:{last.hash.hex()}" if last else None


BACKUP = Command(BackupArgs, BackedUp, back_up, apart=True)
