"""The world around one process: schools, lenders, people with phones, providers with moods. The process may die; the world goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config import load
from core.phones import Msisdn
from core.ports import Random
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from runtime.http import InProcessHttp
from runtime.ids import SeededIds
from runtime.tasks import Background
from sandbox.demo import Simulators, fill
from sandbox.school import KES, SchoolPlan
from simulation.clocks import WallClock
from simulation.lenders import BY_CODE, opened
from simulation.office import Office, staffed, two_say_yes
from simulation.places import Lender, Place
from simulation.process import Machine, Process
from simulation.stepped import PowerCut
from storage.database import DatabaseUrl
from storage.migrate import migrate
from storage.tables import metadata, organisations
from storage.tx import Tx
from storage.vault import Keyring

PUBLIC = "https://karani.test"
DARAJA = "https://daraja.test"
GATEWAY = "https://gateway.test"
SECOND_GATEWAY = "https://twilio.test"
TELEGRAM = "https://telegram.test"
START = datetime(2027, 1, 5, 4, 0, tzinfo=UTC)
"""The morning before the school year begins."""


@dataclass
class Town:
    """A running program in its world."""

    machine: Machine
    process: Process
    plans: Sequence[SchoolPlan]
    clock: VirtualClock
    wall: WallClock
    """The process's idea of the time."""
    pretend: Simulators
    people: Background
    """What people and providers are doing: it outlives the process."""
    bugs: list[str]
    """Unexpected errors of use cases, in words. There should be none."""
    offices: Sequence[Office]
    """Who works in the offices of schools and lenders; no school's where nobody does."""
    lenders: Sequence[Lender] = ()
    papers: Mapping[Msisdn, str] = field(default_factory=dict)
    """The loans that the lenders' paper books held, by their borrower's phone."""
    deaths: int = 0
    fair_since: datetime = START
    """Since when nothing goes wrong: no moods, no outage, no power cut."""
    is_to_go_dark: bool = field(default=False, init=False)
    """A cut at some commit to come is arranged."""
    started_at: datetime = field(init=False)
    """When the process last began, and remembered no dialogue."""
    _cut: bool = field(default=False, init=False)

    @classmethod
    async def found(
        cls,
        url: DatabaseUrl,
        plans: Sequence[SchoolPlan],
        *,
        seed: int,
        with_offices: bool = False,
        lenders: Sequence[Lender] = (),
    ) -> Town:
        """Build a town over an empty database and bring its schools and lenders into the books; the schools with or without people
        in their offices."""
        clock, chance = VirtualClock(START), SeededRandom(seed)
        wall = WallClock(clock)
        keyring = Keyring([b"the key of a pretend world, for no other"], SeededRandom(seed + 1).token)
        migrate(url, keyring, SeededRandom(seed + 2).token)
        addresses = {
            "PUBLIC_URL": PUBLIC,
            "DARAJA_BASE_URL": DARAJA,
            "AFRICASTALKING_BASE_URL": GATEWAY,
            "TWILIO_BASE_URL": SECOND_GATEWAY,
            "TELEGRAM_BASE_URL": TELEGRAM,
        }
        config = load(None, {f"KARANI_{name}": value for name, value in addresses.items()}, demo=True)
        bugs: list[str] = []
        machine = Machine(
            url,
            config,
            keyring,
            wall,
            SeededIds(wall, seed=seed),
            chance,
            InProcessHttp(clock),
            on_bug=lambda use_case, error: bugs.append(f"{use_case.__name__}: {type(error).__name__}: {error}"),
            with_offices=with_offices or bool(lenders),
        )
        process, people = Process(machine), Background()
        for plan in plans:
            await fill(process.app, plan)
        papers: dict[Msisdn, str] = {}
        for lender in lenders:
            papers |= await opened(process.app, lender)
        places: list[Place] = [*plans, *lenders]
        _set_clocks(process, places)
        if with_offices:
            _set_policies(process, plans)
        chance_of_offices = SeededRandom(seed + 6)
        offices = [await staffed(process.app, plan, chance_of_offices) for plan in plans if with_offices]
        offices += [
            await staffed(process.app, one, chance_of_offices, code_above=BY_CODE * KES.unit) for one in lenders
        ]
        pretend = await Simulators.start(
            process.app,
            places,
            public_url=PUBLIC,
            clock=clock,
            random=SeededRandom(seed + 3),
            http=machine.http,
            spawn=people.spawn,
        )
        pretend.mpesa.texts_payers = False
        machine.http.mount(DARAJA, pretend.daraja.app)
        machine.http.mount(GATEWAY, pretend.africastalking.app)
        machine.http.mount(SECOND_GATEWAY, pretend.twilio.app)
        machine.http.mount(TELEGRAM, pretend.telegram.app)
        town = cls(machine, process, plans, clock, wall, pretend, people, bugs, offices, lenders, papers)
        await town._start()
        return town

    # --- power -----------------------------------------------------------------------------------------------------

    def cut_power_at_commit(self, *, after: int) -> None:
        """When so many more transactions are through, the next is lost in the moment of its commit, and the process with it."""
        left = count(after, -1)

        def lose() -> None:
            if next(left) <= 0:
                raise PowerCut

        self.process.writer.before_commit = lose
        self.is_to_go_dark = True

    def cut_power_after_commit(self, *, after: int, in_a_hop: bool = False) -> None:
        """When so many more transactions are through, the process dies before anybody hears of the last of them. `in_a_hop`: only
        those count during which a dialogue waits for its next screen."""
        process, left = self.process, count(after, -1)
        goes_on = process.writer.on_commit

        def lose() -> None:
            goes_on()
            if (not in_a_hop or self.pretend.africastalking.hops_under_way) and next(left) <= 0:
                process.stop_dead()
                self._cut = True

        process.writer.on_commit = lose
        self.is_to_go_dark = True

    async def cut_power_soon(self, random: Random) -> None:
        """Power goes in the moment of one of the next commits, or when it is through and nobody has heard of it."""
        cut = self.cut_power_after_commit if random.below(2) else self.cut_power_at_commit
        cut(after=random.below(9))

    async def cut_power_in_a_hop(self, random: Random) -> None:
        """Power goes when somebody's answer is written down and the next screen is not shown."""
        self.cut_power_after_commit(after=random.below(2), in_a_hop=True)

    def spare_power(self) -> None:
        """The cut that was to come at a commit, or after one, does not come, and the disk is quick: somebody waits who moves the
        clock."""
        self.process.writer.before_commit = lambda: None
        self.process.writer.on_commit = self.process.committed
        self.process.writer.hurry()
        self.is_to_go_dark = False

    def slow_disk(self, lag_s: float) -> None:
        """From now on each commit waits so long, and takes along whatever comes meanwhile."""
        self.process.writer.lag_s = lag_s

    def was_fair_since(self, moment: datetime) -> bool:
        """Did nothing go wrong from then until now?"""
        return self.fair_since <= moment

    async def cut_power(self, *, dark_s: float = 2.0) -> None:
        """The process dies where it stands, and a new one starts over the same database."""
        self._cut = self.is_to_go_dark = False
        self.fair_since = max(self.fair_since, self.clock.now() + timedelta(seconds=dark_s))
        self.deaths += 1
        await self.process.die()
        await self.clock.advance(dark_s)
        self.process = Process(self.machine)
        await self._start()

    async def lose_machine(self, found: Callable[[], DatabaseUrl], *, dark_s: float) -> None:
        """The process and its database are gone. After `dark_s` a new machine starts on the books that `found` brings."""
        self._cut = False
        self.deaths += 1
        await self.process.die()
        self.machine.disconnect()
        await self.clock.advance(dark_s)
        self.machine.url = found()
        self.process = Process(self.machine)
        await self._start()

    @property
    def places(self) -> Sequence[Place]:
        """Whom people call, text and pay."""
        return [*self.plans, *self.lenders]

    @property
    def is_dark(self) -> bool:
        """A transaction was cut: the process is to be restarted."""
        return self._cut

    async def _start(self) -> None:
        self.process.writer.on_power_cut = self._went_dark
        await self.process.start(self.pretend.africastalking.in_process)
        self.started_at = self.clock.now()

    def _went_dark(self) -> None:
        self._cut = True
        self.process.writer.die()

    # --- what is so ------------------------------------------------------------------------------------------------

    def look(self, query: Callable[[Tx], Any]) -> Any:
        """The answer of a query function on the books as they are now."""
        return self.machine.look(query, self.process.vault, self.clock.now(), _no_ids)

    def screen(self, phone: Msisdn) -> str:
        return str(self.pretend.phones.of(phone).screen)

    def trace_hash(self) -> str:
        """One number for all that happened: every row of every table, what the providers know, what was sent."""
        digest = hashlib.sha256(self.look(_everything).encode())
        digest.update(repr(self.pretend.mpesa.transactions).encode())
        digest.update(repr(self.pretend.africastalking.sent).encode())
        digest.update(repr(self.pretend.twilio.sent).encode())
        return digest.hexdigest()

    async def close(self) -> None:
        await self.people.close()
        await self.process.die()
        self.machine.disconnect()
        with suppress(Exception):
            await self.machine.http.close()


def _no_ids() -> UUID:
    raise AssertionError("whoever looks writes nothing")


def _set_clocks(process: Process, places: Sequence[Place]) -> None:
    """Schools elsewhere: what follows from the country is the clock of its capital."""
    with process.writing() as connection:
        for plan in places:
            mine = organisations.c.slug == plan.slug
            connection.execute(sa.update(organisations).where(mine).values(time_zone=plan.time_zone))


def _set_policies(process: Process, plans: Sequence[SchoolPlan]) -> None:
    with process.writing() as connection:
        for plan in plans:
            two_say_yes(connection, plan)


def _everything(tx: Tx) -> str:
    rows: list[Any] = []
    for table in metadata.sorted_tables:
        found = tx.connection.execute(sa.select(table).order_by(*table.primary_key)).all()
        rows.append((table.name, [tuple(row) for row in found]))
    return repr(rows)
