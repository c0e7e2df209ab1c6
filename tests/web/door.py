"""The doors as the outside sees them: `wiring.web_application` over a world's books, spoken to in HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from config import load
from core.organisations import Kind
from documents.press import Press
from runtime.clock import SystemClock
from runtime.http import InProcessHttp
from runtime.threads import InlineThreads
from storage.database import DatabaseUrl
from storage.tables import metadata
from storage.tx import Tx
from tests.world import TESTER, World, open_world
from usecases.setup import ProviderAccountEntry, SetUp, set_up
from wiring import Running, web_application

SAMPLES = Path(__file__).parents[1] / "samples"
KEY = "key-of-the-hook"
CODE = "*384*70421#"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

ACKNOWLEDGED = b'{"ResultCode":0,"ResultDesc":"Success"}'
ACCEPTED = b'{"ResultCode":"0","ResultDesc":"Accepted"}'

BESIDE_MONEY = {
    "exchanges",
    "early_deliveries",
    "wrapped_keys",
    "organisations",
    "provider_accounts",
    "service_codes",
    "texts",
    "consents",
}
"""What is said to us is written down; every other table is the books, people, or what will be said."""


def sample(name: str) -> bytes:
    return (SAMPLES / f"mpesa_{name}.json").read_bytes()


def confirmation(**changes: Any) -> bytes:
    """The recorded confirmation with some fields changed; None takes one away."""
    fields = json.loads(sample("c2b_confirmation")) | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def prompted(*, code: Any = 0, items: Mapping[str, Any] | None = None, **changes: Any) -> bytes:
    """The recorded outcome of a prompt with some items and fields changed."""
    said = json.loads(sample("stk_callback_success"))
    callback = said["Body"]["stkCallback"] | {"ResultCode": code} | changes
    for item in callback["CallbackMetadata"]["Item"] if items else ():
        if items and item["Name"] in items:
            item["Value"] = items[item["Name"]]
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def hop(text: str = "", phone: str = "+254712345678", session: str = "ATUid_1", **changes: str) -> bytes:
    fields = {"sessionId": session, "serviceCode": CODE, "phoneNumber": phone, "networkCode": "63902", "text": text}
    return urlencode(fields | changes).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Door:
    """One school's hooks, and what became of its books."""

    world: World
    running: Running
    client: TestClient[web.Request, web.Application]

    async def post(
        self,
        operation: str,
        body: Any,
        *,
        key: str = KEY,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Post to a hook as its provider does."""
        kind = kind or (FORM if operation.startswith(("ussd", "sms")) else JSON)
        said = {"Content-Type": kind, **(headers or {})}
        if isinstance(body, bytes) and len(body) > 1_000_000:
            body = io.BytesIO(body)
        async with self.client.post(f"/hooks/{key}/{operation}", data=body, headers=said) as answer:
            return Reply(answer.status, await answer.read())

    async def get(self, path: str) -> Reply:
        async with self.client.get(path) as answer:
            return Reply(answer.status, await answer.read())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection, for what no client library would send."""
        return await asyncio.open_connection("127.0.0.1", self.client.port)

    async def sets_up(
        self,
        slug: str,
        *,
        shortcode: str = "600984",
        key: str | None = None,
        environment: str = "sandbox",
        provider: str = "mpesa",
        **settings: str,
    ) -> None:
        """Another organisation, or another account of this one."""
        entry = ProviderAccountEntry(
            provider, shortcode, environment, key or f"key-of-{slug}", {"consumer_key": "k"}, settings
        )
        wish = SetUp(
            slug, f"{slug.title()} School", (Kind.SCHOOL,), "KE", "en", ("*384*70421#",), (entry,), actor=TESTER
        )
        await self.world.app.write(set_up, wish)
        await self.running.rewire()

    # --- then ---

    async def money(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the log of what was said."""
        return await self.world.app.read(_money)

    def unread(self) -> list[tuple[str, str]]:
        """What waits for somebody who can read it: operation and reason, as `karani unread list` shows them."""
        rows = self.world.rows("SELECT operation, detail FROM exchanges WHERE outcome = 'unread' ORDER BY at, id")
        return [(row[0], row[1]) for row in rows]

    def outcomes(self) -> list[str]:
        return [row[0] for row in self.world.rows("SELECT outcome FROM exchanges ORDER BY at, id")]

    def payments(self) -> list[tuple[str, str | None, int]]:
        rows = self.world.rows("SELECT status, receipt, minor FROM payments ORDER BY receipt")
        return [(row[0], row[1], int(row[2])) for row in rows]


def _money(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: [tuple(row) for row in tx.connection.execute(sa.select(table).order_by(*table.primary_key))]
        for table in metadata.sorted_tables
        if table.name not in BESIDE_MONEY
    }


class Served(TestServer):
    """As `wiring.listening` serves: the test server's own would abandon a request whose client went away. What is left of a body
    that was too long is read on for less time: a test would wait for the end of it."""

    async def _make_runner(self, **_kwargs: Any) -> web.AppRunner:
        return web.AppRunner(self.app, access_log=None, keepalive_timeout=75, lingering_time=0.2)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what happens on the other side of a socket."""
    for _ in range(500):
        if is_so():
            return
        await SystemClock().sleep(0.01)
    raise AssertionError("it did not happen within 5 seconds")


@asynccontextmanager
async def opened(url: DatabaseUrl, **env: str) -> AsyncIterator[Door]:
    """Open the doors of a school whose student ADM2231 owes 12,500 shillings."""
    world = open_world(url)
    app = world.app
    config = load(None, {"KARANI_PUBLIC_URL": "https://karani.test", **env}, demo=True)
    threads = InlineThreads()
    press = Press(threads, public_url=config.public_url)
    running = Running(app, config, world.clock, world.ids, InProcessHttp(world.clock), threads, threads, press)
    app.rails, app.gateways = running.rails, running.gateways
    await world.school()
    await world.students({"ADM2231": 12_500}, guardians={"ADM2231": ["254712345678"]})
    await running.rewire()
    async with TestClient(Served(web_application(running))) as client:
        try:
            yield Door(world, running, client)
        finally:
            broken = world.broken_laws()
            world.close()
    assert broken == []
    assert world.bugs == []
