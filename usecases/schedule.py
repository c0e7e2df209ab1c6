"""Taking and ending scheduled runs: whoever takes a due time first runs it, once over all processes (NOT-5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.schedule import LEASE, Due, RunState, may_take, patience
from storage import schedule
from storage.tx import Tx


def begin_run(tx: Tx, due: Due) -> Due | None:
    """Take a due time: the run with what it has to cover, or None when it is another's, or done."""
    seen = schedule.find(tx, due)
    if not may_take(seen, now=tx.now) or not schedule.take(tx, due, seen=seen, until=tx.now + LEASE):
        return None
    return replace(due, since=schedule.last_done(tx, due))


@dataclass(frozen=True, slots=True)
class EndRun:
    """What came of a run: `report` is for operators, a line."""

    due: Due
    done: bool
    report: str


def end_run(tx: Tx, wish: EndRun) -> None:
    """It is done; or it failed, and is tried again after a while that grows."""
    if wish.done:
        schedule.finish(tx, wish.due, state=RunState.DONE, until=tx.now, report=wish.report)
    elif (seen := schedule.find(tx, wish.due)) is not None:
        until = tx.now + patience(seen.attempts)
        schedule.finish(tx, wish.due, state=RunState.FAILED, until=until, report=wish.report)


def complete(tx: Tx, due: Due, report: str) -> bool:
    """End a run in the transaction that does its work, so that a crash cannot lead to a second time.

    False when it was ended before: then there is nothing to do any more.
    """
    return schedule.finish(tx, due, state=RunState.DONE, until=tx.now, report=report)
