"""Who is let in when there is more to do than can be done: pages and lists wait first, reports of gateways next, phones hear a
polite end, and news of money comes last and is answered or refused in so many words, never left hanging.

Work in flight is bounded by kind, so memory is; and a kind gives way while more urgent work fills its own room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.ports import Clock
from storage.writer import Writer
from web.metrics import SHED

log = structlog.get_logger()


class Kind(Enum):
    """What a request is about, the most urgent first."""

    MONEY = "money"
    PHONE = "phone"
    NEWS = "news"
    """What gateways report: texts, deliveries, ends of sessions."""
    PAGE = "page"
    FORM = "form"
    """What pages send. Its body may come slowly, so it has a room of its own: whoever is slow keeps no reader out."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a kind may be in flight, and up to which pressure it is let in at all.

    Pressure is the fuller of two shares: of the room of money, and of the writer's queue.
    """

    most: int
    pressure: float


ROOMS = {
    Kind.MONEY: Room(768, 2.0),
    Kind.PHONE: Room(256, 0.95),
    Kind.NEWS: Room(256, 0.75),
    Kind.PAGE: Room(32, 0.5),
    Kind.FORM: Room(64, 0.5),
}
"""A process answers some thousands of confirmations a second: 768 of them wait for a fifth of a second or less. Where it is
slower, there is less room (`Gate.most`)."""
SLOW_S = 0.25
"""News of money that takes longer than this, on average, makes the house smaller."""
LEAST = 1 / 6
"""Of the room of money that is always there."""
_MEMORY = 1 / 64
"""How much one answer counts in the average."""
SLOW_HOP_S = 0.6
"""Hops that take longer than this, on average, are refused at once: a polite end is worth more than a page for which nobody
waits any more. What a hop waits before we see it comes on top."""
_TRIES = 8
"""Of so many hops one is let in all the same, to notice when it has become better."""
_HOP_MEMORY = 1 / 8
TOLD_EVERY_S = 1.0
_MONEY = ("c2b/", "stk", "result/", "timeout/", "reversal")
_FREE = ("/healthz", "/readyz", "/metrics", "/sandbox")
"""Operators look when it is busy; the sandbox is a demo's own."""
BUSY = "Busy: please try again shortly. / Tafadhali jaribu tena. / Ongera ugerageze. / Veuillez réessayer.\n"

Refusal = Callable[[], web.Response]


def kind_of(path: str) -> Kind | None:
    """None for what is always let in."""
    if not path.startswith("/hooks/"):
        return None if path.startswith(_FREE) or path == "/" else Kind.PAGE
    operation = operation_of(path)
    if operation == "ussd":
        return Kind.PHONE
    return Kind.MONEY if operation.startswith(_MONEY) else Kind.NEWS


def operation_of(path: str) -> str:
    """What stands behind the key."""
    return path.split("/", 3)[3] if path.count("/") >= 3 else ""


class Gate:
    """Counts what is in flight, and decides."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._usual_s = 0.0
        self._usual_hop_s = 0.0
        self._asked = 0
        self._untold = dict.fromkeys(Kind, 0)
        self._told_at = dict.fromkeys(Kind, float("-inf"))
        self.inside = dict.fromkeys(Kind, 0)

    def lets_in(self, kind: Kind) -> bool:
        if kind is Kind.MONEY:
            return self.inside[kind] < self.most
        room = ROOMS[kind]
        if self.inside[kind] >= room.most or self.pressure >= room.pressure:
            return False
        return kind is not Kind.PHONE or self._usual_hop_s <= SLOW_HOP_S or self._is_a_try()

    def _is_a_try(self) -> bool:
        self._asked += 1
        return self._asked % _TRIES == 0

    @property
    def most(self) -> float:
        """How much news of money may be in flight now: a burst finds all of the room, a machine that lags behind less, so that
        who is let in is answered soon."""
        return ROOMS[Kind.MONEY].most * (1.0 if self._usual_s <= SLOW_S else max(LEAST, SLOW_S / self._usual_s))

    async def through(self, kind: Kind, answer: Awaitable[web.StreamResponse]) -> web.StreamResponse:
        """Count a request while it is answered."""
        began = self._clock.monotonic()
        self.inside[kind] += 1
        try:
            return await answer
        finally:
            self.inside[kind] -= 1
            took_s = self._clock.monotonic() - began
            if kind is Kind.MONEY:
                self._usual_s += (took_s - self._usual_s) * _MEMORY
            elif kind is Kind.PHONE:
                self._usual_hop_s += (took_s - self._usual_hop_s) * _HOP_MEMORY

    def tell_of(self, kind: Kind, request: web.Request) -> None:
        """The log hears of refusals once a second: a line each would take the time of those that are let in."""
        self._untold[kind] += 1
        now = self._clock.monotonic()
        if now - self._told_at[kind] < TOLD_EVERY_S:
            return
        log.warning("callback_shed", operation=kind.value, address=request.remote, count=self._untold[kind])
        self._told_at[kind], self._untold[kind] = now, 0

    @property
    def pressure(self) -> float:
        """0 when there is nothing to do, 1 when no more fits."""
        return max(self.inside[Kind.MONEY] / self.most, self._writer.waiting / max(1, self._writer.queue_limit))


def middleware(gate: Gate, refusals: Mapping[str, Refusal]) -> Middleware:
    """In front of everything else. `refusals` are answers of an operation's own, in its provider's words; otherwise 503."""

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = kind_of(request.path)
        if kind is Kind.PAGE and request.method != "GET":
            kind = Kind.FORM
        if kind is None:
            return await handler(request)
        if not gate.lets_in(kind):
            if kind not in (Kind.PAGE, Kind.FORM):
                gate.tell_of(kind, request)
            return _refused(kind, request, refusals)
        return await gate.through(kind, handler(request))

    return admit


def _refused(kind: Kind, request: web.Request, refusals: Mapping[str, Refusal]) -> web.Response:
    SHED.labels(kind.value).inc()
    if refusal := refusals.get(operation_of(request.path)):
        return refusal()
    return web.Response(status=503, text=BUSY, headers={"Retry-After": "5"})
