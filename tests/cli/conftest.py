"""The command line over a school's books, in process: what is typed, what is printed, how it ends."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cli import carry
from cli.app import build
from cli.operator import Operator
from cli.programme import BadConfiguration
from cli.registry import Command, command
from core.errors import KaraniError
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from documents.press import Press
from runtime.clock import VirtualClock
from runtime.ids import SeededIds
from simulation.many import seeds_of, told_many
from simulation.report import told_and_shrunk
from storage.database import DatabaseUrl, sweep
from storage.migrate import migrate
from tests.world import START, World, keyring, open_world
from usecases.app import App
from usecases.restoration import Restore, Restored, restore
from usecases.setup import StaffEntry

PAYER = "254712345678"


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str
    public_url: str = "https://pay.example.org"


@dataclass
class Opened:
    app: App
    config: Settings
    rewired: list[str] = field(default_factory=list)
    press: Press = field(init=False)

    def __post_init__(self) -> None:
        from runtime.threads import InlineThreads

        self.press = Press(InlineThreads(), public_url=self.config.public_url)

    async def rewire(self) -> None:
        self.rewired.append("yes")


@dataclass
class Printed:
    code: int
    out: str
    err: str

    @property
    def items(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    """A programme as `main.py` offers one, over a test's database. `wrong` spoils its configuration."""

    settings: Settings
    demo_settings: Settings | None = None
    wrong: list[tuple[str, str]] = field(default_factory=list)
    locked: bool = False
    opened: list[bool] = field(default_factory=list)
    """Whether each opening wanted to write."""
    ran: list[Any] = field(default_factory=list)
    current: Settings | None = None

    def load(self, file: Path | None, *, demo: bool = False) -> Settings:
        if demo:
            self.current = self.demo_settings or Settings(Path("nowhere"), "sqlite:///nowhere/karani.db")
        elif self.wrong:
            raise BadConfiguration(self.wrong)
        else:
            self.current = self.settings
        return self.current

    def migrate(self) -> list[str]:
        assert self.current is not None
        return migrate(DatabaseUrl(self.current.database_url), keyring(), lambda n: bytes(n))

    def restore(self, file: Path, *, moved: bool, by: str, told: Callable[[str, int], None]) -> Restored:
        assert self.current is not None
        clock = VirtualClock(START + timedelta(hours=2))
        url, ids = DatabaseUrl(self.current.database_url), SeededIds(clock, seed=55)
        actor = Actor(ActorKind.OPERATOR, by, "cli")
        wish = Restore(url, keyring(), lambda n: bytes(n), clock.now(), ids.new, actor, ("summary",), moved)
        with file.open("rb") as source:
            return restore(source, wish, told=lambda written: told(written.table, written.rows))

    def sweep(self) -> list[str]:
        assert self.current is not None
        return [] if sweep(DatabaseUrl(self.current.database_url)) else ["again"]

    @asynccontextmanager
    async def open(self, *, write: bool) -> AsyncIterator[Opened]:
        assert self.current is not None
        self.opened.append(write)
        if write and self.locked:
            raise KaraniError("another process of Karani owns this data folder")
        world = open_world(
            DatabaseUrl(self.current.database_url),
            seed=99 + len(self.opened),
            clock=VirtualClock(START + timedelta(hours=1)),
        )
        try:
            yield Opened(world.app, self.current)
        finally:
            world.close()

    async def serve(self, role: str) -> None:
        self.ran.append(("serve", role))

    async def demo(self, *, fresh: bool, port: int | None) -> None:
        self.ran.append(("demo", fresh, port))

    def simulate(
        self, wishes: Mapping[str, Any], database: str | None, progress: Callable[[Any], None], *, shorter: bool
    ) -> tuple[Any, Any]:
        return asyncio.run(told_and_shrunk(wishes, database, progress, shorter=shorter))

    def simulate_many(self, wishes: Mapping[str, Any], seeds: str, said: Callable[[Any, Any], None], **how: Any) -> Any:
        return told_many(wishes, seeds_of(seeds), said, **how)

    # --- hands ---

    def types(self, *words: str) -> Printed:
        """`karani` with these words."""
        result = CliRunner().invoke(build(self), list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Printed(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def _as_over_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command is asked and answers passes the wire, as beside a running process: there, only plain values do."""

    def wired(name: str) -> Command:
        plain = command(name)
        if plain.apart:
            return plain

        async def run(opened: Any, args: msgspec.Struct, operator: Operator) -> AsyncGenerator[Any, None]:
            asked = msgspec.json.decode(msgspec.json.encode(args), type=plain.args)
            async with aclosing(plain.run(opened, asked, operator)) as items:
                async for item in items:
                    yield msgspec.json.decode(msgspec.json.encode(item), type=plain.item)

        return replace(plain, run=run)

    monkeypatch.setattr(carry, "command", wired)


@pytest.fixture
def desk(database: DatabaseUrl, tmp_path: Path) -> Desk:
    """A command line over an empty, migrated database."""
    return Desk(Settings(tmp_path, database.text))


Doing = Callable[[World], Awaitable[Any]]


@pytest.fixture
def world_of(desk: Desk) -> Callable[[Doing], Any]:
    """Let something happen in the desk's books."""
    seeds = itertools.count(1)

    def happens(doing: Doing) -> Any:
        async def within() -> Any:
            world = open_world(DatabaseUrl(desk.settings.database_url), seed=next(seeds), clock=VirtualClock(START))
            try:
                return await doing(world)
            finally:
                world.close()
                assert world.bugs == []

        return asyncio.run(within())

    return happens


async def a_day(world: World) -> None:
    """Two payments that found their student, one that waits, and one prompt that failed."""
    staff = (
        StaffEntry("Mary", Role.MANAGER, Msisdn.parse("0733000001")),
        StaffEntry("Omondi", Role.AUDITOR, Msisdn.parse("0733000002")),
        StaffEntry("Tess", Role.CASHIER, Msisdn.parse("0733000003")),
    )
    await world.school(staff=staff)
    await world.students({"KV10": 4_000, "KV20": 1_000}, guardians={"KV10": [PAYER]})
    payer = Msisdn.parse(PAYER)
    await world.arrives(world.notice("KV10", 1_500, payer=payer, name="ASHA WANJIRU", receipt="UKL0000001"))
    await world.clock.advance(60)
    await world.arrives(world.notice("KV20", 1_200, receipt="UKL0000002"))
    await world.clock.advance(60)
    await world.arrives(world.notice("=1+1", 700, payer=Msisdn.parse("0799000111"), receipt="UKL0000003"))
    await world.clock.advance(60)
    await world.prompts(PAYER, {"KV10": 100}, request_id="ws_CO_1")
    await world.fails("ws_CO_1")


@pytest.fixture
def books(desk: Desk, world_of: Callable[[Doing], Any]) -> Desk:
    """A command line over the books of a school after `a_day`."""
    world_of(a_day)
    return desk
