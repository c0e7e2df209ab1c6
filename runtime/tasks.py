"""Work in the background of one event loop: kept alive, its errors logged, ended together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


class Background:
    """Holds the tasks that nobody awaits. asyncio itself keeps only weak references to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Start `work`; an error in it is logged with its trace."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background work failed", exc_info=error)

    def cancel(self) -> list[asyncio.Task[None]]:
        """Cancel what still runs: none of it takes another step. It is gone at the loop's next turn."""
        unfinished = list(self._tasks)
        for task in unfinished:
            task.cancel()
        return unfinished

    async def close(self) -> None:
        """Cancel what still runs and wait until it has gone."""
        await asyncio.gather(*self.cancel(), return_exceptions=True)
