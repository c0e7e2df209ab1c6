"""Blocking calls run beside the loop, are bounded, and say honestly whether they began."""

from __future__ import annotations

import asyncio
import threading

import pytest

from core.errors import Unavailable
from runtime.tasks import Background
from runtime.threads import InlineThreads, ThreadPool


async def test_a_call_runs_on_a_thread_of_the_pool_and_its_error_comes_back() -> None:
    pool = ThreadPool(name="sms", workers=1)

    def fail() -> None:
        raise ValueError("no")

    assert (await pool.run(lambda: threading.current_thread().name, timeout_s=5)).startswith("sms")
    with pytest.raises(ValueError, match="no"):
        await pool.run(fail, timeout_s=5)
    pool.close()


async def test_a_slow_call_times_out_and_one_that_never_began_is_said_to_be_unsent() -> None:
    pool, release = ThreadPool(name="sms", workers=1), threading.Event()
    ran = []

    slow = asyncio.ensure_future(pool.run(release.wait, timeout_s=0.05))
    queued = asyncio.ensure_future(pool.run(lambda: ran.append(1), timeout_s=0.05))

    with pytest.raises(TimeoutError):
        await slow
    with pytest.raises(Unavailable) as refused:
        await queued
    assert not refused.value.sent
    release.set()
    assert await pool.run(lambda: "next", timeout_s=5) == "next"
    assert ran == []
    pool.close()


async def test_a_full_queue_refuses_at_once_and_opens_again() -> None:
    pool, release = ThreadPool(name="sms", workers=1, most_waiting=1), threading.Event()
    running = [asyncio.ensure_future(pool.run(release.wait, timeout_s=5)) for _ in range(2)]
    await asyncio.wait(running, timeout=0.01)

    with pytest.raises(Unavailable, match="too many"):
        await pool.run(lambda: None, timeout_s=5)

    release.set()
    await asyncio.gather(*running)
    assert await pool.run(lambda: "open", timeout_s=5) == "open"
    pool.close()


async def test_the_twin_calls_at_once() -> None:
    assert await InlineThreads().run(lambda: threading.current_thread() is threading.main_thread(), timeout_s=1)


async def test_background_work_is_logged_when_it_fails_and_ended_together(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    ended = []

    async def fail() -> None:
        raise ValueError("lost in the background")

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    background.spawn(fail())
    background.spawn(forever())
    await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=0.01)
    await background.close()

    assert "background work failed" in caplog.text
    assert ended == [True]
