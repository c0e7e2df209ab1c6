"""What a crash or a lost connection leaves of a commit: all of it or nothing, and never twice."""

from typing import Any

import pytest

from core.errors import Unavailable
from storage.database import DatabaseUrl
from storage.tx import Tx
from tests.rivals import kill_backend
from tests.storage.notebook import Notebook, note, outcome
from tests.world import World


async def test_a_crash_before_the_commit_leaves_nothing(notebook: Notebook) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    futures = notebook.put("a", "b")
    notebook.once_before_commit(crash)

    with pytest.raises(KeyboardInterrupt):
        notebook.writer.step()

    assert notebook.lines() == []
    assert not any(future.done() for future in futures)


def backend(tx: Tx) -> int:
    return int(tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


@pytest.fixture
def on_postgresql(database: DatabaseUrl) -> None:
    if database.is_sqlite:
        pytest.skip("a SQLite file has no backend to kill")


@pytest.mark.usefixtures("on_postgresql")
async def test_a_backend_that_dies_just_before_the_commit_costs_a_repeat_and_nothing_else(notebook: Notebook) -> None:
    pids: list[int] = []

    def remembering(tx: Tx, line: str) -> str:
        pids.append(backend(tx))
        return note(tx, line)

    futures = notebook.put("a", "b", use_case=remembering)
    notebook.once_before_commit(lambda: kill_backend(notebook.url, pids[0]))

    await notebook.step()

    assert [outcome(future) for future in futures] == ["A", "B"]
    assert notebook.lines() == ["a", "b"]
    assert len(set(pids)) == 2
    assert notebook.bugs == []


@pytest.mark.usefixtures("on_postgresql")
async def test_a_backend_that_died_while_idle_is_replaced(notebook: Notebook) -> None:
    pids: list[int] = []

    def remember(tx: Tx, command: None) -> None:
        pids.append(backend(tx))

    notebook.writer.put(remember, None)
    await notebook.step()
    kill_backend(notebook.url, pids[0])
    (future,) = notebook.put("next morning")
    await notebook.step()

    assert outcome(future) == "NEXT MORNING"
    assert notebook.lines() == ["next morning"]


@pytest.mark.usefixtures("on_postgresql")
async def test_a_backend_that_dies_in_the_middle_of_a_savepoint_costs_a_repeat_and_nothing_else(
    notebook: Notebook,
) -> None:
    killed: list[bool] = []

    def dies_once(tx: Tx, line: str) -> str:
        if not killed:
            killed.append(True)
            kill_backend(notebook.url, backend(tx))
        return note(tx, line)

    futures = [*notebook.put("a"), *notebook.put("b", use_case=dies_once), *notebook.put("c")]

    await notebook.step()

    assert [outcome(future) for future in futures] == ["A", "B", "C"]
    assert notebook.lines() == ["a", "b", "c"]


@pytest.mark.usefixtures("on_postgresql")
async def test_a_database_that_stays_away_is_told_as_unavailable_and_the_writer_lives(notebook: Notebook) -> None:
    away = True

    def always_killed(tx: Tx, line: str) -> str:
        if away:
            kill_backend(notebook.url, backend(tx))
        return note(tx, line)

    (future,) = notebook.put("a", use_case=always_killed)
    await notebook.step()
    told = future.exception()
    away = False
    (second,) = notebook.put("a", use_case=always_killed)
    await notebook.step()

    assert isinstance(told, Unavailable)
    assert told.sent
    assert outcome(second) == "A"
    assert notebook.lines() == ["a"]


async def test_a_commit_whose_answer_was_lost_is_repeated_and_nothing_is_doubled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst of outcomes: the server committed, and the connection broke before it could say so."""
    await world.students({"KV10": 4_000})
    real = world.engine.dialect.do_commit
    lost: list[bool] = []

    def commit_and_lose_the_answer(connection: Any) -> None:
        real(connection)
        if not lost:
            lost.append(True)
            if not world.url.is_sqlite:
                connection.dbapi_connection.close()
            raise world.engine.dialect.loaded_dbapi.OperationalError("the connection is closed")

    monkeypatch.setattr(world.engine.dialect, "do_commit", commit_and_lose_the_answer)
    notices = [world.notice("KV10", 1_000), world.notice("KV10", 500), world.notice("??", 300)]
    recorded = await world.arrives(*notices)

    assert lost
    assert [one.is_new for one in recorded] == [False, False, False]
    assert await world.owes("KV10") == 250_000
    assert await world.suspense() == 30_000
    assert world.broken_laws() == []
