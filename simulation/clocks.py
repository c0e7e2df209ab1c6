"""The clock on the wall of a process: it goes as the world's does, until somebody sets it."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ports import Clock


class WallClock:
    """A process's own idea of the time. Spans are measured right; the hour may be wrong by some seconds."""

    def __init__(self, world: Clock) -> None:
        self._world = world
        self._wrong_by = timedelta(0)

    def set_wrong(self, seconds: float) -> None:
        """From now on it shows so much more than the world's time; 0 sets it right. Either way it steps."""
        self._wrong_by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._world.now() + self._wrong_by

    def monotonic(self) -> float:
        return self._world.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._world.sleep(seconds)
