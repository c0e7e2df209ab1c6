"""The demo's hour: a visitor moves it on to the evening, and what is scheduled until then runs on its way, as it would have.

The clock stops at each due time, the work that is due then is done, and what it has to say is sent, before it moves on. Quiet
hours, promises and penalties are what they are on that day: nothing is asked to look away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Protocol

import msgspec
from aiohttp import web

from core.ports import Clock
from jobs.schedule import Job, Scheduling, next_due
from sandbox.routes import body_of, reply, said_so
from sandbox.school import NAIROBI
from storage import outbox
from storage.outbox import Kind, State
from storage.tx import Tx
from usecases.app import App

HOURS = {"morning": time(9), "evening": time(18, 30)}
"""When people are asked for what was planned, and when borrowers are reminded."""
SPOKEN_S, LOOK_S = 30.0, 0.1
"""How long the clock waits at a stop for what is said there, and how often it looks."""
AFTER = timedelta(seconds=5)
"""Past the due time, where the clock stops."""
OFTEN = frozenset({"pull_missed"})
"""What is due every few minutes is done once a stop."""


class MovedClock(Clock, Protocol):
    """A clock that may be moved on."""

    def move_to(self, moment: datetime) -> None: ...


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """To the next such hour, and so many days beyond it."""

    to: Literal["morning", "evening"]
    days: Annotated[int, msgspec.Meta(ge=0, le=31)] = 0


@dataclass
class Hours:
    """Moves the clock of a demo whose workers run."""

    app: App
    clock: MovedClock
    jobs: Sequence[Job]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def move(self, to: str, days: int) -> None:
        """Stop at each due time until then. One visitor after the other."""
        async with self._turn:
            until = self._next(HOURS[to]) + timedelta(days=days)
            while (at := self._next_stop(until)) is not None:
                self.clock.move_to(at + AFTER)
                await Scheduling(self.app, self.jobs).round()
                await self._said()
            self.clock.move_to(until + AFTER)

    def _next(self, hour: time) -> datetime:
        here = self.clock.now().astimezone(NAIROBI)
        today = datetime.combine(here.date(), hour, NAIROBI)
        return today if today > here else today + timedelta(days=1)

    def _next_stop(self, until: datetime) -> datetime | None:
        now = self.clock.now()
        dues = [next_due(job.when, str(NAIROBI), after=now) for job in self.jobs if job.name not in OFTEN]
        return min((due for due in dues if due <= until), default=None)

    async def _said(self) -> None:
        """Wait until the workers have sent what is due and know what became of it; not for a provider that is down."""
        for _ in range(int(SPOKEN_S / LOOK_S)):
            await self.clock.sleep(LOOK_S)
            if not await self.app.read(_something_open, None):
                return

    def shown(self) -> Mapping[str, object]:
        now = self.clock.now()
        return {"now": now, "local": now.astimezone(NAIROBI).strftime("%a %-d %b %Y, %H:%M")}


def _something_open(tx: Tx, _: None) -> bool:
    """What is under way counts: an hour later its worker would be taken for dead, and the text for lost."""
    under_way = outbox.counts(tx).get(State.SENDING.value, 0)
    return bool(under_way) or outbox.is_due(tx, Kind.SMS) or outbox.is_due(tx, Kind.CHAT)


class Movable(Protocol):
    """What the page asks of it."""

    async def move(self, to: str, days: int) -> None: ...

    def shown(self) -> Mapping[str, object]: ...


def clock_routes(hours: Movable) -> list[web.RouteDef]:
    """`GET /sandbox/clock`, and `POST` of `{"to": "evening", "days": 0}`."""

    async def look(_: web.Request) -> web.Response:
        return reply(hours.shown())

    async def move(request: web.Request) -> web.Response:
        asked = await body_of(request, Move)
        await hours.move(asked.to, asked.days)
        return reply(hours.shown())

    return [web.get("/sandbox/clock", said_so(look)), web.post("/sandbox/clock", said_so(move))]
