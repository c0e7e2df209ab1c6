"""The worker that sends messages, against gateways of every temper."""

import asyncio
import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.dispatch import MOST_ATTEMPTS
from core.errors import Overloaded, Unavailable
from core.messages import PaymentHeld
from core.phones import Msisdn
from core.ports import SmsRefused, SmsTaken, SmsUnknown
from jobs import sending
from jobs.sending import PATIENCE_S, STOPS_WITHIN_S, Sending
from storage import outbox
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from tests.world import World, kes
from usecases import messages

STRANGER = "254799000111"
HELD = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")


@dataclass
class Gateway:
    """Answers as it was told to; remembers what it was handed."""

    answers: list[Any]
    texts: list[tuple[str, str]] = field(default_factory=list)
    most_numbers: int = 1

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        (one,) = to
        self.texts.append((one.digits, text))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return [answer]


def taken(number: int = 1) -> SmsTaken:
    return SmsTaken(f"AT{number}", 1, "KES 0.8")


def gateway_of(world: World, *answers: Any) -> Gateway:
    gateway = Gateway(list(answers))
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    return gateway


async def queued(world: World, *messages: Any) -> None:
    def put(tx: Tx, command: None) -> None:
        facts = [MessageFacts(message, msisdn=STRANGER) for message in messages or (HELD,)]
        outbox.put(tx, [Out(world.organisation, Kind.SMS, one.message.event, one) for one in facts])

    await world.app.write(put, None)


def states(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT state, attempts, last_error FROM outbox ORDER BY id")


async def test_a_receipt_is_rendered_sent_and_settled(world: World) -> None:
    await world.students({"KV10": 4_000})
    gateway = gateway_of(world, taken())
    await world.arrives(world.notice("KV10", 1_500, payer=Msisdn.parse(STRANGER)))

    assert await Sending(world.app).round() == 1
    assert await Sending(world.app).round() == 0

    ((to, text),) = gateway.texts
    assert to == STRANGER
    assert "1,500" in text
    assert "KV10" in text
    assert world.rows("SELECT state FROM outbox") == [("sent",)]
    assert world.rows("SELECT outcome, gateway_id, parts, cost FROM attempts") == [("taken", "AT1", 1, "KES 0.8")]


async def test_nothing_due_costs_no_write(world: World) -> None:
    commits: list[None] = []
    world.writer.before_commit = lambda: commits.append(None)

    assert await Sending(world.app).round() == 0

    assert commits == []


async def test_without_a_gateway_a_message_ends_visibly(world: World) -> None:
    await queued(world)

    await Sending(world.app).round()

    assert states(world) == [("failed", 1, "no gateway is set up")]


@pytest.mark.parametrize(
    "answer, state, error",
    [
        (Unavailable("sms", "timeout", sent=True), "unknown", "sms: timeout"),
        (TimeoutError(), "unknown", "no answer in time"),
        (SmsRefused("403", "InvalidPhoneNumber"), "failed", "403 InvalidPhoneNumber"),
        (ValueError("a bug"), "unknown", "ValueError"),
    ],
)
async def test_what_may_have_been_sent_or_cannot_be_is_never_tried_again(
    world: World, answer: Any, state: str, error: str
) -> None:
    gateway = gateway_of(world, answer)
    await queued(world)

    await Sending(world.app).round()
    await world.clock.advance(1_000_000)
    await Sending(world.app).round()

    assert states(world) == [(state, 1, error)]
    assert len(gateway.texts) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Unavailable("sms", "refused", sent=False),
        SmsRefused("500", "busy", temporary=True),
        SmsRefused("405", "InsufficientBalance", halt=True),
    ],
    ids=["unreachable", "busy", "our account is empty"],
)
async def test_what_surely_was_not_sent_is_tried_again_ever_more_rarely_and_at_last_given_up(
    world: World, answer: Any
) -> None:
    gateway = gateway_of(world, answer)
    await queued(world)
    tried_at: list[int] = []
    for _ in range(200):
        if await Sending(world.app).round():
            tried_at.append(round(world.clock.monotonic()))
        await world.clock.advance(60 if tried_at and len(tried_at) > 3 else 5)

    waits = [later - earlier for earlier, later in itertools.pairwise(tried_at)]
    assert len(gateway.texts) == MOST_ATTEMPTS
    assert waits == sorted(waits)
    assert states(world)[0][:2] == ("failed", MOST_ATTEMPTS)


async def test_what_the_gateway_is_unclear_about_goes_no_other_way(world: World) -> None:
    """The story: a gateway's own error was called a refusal, the second gateway sent the text at once, and it came twice."""
    first, second = Gateway([SmsUnknown("500 InternalServerError")]), Gateway([taken()])
    world.app.gateways = {world.organisation: {"africastalking": first, "twilio": second}}
    await queued(world)

    for _ in range(3):
        await Sending(world.app).round()
        await world.clock.advance(120)

    assert (len(first.texts), len(second.texts)) == (1, 0)
    assert states(world) == [("unknown", 1, "500 InternalServerError")]


async def test_it_is_sent_once_the_gateway_is_back(world: World) -> None:
    gateway = gateway_of(world, Unavailable("sms", "down"), taken())
    await queued(world)
    await Sending(world.app).round()
    await world.clock.advance(5)
    await Sending(world.app).round()

    assert len(gateway.texts) == 2
    assert states(world) == [("sent", 2, "sms: down")]


async def test_a_bug_in_one_message_does_not_keep_its_neighbours_from_being_settled(world: World) -> None:
    """The story: one message that could not be rendered left the other fifteen of its round as unknown, though sent."""
    gateway_of(world, taken(1), ValueError("bug"), taken(2))
    await queued(world, HELD, HELD, HELD)

    assert await Sending(world.app).round() == 3

    assert sorted(state for state, _, _ in states(world)) == ["sent", "sent", "unknown"]


class Gone(BaseException):
    """The process ends here."""


async def test_a_crash_between_claim_and_settle_leaves_an_unknown(world: World) -> None:
    gateway_of(world, Gone())
    await queued(world)
    with pytest.raises(Gone):
        await Sending(world.app).round()
    await world.clock.advance(61)

    gateway_of(world, taken())
    await Sending(world.app).round()

    assert states(world) == [("unknown", 1, "the worker went away while sending")]


@dataclass
class Busy:
    """Takes as many numbers as it likes, and answers a call when `until` says so."""

    world: World
    until: Callable[[int], bool]
    lots: list[int] = field(default_factory=list)
    most_numbers: int = 1_000

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        self.lots.append(len(to))
        for _ in range(1_000):
            if self.until(len(self.lots)):
                return [taken(each) for each in range(len(to))]
            await self.world.clock.sleep(0)
        raise AssertionError("what this call waited for did not come while it was under way")


async def run_of(world: World, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many equal messages to as many phones, in lots of four."""
    monkeypatch.setattr(sending, "MOST_CLAIMED", 4)
    monkeypatch.setattr(sending, "NEARLY_ALL", 3)

    def put(tx: Tx, command: None) -> None:
        facts = [MessageFacts(HELD, msisdn=str(254_799_000_000 + number)) for number in range(count)]
        outbox.put(tx, [Out(world.organisation, Kind.SMS, HELD.event, one) for one in facts])

    await world.app.write(put, None)


def crowded(
    world: World, monkeypatch: pytest.MonkeyPatch, what: Callable[[Tx, Any], Any], tries: Collection[int]
) -> None:
    """The writer has no room for this use case at these of its tries."""
    write, count = world.app.write, itertools.count(1)

    async def tried(use_case: Callable[[Tx, Any], Any], command: Any) -> Any:
        if use_case is what and next(count) in tries:
            raise Overloaded
        return await write(use_case, command)

    monkeypatch.setattr(type(world.app), "write", lambda app, use_case, command: tried(use_case, command))


def under_way(world: World) -> int:
    ((count,),) = world.rows("SELECT count(*) FROM outbox WHERE state = 'sending'")
    return int(count)


async def test_the_next_lot_is_claimed_while_the_last_is_under_way_and_never_more_than_two(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story: in a run of five thousand the gateway waited for our books, and our books for the gateway, by turns."""
    doubtful: list[int] = []

    def until(call: int) -> bool:
        doubtful.append(under_way(world))
        return call > 2 or doubtful[-1] == 8

    gateway = Busy(world, until)
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 11, monkeypatch)

    assert await Sending(world.app, calls=2).round() == 11

    assert gateway.lots == [4, 4, 3]
    assert max(doubtful) == 8
    assert states(world) == [("sent", 1, "")] * 11
    assert world.rows("SELECT count(*) FROM attempts") == [(11,)]


async def test_the_next_call_is_made_while_the_outcomes_of_the_last_are_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story: the gateway had nothing to do as long as our books were busy."""
    gateway = Busy(world, lambda call: True)
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 8, monkeypatch)
    write = world.app.write
    called: list[int] = []

    async def slow(use_case: Callable[[Tx, Any], Any], command: Any) -> Any:
        if use_case is messages.settle and not called:
            while len(gateway.lots) < 2:
                await world.clock.sleep(0)
            called.append(len(command))
        return await write(use_case, command)

    monkeypatch.setattr(sending, "SETTLED_TOGETHER", 4)
    monkeypatch.setattr(type(world.app), "write", lambda app, use_case, command: slow(use_case, command))

    assert await asyncio.wait_for(Sending(world.app).round(), 20) == 8

    assert called == [4]
    assert gateway.lots == [4, 4]
    assert states(world) == [("sent", 1, "")] * 8


async def test_a_claim_ahead_that_finds_no_room_leaves_the_rest_for_the_next_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Busy(world, lambda call: True)
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 6, monkeypatch)
    crowded(world, monkeypatch, messages.claim_messages, {2})

    assert await Sending(world.app).round() == 4
    assert sorted(state for state, _, _ in states(world)) == ["pending"] * 2 + ["sent"] * 4
    assert await Sending(world.app).round() == 2
    assert gateway.lots == [4, 2]


async def test_what_was_sent_is_written_down_also_when_the_books_are_busy_at_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story: the queue of the writer was full for a moment, and a hundred texts that had arrived stood as doubtful."""
    gateway = Busy(world, lambda call: True)
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 6, monkeypatch)
    crowded(world, monkeypatch, messages.settle, {1, 2})

    sending_all = asyncio.ensure_future(Sending(world.app).round())
    for _ in range(3):
        await world.clock.advance(sending.SETTLED_WITHIN_S)

    assert await sending_all == 6
    assert gateway.lots == [4, 2]
    assert states(world) == [("sent", 1, "")] * 6


async def test_a_crash_while_two_lots_are_in_hand_sends_neither_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def until(call: int) -> bool:
        if under_way(world) == 8:
            raise Gone
        return False

    world.app.gateways = {world.organisation: {"africastalking": Busy(world, until)}}
    await run_of(world, 9, monkeypatch)
    with pytest.raises(Gone):
        await Sending(world.app).round()
    await world.clock.advance(61)

    after = Busy(world, lambda call: True)
    world.app.gateways = {world.organisation: {"africastalking": after}}
    await Sending(world.app).round()

    assert sorted(states(world)) == [("sent", 1, ""), *[("unknown", 1, "the worker went away while sending")] * 8]
    assert after.lots == [1]


async def test_a_bug_in_the_claim_ahead_ends_the_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Busy(world, lambda call: False)
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 6, monkeypatch)
    read, looks = world.app.read, itertools.count(1)

    async def broken(query: Callable[[Tx], Any]) -> Any:
        if next(looks) == 2:
            raise Gone
        return await read(query)

    monkeypatch.setattr(type(world.app), "read", lambda app, query: broken(query))

    with pytest.raises(Gone):
        await Sending(world.app).round()


async def test_what_has_no_turn_in_time_is_put_back_untried_and_sent_in_the_next_round(world: World) -> None:
    """A gateway so slow that a lease could run out before the last call begins."""
    gateway = gateway_of(world, taken(1))
    send = gateway.send

    async def slow(text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        await world.clock.advance(PATIENCE_S + 1)
        gateway.answers = [taken(len(gateway.texts) + 1)]
        return await send(text, to, marks=marks)

    gateway.send = slow  # type: ignore[method-assign]
    await queued(world, HELD, replace(HELD, amount=kes(11)), replace(HELD, amount=kes(12)))

    assert await Sending(world.app, calls=1).round() == 3
    assert sorted(states(world)) == [("pending", 0, ""), ("pending", 0, ""), ("sent", 1, "")]
    assert world.rows("SELECT outcome FROM attempts") == [("taken",)]

    await Sending(world.app, calls=1).round()
    await Sending(world.app, calls=1).round()
    assert [state for state, _, _ in states(world)] == ["sent"] * 3
    assert len(gateway.texts) == 3


@dataclass
class Slow:
    """Answers what it was handed when it is let; the first to take calls remembers whom they were for."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    phones: list[str] = field(default_factory=list)
    most_numbers: int = 1

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        self.phones += [one.digits for one in to]
        await self.free.wait()
        return [taken(len(self.phones))]


def counted(world: World) -> dict[str, int]:
    return {str(state): count for state, count in world.rows("SELECT state, count(*) FROM outbox GROUP BY state")}


async def test_an_orderly_stop_puts_back_what_was_not_handed_over_and_settles_what_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story: a restart in the middle of a large run left up to a thousand texts as unknown that nobody had sent."""
    gateway = Slow()
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 11, monkeypatch)
    round_ = asyncio.ensure_future(Sending(world.app, calls=2).round())
    await world.clock.advance(0)

    round_.cancel()
    await world.clock.advance(0)
    assert counted(world) == {"sending": 2, "pending": 9}
    gateway.free.set()
    with pytest.raises(asyncio.CancelledError):
        await round_

    assert counted(world) == {"sent": 2, "pending": 9}
    assert sorted({attempts for _, attempts, _ in states(world)}) == [0, 1]
    assert world.rows("SELECT outcome FROM attempts") == [("taken",)] * 2

    while await Sending(world.app).round():
        pass
    assert counted(world) == {"sent": 11}
    assert len(gateway.phones) == len(set(gateway.phones)) == 11


async def test_a_call_that_outlasts_an_orderly_stop_is_unknown_and_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Slow()
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 4, monkeypatch)
    round_ = asyncio.ensure_future(Sending(world.app, calls=1).round())
    await world.clock.advance(0)

    round_.cancel()
    await world.clock.advance(STOPS_WITHIN_S)
    with pytest.raises(asyncio.CancelledError):
        await round_
    assert counted(world) == {"sending": 1, "pending": 3}

    await world.clock.advance(61)
    gateway.free.set()
    while await Sending(world.app).round():
        pass
    assert counted(world) == {"unknown": 1, "sent": 3}
    assert len(gateway.phones) == len(set(gateway.phones)) == 4


async def test_a_stop_while_messages_are_claimed_gives_them_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Slow()
    world.app.gateways = {world.organisation: {"africastalking": gateway}}
    await run_of(world, 4, monkeypatch)
    write = world.app.write
    claims: list[list[Any]] = []

    async def stopped(use_case: Callable[[Tx, Any], Any], command: Any) -> Any:
        answer = await write(use_case, command)
        if use_case is messages.claim_messages and not claims:
            claims.append(answer)
            round_.cancel()
        return answer

    monkeypatch.setattr(type(world.app), "write", lambda app, use_case, command: stopped(use_case, command))
    round_ = asyncio.ensure_future(Sending(world.app).round())
    with pytest.raises(asyncio.CancelledError):
        await round_

    assert len(claims[0]) == 4
    assert states(world) == [("pending", 0, "")] * 4
    assert gateway.phones == []
