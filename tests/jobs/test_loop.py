"""A worker's heartbeat."""

import asyncio
import contextlib
from datetime import timedelta

from core.errors import Overloaded, Unavailable
from jobs.loop import Alarm, every
from runtime.clock import VirtualClock, settle
from tests.world import START


async def test_rounds_follow_at_once_while_there_is_work_rest_otherwise_and_survive_every_error() -> None:
    clock = VirtualClock(START)
    done: list[float] = []
    results: list[int | Exception] = [3, 1, 0, Overloaded(), Unavailable("x", "down"), ValueError("bug"), 0]

    async def work() -> int:
        done.append(clock.monotonic())
        result = results.pop(0) if results else 0
        if isinstance(result, Exception):
            raise result
        return result

    task = asyncio.ensure_future(every("test", clock, 10.0, work))
    await settle()
    await clock.advance(50)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert done == [0, 0, 0, 10, 20, 30, 40, 50]
    assert task.cancelled()


async def test_an_alarm_ends_a_rest_when_the_first_work_is_due_and_the_rest_is_looked_for_as_before() -> None:
    clock = VirtualClock(START)
    alarm = Alarm(clock)
    looked: list[float] = []

    async def work() -> int:
        looked.append(clock.monotonic())
        return 0

    task = asyncio.ensure_future(every("test", clock, 10.0, work, alarm))
    await settle()
    await clock.advance(4)
    alarm.ring(clock.now())  # due at once
    await clock.advance(1)
    for seconds in (3, 2, 9):  # queued in any order; the last comes due after the next look
        alarm.ring(clock.now() + timedelta(seconds=seconds))
    await clock.advance(40)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert looked == [0, 4, 7, 8, 14, 24, 34, 44]
