"""A conversation that is cut at any step, in any way, ends in the same effects as one that is not.

Every flow from the first page to its end is found by walking; then each is told again with the line cut at each step. Those
that move money are cut everywhere, and under `make prove` so are all; else each page of the others once in each way, in the
first flow that leads over it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.callers import Caller
from dialogue import engine
from dialogue.engine import Said, Wanted
from dialogue.flows import GRAPH
from dialogue.screens import Ask, Choose, Confirm, Menu
from tests.dialogue.people import STRANGER, Town, calls, child, kes, paid, school
from tests.dialogue.phone import Phone
from tests.dialogue.walking import LENDINGS, REFUNDABLE, hop, key, settled

FAMILY = [
    child(),
    child("Brian Otieno", "SK1025", owes=kes(8_000, 50), pending=kes(2_000)),
    child("Cy", "SK3", owes=kes(0)),
]
CALLERS = {
    "one child": calls(school(child(), payments=[paid(kes(500))])),
    "several children": calls(school(*FAMILY)),
    "one who may promise": calls(school(child(may_promise=True))),
    "nothing owed": calls(school(child(owes=kes(0)))),
    "two schools": calls(school(child()), school(child("Brian", "SK1025"), name="Hill View"), language="fr"),
    "a borrower": calls(
        school(child("Boda loan", "LOAN-000000", instalment=kes(1_430), group="", is_loan=True), lends=True)
    ),
    "stranger": calls(school(known=False), msisdn=STRANGER, language="rw"),
}


OFFERS = tuple(spoken.screens[GRAPH.resume].text for spoken in GRAPH.spoken.values())
"""How the page begins that offers to go on."""


@dataclass(frozen=True)
class Flow:
    """What is typed from the first page to the last, and the pages that it shows."""

    who: str
    typed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.who}: {'*'.join(self.typed)}"


def flows(who: str) -> Iterator[Flow]:
    """Every way through the screens that visits none twice: to a last page, or to one that is only read."""
    caller = CALLERS[who]
    begun = engine.begin(GRAPH, caller, hop(caller, ""))
    assert isinstance(begun, Said)
    yield from _onward(who, caller, begun, (), {key(begun.conversation)})


def _onward(who: str, caller: Caller, here: Said, typed: tuple[str, ...], seen: set[bytes]) -> Iterator[Flow]:
    ways = 0
    for answer in [] if here.end else _answers(here):
        step = engine.advance(GRAPH, here.conversation, answer, caller, hop(caller))
        for said in list(settled(step, caller, "SK2000"))[:1]:
            state = key(said.conversation)
            if state not in seen and len(typed) < 8:
                ways += 1
                yield from _onward(who, caller, said, (*typed, answer), seen | {state})
    if not ways:
        yield Flow(who, typed)


def _answers(here: Said) -> list[str]:
    match GRAPH.screens[here.conversation.stack[-1]]:
        case Ask(name="other.number"):
            return ["SK2000"]
        case Choose(name="mine.language"):
            return ["2"]
        case Choose(name="refund.payment" | "refund.reason" | "loan.term"):
            return ["1"]
        case Ask():
            return ["1500"]
        case Menu() | Choose() | Confirm():
            return [str(number) for number in range(1, here.conversation.offered + 1)] + ["98"] * here.conversation.more
        case _:
            raise AssertionError


FLOWS = [flow for who in CALLERS for flow in flows(who)]
PROVING = os.environ.get("KARANI_PROVE") == "1"


def _cuts() -> Iterator[tuple[Flow, list[int]]]:
    """Each flow with its pages that no flow before it leads over, or, under `make prove`, with all."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for flow in FLOWS:
        ways = [(flow.who, flow.typed[:at]) for at in range(len(flow.typed) + 1)]
        yield flow, [at for at, way in enumerate(ways) if PROVING or way not in seen]
        seen.update(ways)


CUTS = dict(_cuts())


@dataclass
class Told:
    """What came of a conversation."""

    payments: list[object]
    languages: dict[str, str]
    promises: list[object]
    splits: dict[str, object]
    refunds: list[object]
    loans: list[object]
    last: str

    @property
    def moves_money(self) -> bool:
        return bool(self.payments or self.refunds or self.loans)


class Teller:
    """Tells a flow on a phone, as somebody would who wants to get through."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        caller = CALLERS[flow.who]
        self.phone = Phone(Town.of(caller), caller.msisdn)
        self.phone.town.refundable, self.phone.town.lending = REFUNDABLE, LENDINGS[0]
        self.pages: list[str] = []

    async def uncut(self) -> Told:
        self.pages = [await self.phone.dial()]
        for answer in self.flow.typed:
            self.pages.append(await self.phone.type(answer))
        return self.told()

    async def from_page(self, at: int, pages: list[str]) -> Told:
        """Go on from page `at`; where a step needs saying again (the confirm screen after a loss), say it again."""
        for number in range(at, len(self.flow.typed)):
            await self.phone.type(self.flow.typed[number])
            if self.phone.screen == pages[number] != pages[number + 1]:
                await self.phone.type(self.flow.typed[number])
        return self.told()

    async def dial_again(self, at: int, pages: list[str]) -> Told:
        """Hang up on page `at`, dial anew, take up what is offered; begin again where nothing was begun."""
        await self.phone.dial()
        if not self.phone.screen.startswith(OFFERS):
            return await self.from_page(0, pages)
        await self.phone.type("1")
        if not self.phone.town.languages:  # a language that was chosen is spoken from now on, this page included
            assert self.phone.screen == pages[at]
        return await self.from_page(at, pages)

    def told(self) -> Told:
        return Told(
            list(self.phone.town.payments),
            self.phone.town.languages,
            list(self.phone.town.promises),
            dict(self.phone.town.splits),
            list(self.phone.town.refunds),
            list(self.phone.town.wishes),
            self.phone.screen,
        )


def test_the_flows_are_those_that_people_walk() -> None:
    ends = {flow.who: set() for flow in FLOWS}  # type: dict[str, set[int]]
    for flow in FLOWS:
        ends[flow.who].add(len(flow.typed))

    assert len(FLOWS) > 60
    assert min(ends["one child"]) <= 2


@pytest.mark.parametrize("flow", FLOWS, ids=str)
async def test_a_cut_conversation_ends_as_the_uncut_one(flow: Flow) -> None:
    whole = Teller(flow)
    uncut = await whole.uncut()
    pages, steps = whole.pages, len(flow.typed)
    cuts = CUTS[flow] if not uncut.moves_money else range(steps + 1)

    for at in cuts:
        for told in [
            await every_hop_is_sent_twice(flow, at, pages),
            await the_process_dies_and_the_gateway_repeats(flow, at, pages),
            await the_memory_is_lost(flow, at, pages),
        ]:
            assert told == uncut, at
    for at in (at for at in cuts if at < steps):
        for told in [
            await the_line_drops_before_the_answer(flow, at, pages),
            await the_line_drops_twice(flow, at, pages),
            await the_answer_is_done_but_never_remembered(flow, at, pages),
        ]:
            assert told.payments == uncut.payments, at
            assert told.languages == uncut.languages, at
            assert (told.promises, told.splits, told.refunds) == (uncut.promises, uncut.splits, uncut.refunds), at
            assert told.loans == uncut.loans, at
            assert told.last == uncut.last, at
    if uncut.payments:
        assert (await the_prompt_is_queued_but_its_answer_is_lost(flow, pages)).payments == uncut.payments
        assert (await a_new_dial_after_the_end(flow)).payments == uncut.payments


async def every_hop_is_sent_twice(flow: Flow, at: int, pages: list[str]) -> Told:
    """The gateway repeats hop `at`, and gets the same page."""
    one = Teller(flow)
    await one.phone.dial()
    for number, answer in enumerate(("", *flow.typed)):
        if number:
            await one.phone.type(answer)
        if number == at:
            tries = one.phone.town.tries
            assert await one.phone.send() == pages[number]
            assert one.phone.town.tries == tries
    return one.told()


async def the_process_dies_and_the_gateway_repeats(flow: Flow, at: int, pages: list[str]) -> Told:
    """The process dies after hop `at` was done and before it was remembered; another gets the same hop again."""
    one = Teller(flow)
    one.phone.memory.lose_writes = at == 0
    await one.phone.dial()
    for number, answer in enumerate(("", *flow.typed)):
        one.phone.memory.lose_writes = number == at
        if number:
            await one.phone.type(answer)
        if number == at:
            one.phone.memory.lose_writes = False
            one.phone.crash()
            assert await one.phone.send() == pages[number]
    return one.told()


async def the_memory_is_lost(flow: Flow, at: int, pages: list[str]) -> Told:
    """All that was remembered is gone before hop `at` comes: what was typed is walked again, and stops at the confirm screen."""
    one = Teller(flow)
    await one.phone.dial()
    for number, answer in enumerate(flow.typed, 1):
        if number == at:
            one.phone.memory.forget()
        await one.phone.type(answer)
        if one.phone.screen == pages[number - 1] != pages[number]:
            await one.phone.type(answer)
    return one.told()


async def the_line_drops_before_the_answer(flow: Flow, at: int, pages: list[str]) -> Told:
    one = Teller(flow)
    await one.phone.dial()
    await one.phone.type(*flow.typed[:at])
    return await one.dial_again(at, pages)


async def the_line_drops_twice(flow: Flow, at: int, pages: list[str]) -> Told:
    """It drops again on the page that offers to go on."""
    one = Teller(flow)
    await one.phone.dial()
    await one.phone.type(*flow.typed[:at])
    await one.phone.dial()
    return await one.dial_again(at, pages)


async def the_answer_is_done_but_never_remembered(flow: Flow, at: int, pages: list[str]) -> Told:
    """The process dies after step `at` was done and before it was remembered, and the person dials anew."""
    one = Teller(flow)
    await one.phone.dial()
    await one.phone.type(*flow.typed[:at])
    one.phone.memory.lose_writes = True
    await one.phone.type(flow.typed[at])
    one.phone.memory.lose_writes = False
    one.phone.crash()
    return await one.dial_again(at, pages)


async def the_prompt_is_queued_but_its_answer_is_lost(flow: Flow, pages: list[str]) -> Told:
    """The world did it and then failed to say so: a polite end, a new dial, and the same confirm again is the same payment."""
    one = Teller(flow)
    await one.phone.dial()
    await one.phone.type(*flow.typed[:-1])
    one.phone.town.down_after = TimeoutError()
    await one.phone.type(flow.typed[-1])
    assert not one.phone.open
    one.phone.town.down_after = None
    return await one.dial_again(len(flow.typed) - 1, pages)


async def a_new_dial_after_the_end(flow: Flow) -> Told:
    """What was completed is never offered again."""
    one = Teller(flow)
    await one.phone.dial()
    await one.phone.type(*flow.typed)
    assert not (await one.phone.dial()).startswith(OFFERS)
    return one.told()


def test_every_effect_has_a_flow() -> None:
    wanted = set()
    for flow in FLOWS:
        caller = CALLERS[flow.who]
        step = engine.begin(GRAPH, caller, hop(caller, ""))
        for answer in flow.typed:
            assert isinstance(step, Said)
            step = engine.advance(GRAPH, step.conversation, answer, caller, hop(caller))
            if isinstance(step, Wanted):
                wanted.add(step.act.name)
                step = next(settled(step, caller, "SK2000"))

    assert wanted == {
        "pay.send",
        "other.find",
        "mine.speak",
        "receipt.check",
        "trace.find",
        "trace.enquire",
        "promise.give",
        "pay.divide",
        "statement.send",
        "refund.find",
        "refund.ask",
        "loan.find",
        "loan.quote",
        "loan.ask",
    }
