"""The writer in a thread of its own: it serves until its queue is empty, survives a bug, and is known to be dead."""

import asyncio

import pytest

from core.errors import Overloaded, Unavailable
from runtime.clock import settle
from runtime.threads import start_thread
from storage.tx import Tx
from tests.storage.notebook import Notebook, note
from tests.world import World


async def test_a_writer_in_its_own_thread_serves_many_callers_and_ends_with_its_queue_empty(notebook: Notebook) -> None:
    writer = notebook.new_writer()
    join = start_thread("writer", writer.run)

    told = await asyncio.gather(*(writer.put(note, f"line {number:03}") for number in range(600)))
    last = [writer.put(note, f"on the way out {number}") for number in range(5)]
    writer.stop()
    join()
    await settle()

    assert told[599] == "LINE 599"
    assert len(notebook.lines()) == 605
    assert all(future.done() for future in last)
    assert notebook.commits < 605


async def test_a_bug_does_not_end_the_thread(notebook: Notebook) -> None:
    writer = notebook.new_writer()
    join = start_thread("writer", writer.run)

    with pytest.raises(ValueError, match="bug"):
        await writer.put(note, "bug")
    assert await writer.put(note, "still there") == "STILL THERE"
    writer.stop()
    join()

    assert notebook.lines() == ["still there"]


async def test_a_writer_that_dies_tells_whoever_waits_and_takes_no_more(world: World) -> None:
    def fatal(tx: Tx, command: int) -> int:
        raise SystemExit

    waiting = [world.writer.put(fatal, 1), world.writer.put(fatal, 2)]
    with pytest.raises(SystemExit):
        world.writer.run()

    for future in waiting:
        with pytest.raises(Unavailable):
            await future
    assert world.writer.is_dead
    with pytest.raises(Overloaded):
        world.writer.put(fatal, 3)


async def test_how_long_a_transaction_takes_is_known_while_it_does(world: World) -> None:
    seen = []

    def slow(tx: Tx, command: int) -> None:
        seen.append(world.writer.busy_s)

    assert world.writer.busy_s == 0
    waiting = world.writer.put(slow, 1)
    world.writer.stop()
    world.writer.run()
    await waiting
    assert seen == [0.0]
    assert world.writer.busy_s == 0
    assert not world.writer.is_dead
