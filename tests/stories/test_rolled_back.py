"""The machine is lost, and the books are rolled back to a backup that was taken under traffic: the world had gone on.

What came after the backup is in no book that is left. The providers remember it, and phones have been told of it.
"""

from __future__ import annotations

import io
import logging
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from greenlet import getcurrent, greenlet

from core.messages import PaymentReceived
from core.permissions import Actor, ActorKind
from jobs.schedule import JOBS
from runtime.chance import SeededRandom
from sandbox.demo import begin_term
from sandbox.moods import Mood
from simulation.crowd import Crowd, forgiving
from simulation.laws import all_broken_laws
from simulation.people import Person, people_of
from simulation.schools import school
from simulation.story import RESTING
from simulation.town import START, Town
from simulation.truth import left_lying, wrong_coins
from simulation.weather import FAIR, Faults, Weather
from storage import backup, message_log, organisations
from storage.archive import ArchiveWriter
from storage.backup import Written
from storage.database import DatabaseUrl
from storage.message_log import Filters
from storage.outbox import State
from storage.tables import outbox, payments, receipts
from storage.tx import Tx
from usecases.restoration import Restore, Restored, restore
from usecases.verification import verify

OPERATOR = Actor(ActorKind.OPERATOR, "tester", "cli")
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
NUMBER = re.compile(r"\bR[0-9]{6}\b")
PAGE = 50
"""Rows between two looks at the clock while a backup is written: so it lasts long enough for much to happen."""


@pytest.fixture(autouse=True)
def _without_logs() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


PROVING = os.environ.get("KARANI_PROVE") == "1"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS if PROVING else KINDS[:1])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], DatabaseUrl]:
    """Call it for an empty database: where there are no books yet."""
    if request.param == "postgresql":
        create: Callable[[], str] = request.getfixturevalue("new_pg_url")
        return lambda: DatabaseUrl(create())
    names = iter(("first", "second"))
    return lambda: DatabaseUrl(f"sqlite:///{tmp_path}/{next(names)}.db")


@dataclass
class Traffic:
    """People who pay without a pause, and providers in bad moods."""

    town: Town
    crowd: Crowd
    people: list[Person]
    random: SeededRandom
    weather: Weather

    async def goes_on(self, *, acts: int, every_s: int) -> None:
        """So many things that people do, one about every so many seconds."""
        for nth in range(acts):
            if nth % 12 == 0:
                self.have(self.weather.mpesa(), self.weather.gateway())
            who = self.people[self.random.below(len(self.people))]
            self.town.people.spawn(forgiving(partial(self.crowd.acts, who)))
            await self.town.clock.advance(1 + self.random.below(2 * every_s))

    def have(self, mpesa: Mood, gateway: Mood) -> None:
        self.town.pretend.mpesa.mood, self.town.pretend.africastalking.mood = mpesa, gateway

    async def comes_to_a_moment_when_much_is_under_way(self) -> None:
        """M-Pesa has not answered to a prompt yet, and the gateway is away while receipts are to be told."""
        for nth in range(200):
            self.have(Mood(latency_ms=20_000), FAIR)
            if "prompt" in self.town.look(waiting):
                break
            self.town.people.spawn(forgiving(partial(self.crowd.acts, self.people[nth % len(self.people)])))
            await self.town.clock.advance(3)
        self.have(Mood(latency_ms=20_000), Mood(down=True))
        for who in self.people[:8]:
            student = who.family.students[0].number
            await self.town.pretend.phones.paybill(who.guardian.msisdn, who.school.shortcode, student, "100")
            await self.town.clock.advance(1)

    async def rests(self) -> None:
        """Nobody acts and nothing fails, until everything had time to arrive."""
        self.have(FAIR, FAIR)
        await self.town.clock.advance(RESTING.total_seconds())


@asynccontextmanager
async def a_town(url: DatabaseUrl, *, seed: int) -> AsyncIterator[Traffic]:
    """A school of some families on the first morning of its term, everybody charged."""
    plan = school(0, START, students=8)
    town, random = await Town.found(url, [plan], seed=seed), SeededRandom(seed + 4)
    try:
        found = await town.process.app.read(organisations.by_slug, plan.slug)
        assert found is not None
        await begin_term(town.process.app, found.id, plan)
        crowd = Crowd(town.pretend, town.clock, random)
        yield Traffic(town, crowd, people_of(plan, random), random, Weather(Faults.MANY, random))
        assert town.bugs == []
    finally:
        await town.close()


async def backed_up(traffic: Traffic) -> bytes:
    """What `karani backup` writes, while the town goes on: after each page, it waits until somebody has paid."""
    town, file, key = traffic.town, io.BytesIO(), SeededRandom(3).token(32)
    here = getcurrent()

    def write() -> None:
        with town.process.reads.connect() as connection:
            tx = Tx(connection, town.clock.now(), town.machine.ids.new, town.process.vault)
            archive = ArchiveWriter(file, data_key=key, wrapped=tx.vault.seal(key))
            backup.dump(tx, archive.write, told=here.switch)
            archive.close()

    writing = greenlet(write)
    page: Written | None = writing.switch()
    while not writing.dead:
        assert page is not None
        await traffic.goes_on(acts=1, every_s=4)
        page = writing.switch()
    return file.getvalue()


def restored(traffic: Traffic, file: bytes, url: DatabaseUrl) -> Restored:
    """What `karani restore` does, on the new machine."""
    machine = traffic.town.machine
    jobs = [job.name for job in JOBS]
    now, token = machine.clock.now(), SeededRandom(5).token
    wish = Restore(url, machine.keyring, token, now, machine.ids.new, OPERATOR, jobs)
    return restore(io.BytesIO(file), wish, told=lambda _: None)


# --- what is asked of the books ---------------------------------------------------------------------------------------


def coins(tx: Tx) -> set[str]:
    return set(tx.connection.scalars(sa.select(payments.c.receipt).where(payments.c.receipt.is_not(None))))


def codes_of_receipts(tx: Tx) -> set[str]:
    """Of payments whose receipt SMS is sent, under way or about to be."""
    return set(tx.connection.scalars(sa.select(receipts.c.code)))


def waiting(tx: Tx) -> dict[str, int]:
    """By kind: what is not sent yet."""
    states = outbox.c.state.in_([State.PENDING.value, State.SENDING.value])
    query = sa.select(outbox.c.kind, sa.func.count().label("rows")).where(states).group_by(outbox.c.kind)
    rows = tx.connection.execute(query)
    return {row.kind: row.rows for row in rows}


def waiting_receipts(tx: Tx) -> int:
    told = (outbox.c.state == State.PENDING.value) & (outbox.c.event == PaymentReceived.event)
    return int(tx.connection.scalar(sa.select(sa.func.count()).where(told)) or 0)


def in_doubt(tx: Tx) -> int:
    held = outbox.c.last_error.startswith("may have been sent") & (outbox.c.state == State.UNKNOWN.value)
    return int(tx.connection.scalar(sa.select(sa.func.count()).where(held)) or 0)


async def test_books_that_were_rolled_back_under_traffic_come_to_the_truth_and_say_nothing_twice(
    new_database: Callable[[], DatabaseUrl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGE", PAGE)
    async with a_town(new_database(), seed=5) as traffic:
        town, mpesa = traffic.town, traffic.town.pretend.mpesa
        await traffic.goes_on(acts=30, every_s=120)
        await traffic.comes_to_a_moment_when_much_is_under_way()

        held = town.look(waiting)
        assert held["prompt"] > 0
        assert town.look(waiting_receipts) > 1
        known, codes = town.look(coins), town.look(codes_of_receipts)
        file = await backed_up(traffic)
        while_it_was_written = town.look(coins) - known
        await traffic.goes_on(acts=48, every_s=400)
        after = town.look(coins)
        restoration: list[Restored] = []

        def brought_back() -> DatabaseUrl:
            url = new_database()
            restoration.append(restored(traffic, file, url))
            return url

        await town.lose_machine(brought_back, dark_s=1_800)
        # What stands in the books before anything new comes: the one moment, and its doubts in plain sight.
        assert town.look(coins) == known
        assert town.look(all_broken_laws) == []
        assert restoration[0].held == sum(held.values()) == town.look(in_doubt)
        shown = town.look(lambda tx: message_log.messages(tx, Filters(state=State.UNKNOWN), limit=1_000))
        assert sum("restored from the backup of" in line.error for line in shown) == held["sms"]

        await traffic.goes_on(acts=18, every_s=200)
        await traffic.rests()

        assert while_it_was_written
        assert len(after - known - while_it_was_written) > 10
        assert len(mpesa.transactions) > len(after)
        assert wrong_coins(town, all_arrived=True) + left_lying(town) == []
        assert town.look(all_broken_laws) == []
        assert town.look(verify) == []
        assert after <= town.look(coins)
        gateway = town.pretend.africastalking
        arrived = [text for text in gateway.sent if text.id not in gateway.undelivered]
        # Of money that waited, its payer hears twice: that it waits, without a number, and that its owner was found.
        told = Counter((code, bool(NUMBER.search(text.text))) for text in arrived for code in CODE.findall(text.text))
        assert {code: times for (code, _), times in told.items() if code.replace("-", "") in codes and times > 1} == {}
        assert sum(code.replace("-", "") in codes for code, _ in told) > 5
