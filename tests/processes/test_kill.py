"""The service is killed again and again while money pours in; the sender repeats until it is told yes (PAY-3).

Real processes, real sockets, real time: the only tests that wait.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runtime.chance import SeededRandom
from simulation.laws import books
from storage.database import DatabaseUrl
from storage.exchanges import count_unread
from storage.migrate import migrate
from storage.organisations import by_slug
from storage.vault import Keyring
from tests.world import World, open_world

ROOT = Path(__file__).parents[2]
SECRET = "a key for the processes that tests kill"
STARTS_WITHIN_S = 60.0
SENDERS = 24
STUDENTS = {f"KV{number}0": 50_000 for number in range(1, 10)}


def keys() -> Keyring:
    return Keyring([SECRET.encode()], SeededRandom(3).token)


@dataclass
class Service:
    """A child process of `karani serve` on a port of its own, which can be killed and started again."""

    folder: Path
    url: DatabaseUrl
    port: int
    child: subprocess.Popen[bytes] | None = None
    starts: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    """Beside what every test needs."""

    def start(self) -> None:
        self.starts += 1
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KARANI_")}
        environment |= {
            "KARANI_DATA_DIR": str(self.folder),
            "KARANI_DATABASE_URL": self.url.text,
            "KARANI_SECRET_KEYS": SECRET,
            "KARANI_PORT": str(self.port),
            "KARANI_LOG_LEVEL": "error",
            **self.settings,
        }
        with (self.folder / "service.log").open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "main.py", "serve"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """No warning, no last words."""
        assert self.child is not None
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        assert self.child is not None
        self.child.terminate()
        return self.child.wait(timeout=STARTS_WITHIN_S)

    async def is_ready(self, session: aiohttp.ClientSession) -> None:
        give_up = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < give_up:
            assert self.child is not None
            assert self.child.poll() is None, (self.folder / "service.log").read_text()[-3000:]
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
        raise AssertionError("the service did not come up")


@dataclass
class Provider:
    """Tells of each coin until it hears yes, from many connections at once; one coin in ten it tells twice anyway."""

    url: str
    session: aiohttp.ClientSession
    coins: dict[str, tuple[str, int]]
    acknowledged: dict[str, int] = field(default_factory=dict)
    """By receipt, in which life of the service it was acknowledged."""
    life: int = 0
    repeats: int = 0

    async def tell_all(self, seed: int) -> None:
        told = [*self.coins, *random.Random(seed).sample(sorted(self.coins), len(self.coins) // 10)]
        random.Random(seed).shuffle(told)
        queue = iter(told)
        await asyncio.gather(*(self._sender(queue) for _ in range(SENDERS)))

    async def _sender(self, queue: Iterator[str]) -> None:
        for receipt in queue:
            while not await self._tell(receipt):
                self.repeats += 1
                await asyncio.sleep(0.02)

    async def _tell(self, receipt: str) -> bool:
        reference, shillings = self.coins[receipt]
        body = {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": "20261120081542",
            "TransAmount": f"{shillings}.00",
            "BusinessShortCode": "600984",
            "BillRefNumber": reference,
            "MSISDN": "2547 ***** 149",
            "FirstName": "WANGARI",
        }
        life = self.life
        try:
            async with self.session.post(self.url, json=body) as answer:
                if answer.status == 200 and (await answer.json())["ResultCode"] in (0, "0"):
                    self.acknowledged.setdefault(receipt, life)
                    return True
        except (aiohttp.ClientError, OSError):
            pass
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    text = (
        f"sqlite:///{tmp_path / 'karani.db'}"
        if request.param == "sqlite"
        else str(request.getfixturevalue("new_pg_url")())
    )
    url = DatabaseUrl(text)
    migrate(url, keys(), SeededRandom(4).token)
    opened = Service(tmp_path, url, free_port())
    yield opened
    if opened.child is not None and opened.child.poll() is None:
        opened.kill()


def coin(number: int) -> tuple[str, int]:
    """Most name a student; some nobody. Distinct amounts, so that a mix-up would show."""
    return (f"KV{number % 9 + 1}0" if number % 7 else f"nobody {number}"), number + 1


async def in_a_world(service: Service, work: Any) -> Any:
    world = open_world(service.url, keys=keys(), seed=service.starts + 100)
    try:
        return await work(world)
    finally:
        world.close()


async def test_nothing_acknowledged_is_missing_and_nothing_is_doubled_however_often_the_service_is_killed(
    service: Service,
    proving: bool,
) -> None:
    kills = 20 if proving else 2 if service.url.is_sqlite else 1
    coins = {f"UKL{number:07}": coin(number) for number in range(1, kills * 250)}

    async def found(world: World) -> None:
        await world.school()
        await world.students(STUDENTS)

    await in_a_world(service, found)
    service.start()
    timeout = aiohttp.ClientTimeout(total=20)
    connector = aiohttp.TCPConnector(limit=SENDERS, force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await service.is_ready(session)
        url = f"http://127.0.0.1:{service.port}/hooks/key-of-the-hook/c2b/confirmation"
        provider = Provider(url, session, coins)
        telling = asyncio.ensure_future(provider.tell_all(seed=kills))
        for kill in range(1, kills + 1):
            while len(provider.acknowledged) < len(coins) * kill // (kills + 1):
                assert not telling.done() or telling.result() is None
                await asyncio.sleep(0.001)
            service.kill()
            provider.life = kill
            service.start()
        await telling
    assert service.stop() == 0

    lives = set(provider.acknowledged.values())
    told, broken = await in_a_world(service, audit)
    assert provider.repeats > 0
    assert len(lives) == kills + 1
    assert broken == []
    assert {receipt: minor for receipt, (minor, _) in told.coins.items()} == {
        receipt: shillings * 100 for receipt, (_, shillings) in coins.items()
    }
    for receipt, (reference, shillings) in coins.items():
        where = told.suspense if reference.startswith("nobody") else told.coins[receipt][1]
        assert where[receipt if reference.startswith("nobody") else reference] == shillings * 100
    assert told.balances["asset:float:mpesa:600984"] == sum(shillings for _, shillings in coins.values()) * 100


async def audit(world: World) -> Any:
    school = await world.app.read(by_slug, "kivuli")
    assert school is not None
    assert await world.app.read(count_unread) == 0
    return await world.app.read(books, school.id), world.broken_laws()
