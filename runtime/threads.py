"""Threads for calls that block, and their inline twin."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from core.errors import Unavailable

T = TypeVar("T")


class ThreadPool:
    """A few threads and a short queue in front of them: what does not fit is refused at once, not piled up."""

    def __init__(self, *, name: str, workers: int, most_waiting: int = 100) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
        self._most = workers + most_waiting
        self._unfinished = 0

    async def run(self, call: Callable[[], T], *, timeout_s: float) -> T:
        """The call's answer, or what it raised.

        Raises `TimeoutError` after `timeout_s` when the call has begun: its thread goes on until the call's own limit.
        Raises `Unavailable(sent=False)` when the queue is full or no thread became free in time: the call never begins.
        """
        if self._unfinished >= self._most:
            raise Unavailable(self._name, "too many calls wait for a thread", retry_after_s=1)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        began = self._pool.submit(call)
        self._unfinished += 1
        began.add_done_callback(lambda done: _quietly(loop, self._finished, done, answer))
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            if began.cancel():
                raise Unavailable(self._name, "no thread became free in time", retry_after_s=1) from None
            raise
        except asyncio.CancelledError:
            began.cancel()  # whoever asked is gone: what has not begun need not
            raise

    def _finished(self, done: Future[T], answer: asyncio.Future[T]) -> None:
        """In the loop, once a call: counted, and told to whoever still waits."""
        self._unfinished -= 1
        if answer.done() or done.cancelled():
            return
        error = done.exception()
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done.result())

    def close(self) -> None:
        """Take no more calls and drop those that have not begun; running ones end by their own limits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _quietly(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    """A thread may outlive the loop that asked for it."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)


class InlineThreads:
    """Calls at once, on the caller's own thread."""

    async def run(self, call: Callable[[], T], *, timeout_s: float) -> T:
        return call()


def start_thread(name: str, work: Callable[[], None]) -> Callable[[], None]:
    """Run `work` in a thread of its own; the answer waits for its end."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread.join
