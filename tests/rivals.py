"""Two processes on one PostgreSQL, made to meet at the worst moment, the same way each time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.threads import start_thread
from storage.database import DatabaseUrl, writer_engine
from tests.world import World, open_world

MOST_LOOKS = 20_000
_SEEDS = itertools.count(1_000)
"""Two processes never make the same id: each rival has a seed of its own."""


class Rival:
    """What another process would be: a writer of its own on the same database, in a thread of its own."""

    def __init__(self, world: World) -> None:
        if world.url.is_sqlite:
            pytest.skip("one process owns a SQLite file")
        self.mine = world
        self.world = open_world(world.url, seed=next(_SEEDS), clock=world.clock)
        self.world.organisation, self.world.account = world.organisation, world.account
        self._watch = writer_engine(world.url)

    async def overlap(
        self,
        mine: Callable[[], Awaitable[Any]],
        theirs: Callable[[], Awaitable[Any]],
        *,
        when: Callable[[Callable[[], None]], None] | None = None,
    ) -> tuple[Any, Any]:
        """Do `mine`; just before its commit let the rival do `theirs`, until it is done or must wait for us; then commit.
        Both answers, or the errors in their place. `when` puts the rival's turn elsewhere in `mine`; it comes once."""
        answers: list[Any] = []
        join: list[Callable[[], None]] = []

        def rival_goes() -> None:
            self.mine.writer.before_commit = lambda: None
            join.append(start_thread("rival", lambda: answers.append(asyncio.run(_answer(theirs)))))
            self._until(lambda: bool(answers) or self._somebody_waits())

        if when is None:
            self.mine.writer.before_commit = rival_goes
        else:
            when(rival_goes)
        mine_answer = await _answer(mine)
        assert join, "the rival never had its turn"
        join[0]()
        return mine_answer, answers[0]

    def _until(self, holds: Callable[[], bool]) -> None:
        for _ in range(MOST_LOOKS):
            if holds():
                return
        raise AssertionError("the rival neither finished nor waited")

    def _somebody_waits(self) -> bool:
        with self._watch.connect() as connection:
            waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            return connection.exec_driver_sql(waiting).first() is not None

    def close(self) -> None:
        self.world.close()
        self._watch.dispose()


async def _answer(work: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await work()
    except Exception as error:
        return error


@contextmanager
def rival_of(world: World) -> Iterator[Rival]:
    rival = Rival(world)
    try:
        yield rival
        assert rival.world.bugs == []
    finally:
        rival.close()


def kill_backend(url: DatabaseUrl, pid: int) -> None:
    """The server's process behind a connection dies, and we wait until it is gone."""
    engine = writer_engine(url)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    engine.dispose()
