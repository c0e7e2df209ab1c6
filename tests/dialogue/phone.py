"""A phone in a hand: dials, types, hangs up, and shows what a small screen would."""

from __future__ import annotations

import asyncio

from core import gsm7
from core.callers import Caller
from core.phones import Msisdn
from dialogue.conversation import Hop
from dialogue.flows import GRAPH
from dialogue.talk import Answer, Talk
from tests.dialogue.people import CODE, MARY, Memory, Town, calls, child, school
from usecases.commands import PaymentRequested, RequestPayment
from ussd import handler

GUARDIAN = calls(school(child()))


class Phone:
    """Types into a dialogue the way a gateway passes it on: everything typed so far, joined by stars."""

    def __init__(self, town: Town, msisdn: Msisdn = MARY, memory: Memory | None = None) -> None:
        self.town = town
        self.msisdn = msisdn
        self.memory = memory or Memory()
        self.talk = Talk(town, self.memory, GRAPH)
        self.dialled = 0
        self.typed: list[str] = []
        self.screen = ""
        self.open = False

    @property
    def session(self) -> str:
        return f"ATUid_{self.msisdn.digits}_{self.dialled}"

    @property
    def hop(self) -> Hop:
        return Hop(self.session, self.msisdn, CODE, "*".join(self.typed), trace="trace-0001")

    async def dial(self, extra: str = "") -> str:
        """Dial the code; `extra` is what a long code adds to it: `1*2` for `*384*70421*1*2#`."""
        self.dialled += 1
        self.typed = extra.split("*") if extra else []
        return await self.send()

    async def type(self, *inputs: str) -> str:
        for text in inputs:
            assert self.open, f"the dialogue is over: {self.screen}"
            self.typed.append(text)
            await self.send()
        return self.screen

    async def send(self) -> str:
        """Send the present hop, perhaps again."""
        answer = await handler.answer(self.talk, self.hop)
        check(answer)
        self.screen, self.open = answer.text, not answer.end
        return self.screen

    def crash(self) -> None:
        """The process dies and another takes over: what was only in its head is gone."""
        self.talk = Talk(self.town, self.memory, GRAPH)


def phone(caller: Caller = GUARDIAN) -> Phone:
    return Phone(Town.of(caller), caller.msisdn)


class Slow(Town):
    """Takes its time over a payment."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(callers={caller.msisdn.digits: caller})
        self.go_on = asyncio.Event()

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        await self.go_on.wait()
        return await super().request_payment(command)


def check(answer: Answer) -> None:
    """What holds for every page that ever reaches a phone."""
    body = f"{'END' if answer.end else 'CON'} {answer.text}"
    length = gsm7.septets(body)
    assert gsm7.is_basic(body), body
    assert length is not None
    assert length <= 160, (length, body)
    assert answer.text.strip(), body
    assert "{" not in answer.text, body
