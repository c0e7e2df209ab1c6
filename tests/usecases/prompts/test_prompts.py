"""A phone is asked for money, once and for no more than may be; the provider takes the wish or not (PAY-4)."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import IntentReused, NotFound
from core.ids import PaymentId
from core.money import Money
from core.organisations import AmountOutsideLimits
from core.payments import FailReason, Paid, Part
from core.phones import Msisdn
from core.ports import PromptRefused
from tests.rivals import rival_of
from tests.usecases.prompting import EXCHANGED, LIFE_S, NOWHERE, PHONE, lost, paid, states, texts, view
from tests.world import KES, World, kes
from usecases.messages import Claim, claim_prompts
from usecases.prompts import (
    PROMPT_DELAY,
    Answer,
    PromptAnswered,
    prompt_answered,
    questions_due,
    record_answer,
    request_payment,
)

# --- the wish ----------------------------------------------------------------------------------------------------------


async def test_a_wish_holds_the_debt_and_the_phone_is_asked_once_the_session_is_over(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000, "KV20": 500})

    assert (asked.amount, asked.payee) == (kes(1_500), "Kivuli Primary School")
    assert (await view(school)).pending == kes(1_000)
    assert (await view(school, "KV20")).pending == kes(500)
    assert await school.app.write(claim_prompts, Claim(9)) == []  # its USSD session may still be open
    await school.clock.advance(PROMPT_DELAY.total_seconds())
    (due,) = await school.app.write(claim_prompts, Claim(9))
    assert due.payment == asked.payment
    assert await states(school, asked.payment) == [("initiated", "asked")]


async def test_a_wish_repeated_gives_the_same_answer_and_one_prompt(school: World) -> None:
    wish = await school.wish(PHONE, {"KV10": 1_000}, intent="ussd:1")

    first, second = await asyncio.gather(*(school.app.write(request_payment, wish) for _ in range(2)))
    third = await school.app.write(request_payment, wish)

    assert first == second == third
    assert len(school.rows("SELECT 1 FROM outbox WHERE kind = 'prompt'")) == 1


async def test_an_intent_with_other_content_is_refused(school: World) -> None:
    await school.asks(PHONE, {"KV10": 1_000}, intent="ussd:1")

    for shares in ({"KV10": 1_001}, {"KV20": 1_000}):
        with pytest.raises(IntentReused):
            await school.asks(PHONE, shares, intent="ussd:1")
    with pytest.raises(IntentReused):
        await school.asks("254700000001", {"KV10": 1_000}, intent="ussd:1")

    assert len(school.rows("SELECT 1 FROM payments")) == 1


async def test_two_processes_that_are_given_one_intent_prompt_once(school: World) -> None:
    wish = await school.wish(PHONE, {"KV10": 1_000}, intent="ussd:1")
    with rival_of(school) as rival:
        mine, theirs = await rival.overlap(
            lambda: school.app.write(request_payment, wish), lambda: rival.world.app.write(request_payment, wish)
        )

    assert mine == theirs
    assert len(school.rows("SELECT 1 FROM outbox WHERE kind = 'prompt'")) == 1


@pytest.mark.sampled
@pytest.mark.parametrize(
    "minor", [[0], [99], [100_050], [25_000_100], [-100_000], [150_000, -50_000], [100_000, 0]], ids=str
)
async def test_what_one_prompt_cannot_ask_for_is_refused_before_anything_is_held(
    school: World, minor: list[int]
) -> None:
    wish = await school.wish(PHONE, {"KV10": 1, "KV20": 1})
    parts = tuple(Part(part.account, Money(amount, KES)) for part, amount in zip(wish.parts, minor, strict=False))

    with pytest.raises(AmountOutsideLimits):
        await school.app.write(request_payment, replace(wish, parts=parts))

    assert school.rows("SELECT 1 FROM payments") == school.rows("SELECT 1 FROM holds") == []


async def test_an_account_of_another_organisation_or_a_closed_or_unknown_one_cannot_be_paid_for(school: World) -> None:
    other = await school.other_school("mlima")
    await other.students({"KV10": 4_000})
    theirs = await other.wish(PHONE, {"KV10": 1_000})
    mine = await school.wish(PHONE, {"KV10": 1_000})
    closed = Part(await school.account_of("KV20"), kes(1))
    await school.closes("KV20")
    unknown = Part(NOWHERE, kes(1))

    for parts in (theirs.parts, (*mine.parts, *theirs.parts), (closed,), (unknown,)):
        with pytest.raises(NotFound):
            await school.app.write(request_payment, replace(mine, parts=parts))

    assert school.rows("SELECT 1 FROM payments") == []


async def test_an_organisation_without_an_account_for_money_cannot_prompt(school: World) -> None:
    wish = await school.wish(PHONE, {"KV10": 1_000})

    with pytest.raises(NotFound):
        await school.app.write(request_payment, replace(wish, organisation=NOWHERE))


# --- the provider's answer ---------------------------------------------------------------------------------------------


async def test_taken_then_paid(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.arrives(paid(school))

    assert await states(school, payment) == [
        ("initiated", "asked"),
        ("processing", "accepted"),
        ("completed", "chosen:KV10"),
    ]
    assert (await view(school)).pending == kes(0)
    assert (await view(school)).owed == kes(3_000)
    assert school.rows("SELECT state FROM holds") == [("settled",)]
    assert texts(school) == ["payment_received"]


async def test_refused_ends_it_and_the_payer_is_told_why(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    refused = PromptAnswered(
        asked.payment, PromptRefused("1", "x", temporary=False), None, FailReason.OUR_FAULT, "x", "trace"
    )

    await school.app.write(prompt_answered, refused)
    await school.app.write(prompt_answered, refused)

    assert await states(school, asked.payment) == [("initiated", "asked"), ("failed", "our_fault")]
    assert (await view(school)).pending == kes(0)
    assert school.rows("SELECT state FROM holds") == [("released",)]
    assert texts(school) == ["payment_failed"]


async def test_an_answer_that_was_lost_leaves_it_open_and_the_money_still_finds_it(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    await school.app.write(prompt_answered, lost(asked.payment))
    (recorded,) = await school.arrives(paid(school, request_id="never heard of"))

    assert recorded.payment == asked.payment
    assert [state for state, _ in await states(school, asked.payment)] == ["initiated", "processing", "completed"]


async def test_an_answer_that_was_lost_and_no_money_ends_as_expired(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    await school.app.write(prompt_answered, lost(asked.payment))
    await school.clock.advance(LIFE_S)

    (question,) = await school.app.read(questions_due, 9)
    assert question.provider_request_id is None
    await school.app.write(record_answer, Answer(asked.payment, None, None))

    assert (await states(school, asked.payment))[-1] == ("expired", "not_answered")
    assert school.rows("SELECT state FROM holds") == [("expired",)]


async def test_the_money_is_faster_than_the_providers_answer(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    await school.arrives(paid(school))
    await school.app.write(prompt_answered, school.accepted(asked.payment, "ws_1"))
    (again,) = await school.arrives(paid(school))

    assert not again.is_new
    assert again.payment == asked.payment
    assert [state for state, _ in await states(school, asked.payment)] == ["initiated", "completed"]
    assert school.rows("SELECT provider_request_id FROM payments") == [("ws_1",)]


async def test_a_refusal_or_a_lost_answer_after_the_money_changes_nothing(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    await school.arrives(paid(school))
    refused = PromptRefused("1", "x", temporary=False)
    for answer in (refused, None):
        await school.app.write(
            prompt_answered, PromptAnswered(asked.payment, answer, None, FailReason.OUR_FAULT, "", "trace")
        )

    assert (await states(school, asked.payment))[-1][0] == "completed"
    assert texts(school) == ["payment_received"]


async def test_an_answer_for_a_payment_that_nobody_knows_is_refused(school: World) -> None:
    nobody = PaymentId(NOWHERE)

    with pytest.raises(NotFound):
        await school.app.write(prompt_answered, school.accepted(nobody, "ws_1"))
    await school.app.write(record_answer, Answer(nobody, Paid(), EXCHANGED))  # a question may outlive its payment


# --- paid from the menu meanwhile --------------------------------------------------------------------------------------


async def test_a_phone_that_paid_from_its_own_menu_meanwhile_is_not_asked_again(school: World) -> None:
    """Three seconds pass between the screen and the prompt; whoever pays in them must not be asked to pay twice."""
    asked = await school.asks(PHONE, {"KV10": 1_000})
    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))
    await school.clock.advance(10)

    assert recorded.payment == asked.payment
    assert await school.app.write(claim_prompts, Claim(9)) == []
    assert school.rows("SELECT state FROM outbox WHERE kind = 'prompt'") == [("failed",)]


async def test_a_worker_that_was_away_too_long_does_not_ask_a_phone_that_was_told_we_gave_up(school: World) -> None:
    asked = await school.asks(PHONE, {"KV10": 1_000})
    await school.clock.advance(LIFE_S)

    assert await school.app.write(claim_prompts, Claim(9)) == []
    await school.app.write(record_answer, Answer(asked.payment, None, None))

    assert (await states(school, asked.payment))[-1] == ("expired", "not_answered")
