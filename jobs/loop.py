"""A worker's heartbeat: do a round, rest, and never die of one bad round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import Overloaded, Unavailable
from core.ports import Clock

log = structlog.get_logger()

Round = Callable[[], Awaitable[int]]
"""One round of work; how much it did."""


async def every(name: str, clock: Clock, seconds: float, work: Round) -> None:
    """Run rounds for ever: at once again while there is work, else after `seconds`."""
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
        await clock.sleep(0 if done else seconds)
