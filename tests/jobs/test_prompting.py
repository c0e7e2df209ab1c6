"""The workers around prompts, against a rail of every temper: a phone is asked at most once."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from core.errors import Unavailable
from core.payments import FailReason, NotPaid, Paid, StillWaiting, Witness
from core.phones import Msisdn
from core.ports import Exchanged, PromptAccepted, PromptOrder, PromptRefused
from jobs.prompting import MOST_ATTEMPTS, Asking, Prompting
from storage.exchanges import of_payment
from tests.world import World, kes
from usecases.messages import Claim, claim_prompts

PHONE = "254712345678"
EXCHANGED = Exchanged("stk", b"{}", b"{}", 200, 90)
BUSY = PromptRefused("500.001", "busy", temporary=True)
REFUSED = PromptRefused("400", "bad shortcode", temporary=False)


@dataclass
class Rail:
    """Answers as it was told to; remembers what it was asked."""

    answers: list[Any]
    outcomes: list[Any] = field(default_factory=lambda: [StillWaiting("processing")])
    orders: list[PromptOrder] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    async def prompt(self, order: PromptOrder) -> tuple[PromptAccepted | PromptRefused, Exchanged]:
        self.orders.append(order)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer, EXCHANGED

    async def ask(self, provider_request_id: str) -> tuple[Any, Exchanged]:
        self.questions.append(provider_request_id)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome, EXCHANGED


@pytest.fixture
async def school(world: World) -> World:
    await world.students({"KV10": 4_000}, guardians={"KV10": [PHONE]})
    return world


def rail_of(world: World, *answers: Any, outcomes: Any = ()) -> Rail:
    rail = Rail(list(answers) or [PromptAccepted("ws_1")], list(outcomes) or [StillWaiting("processing")])
    world.app.rails = {world.account.id: rail}
    return rail


async def rounds(world: World, seconds: int = 120) -> None:
    """Both workers at work for a while."""
    for _ in range(seconds):
        await Prompting(world.app).round()
        await Asking(world.app).round()
        await world.clock.advance(1)


def state(world: World) -> tuple[Any, ...]:
    ((status, reason),) = world.rows("SELECT status, fail_reason FROM payments")
    ((sent,),) = world.rows("SELECT state FROM outbox WHERE kind = 'prompt'")
    return status, reason, sent


async def test_a_prompt_goes_out_once_with_what_the_payer_saw(school: World) -> None:
    rail = rail_of(school)
    asked = await school.asks(PHONE, {"KV10": 1_000})
    assert await Prompting(school.app).round() == 0  # the USSD session may still be open
    await school.clock.advance(3)

    assert await Prompting(school.app).round() == 1
    assert await Prompting(school.app).round() == 0

    assert rail.orders == [PromptOrder(Msisdn.parse(PHONE), kes(1_000), "KV10", "Kivuli Primary School")]
    assert state(school) == ("processing", None, "sent")
    (kept,) = await school.app.read(of_payment, asked.payment)
    assert (kept.exchange.outcome.value, kept.exchange.latency_ms) == ("accepted", 90)


async def test_a_refusal_is_told_to_the_payer_and_not_repeated(school: World) -> None:
    rail = rail_of(school, REFUSED)
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school)

    assert len(rail.orders) == 1
    assert state(school) == ("failed", "our_fault", "failed")


@pytest.mark.parametrize("answer", [BUSY, Unavailable("mpesa", "refused", sent=False)], ids=["busy", "unreachable"])
async def test_what_surely_was_not_asked_is_tried_a_few_times(school: World, answer: Any) -> None:
    rail = rail_of(school, answer)
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school)

    assert len(rail.orders) == MOST_ATTEMPTS
    assert state(school) == ("failed", "busy", "failed")


@pytest.mark.parametrize("answer", [BUSY, Unavailable("mpesa", "refused", sent=False)], ids=["busy", "unreachable"])
async def test_it_goes_out_once_the_provider_is_back(school: World, answer: Any) -> None:
    rail = rail_of(school, answer, PromptAccepted("ws_1"))
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school, 10)

    assert len(rail.orders) == 2
    assert state(school) == ("processing", None, "sent")


@pytest.mark.parametrize("answer", [Unavailable("mpesa", "timeout", sent=True), TimeoutError()], ids=["lost", "late"])
async def test_an_unknown_outcome_is_never_tried_again_and_the_money_still_counts(school: World, answer: Any) -> None:
    rail = rail_of(school, answer)
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school)
    assert state(school) == ("expired", "not_answered", "unknown")

    await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))

    assert len(rail.orders) == 1
    assert rail.questions == []  # there is no name to ask by
    assert state(school) == ("completed", None, "unknown")


async def test_a_bug_in_one_prompt_is_its_own(school: World) -> None:
    rail = rail_of(school, ValueError("bug"), PromptAccepted("ws_2"))
    await school.asks(PHONE, {"KV10": 1_000})
    await school.asks(PHONE, {"KV10": 2_000})
    await school.clock.advance(3)

    assert await Prompting(school.app).round() == 2

    assert len(rail.orders) == 2
    assert sorted(school.rows("SELECT state FROM outbox WHERE kind = 'prompt'")) == [("sent",), ("unknown",)]


async def test_a_worker_that_died_with_a_prompt_never_asks_the_phone_again(school: World) -> None:
    rail = rail_of(school)
    await school.asks(PHONE, {"KV10": 1_000})
    await school.clock.advance(3)
    (lost,) = await school.app.write(claim_prompts, Claim(9))
    await rounds(school)

    assert rail.orders == []
    assert state(school)[0] == "expired"
    assert lost.attempts == 1


async def test_without_a_rail_the_payer_is_told_at_once(school: World) -> None:
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school, 5)

    assert state(school) == ("failed", "our_fault", "failed")


async def test_a_silent_prompt_is_asked_about_until_it_expires(school: World) -> None:
    rail = rail_of(school, outcomes=[StillWaiting(""), Unavailable("mpesa", "down"), TimeoutError(), StillWaiting("")])
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school)

    assert 3 <= len(rail.questions) <= 5
    assert state(school) == ("expired", "not_answered", "sent")


async def test_a_question_that_is_answered_with_a_failure_ends_the_prompt(school: World) -> None:
    rail = rail_of(school, outcomes=[NotPaid("1032", "cancelled", FailReason.CANCELLED)])
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school)

    assert rail.questions == ["ws_1"]
    assert state(school) == ("failed", "cancelled", "sent")


async def test_paid_without_a_receipt_is_asked_about_rarely_until_its_witness_comes(school: World) -> None:
    rail = rail_of(school, outcomes=[Paid()])
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school, 400)
    assert state(school)[0] == "processing"

    await school.arrives(
        school.notice("", 1_000, payer=Msisdn.parse(PHONE), witness=Witness.PROMPT_RESULT, request_id="ws_1")
    )
    await rounds(school, 400)

    assert len(rail.questions) == 2
    assert state(school)[0] == "completed"
    assert await school.owes("KV10") == kes(3_000).minor


async def test_a_question_about_a_rail_that_was_taken_away_lets_the_prompt_expire(school: World) -> None:
    rail_of(school)
    await school.asks(PHONE, {"KV10": 1_000})
    await rounds(school, 4)
    school.app.rails = {}
    await rounds(school)

    assert state(school) == ("expired", "not_answered", "sent")


async def test_a_bug_in_one_question_does_not_keep_others_from_being_asked(school: World) -> None:
    rail = rail_of(
        school,
        PromptAccepted("ws_1"),
        PromptAccepted("ws_2"),
        outcomes=[ValueError("bug"), NotPaid("1032", "", FailReason.CANCELLED)],
    )
    await school.asks(PHONE, {"KV10": 1_000})
    await school.asks(PHONE, {"KV10": 2_000})
    await rounds(school)

    assert sorted(school.rows("SELECT status FROM payments")) == [("failed",), ("failed",)]
    assert len(rail.questions) == 3
