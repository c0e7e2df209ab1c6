"""Connections that the official SDK keeps for us: one a thread, none that the gateway may have dropped meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.errors import Bug, Unavailable
from core.phones import Msisdn
from core.ports import SmsTaken
from providers.africastalking.service import IDLE_S, MOST_BYTES, KeptService
from providers.africastalking.sms import AfricasTalkingAccount, AfricasTalkingSms
from runtime.clock import SystemClock, VirtualClock
from runtime.threads import ThreadPool
from tests.sandbox.town import ASHA, START


def _taken(id_: str) -> dict[str, object]:
    recipient = {"number": ASHA.e164, "statusCode": 101, "status": "Success", "cost": "KES 0.8000", "messageId": id_}
    return {"SMSMessageData": {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [recipient]}}


TAKEN = _taken("ATXid_1")


@dataclass
class Gateway:
    """Takes every text, and remembers over which connection it came."""

    threads: ThreadPool
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    callers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    hangs_up: bool = False
    answer: web.Response | None = None
    base_url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.asked.append(request.path)
        self.keys.append(request.headers["apiKey"])
        self.cookies.append(request.headers.get("Cookie", ""))
        self.callers.append(request.transport.get_extra_info("peername")[1])
        self.texts.append(str((await request.post())["message"]))
        answer = self.answer or web.json_response(TAKEN)
        if self.hangs_up:
            answer.force_close()
        return answer

    def account(self, key: str = "api-key") -> AfricasTalkingAccount:
        return AfricasTalkingAccount(self.base_url, "kivuli", key)

    def client(self, key: str = "api-key") -> AfricasTalkingSms:
        return AfricasTalkingSms(self.account(key), threads=self.threads, clock=self.clock)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    threads = ThreadPool(name="sms", workers=1)
    gateway = Gateway(threads)
    app = web.Application()
    app.router.add_route("*", "/version1/{what}", gateway.take)
    server = TestServer(app)
    await server.start_server()
    gateway.base_url = str(server.make_url("")).rstrip("/")
    yield gateway
    threads.close()
    await server.close()


async def send(client: AfricasTalkingSms, text: str, to: Msisdn = ASHA) -> None:
    (taken,) = await client.send(text, [to])
    assert isinstance(taken, SmsTaken)


async def test_one_connection_carries_text_after_text(gateway: Gateway) -> None:
    client = gateway.client()

    for number in range(5):
        await send(client, f"Karo {number}")

    assert gateway.texts == [f"Karo {number}" for number in range(5)]
    assert len(set(gateway.callers)) == 1


async def test_a_connection_that_was_idle_for_long_is_not_trusted_with_a_text(gateway: Gateway) -> None:
    client = gateway.client()
    for number in range(3):
        await send(client, f"Karo {number}")
        await gateway.clock.advance(IDLE_S)
    assert len(set(gateway.callers)) == 1

    await gateway.clock.advance(0.1)
    await send(client, "Karo 3")

    assert gateway.texts == [f"Karo {number}" for number in range(4)]
    assert gateway.callers[3] != gateway.callers[2]


async def test_a_gateway_that_hangs_up_after_each_text_loses_none(gateway: Gateway) -> None:
    client, gateway.hangs_up = gateway.client(), True

    for number in range(5):
        await send(client, f"Karo {number}")

    assert gateway.texts == [f"Karo {number}" for number in range(5)]
    assert len(set(gateway.callers)) == 5


async def test_a_text_is_taken_nowhere_else(gateway: Gateway) -> None:
    """A redirected POST becomes a GET without a text: what a proxy says in the gateway's name is no answer of its own."""
    client = gateway.client()
    gateway.answer = web.Response(status=302, headers={"Location": "/version1/elsewhere"}, text="moved")

    with pytest.raises(Unavailable) as unknown:
        await client.send("Karo", [ASHA])

    assert unknown.value.sent
    assert gateway.asked == ["/version1/messaging"]


async def test_no_proxy_of_the_machine_is_asked(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    await send(gateway.client(), "Karo")

    assert gateway.texts == ["Karo"]


async def test_all_accounts_share_the_connection_of_a_thread_and_each_shows_its_own_key(gateway: Gateway) -> None:
    one, other = gateway.client("one"), gateway.client("other")

    for client in (one, other, one):
        await send(client, "Karo")

    assert gateway.keys == ["one", "other", "one"]
    assert len(set(gateway.callers)) == 1


async def test_each_thread_has_a_connection_of_its_own(gateway: Gateway) -> None:
    here, there = ThreadPool(name="here", workers=1), ThreadPool(name="there", workers=1)
    clients = [AfricasTalkingSms(gateway.account(), threads=each, clock=gateway.clock) for each in (here, there)]

    for client in (*clients, *clients):
        await send(client, "Karo")
    here.close()
    there.close()

    assert gateway.callers[:2] == gateway.callers[2:]
    assert len(set(gateway.callers)) == 2


async def test_what_the_gateway_wants_remembered_is_forgotten(gateway: Gateway) -> None:
    client = gateway.client()

    for number in range(3):
        gateway.answer = web.json_response(TAKEN)
        gateway.answer.set_cookie(f"route{number}", "x" * 100)
        await send(client, "Karo")

    assert gateway.cookies == ["", "", ""]


async def test_a_first_call_that_fails_keeps_no_later_one_from_going(gateway: Gateway) -> None:
    """The story: the program started while the gateway was away, and from then on every text of that thread was doubtful."""
    away = AfricasTalkingSms(
        AfricasTalkingAccount("http://127.0.0.1:1", "kivuli", "k"), threads=gateway.threads, clock=gateway.clock
    )
    with pytest.raises(Unavailable) as gone:
        await away.send("Karo", [ASHA])
    assert not gone.value.sent

    await send(gateway.client(), "Karo")

    assert gateway.texts == ["Karo"]


# --- a gateway that speaks oddly -----------------------------------------------------------------------------------------


def answer_to(number: int, head: str = "201 Created") -> bytes:
    body = web.json_response(_taken(f"ATXid_{number}")).body
    assert isinstance(body, bytes)
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def odd(*answers: Sequence[bytes]) -> AsyncIterator[AfricasTalkingSms]:
    """For a gateway whose n-th text gets these pieces, a moment between them, over whatever connection it comes."""
    rest, lines = iter(answers), set[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0]))
                for piece in next(rest):
                    writer.write(piece)
                    await writer.drain()
                    await SystemClock().sleep(0.05)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    threads = ThreadPool(name="sms", workers=1)
    yield AfricasTalkingSms(AfricasTalkingAccount(url, "kivuli", "k"), threads=threads, clock=SystemClock())
    threads.close()
    server.close()
    for line in lines:
        line.close()
        with suppress(ConnectionError):
            await line.wait_closed()


@pytest.mark.parametrize(
    "before",
    [b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 199 Odd\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"],
)
async def test_the_answer_to_one_text_is_never_read_as_that_to_the_next(before: bytes) -> None:
    """What the library takes for a last word may be followed by the true one, on the same connection."""
    async with odd([before, answer_to(1)], [answer_to(2)]) as client:
        with pytest.raises(Unavailable) as unknown:
            await client.send("Karo", [ASHA])
        (second,) = await client.send("Karo", [ASHA])

    assert unknown.value.sent
    assert isinstance(second, SmsTaken)
    assert second.gateway_id == "ATXid_2"


async def test_an_answer_without_end_is_left_and_its_text_is_in_doubt() -> None:
    endless = [b"HTTP/1.1 201 Created\r\nContent-Length: 99999999\r\n\r\n", *[b"x" * MOST_BYTES] * 3]
    async with odd(endless, [answer_to(2)]) as client:
        with pytest.raises(Unavailable) as unknown:
            await client.send("Karo", [ASHA])
        await send(client, "Karo")

    assert unknown.value.sent


def test_callbacks_of_the_library_are_not_served() -> None:
    service = KeptService("kivuli", "k", base_url="http://127.0.0.1:1", monotonic=SystemClock().monotonic)

    with pytest.raises(Bug):
        service.send("Karo", [ASHA.e164], callback=print)
