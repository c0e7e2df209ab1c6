"""A notebook: a writer that moves when told, and the smallest use cases that can go wrong."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from core.errors import DomainError, NotFound
from runtime.clock import VirtualClock, settle
from runtime.ids import SeededIds
from storage.database import DatabaseUrl, writer_engine
from storage.schema import open_vault
from storage.tables import languages
from storage.tx import Tx
from storage.writer import Writer, batched
from tests.world import START, keyring


def note(tx: Tx, line: str) -> str:
    """Write one line; the same line twice breaks a constraint. What its first letter says happens after it is written."""
    tx.connection.execute(
        sa.insert(languages).values(msisdn_index=line.encode(), language=str(tx.now), chosen_at=tx.now)
    )
    if line.startswith("refuse"):
        raise NotFound("line", line)
    if line.startswith("bug"):
        raise ValueError(line)
    return line.upper()


@batched
def note_all(tx: Tx, lines: Sequence[str]) -> list[str | DomainError]:
    """The same in the plural: refusals are answers, and nothing of them is written."""
    for line in lines:
        if not line.startswith("refuse"):
            note(tx, line)
    return [
        NotFound("line", line) if line.startswith("refuse") else f"{line.upper()} of {len(lines)}" for line in lines
    ]


class Notebook:
    """A writer that moves when told, over a database of its own."""

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url
        self.engine = writer_engine(url)
        with self.engine.connect() as connection:
            self.vault = open_vault(connection, keyring())
        self.clock = VirtualClock(START)
        self.bugs: list[BaseException] = []
        self.commits = 0
        self.before_commit: Callable[[], None] = lambda: None
        self.writer = self.new_writer()
        sa.event.listen(self.engine, "commit", self._committed)

    def new_writer(self) -> Writer:
        return Writer(
            self.engine,
            self.vault,
            self.clock,
            SeededIds(self.clock, seed=1),
            before_commit=lambda: self.before_commit(),
            on_bug=lambda use_case, error: self.bugs.append(error),
        )

    def _committed(self, connection: object) -> None:
        self.commits += 1

    def put(self, *lines: str, use_case: Any = note) -> list[asyncio.Future[Any]]:
        return [self.writer.put(use_case, line) for line in lines]

    async def step(self) -> int:
        served = self.writer.step()
        await settle()
        return served

    def lines(self) -> list[str]:
        engine = writer_engine(self.url)
        with engine.connect() as connection:
            found = connection.execute(sa.select(languages.c.msisdn_index)).scalars().all()
        engine.dispose()
        return sorted(bytes(line).decode() for line in found)

    def once_before_commit(self, call: Callable[[], None]) -> None:
        def first() -> None:
            self.before_commit = lambda: None
            call()

        self.before_commit = first

    def close(self) -> None:
        self.writer.disconnect()
        self.engine.dispose()


def outcome(future: asyncio.Future[Any]) -> Any:
    return future.exception() or future.result()
