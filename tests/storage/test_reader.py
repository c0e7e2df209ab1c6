"""Reads: a snapshot each, which cannot write, on a thread of their own; or at once, where the books are a file."""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from runtime.ids import SeededIds
from runtime.threads import ThreadPool
from storage.database import READERS, DatabaseUrl, Reader, reader_engine
from storage.tables import languages
from storage.tx import Tx
from tests.storage.notebook import Notebook, note


@pytest.fixture
def reader(notebook: Notebook) -> Iterator[Reader]:
    threads = ThreadPool(name="reader", workers=READERS)
    engine = reader_engine(notebook.url)
    yield Reader(engine, notebook.vault, notebook.clock, SeededIds(notebook.clock, seed=2), threads)
    threads.close()
    engine.dispose()


def whose_thread(tx: Tx) -> str:
    return threading.current_thread().name


def lines(tx: Tx) -> int:
    return tx.connection.scalar(sa.select(sa.func.count()).select_from(languages)) or 0


async def test_a_glance_at_a_file_is_made_in_the_callers_own_thread(reader: Reader, database: DatabaseUrl) -> None:
    mine = threading.current_thread().name

    assert (await reader.read(whose_thread)).startswith("reader")
    assert (await reader.glance(whose_thread) == mine) == database.is_sqlite


@pytest.fixture
def in_a_file(database: DatabaseUrl) -> None:
    if not database.is_sqlite:
        pytest.skip("a server's rows are read on the readers' threads")


@pytest.mark.usefixtures("in_a_file")
async def test_a_glance_sees_what_was_committed_and_nothing_that_came_while_it_looks(
    reader: Reader, notebook: Notebook
) -> None:
    def meanwhile(tx: Tx) -> tuple[int, int]:
        before = lines(tx)
        notebook.put("b")
        notebook.writer.step()
        return before, lines(tx)

    notebook.put("a")
    await notebook.step()

    assert await reader.glance(meanwhile) == (1, 1)
    assert await reader.glance(lines) == 2


async def test_a_glance_cannot_write(reader: Reader) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        await reader.glance(note, "a")


@pytest.mark.usefixtures("in_a_file")
async def test_a_glance_waits_for_no_reader_that_is_busy(reader: Reader) -> None:
    may_end = threading.Event()
    began = [threading.Event() for _ in range(READERS)]

    def long(tx: Tx, number: int) -> None:
        began[number].set()
        assert may_end.wait(20)

    busy = [asyncio.ensure_future(reader.read(long, number)) for number in range(READERS)]
    outside = ThreadPool(name="outside", workers=1)
    for each in began:
        assert await outside.run(partial(each.wait, 20), timeout_s=20)
    outside.close()

    assert await reader.glance(lines) == 0
    may_end.set()
    await asyncio.gather(*busy)
