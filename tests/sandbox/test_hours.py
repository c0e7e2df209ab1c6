"""A visitor of the demo moves its hour on: what is scheduled until then happens on its way, each at its own hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.ids import MessageId
from core.messages import PaymentHeld
from core.schedule import Due
from jobs.schedule import Job
from runtime.clock import VirtualClock
from sandbox.hours import Hours, clock_routes
from sandbox.school import NAIROBI
from storage import outbox
from storage.database import DatabaseUrl
from storage.outbox import Kind, MessageFacts, Out, Sent
from storage.tables import outbox as rows
from storage.tx import Tx
from tests.world import kes, open_world
from usecases.app import App


class Wound(VirtualClock):
    """Moves at once, and whoever rests has rested."""

    def move_to(self, moment: datetime) -> None:
        self._passed_us = round((moment - self._start).total_seconds() * 1_000_000)

    async def sleep(self, seconds: float) -> None:
        await self.rested()

    async def rested(self) -> None:
        """What happens meanwhile."""


async def test_what_is_due_until_the_evening_is_done_on_the_way_and_a_week_has_seven(
    sqlite_database: DatabaseUrl,
) -> None:
    world, done = open_world(sqlite_database), list[str]()
    await world.school()
    clock = Wound(world.clock.now())
    world.app.clock = clock

    def noted(name: str, when: str) -> Job:
        async def work(_: App, due: Due) -> str:
            done.append(f"{name} {clock.now().astimezone(NAIROBI):%d %H:%M}")
            return "done"

        return Job(name, when, work)

    jobs = [noted("late", "30 18 * * *"), noted("noon", "0 12 * * *"), noted("pull_missed", "*/5 * * * *")]
    site = web.Application()
    site.add_routes(clock_routes(Hours(world.app, clock, jobs)))
    async with TestClient(TestServer(site)) as visitor:
        began = (await (await visitor.get("/sandbox/clock")).json())["local"]
        first = await (await visitor.post("/sandbox/clock", json={"to": "evening"})).json()
        own = [one for one in done if "pull" not in one]
        week = await (await visitor.post("/sandbox/clock", json={"to": "morning", "days": 6})).json()
        wrong = await visitor.post("/sandbox/clock", json={"to": "yesterday"})

    assert (began, first["local"]) == ("Sat 21 Nov 2026, 09:00", "Sat 21 Nov 2026, 18:30")
    assert week["local"] == "Sat 28 Nov 2026, 09:00"
    assert own == ["noon 21 12:00", "late 21 18:30"]
    assert len([one for one in done if "late" in one]) == 7
    assert wrong.status == 400
    world.close()
    assert world.bugs == []


async def test_the_clock_waits_for_a_text_that_is_under_way(sqlite_database: DatabaseUrl) -> None:
    """The story: a week on, half of the reminders of the first noon stood there as lost with the worker that sent them."""
    world, rests = open_world(sqlite_database), list[datetime]()
    await world.school()
    clock = Wound(world.clock.now())
    world.app.clock = clock
    held = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")

    async def tell(app: App, due: Due) -> str:
        return await app.write(
            _hand_over, Out(world.organisation, Kind.SMS, held.event, MessageFacts(held, msisdn="1"))
        )

    async def rested() -> None:
        rests.append(clock.now())
        if len(rests) == 3:
            await world.app.write(_hear, None)

    clock.rested = rested  # type: ignore[method-assign]
    await Hours(world.app, clock, [Job("noon", "0 12 * * *", tell)]).move("evening", 0)

    assert {f"{one.astimezone(NAIROBI):%H:%M}" for one in rests} == {"12:00"}
    assert world.rows("SELECT state FROM outbox WHERE event = 'payment_held'") == [("sent",)]
    world.close()


def _hand_over(tx: Tx, text: Out) -> str:
    outbox.put(tx, [text])
    return str(len(outbox.claim(tx, kind=Kind.SMS, limit=9, lease=timedelta(minutes=1))))


def _hear(tx: Tx, _: None) -> None:
    sending = tx.connection.execute(sa.select(rows.c.id).where(rows.c.state == "sending")).scalars()
    outbox.settle(tx, [Sent(MessageId(one), "AT1", 1, "", 1) for one in sending])
