"""One process of Karani without sockets, threads or chance: what `wiring.open_app` is to production.

It can lose its power between any two steps; what it leaves is the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import sqlalchemy as sa
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.telegram.desk import Answering
from bot.telegram.papers import Papers
from bot.telegram.registering import Registering
from bot.telegram.sending import Speaking
from config import Config
from core.ports import Clock, Ids, Random, SmsGateway
from documents.press import Press
from runtime.http import InProcessHttp
from runtime.keyvalue import MemoryKeyValue
from runtime.tasks import Background
from runtime.threads import InlineThreads
from simulation.rounds import Rounds, Worker
from simulation.stepped import SteppedWriter
from storage.database import DatabaseUrl, reader_engine, writer_engine
from storage.schema import open_vault
from storage.tx import Tx
from storage.vault import Keyring, Vault
from usecases.app import App
from wiring import Running, web_application

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Machine:
    """What outlives a process: the database, its keys, the clock, the network."""

    url: DatabaseUrl
    config: Config
    keyring: Keyring
    clock: Clock
    ids: Ids
    chance: Random
    http: InProcessHttp
    on_bug: Callable[[Callable[..., object], BaseException], None] = lambda use_case, error: None
    with_offices: bool = False
    """Somebody approves and is paid: it takes more workers."""
    commits: int = 0
    """Rounds of the writer, over all processes."""
    _engines: _Engines | None = field(default=None, init=False)

    @property
    def engines(self) -> _Engines:
        """Ways into the database. They are the machine's, not the process's: what a connection had not committed is rolled
        back when its process dies, and a statement that was compiled once is known to the next process."""
        if self._engines is None:
            reading = reader_engine(self.url)
            self._engines = _Engines(_lazy_disk(writer_engine(self.url)), reading, reading.connect())
        return self._engines

    def look(self, query: Callable[[Tx], Any], vault: Vault, now: datetime, new_id: Callable[[], UUID]) -> Any:
        """The answer of a query function on the books as they are now. One connection serves all, for nothing here reads while
        another does: to take one out for each question would cost more than most questions."""
        view = self.engines.view
        if view.in_transaction():  # within `looking`
            return query(Tx(view, now, new_id, vault))
        with view.begin():
            return query(Tx(view, now, new_id, vault))

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Several looks at one state of the books."""
        with self.engines.view.begin():
            yield

    def disconnect(self) -> None:
        """Leave the database alone: it is the end, or another is to take its place."""
        if self._engines is not None:
            self._engines.view.close()
            self._engines.writing.dispose()
            self._engines.reading.dispose()
            self._engines = None


@dataclass(frozen=True, slots=True)
class _Engines:
    writing: sa.Engine
    reading: sa.Engine
    view: sa.Connection


class _Reader:
    """What the process reads, at once and on the machine's one view."""

    def __init__(self, machine: Machine, vault: Vault) -> None:
        self._machine = machine
        self._vault = vault

    async def read(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        machine = self._machine
        found: T = machine.look(
            lambda tx: query(tx, *args, **kwargs), self._vault, machine.clock.now(), machine.ids.new
        )
        return found

    glance = read


class Process:
    """Doors and workers over one database. Everything but the database dies with it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._engine, self._reads = machine.engines.writing, machine.engines.reading
        self._background = Background()
        self._answering: dict[asyncio.Task[Any], None] = {}
        """What the doors are doing, in the order in which it came."""
        with self._engine.connect() as connection:
            self.vault: Vault = open_vault(connection, machine.keyring)
        clock, ids = machine.clock, machine.ids
        self.writer = SteppedWriter(self._engine, self.vault, clock, ids, on_bug=machine.on_bug)
        self.writer.is_alone = True
        self.app = App(
            _Reader(machine, self.vault), self.writer, clock, ids, machine.chance, MemoryKeyValue(clock), {}, {}
        )
        inline = InlineThreads()
        press = Press(inline, public_url=machine.config.public_url)
        self.running = Running(self.app, machine.config, clock, ids, machine.http, inline, inline, press)
        self.app.rails, self.app.gateways = self.running.rails, self.running.gateways
        self.rounds = Rounds(self.app, bots(self.running) if machine.with_offices else {})

    @property
    def reads(self) -> sa.Engine:
        return self._reads

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A connection in the writer's place, for what a story arranges before the doors open."""
        self.writer.disconnect()
        return self._engine.begin()

    async def start(self, gateway_of: Callable[[str], SmsGateway]) -> None:
        """Open the doors at the public address and set the workers to work. `gateway_of` a user name is the simulator
        without sockets: the vendor's own library has no place under a virtual clock."""
        machine = self._machine
        for connection in await self.running.rewire():
            if connection.account.provider == "africastalking":
                mine = self.running.gateways[connection.account.organisation]
                mine["africastalking"] = gateway_of(connection.credentials["username"])
        doors = web_application(self.running)
        doors.middlewares.append(self._noted)
        machine.http.mount(machine.config.public_url, doors)
        self.writer.on_commit = self.committed
        self._background.spawn(self._listen())
        self._background.spawn(self._work())

    @web.middleware
    async def _noted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note who answers: a server goes on with what it began for a caller who has gone, and would for ever in a dead process."""
        task = asyncio.current_task()
        assert task is not None
        self._answering[task] = None
        try:
            return await handler(request)
        finally:
            self._answering.pop(task, None)

    def committed(self) -> None:
        """A round of the writer is through."""
        self._machine.commits += 1
        self.rounds.wake()

    async def _listen(self) -> None:
        """Tell the bots' Telegram where we are. It remembers: a start while it is away changes nothing."""
        await Registering(self.running.listening, self._machine.clock).round()

    async def _work(self) -> None:
        """The workers. None of them may fail: what a heartbeat would log and forget is a broken law here."""
        try:
            await self.rounds.run()
        except Exception as error:
            self._machine.on_bug(self.rounds.run, error)

    def stop_dead(self) -> None:
        """Lose power between two instructions: nobody writes, nothing that ran goes on, nobody is at the door. `die` clears up."""
        self.writer.die()
        self._leave_doors()
        self._background.cancel()

    async def die(self) -> None:
        """Lose power, now: who waits for an answer is hung up on, and what was not committed never happened."""
        self.writer.die()
        self._leave_doors()
        await self._background.close()

    def _leave_doors(self) -> None:
        """Nobody is there any more, and nobody works on for those who called."""
        self._machine.http.unplug(self._machine.config.public_url)
        for task in tuple(self._answering):
            task.cancel()


def bots(running: Running) -> dict[str, Worker]:
    """The workers of the chats: what `main.workers` runs for them, without the message that follows the day."""
    return {
        "chat_updates": Answering(running.app),
        "chats": Speaking(running.app, running.bots, Papers(running.app, running.press)),
    }


def _lazy_disk(engine: sa.Engine) -> sa.Engine:
    """A pretended power cut ends a process, not the machine: what SQLite wrote need not reach the platter."""
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine
