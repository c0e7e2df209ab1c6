"""The program's workers without their polling: they go round when something was committed, or has become due.

`jobs.loop.every` looks twice a second, which is cheap for a machine and far too much for a year that passes in a minute. Here
one question tells when each worker is next wanted, and time jumps there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from core.errors import Overloaded, Unavailable
from jobs.enquiries import Enquiring
from jobs.expiring import Expiring
from jobs.paying import AskingPayouts, Paying
from jobs.prompting import Asking, Prompting
from jobs.pulling import PullingNow
from jobs.questions import Questioning
from jobs.schedule import JOBS, Scheduling, next_due
from jobs.sealing import Sealing
from jobs.sending import Sending
from storage import organisations
from storage.fast import Query
from storage.outbox import Kind, State
from storage.tables import (
    approval_codes,
    approvals,
    attempts,
    chat_updates,
    early_deliveries,
    floats,
    outbox,
    payments,
    payouts,
    pulls,
    status_questions,
    suspense_items,
)
from storage.tx import Tx
from usecases.app import App

LOOK_EVERY = timedelta(hours=6)
"""Work that is scheduled more often than this is looked at no more often: it covers what it missed."""
SHORTEST_REST = timedelta(seconds=0.25)
"""What is due and still not done, because a lease or a limit holds it, is looked at again no sooner."""
REST = {"pulls": timedelta(minutes=1), "floats": timedelta(seconds=30), "payout_questions": timedelta(seconds=2)}
"""Likewise, where a provider that is away should not be asked for ever."""
OVERDUE = timedelta(minutes=30)
"""Each question about a prompt is put when it is due, even where nobody answers."""
MOST_LOOKS = 1_000
"""Rounds without a rest. A program that has work for ever at one moment is broken."""


_NEVER = datetime.max.replace(tzinfo=UTC)


def _pause(when: str) -> timedelta:
    """How long it is between two due times of a crontab line."""
    at = next_due(when, "UTC", after=datetime(2027, 1, 4, tzinfo=UTC))
    return next_due(when, "UTC", after=at) - at


_RARE = sorted({job.when for job in JOBS if _pause(job.when) >= LOOK_EVERY})


class Restless(Exception):
    """The workers find something to do for ever, without time passing."""


class Overdue(Exception):
    """What is due is not done."""


class Rounds:
    """One worker that is all of them, in the same order each time."""

    def __init__(self, app: App, chats: Mapping[str, Worker]) -> None:
        """`chats` are the workers of the bots. Without any, nobody is in the offices, and nothing is ever paid out."""
        self._app = app
        self._wanted = _WANTED_WITH_OFFICES if chats else _WANTED
        self._workers: dict[str, Worker] = {
            "prompts": Prompting(app),
            "questions": Asking(app),
            "messages": _Rivals(Sending(app), Sending(app)),
            "pulls": PullingNow(app),
            "receipts": Questioning(app),
        }
        if chats:
            self._workers |= {**_of_offices(app), **chats}
        self._enquiries = Enquiring(app)
        self._schedule = Scheduling(app, JOBS)
        self._seals = Sealing(app)
        self._woken = asyncio.Event()
        self._in_suspense = 0
        self._rests: dict[str, datetime] = {}

    def wake(self) -> None:
        """Something was committed: there may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Go round for ever."""
        clock = self._app.clock
        look_at = clock.now()
        while True:
            if clock.now() >= look_at:
                await self._schedule.round()
                await self._enquiries.round()
                while await self._seals.round():
                    pass
                look_at = await self._next_look()
            await self._rest(look_at, await self._until_idle())

    async def _next_look(self) -> datetime:
        """When scheduled work is next due anywhere; what is due every few minutes, after a while."""
        now = self._app.clock.now()
        zones = {one.time_zone for one, _ in await self._app.read(organisations.with_birthdays)}
        found = [now + LOOK_EVERY]
        found += [next_due(when, zone, after=now) for when in _RARE for zone in zones]
        return min(found)

    async def _until_idle(self) -> _Due:
        """When each is wanted again, once there is nothing left to do now."""
        for _ in range(MOST_LOOKS):
            self._woken.clear()
            now, due = self._app.clock.now(), await self._app.read(self._wanted)
            wanted: Mapping[str, datetime] = due | {"receipts": now} if self._suspense_grew(due) else due
            done = 0
            for name, worker in self._workers.items():
                if wanted.get(name, _NEVER) > now or self._rests.get(name, now) > now:
                    continue
                self._rests[name] = now + REST.get(name, SHORTEST_REST)
                with suppress(Overloaded, Unavailable):
                    if worked := await worker.round():
                        done += worked
                        del self._rests[name]
            if not done:
                if due.get("questions", now) < now - OVERDUE:
                    raise Overdue(f"nobody asks what became of prompts since {due['questions']:%d/%m %H:%M}")
                return due
        raise Restless

    def _suspense_grew(self, due: _Due) -> bool:
        """Does more money wait for its owner than when its payers were last asked about?"""
        before, self._in_suspense = self._in_suspense, due.in_suspense
        return due.in_suspense > before

    async def _rest(self, look_at: datetime, due: _Due) -> None:
        """Until something is committed or due."""
        if self._woken.is_set():
            return
        now = self._app.clock.now()
        until = min([look_at, *(max(at, self._rests.get(name, at)) for name, at in due.items())])
        sleep = asyncio.ensure_future(self._app.clock.sleep(max((until - now).total_seconds(), 0.001)))
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait([sleep, woken], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            woken.cancel()


class Worker(Protocol):
    async def round(self) -> int: ...


class _Rivals:
    """Two workers of one kind, as two processes over one database have them. Mostly one goes round, and every third time both at
    once: what one has in hand is not the other's."""

    def __init__(self, one: Worker, other: Worker) -> None:
        self._one, self._other = one, other
        self._rounds = 0

    async def round(self) -> int:
        self._rounds += 1
        if self._rounds % 3:
            return await self._one.round()
        return sum(await asyncio.gather(self._one.round(), self._other.round()))


def _of_offices(app: App) -> dict[str, Worker]:
    asking = AskingPayouts(app)
    return {"payouts": Paying(app), "floats": asking, "payout_questions": asking, "approvals": Expiring(app)}


class _Due(dict[str, datetime]):
    """When each worker is next wanted; who is not there is not wanted."""

    in_suspense: int = 0


def _least(column: sa.Column[datetime], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[datetime]:
    return sa.select(sa.func.min(column)).where(column.is_not(None), *where).scalar_subquery()


def _outgoing(kind: Kind) -> sa.ScalarSelect[datetime]:
    pending = outbox.c.state == sa.literal_column(f"'{State.PENDING.value}'")
    return _least(outbox.c.not_before, pending, outbox.c.kind == sa.literal_column(f"'{kind.value}'"))


def _text(said: str) -> Any:
    return sa.literal_column(f"'{said}'")


_UNSENT = payouts.c.state.in_([_text("reserved"), _text("sending")])
_LEASED = outbox.c.state == sa.literal_column(f"'{State.SENDING.value}'")
_EARLY = (attempts.c.provider == early_deliveries.c.provider) & (
    (attempts.c.gateway_id == early_deliveries.c.gateway_id)
    | ((attempts.c.message_id == early_deliveries.c.message_id) & (attempts.c.number == early_deliveries.c.number))
)
_COLUMNS: tuple[tuple[str, sa.ScalarSelect[datetime]], ...] = (
    ("prompts", _outgoing(Kind.PROMPT)),
    ("messages", _outgoing(Kind.SMS)),
    ("messages", _least(outbox.c.lease_until, _LEASED)),
    ("messages", _least(attempts.c.report_by, attempts.c.outcome == sa.literal_column("'taken'"))),
    (
        "messages",
        sa.select(sa.func.min(early_deliveries.c.at))
        .where(sa.exists().where(_EARLY, attempts.c.outcome != sa.literal_column("'sending'")))
        .scalar_subquery(),
    ),
    ("questions", _least(payments.c.next_question_at)),
    ("pulls", _least(pulls.c.wanted_at)),
    ("receipts", _least(status_questions.c.next_at)),
)
_OFFICE_COLUMNS: tuple[tuple[str, sa.ScalarSelect[datetime]], ...] = (
    ("payouts", _least(payouts.c.next_at, _UNSENT)),
    ("floats", _least(floats.c.wanted_at)),
    ("payout_questions", _least(payouts.c.next_at, ~_UNSENT)),
    ("approvals", _least(approvals.c.expires_at, approvals.c.state.in_([_text("pending"), _text("approved")]))),
    ("approvals", _least(approval_codes.c.expires_at, approval_codes.c.forgotten_at.is_(None))),
    ("chats", _outgoing(Kind.CHAT)),
    ("chat_updates", _least(chat_updates.c.not_before, chat_updates.c.state == _text("pending"))),
)
_WAITING = sa.select(sa.func.count()).where(suspense_items.c.closed_at.is_(None)).scalar_subquery()


class _Question:
    """When each of some workers is next wanted, and how much waits for its owner: one statement."""

    def __init__(self, columns: tuple[tuple[str, sa.ScalarSelect[datetime]], ...]) -> None:
        self._names = [name for name, _ in columns]
        labelled: list[Any] = [column.label(f"at_{nth}") for nth, (_, column) in enumerate(columns)]
        self._query = Query(sa.select(*labelled, _WAITING.label("waiting")))

    def __call__(self, tx: Tx) -> _Due:
        *found, waiting = self._query(tx)[0]
        due = _Due()
        due.in_suspense = int(waiting)
        for name, at in zip(self._names, found, strict=True):
            if at is not None:
                due[name] = min(at, due.get(name, at))
        return due


_WANTED = _Question(_COLUMNS)
_WANTED_WITH_OFFICES = _Question((*_COLUMNS, *_OFFICE_COLUMNS))
