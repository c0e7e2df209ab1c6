"""A worker's heartbeat."""

import asyncio
import contextlib

from core.errors import Overloaded, Unavailable
from jobs.loop import every
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
