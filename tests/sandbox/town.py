"""A small pretend town under a virtual clock: phones, M-Pesa, a gateway, and a program that notes what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from core.money import Currency, Money
from core.phones import Msisdn
from core.ports import Http, PromptOrder
from providers.mpesa.client import MpesaAccount, MpesaRail
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from runtime.http import InProcessHttp
from runtime.keyvalue import MemoryKeyValue
from runtime.tasks import Background
from sandbox.africastalking import AfricasTalking, Application
from sandbox.daraja import Daraja
from sandbox.dialogues import ServiceCode
from sandbox.mpesa import Mpesa, ShortCode
from sandbox.phones import Phones

START = datetime(2026, 11, 20, 6, 15, tzinfo=UTC)
ASHA = Msisdn("254712345149")
DARAJA = "https://daraja.test"
GATEWAY = "https://gateway.test"
PROGRAM = "https://program.test"
PAYBILL = "600984"
USSD_CODE = "*384*70421#"


def kes(shillings: int) -> Money:
    return Money(shillings * 100, Currency.KES)


@dataclass
class Told:
    """One request that the program received."""

    path: str
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Program:
    """Notes every callback and answers as it was told to: by path, 200 and `{}` otherwise."""

    told: list[Told] = field(default_factory=list)
    answers: dict[str, bytes | int] = field(default_factory=dict)
    app: web.Application = field(default_factory=web.Application)

    def __post_init__(self) -> None:
        self.app.router.add_post("/{path:.*}", self._note)

    async def _note(self, request: web.Request) -> web.Response:
        self.told.append(Told(request.path, await request.read()))
        answer = self.answers.get(request.path, b"{}")
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response(body=answer)

    def at(self, path: str) -> list[Told]:
        return [told for told in self.told if told.path == path]


class Town:
    """Everything wired together in process; `clock.advance` makes it live."""

    def __init__(self, *, seed: int = 1, production: bool = False) -> None:
        self.clock = VirtualClock(START)
        self.random = SeededRandom(seed)
        self.background = Background()
        self.program = Program()
        self.http = InProcessHttp(self.clock, {PROGRAM: self.program.app})
        self.phones = Phones(self.clock, owners={ASHA.digits: "Wangari Njeri"})
        spawn = self.background.spawn
        self.mpesa = Mpesa(clock=self.clock, random=self.random, http=self.http, spawn=spawn, phones=self.phones)
        self.school = ShortCode(PAYBILL, "KIVULI SCHOOL", "PASSKEY", "key", "secret")
        self.mpesa.add(self.school)
        self.daraja = Daraja(self.mpesa, clock=self.clock, random=self.random, production=production)
        self.gateway = AfricasTalking(
            clock=self.clock, random=self.random, http=self.http, spawn=spawn, phones=self.phones
        )
        self.application = Application("kivuli", "api-key", delivery_url=f"{PROGRAM}/delivery")
        self.gateway.add(application=self.application)
        self.gateway.add(service=ServiceCode(USSD_CODE, f"{PROGRAM}/ussd", f"{PROGRAM}/events"))
        self.phones.connect(gateways=[self.gateway], wallets=[self.mpesa])
        self.http.mount(DARAJA, self.daraja.app)
        self.http.mount(GATEWAY, self.gateway.app)
        self.keyvalue = MemoryKeyValue(self.clock)

    def account(self, base_url: str = DARAJA, **changes: Any) -> MpesaAccount:
        standard: dict[str, Any] = {
            "base_url": base_url,
            "shortcode": PAYBILL,
            "callback_url": f"{PROGRAM}/stk",
            "consumer_key": "key",
            "consumer_secret": "secret",
            "passkey": "PASSKEY",
        }
        return MpesaAccount(**{**standard, **changes})

    def rail(self, base_url: str = DARAJA, *, http: Http | None = None, **changes: Any) -> MpesaRail:
        return MpesaRail(
            self.account(base_url, **changes), http=http or self.http, keyvalue=self.keyvalue, clock=self.clock
        )

    async def close(self) -> None:
        await self.background.close()
        await self.http.close()


def order(shillings: int = 1500, *, payer: Msisdn = ASHA, reference: str = "KV2467") -> PromptOrder:
    return PromptOrder(payer, kes(shillings), reference, "School fees")
