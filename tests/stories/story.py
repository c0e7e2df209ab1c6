"""The whole program with its providers, in process and under a virtual clock: the demo without sockets and without chance."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify
from typing import Any

import pytest
import sqlalchemy as sa

import wiring
from config import load
from core.phones import Msisdn
from documents.press import Press
from runtime.clock import VirtualClock
from runtime.http import InProcessHttp
from runtime.tasks import Background
from runtime.threads import InlineThreads
from sandbox.demo import Simulators, fill, fill_lender
from sandbox.lender import LenderPlan
from sandbox.moods import Mood
from sandbox.office import staff_the_office
from sandbox.school import SchoolPlan, kivuli_hill
from storage.database import DatabaseUrl
from storage.tables import metadata
from storage.tx import Tx
from tests.world import START, World, open_world
from wiring import Running, web_application, workers

PUBLIC = "https://karani.test"
DARAJA = "https://daraja.test"
GATEWAY = "https://gateway.test"
SECOND_GATEWAY = "https://second.test"
CHATS = "https://chats.test"


class Moved(VirtualClock):
    """May also be moved on at once, as a demo's: whoever sleeps until then wakes at the next advance."""

    def move_to(self, moment: datetime) -> None:
        self._passed_us = round((moment - self._start).total_seconds() * 1_000_000)
        self._sleepers = [(max(at, self._passed_us), order, woken) for at, order, woken in self._sleepers]
        heapify(self._sleepers)


@dataclass
class Story:
    """A running town: people with phones, providers with moods, and the books."""

    world: World
    plan: SchoolPlan
    town: Simulators
    http: InProcessHttp
    lender: LenderPlan | None = None

    async def passes(self, seconds: float) -> None:
        await self.world.clock.advance(seconds)

    async def dial(self, phone: Msisdn, *answers: str) -> str:
        """Dial the school, or the lender where there is one, and answer its screens; what the phone shows at the end."""
        code = (self.lender or self.plan).ussd_code
        await self.while_time_passes(self.town.phones.dial(phone, code))
        for answer in answers:
            await self.while_time_passes(self.town.phones.key(phone, answer))
        return str(self.town.phones.view(phone)["screen"]["text"])

    async def enters_pin(self, phone: Msisdn, answer: str = "pin") -> None:
        (prompt, *_) = self.town.phones.view(phone)["prompts"]
        await self.town.phones.answer(phone, prompt["id"], answer)

    async def while_time_passes(self, act: Coroutine[Any, Any, Any]) -> None:
        """A slow network answers only as the clock moves."""
        task = asyncio.ensure_future(act)
        await self.passes(0)
        while not task.done():
            await self.passes(0.05)
        await task

    def inbox(self, phone: Msisdn) -> list[str]:
        """The school's texts on a phone, oldest first."""
        return [sms["text"] for sms in self.town.phones.view(phone)["sms"] if sms["from"] != "MPESA"]

    def moods(self, mood: Mood) -> None:
        self.town.mpesa.mood = mood
        self.town.africastalking.mood = mood

    async def trace_hash(self) -> str:
        """One number for all that happened: every row of every table, what the providers know, what the phones show."""
        digest = hashlib.sha256((await self.world.app.read(_everything)).encode())
        digest.update(repr(self.town.mpesa.transactions).encode())
        digest.update(repr(self.town.africastalking.sent).encode())
        return digest.hexdigest()


def _everything(tx: Tx) -> str:
    rows: list[Any] = []
    for table in metadata.sorted_tables:
        found = tx.connection.execute(sa.select(table).order_by(*table.primary_key)).all()
        rows.append((table.name, [tuple(row) for row in found]))
    return repr(rows)


@asynccontextmanager
async def told(url: DatabaseUrl, *, seed: int = 1, lends: bool = False) -> AsyncIterator[Story]:
    """Open the town over an empty, migrated database, with the example school in it and every worker running. With `lends` the
    example lender is there and not the school; its staff have their chats, and the clock may be moved on."""
    world = open_world(url, seed=seed, clock=Moved(START) if lends else None)
    app, clock = world.app, world.clock
    http = InProcessHttp(clock)
    config = load(
        None,
        {
            "KARANI_PUBLIC_URL": PUBLIC,
            "KARANI_DARAJA_BASE_URL": DARAJA,
            "KARANI_AFRICASTALKING_BASE_URL": GATEWAY,
            "KARANI_TWILIO_BASE_URL": SECOND_GATEWAY,
            "KARANI_TELEGRAM_BASE_URL": CHATS,
        },
        demo=True,
    )
    press = Press(InlineThreads(), public_url=config.public_url)
    running = Running(app, config, clock, world.ids, http, InlineThreads(), InlineThreads(), press)
    app.rails, app.gateways, app.mailers = running.rails, running.gateways, running.mailers
    plan = kivuli_hill(clock.now())
    background = Background()
    lender = LenderPlan() if lends else None
    if lender is None:
        await fill(app, plan)
    else:
        await fill_lender(app, lender)
        await staff_the_office(app, lender, ())
    await running.rewire()
    there = lender or plan
    town = await Simulators.start(
        app, [there], public_url=PUBLIC, clock=clock, random=app.random, http=http, spawn=background.spawn
    )
    for organisation in running.gateways:
        running.gateways[organisation]["africastalking"] = town.africastalking.in_process(there.slug)
        running.mailers[organisation]["smtp"] = town.mail.in_process()
    http.mount(PUBLIC, web_application(running))
    http.mount(DARAJA, town.daraja.app)
    http.mount(GATEWAY, town.africastalking.app)
    http.mount(SECOND_GATEWAY, town.twilio.app)
    http.mount(CHATS, town.telegram.app)
    with pytest.MonkeyPatch.context() as patch:
        # Alarms ring for whatever this process queues; a look each half second is for other processes, and costs a story most.
        patch.setattr(wiring, "OUTBOX_EVERY_S", 15.0)
        for worker in workers(running):
            background.spawn(worker)
    try:
        yield Story(world, plan, town, http, lender)
    finally:
        await background.close()
        await http.close()
        world.close()
        assert world.bugs == []
