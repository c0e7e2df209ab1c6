"""The program's workers without their polling: they go round when something was committed, or has become due.

`jobs.loop.every` looks twice a second, which is cheap for a machine and far too much for a year that passes in a minute.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import sqlalchemy as sa

from core.errors import Overloaded, Unavailable
from jobs.prompting import Asking, Prompting
from jobs.pulling import PullingNow
from jobs.schedule import JOBS, Scheduling
from jobs.sealing import Sealing
from jobs.sending import Sending
from storage.outbox import State
from storage.tables import outbox, payments
from storage.tx import Tx
from usecases.app import App

LOOK_EVERY_S = 4 * 3600.0
"""How late scheduled work may begin."""
SHORTEST_REST_S = 0.25
"""What is due and still not done, because a lease or a limit holds it, is looked at again no sooner."""


class Rounds:
    """One worker that is all of them, in the same order each time."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._workers = (Prompting(app), Asking(app), Sending(app), PullingNow(app))
        self._schedule = Scheduling(app, JOBS)
        self._seals = Sealing(app)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: there may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Go round for ever."""
        clock = self._app.clock
        looked_at = None
        while True:
            if looked_at is None or (clock.now() - looked_at).total_seconds() >= LOOK_EVERY_S:
                looked_at = clock.now()
                await self._schedule.round()
                while await self._seals.round():
                    pass
            await self._until_idle()
            await self._rest(LOOK_EVERY_S - (clock.now() - looked_at).total_seconds())

    async def _until_idle(self) -> None:
        self._woken.clear()
        done = 1
        while done:
            done = 0
            for worker in self._workers:
                try:
                    done += await worker.round()
                except (Overloaded, Unavailable):
                    continue

    async def _rest(self, most_s: float) -> None:
        """Until something is committed or due, and no longer than `most_s`."""
        if self._woken.is_set():
            return
        now, due = self._app.clock.now(), await self._app.read(_next_due)
        seconds = most_s if due is None else min(most_s, max((due - now).total_seconds(), SHORTEST_REST_S))
        sleep = asyncio.ensure_future(self._app.clock.sleep(max(seconds, 0.001)))
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait([sleep, woken], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            woken.cancel()


def _next_due(tx: Tx) -> datetime | None:
    """When the next message, prompt or question is due."""
    pending = sa.select(sa.func.min(outbox.c.not_before)).where(outbox.c.state == State.PENDING.value)
    leased = sa.select(sa.func.min(outbox.c.lease_until)).where(outbox.c.state == State.SENDING.value)
    asked = sa.select(sa.func.min(payments.c.next_question_at))
    found = [at for query in (pending, leased, asked) if (at := tx.connection.scalar(query)) is not None]
    return min(found, default=None)
