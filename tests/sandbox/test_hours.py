"""A visitor of the demo moves its hour on: what is scheduled until then happens on its way, each at its own hour."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.schedule import Due
from jobs.schedule import Job
from runtime.clock import VirtualClock
from sandbox.hours import Hours, clock_routes
from sandbox.school import NAIROBI
from storage.database import DatabaseUrl
from tests.world import open_world
from usecases.app import App


class Wound(VirtualClock):
    """Moves at once, and whoever rests has rested."""

    def move_to(self, moment: datetime) -> None:
        self._passed_us = round((moment - self._start).total_seconds() * 1_000_000)

    async def sleep(self, seconds: float) -> None: ...


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
