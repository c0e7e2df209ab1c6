"""The one writer: who shares a commit, who is refused alone, and who is told what."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Bug, DomainError, NotFound, Overloaded
from storage import writer as writer_module
from storage.tx import Tx
from storage.writer import batched
from tests.storage.notebook import Notebook, note, note_all, outcome
from tests.world import START


@batched
def answers_too_few(tx: Tx, lines: Sequence[str]) -> list[str | DomainError]:
    return [line for line in lines if line != "forgotten"]


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


# --- news of a commit ----------------------------------------------------------------------------------------------------


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
