"""The one writer: who shares a commit, who is refused alone, and what an error, a crash or a lost connection leaves."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Bug, DomainError, NotFound, Overloaded, Unavailable
from core.ids import OrganisationId
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock, settle
from runtime.ids import SeededIds
from runtime.threads import start_thread
from storage import numbers
from storage import writer as writer_module
from storage.database import DatabaseUrl, writer_engine
from storage.schema import open_vault
from storage.tables import languages
from storage.tx import Tx
from storage.vault import Keyring
from storage.writer import Writer, batched
from tests.rivals import kill_backend, rival_of
from tests.world import START, World, keyring

# --- a notebook: the smallest use cases that can go wrong ---------------------------------------------------------------


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


@batched
def answers_too_few(tx: Tx, lines: Sequence[str]) -> list[str | DomainError]:
    return [line for line in lines if line != "forgotten"]


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


@pytest.fixture
def notebook(database: DatabaseUrl) -> Iterator[Notebook]:
    opened = Notebook(database)
    yield opened
    opened.close()


def outcome(future: asyncio.Future[Any]) -> Any:
    return future.exception() or future.result()


# --- sharing a commit ---------------------------------------------------------------------------------------------------


async def test_what_waits_together_shares_one_commit(notebook: Notebook) -> None:
    futures = notebook.put(*(f"line {number}" for number in range(200)))

    served = await notebook.step()

    assert served == 200
    assert notebook.commits == 1
    assert [future.result() for future in futures] == [f"LINE {number}" for number in range(200)]
    assert len(notebook.lines()) == 200


async def test_more_than_a_batch_takes_several_commits_in_order(notebook: Notebook) -> None:
    notebook.put(*(f"line {number:04}" for number in range(writer_module.BATCH_LIMIT + 1)))

    assert await notebook.step() == writer_module.BATCH_LIMIT
    assert notebook.lines()[-1] == f"line {writer_module.BATCH_LIMIT - 1:04}"
    assert notebook.writer.waiting == 1
    assert await notebook.step() == 1
    assert await notebook.step() == 0
    assert notebook.commits == 2


async def test_a_use_case_that_takes_batches_gets_all_its_commands_at_once_and_in_order(notebook: Notebook) -> None:
    mixed = [
        *notebook.put("a", "b", use_case=note_all),
        *notebook.put("single"),
        *notebook.put("c", use_case=note_all),
    ]

    await notebook.step()

    assert [outcome(future) for future in mixed] == ["A of 3", "B of 3", "SINGLE", "C of 3"]
    assert notebook.commits == 1


async def test_nobody_is_answered_before_the_commit(notebook: Notebook) -> None:
    (future,) = notebook.put("line")
    answered: list[bool] = []
    notebook.before_commit = lambda: answered.append(future.done())

    await notebook.step()

    assert answered == [False]
    assert future.result() == "LINE"


# --- refusals and culprits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use_case", [note, note_all])
async def test_a_refusal_leaves_nothing_behind_and_keeps_its_neighbours(notebook: Notebook, use_case: Any) -> None:
    futures = notebook.put("before", "refuse this", "after", use_case=use_case)

    await notebook.step()

    refused = futures[1].exception()
    assert isinstance(refused, NotFound)
    assert refused.name == "refuse this"
    assert futures[0].exception() is None
    assert futures[2].exception() is None
    assert notebook.lines() == ["after", "before"]
    assert notebook.commits == 1
    assert notebook.bugs == []


@pytest.mark.parametrize("use_case", [note, note_all])
async def test_in_a_batch_of_104_one_refusal_one_bug_and_one_broken_constraint_leave_the_other_101(
    notebook: Notebook, use_case: Any
) -> None:
    good = [f"line {number:03}" for number in range(101)]
    told = [*good[:30], "refused", *good[30:60], "bug", *good[60:90], good[7], *good[90:]]
    futures = notebook.put(*told, use_case=use_case)

    assert await notebook.step() == 104

    assert notebook.lines() == good
    kinds = {told[at]: type(future.exception()) for at, future in enumerate(futures) if future.exception()}
    assert kinds == {"refused": NotFound, "bug": ValueError, good[7]: sa.exc.IntegrityError}
    assert sorted(type(bug).__name__ for bug in notebook.bugs) == ["IntegrityError", "ValueError"]


async def test_a_batch_use_case_that_forgets_an_answer_is_a_bug_of_its_own_callers_only(notebook: Notebook) -> None:
    (neighbour,) = notebook.put("neighbour")
    (forgotten,) = notebook.put("forgotten", use_case=answers_too_few)

    await notebook.step()

    assert isinstance(forgotten.exception(), Bug)
    assert neighbour.result() == "NEIGHBOUR"
    assert notebook.lines() == ["neighbour"]


async def test_a_batch_use_case_that_raises_its_refusal_punishes_only_its_own_command(notebook: Notebook) -> None:
    @batched
    def raises(tx: Tx, lines: Sequence[str]) -> list[str | DomainError]:
        return [note(tx, line) for line in lines]

    futures = notebook.put("one", "refuse me", "two", use_case=raises)

    await notebook.step()

    assert isinstance(futures[1].exception(), NotFound)
    assert notebook.lines() == ["one", "two"]


async def test_a_refusal_that_a_second_attempt_takes_back_is_not_told(notebook: Notebook) -> None:
    """The first attempt refused, then its commit was lost; on the second the world had changed and the answer was yes."""
    attempts: list[int] = []

    def undecided(tx: Tx, command: None) -> str:
        attempts.append(1)
        if len(attempts) <= 2:
            raise NotFound("line", "yet")
        return "yes"

    def race_is_lost() -> None:
        if len(attempts) <= 2:
            raise sa.exc.IntegrityError("INSERT", {}, RuntimeError("another process was first"))

    notebook.before_commit = race_is_lost
    future = notebook.writer.put(undecided, None)

    await notebook.step()

    assert outcome(future) == "yes"


# --- callers that go away -----------------------------------------------------------------------------------------------


async def test_a_caller_that_gave_up_before_its_turn_is_passed_over(notebook: Notebook) -> None:
    impatient, patient = notebook.put("impatient", "patient")
    impatient.cancel()

    await notebook.step()

    assert notebook.lines() == ["patient"]
    assert patient.result() == "PATIENT"


async def test_a_round_of_none_but_gone_callers_writes_nothing(notebook: Notebook) -> None:
    (impatient,) = notebook.put("impatient")
    impatient.cancel()

    assert await notebook.step() == 1

    assert notebook.commits == 0


async def test_a_caller_that_goes_away_after_its_turn_began_does_not_undo_the_write(notebook: Notebook) -> None:
    leaving, staying = notebook.put("leaving", "staying")

    def leave() -> None:
        leaving.cancel()

    notebook.before_commit = leave

    await notebook.step()
    notebook.put("afterwards")
    await notebook.step()

    assert notebook.lines() == ["afterwards", "leaving", "staying"]
    assert staying.result() == "STAYING"


def test_a_caller_whose_event_loop_is_gone_does_not_kill_the_writer(notebook: Notebook) -> None:
    async def ask() -> None:
        notebook.put("left behind")

    asyncio.run(ask())
    notebook.writer.step()  # nobody is there to be told

    assert notebook.lines() == ["left behind"]


# --- too much -----------------------------------------------------------------------------------------------------------


async def test_beyond_the_limit_callers_are_told_at_once_and_nothing_is_lost(
    notebook: Notebook,
) -> None:
    notebook.writer.queue_limit = 3
    notebook.put("1", "2", "3")

    with pytest.raises(Overloaded):
        notebook.put("4")

    await notebook.step()
    notebook.put("5")
    await notebook.step()
    assert notebook.lines() == ["1", "2", "3", "5"]


async def test_after_stop_nothing_more_is_taken(notebook: Notebook) -> None:
    notebook.writer.stop()

    with pytest.raises(Overloaded):
        notebook.put("late")


# --- crashes and lost connections ---------------------------------------------------------------------------------------


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


async def test_what_was_queued_is_told_after_the_commit_and_only_when_there_was_one(notebook: Notebook) -> None:
    heard: list[tuple[dict[str, datetime], int]] = []
    notebook.writer.on_queued = lambda queued: heard.append((dict(queued), notebook.commits))

    def queues(tx: Tx, after_s: int) -> None:
        due = tx.now + timedelta(seconds=after_s)
        tx.queued["sms"] = min(due, tx.queued.get("sms", due))

    def breaks(tx: Tx, _: int) -> None:
        queues(tx, 1)
        raise ValueError

    notebook.writer.put(queues, 7)
    notebook.writer.put(queues, 5)
    await notebook.step()
    notebook.put("a")
    await notebook.step()
    lost = notebook.writer.put(breaks, 1)
    await notebook.step()

    assert heard == [({"sms": START + timedelta(seconds=5)}, 1)]
    assert isinstance(lost.exception(), ValueError)


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


# --- other processes ----------------------------------------------------------------------------------------------------


async def test_two_processes_told_of_one_receipt_at_once_credit_it_once(world: World) -> None:
    """Nothing is locked for a stranger's coin: the unique receipt alone decides, and the loser sees that it is known."""
    notice = world.notice("nobody's", 700, receipt="UKL0RACE01")
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: world.arrives(notice), lambda: rival.world.arrives(notice))

    assert mine[0].is_new
    assert not theirs[0].is_new
    assert theirs[0].payment == mine[0].payment
    assert await world.suspense() == 70_000
    assert world.broken_laws() == []


async def test_of_a_batch_that_lost_one_race_every_other_coin_is_credited(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 4_000})
    shared = world.notice("KV10", 700, receipt="UKL0RACE02")
    own = [world.notice("KV20", 100), world.notice("?", 50), world.notice("KV10", 25)]
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.arrives(shared), lambda: rival.world.arrives(own[0], shared, *own[1:])
        )

    assert [one.is_new for one in (*mine, *theirs)] == [True, True, False, True, True]
    assert await world.owes("KV10") == 400_000 - 70_000 - 2_500
    assert world.broken_laws() == []


async def test_two_processes_that_lock_in_a_circle_both_finish(world: World) -> None:
    """PostgreSQL ends one of them as a deadlock; it is run again."""
    await world.students({"KV10": 4_000})
    first = OrganisationId(world.organisation)

    def upwards(tx: Tx, command: None) -> str:
        tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        numbers.take(tx, "a", {first: 1})
        meet()
        numbers.take(tx, "b", {first: 1})
        return "up"

    def downwards(tx: Tx, command: None) -> str:
        tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        numbers.take(tx, "b", {first: 1})
        numbers.take(tx, "a", {first: 1})
        return "down"

    with rival_of(world) as rival:
        met: list[Callable[[], None]] = []
        answers: list[str] = []

        async def ask() -> None:
            answers.append(await rival.world.app.write(downwards, None))

        def meet() -> None:
            if not met:
                met.append(start_thread("rival", lambda: asyncio.run(ask())))
                rival._until(lambda: rival._somebody_waits() or bool(answers))

        answers.append(await world.app.write(upwards, None))
        met[0]()

    assert sorted(answers) == ["down", "up"]
    assert world.rows("SELECT name, last FROM counters WHERE name IN ('a', 'b') ORDER BY name") == [("a", 2), ("b", 2)]


async def test_a_serialisation_failure_is_run_again_on_what_is_there_now(world: World) -> None:
    seen: list[int] = []
    number = OrganisationId(world.organisation)
    await world.app.write(lambda tx, command: numbers.take(tx, "a", {number: 1}), None)

    @batched
    def strict(tx: Tx, commands: Sequence[None]) -> list[dict[OrganisationId, int] | DomainError]:
        tx.connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        seen.append(numbers.last(tx, "a", number))
        if len(seen) == 1:
            rival.world.engine.dispose()
            with rival.world.engine.begin() as connection:
                connection.exec_driver_sql("UPDATE counters SET last = last + 10 WHERE name = 'a'")
        return [numbers.take(tx, "a", {number: 1})]

    with rival_of(world) as rival:
        taken = await world.app.write(strict, None)

    assert seen == [1, 11]
    assert taken == {number: 12}


# --- a thread of its own ------------------------------------------------------------------------------------------------


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


def test_a_vault_needs_the_keys_of_its_database(database: DatabaseUrl) -> None:
    engine = writer_engine(database)
    with engine.connect() as connection, pytest.raises(Bug):
        open_vault(connection, Keyring([b"another key"], SeededRandom(1).token))
    engine.dispose()


# --- a writer that dies -------------------------------------------------------------------------------------------------


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
