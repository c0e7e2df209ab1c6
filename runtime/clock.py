"""Time: the machine's, one that runs ahead of it, and a virtual one that moves only when told."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import ceil
from pathlib import Path

from core.errors import Bug


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class AdvancedClock(SystemClock):
    """The machine's time and a span that only grows, kept in a file: a demo's visitor need not wait for the evening, and books
    that were written tomorrow are not opened yesterday."""

    def __init__(self, file: Path) -> None:
        """A file that holds no whole number of seconds is no hour: time is the machine's then."""
        self._file = file
        self._ahead_s = _whole(file.read_text(errors="replace")) if file.exists() else 0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead_s)

    def monotonic(self) -> float:
        """What is kept for a while ends as it would if the time had passed."""
        return super().monotonic() + self._ahead_s

    def move_to(self, moment: datetime) -> None:
        """It is `moment` now. Time does not go back: an earlier one changes nothing."""
        self._ahead_s += max(0, ceil((moment - self.now()).total_seconds()))
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(str(self._ahead_s))
        fresh.replace(self._file)  # a crash leaves the one or the other, whole


def _whole(text: str) -> int:
    """0 for what a crash left."""
    return int(text) if text.isascii() and text.strip().isdigit() else 0


class VirtualClock:
    """Time that stands still until `advance`: sleepers wake in order of their hour, each followed by all it causes.

    The same story told twice therefore happens in the same order. Time is kept in whole microseconds, so that it does
    not drift. One task moves the clock; a second one that tries meanwhile is a Bug.
    """

    def __init__(self, start: datetime) -> None:
        """`start` is the first `now()`, aware."""
        self._start = start.astimezone(UTC)
        self._passed_us = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0
        self._moving = False

    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self._passed_us)

    def monotonic(self) -> float:
        return self._passed_us / 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait for somebody to advance the clock that far; zero or less gives way once."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heappush(self._sleepers, (self._passed_us + round(seconds * 1_000_000), self._order, woken))
        await woken

    def next_wake_s(self) -> float | None:
        """Seconds until the next sleeper wakes, or None when nobody sleeps: a simulation jumps by this."""
        while self._sleepers and self._sleepers[0][2].done():
            heappop(self._sleepers)
        return (self._sleepers[0][0] - self._passed_us) / 1_000_000 if self._sleepers else None

    async def advance(self, seconds: float) -> None:
        """Let that much time pass. On return, all that it caused has come to rest (see `settle`)."""
        if seconds < 0:
            raise Bug(f"time does not go back by {-seconds} s")
        if self._moving:
            raise Bug("two tasks move the same clock")
        self._moving = True
        try:
            await settle()
            until = self._passed_us + round(seconds * 1_000_000)
            while self._sleepers and self._sleepers[0][0] <= until:
                wakes_at, _, woken = heappop(self._sleepers)
                if not woken.done():
                    self._passed_us = wakes_at
                    woken.set_result(None)
                    await settle()
            self._passed_us = until
        finally:
            self._moving = False


_MOST_TURNS = 100_000
_BLIND_TURNS = 200


async def settle() -> None:
    """Come back when every other task of this loop waits for time, threads or sockets.

    asyncio has no public way to ask that; its own loop shows what is ready to run, and on a loop that does not (uvloop)
    a fixed number of turns has to do. Gives up after 100,000 turns, because a task that never rests would hang us.
    """
    loop = asyncio.get_running_loop()
    for _ in range(_MOST_TURNS if hasattr(loop, "_ready") else _BLIND_TURNS):
        await asyncio.sleep(0)
        if not getattr(loop, "_ready", True):
            return
