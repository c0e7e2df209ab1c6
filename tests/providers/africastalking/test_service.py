"""Connections that the official SDK keeps for us: one a thread, none that the gateway may have dropped meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from africastalking.Service import AfricasTalkingException
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.errors import Unavailable
from core.phones import Msisdn
from core.ports import SmsTaken
from providers.africastalking.service import IDLE_S, KeptService
from providers.africastalking.sms import AfricasTalkingAccount, AfricasTalkingSms
from runtime.clock import SystemClock, VirtualClock
from runtime.threads import ThreadPool
from tests.sandbox.town import ASHA, START

TAKEN = {
    "SMSMessageData": {
        "Message": "Sent to 1/1 Total Cost: KES 0.8000",
        "Recipients": [
            {"number": ASHA.e164, "statusCode": 101, "status": "Success", "cost": "KES 0.8000", "messageId": "ATXid_1"}
        ],
    }
}


@dataclass
class Gateway:
    """Takes every text, and remembers over which connection it came."""

    threads: ThreadPool
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    callers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    hangs_up: bool = False
    answer: web.Response | None = None
    base_url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.callers.append(request.transport.get_extra_info("peername")[1])
        self.texts.append(str((await request.post())["message"]))
        answer = self.answer or web.json_response(TAKEN)
        if self.hangs_up:
            answer.force_close()
        return answer

    def client(self) -> AfricasTalkingSms:
        account = AfricasTalkingAccount(self.base_url, "kivuli", "api-key")
        return AfricasTalkingSms(account, threads=self.threads, clock=self.clock)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    threads = ThreadPool(name="sms", workers=1)
    gateway = Gateway(threads)
    app = web.Application()
    app.router.add_post("/version1/messaging", gateway.take)
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
    await send(client, "Karo 1")
    await gateway.clock.advance(IDLE_S)
    await send(client, "Karo 2")
    assert len(set(gateway.callers)) == 1

    await gateway.clock.advance(IDLE_S + 0.1)
    await send(client, "Karo 3")

    assert gateway.texts == ["Karo 1", "Karo 2", "Karo 3"]
    assert gateway.callers[2] != gateway.callers[1]


async def test_a_gateway_that_hangs_up_after_each_text_loses_none(gateway: Gateway) -> None:
    client, gateway.hangs_up = gateway.client(), True

    for number in range(5):
        await send(client, f"Karo {number}")

    assert gateway.texts == [f"Karo {number}" for number in range(5)]
    assert len(set(gateway.callers)) == 5


async def test_a_text_is_taken_nowhere_else(gateway: Gateway) -> None:
    """A redirected POST becomes a GET without a text: what a proxy says in the gateway's name is no answer of its own."""
    client = gateway.client()
    gateway.answer = web.Response(status=302, headers={"Location": "/elsewhere"}, text="moved")

    with pytest.raises(Unavailable) as unknown:
        await client.send("Karo", [ASHA])

    assert unknown.value.sent
    assert gateway.texts == ["Karo"]


async def test_each_account_speaks_for_itself_and_no_proxy_of_the_machine_is_asked(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    gateway.answer = web.Response(status=401, text="The supplied authentication is invalid")
    service = KeptService("kivuli", "api-key", base_url=gateway.base_url, monotonic=SystemClock().monotonic)

    with pytest.raises(AfricasTalkingException, match="authentication"):
        await gateway.threads.run(lambda: service.send("Karo", [ASHA.e164], timeout=(1, 1)), timeout_s=5)

    assert gateway.texts == ["Karo"]
