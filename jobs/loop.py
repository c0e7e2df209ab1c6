"""A worker's heartbeat: do a round, rest, and never die of one bad round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush

import structlog

from core.errors import Overloaded, Unavailable
from core.ports import Clock

log = structlog.get_logger()

Round = Callable[[], Awaitable[int]]
"""One round of work; how much it did."""


class Alarm:
    """Ends a worker's rest when work is known to come due: the clerk who queues it rings, and nobody need look so often."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[datetime] = []
        self._rung = asyncio.Event()

    def ring(self, at: datetime) -> None:
        """There is work from `at` on. Beyond what is remembered, the next look finds it."""
        if len(self._due) < _MOST_RINGS:
            heappush(self._due, at)
            self._rung.set()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until the first work is due."""
        until = self._clock.now() + timedelta(seconds=seconds)
        while (left := min([until, *self._due[:1]]) - self._clock.now()) > timedelta(0):
            self._rung.clear()
            ways = [
                asyncio.ensure_future(self._clock.sleep(left.total_seconds())),
                asyncio.ensure_future(self._rung.wait()),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        while self._due and self._due[0] <= self._clock.now():
            heappop(self._due)


_MOST_RINGS = 10_000


async def every(name: str, clock: Clock, seconds: float, work: Round, alarm: Alarm | None = None) -> None:
    """Run rounds for ever: at once again while there is work, else after `seconds`, or when the alarm rings."""
    rest = alarm.rest if alarm else clock.sleep
    while True:
        done = 0
        try:
            done = await work()
        except asyncio.CancelledError:
            raise
        except (Overloaded, Unavailable) as busy:
            log.warning("job_waits", job=name, reason=str(busy))
        except Exception:
            log.exception("job_failed", job=name)
        await (clock.sleep(0) if done else rest(seconds))
