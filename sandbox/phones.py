"""Pretend phones: a screen, an inbox, and the prompts that ask for a PIN. They know no provider, only what one can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.errors import NotFound
from core.money import Money
from core.phones import Msisdn
from core.ports import Clock

INVALID_CODE = "Connection problem or invalid MMI code."

_MOST_SMS = 200
_NAMES = ("WANGARI", "OTIENO", "AKINYI", "MWANGI", "CHEBET", "KIPTOO", "NJERI", "BARASA", "ATIENO", "MUTUA")


@dataclass(frozen=True, slots=True)
class Sms:
    """One text in an inbox."""

    sender: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Prompt:
    """A wallet asks for the PIN. `answered` is told `pin`, `wrong_pin`, `cancel` or `ignore`, once."""

    id: str
    payee: str
    amount: Money
    reference: str
    answered: Callable[[str], None]


@dataclass
class Handset:
    """One phone, as its owner sees it."""

    msisdn: Msisdn
    owner: str
    screen: str = ""
    is_open: bool = False
    """A dialogue waits for an answer; meanwhile no prompt can be shown."""
    gateway: Gateway | None = None
    """Whose dialogue is on the screen."""
    inbox: list[Sms] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    thumb: asyncio.Lock = field(default_factory=asyncio.Lock)
    """A person presses one key after the other."""

    def show(self, text: str, *, is_open: bool) -> None:
        self.screen, self.is_open = text, is_open

    def receive(self, sms: Sms) -> None:
        self.inbox.append(sms)
        del self.inbox[:-_MOST_SMS]

    def drop(self, prompt_id: str) -> Prompt:
        """Take the prompt off the screen. Raises `NotFound` when it is not there (any more)."""
        for prompt in self.prompts:
            if prompt.id == prompt_id:
                self.prompts.remove(prompt)
                return prompt
        raise NotFound("prompt", prompt_id)


class Gateway(Protocol):
    """A mobile network's way to services: dialogues by code, texts by short code."""

    def serves(self, code: str) -> bool: ...

    async def dial(self, handset: Handset, code: str) -> None: ...

    async def key(self, handset: Handset, text: str) -> None: ...

    def hang_up(self, msisdn: Msisdn) -> None: ...

    def has_short_code(self, number: str) -> bool: ...

    def text(self, handset: Handset, short_code: str, text: str) -> None: ...


class Wallets(Protocol):
    """A mobile-money system's own menu."""

    def has_payee(self, shortcode: str) -> bool: ...

    async def pay(self, handset: Handset, shortcode: str, reference: str, amount: str) -> None: ...


class Phones:
    """Every phone of the pretend world: any number has one. What people do with a phone returns what it then shows."""

    def __init__(self, clock: Clock, *, owners: dict[str, str] | None = None) -> None:
        """`owners` names people by their digits; others get a name by their number."""
        self._clock = clock
        self._owners = owners or {}
        self._handsets: dict[str, Handset] = {}
        self._gateways: list[Gateway] = []
        self._wallets: list[Wallets] = []

    def connect(self, *, gateways: Sequence[Gateway] = (), wallets: Sequence[Wallets] = ()) -> None:
        """Phones can use these networks from now on."""
        self._gateways += gateways
        self._wallets += wallets

    def of(self, msisdn: Msisdn) -> Handset:
        """The handset with this number, made when first used."""
        if msisdn.digits not in self._handsets:
            self._handsets[msisdn.digits] = self._new(msisdn)
        return self._handsets[msisdn.digits]

    def view(self, msisdn: Msisdn) -> dict[str, Any]:
        """What it shows, as scripts and the page read it: screen (text, open), sms (newest last), prompts. Looking at a
        number that nobody used leaves no trace."""
        handset = self._handsets.get(msisdn.digits) or self._new(msisdn)
        return {
            "screen": {"text": handset.screen, "open": handset.is_open},
            "sms": [{"from": sms.sender, "text": sms.text, "at": sms.at.isoformat()} for sms in handset.inbox],
            "prompts": [
                {
                    "id": prompt.id,
                    "payee": prompt.payee,
                    "amount": str(prompt.amount.whole_units),
                    "currency": prompt.amount.currency.code,
                    "reference": prompt.reference,
                }
                for prompt in handset.prompts
            ],
        }

    async def dial(self, msisdn: Msisdn, code: str) -> dict[str, Any]:
        """Dial a service code. A dialogue that was open ends."""
        handset, code = self.of(msisdn), code.replace(" ", "")
        async with handset.thumb:
            gateway = next((each for each in self._gateways if each.serves(code)), None)
            if gateway is None:
                handset.show(INVALID_CODE, is_open=False)
            else:
                handset.gateway = gateway
                await gateway.dial(handset, code)
        return self.view(msisdn)

    async def key(self, msisdn: Msisdn, text: str) -> dict[str, Any]:
        """Send an answer to the open dialogue; without one, nothing happens."""
        handset = self.of(msisdn)
        async with handset.thumb:
            if handset.is_open and handset.gateway is not None:
                await handset.gateway.key(handset, text)
        return self.view(msisdn)

    async def hang_up(self, msisdn: Msisdn) -> dict[str, Any]:
        """Press the red key. Without an open dialogue, nothing happens."""
        handset = self.of(msisdn)
        async with handset.thumb:
            if handset.is_open and handset.gateway is not None:
                handset.gateway.hang_up(msisdn)
        return self.view(msisdn)

    async def text(self, msisdn: Msisdn, to: str, text: str) -> dict[str, Any]:
        """Send an SMS to a short code. Raises `NotFound` when nobody has it."""
        gateway = next((each for each in self._gateways if each.has_short_code(to)), None)
        if gateway is None:
            raise NotFound("short code", to)
        gateway.text(self.of(msisdn), to, text)
        return self.view(msisdn)

    async def answer(self, msisdn: Msisdn, prompt: str, answer: str) -> dict[str, Any]:
        """Answer a prompt with `pin`, `wrong_pin`, `cancel` or `ignore` (it then expires by itself). Raises `NotFound`."""
        self.of(msisdn).drop(prompt).answered(answer)
        return self.view(msisdn)

    async def paybill(self, msisdn: Msisdn, shortcode: str, account: str, amount: str) -> dict[str, Any]:
        """Pay from the wallet's own menu. Raises `NotFound` for an unknown payee and `NotAnAmount`."""
        wallets = next((each for each in self._wallets if each.has_payee(shortcode)), None)
        if wallets is None:
            raise NotFound("shortcode", shortcode)
        await wallets.pay(self.of(msisdn), shortcode, account, amount)
        return self.view(msisdn)

    def receive(self, msisdn: Msisdn, *, sender: str, text: str) -> None:
        """A text reaches this number's inbox."""
        self.of(msisdn).receive(Sms(sender, text, self._clock.now()))

    def _new(self, msisdn: Msisdn) -> Handset:
        owner = self._owners.get(msisdn.digits) or _NAMES[int(msisdn.digits[-4:]) % len(_NAMES)]
        return Handset(msisdn, owner)
