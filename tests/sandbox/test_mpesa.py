"""Pretended M-Pesa: what people pay, what our program is told of it, and that both agree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from core.errors import NotFound
from core.money import NotAnAmount
from core.payments import FailReason, MoneyArrived, NotPaid, Paid, PromptFailed
from core.phones import Msisdn, hashed
from core.ports import PromptAccepted
from providers.mpesa.parse import parse_confirmation, parse_prompt_result
from providers.mpesa.validation import Rejection, accepted, rejected
from sandbox.moods import Mood
from sandbox.mpesa import ShortCode
from tests.providers.mpesa.test_parse import received, sample
from tests.sandbox.town import ASHA, PAYBILL, PROGRAM, USSD_CODE, Town, kes, order


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    town.school.confirmation_url = f"{PROGRAM}/confirm"
    town.school.validation_url = f"{PROGRAM}/validate"
    yield town
    await town.close()


async def prompted(town: Town, shillings: int = 1500) -> str:
    """The program asked Asha's phone; the prompt is on her screen."""
    answer, _ = await town.rail().prompt(order(shillings))
    assert isinstance(answer, PromptAccepted)
    await town.clock.advance(0)
    return answer.provider_request_id


def outcomes(town: Town) -> list[MoneyArrived | PromptFailed]:
    return [parse_prompt_result(told.body, received()) for told in town.program.at("/stk")]


def confirmations(town: Town) -> list[MoneyArrived]:
    return [parse_confirmation(told.body, received()) for told in town.program.at("/confirm")]


# --- prompts ---------------------------------------------------------------------------------------------------------


async def test_a_prompt_paid_with_the_pin_is_told_twice_with_one_receipt(town: Town) -> None:
    request = await prompted(town)
    assert town.phones.view(ASHA)["prompts"] == [
        {"id": request, "payee": "KIVULI SCHOOL", "amount": "1500", "currency": "KES", "reference": "KV2467"}
    ]

    view = await town.phones.answer(ASHA, request, "pin")
    await town.clock.advance(5)

    assert view["prompts"] == []
    [truth] = town.mpesa.transactions
    [outcome], [twin] = outcomes(town), confirmations(town)
    assert isinstance(outcome, MoneyArrived)
    assert (outcome.receipt, outcome.amount, outcome.payer) == (truth.receipt, kes(1500), ASHA)
    assert outcome.provider_request_id == request == truth.checkout_request_id
    assert (twin.receipt, twin.amount, twin.reference, twin.payer_name) == (
        truth.receipt,
        kes(1500),
        "KV2467",
        "WANGARI",
    )
    assert town.mpesa.balance(ASHA) == kes(200_000 - 1500)
    assert (await town.rail().ask(request))[0] == Paid()


async def test_the_callback_has_the_form_of_the_recorded_ones(town: Town) -> None:
    await town.phones.answer(ASHA, await prompted(town), "pin")
    await town.clock.advance(5)

    body = town.program.at("/stk")[0].body
    assert b'{"Name":"Amount","Value":1500.0}' in body
    assert b'{"Name":"Balance"}' in body
    assert set(town.program.at("/confirm")[0].json) == set(json.loads(sample("c2b_confirmation")))


@pytest.mark.parametrize(
    "answer, reason",
    [("cancel", FailReason.CANCELLED), ("wrong_pin", FailReason.WRONG_PIN), ("ignore", FailReason.NOT_ANSWERED)],
)
async def test_a_prompt_that_is_not_paid_fails_with_its_reason(town: Town, answer: str, reason: FailReason) -> None:
    request = await prompted(town)

    await town.phones.answer(ASHA, request, answer)
    await town.clock.advance(61)

    [outcome] = outcomes(town)
    assert isinstance(outcome, PromptFailed)
    assert (outcome.reason, outcome.final) == (reason, True)
    assert confirmations(town) == []
    asked, _ = await town.rail().ask(request)
    assert isinstance(asked, NotPaid)


async def test_a_prompt_that_nobody_sees_leaves_the_screen_after_a_minute(town: Town) -> None:
    request = await prompted(town)

    await town.clock.advance(59)
    assert town.phones.view(ASHA)["prompts"]
    await town.clock.advance(2)

    assert town.phones.view(ASHA)["prompts"] == []
    with pytest.raises(NotFound):
        await town.phones.answer(ASHA, request, "pin")
    assert len(outcomes(town)) == 1
    assert town.mpesa.transactions == []


async def test_an_empty_wallet_pays_nothing(town: Town) -> None:
    town.mpesa.set_balance(ASHA, kes(100))

    await town.phones.answer(ASHA, await prompted(town), "pin")
    await town.clock.advance(5)

    [outcome] = outcomes(town)
    assert isinstance(outcome, PromptFailed)
    assert outcome.reason is FailReason.INSUFFICIENT_FUNDS
    assert town.mpesa.balance(ASHA) == kes(100)


async def test_more_than_the_limit_cannot_be_prompted(town: Town) -> None:
    await prompted(town, 250_001)
    await town.clock.advance(5)

    [outcome] = outcomes(town)
    assert isinstance(outcome, PromptFailed)
    assert outcome.reason is FailReason.LIMIT


async def test_no_prompt_shows_while_a_dialogue_is_open(town: Town) -> None:
    town.program.answers["/ussd"] = b"CON Choose a child"
    await town.phones.dial(ASHA, USSD_CODE)
    await prompted(town)
    assert town.phones.view(ASHA)["prompts"] == []

    town.gateway.hang_up(ASHA)
    await town.clock.advance(1)

    assert len(town.phones.view(ASHA)["prompts"]) == 1


async def test_a_dialogue_that_stays_open_makes_the_phone_unreachable(town: Town) -> None:
    town.program.answers["/ussd"] = b"CON Choose a child"
    await town.phones.dial(ASHA, USSD_CODE)
    await prompted(town)

    await town.clock.advance(15)

    [outcome] = outcomes(town)
    assert isinstance(outcome, PromptFailed)
    assert outcome.reason is FailReason.UNREACHABLE


async def test_the_same_sum_within_two_minutes_is_refused_when_told_so(town: Town) -> None:
    town.mpesa.mood = Mood(repeats_refused=True)
    for _ in range(2):
        request = await prompted(town)
        if town.phones.view(ASHA)["prompts"]:
            await town.phones.answer(ASHA, request, "pin")
        await town.clock.advance(5)

    failed = [outcome for outcome in outcomes(town) if isinstance(outcome, PromptFailed)]
    assert [outcome.reason for outcome in failed] == [FailReason.REPEATED]
    await town.clock.advance(120)
    await town.phones.answer(ASHA, await prompted(town), "pin")
    assert len(town.mpesa.transactions) == 2


async def test_the_gateways_live_under_any_prefix_of_a_larger_site(town: Town) -> None:
    site, address = web.Application(), "https://demo.test"
    site.add_subapp("/sandbox/daraja", town.daraja.app)
    town.http.mount(address, site)

    answer, _ = await town.rail(f"{address}/sandbox/daraja").prompt(order())

    assert isinstance(answer, PromptAccepted)


# --- the customer's own menu -----------------------------------------------------------------------------------------


async def test_a_paybill_payment_is_confirmed_with_what_the_payer_typed(town: Town) -> None:
    await town.phones.paybill(ASHA, PAYBILL, " kv 2467", "2,500")
    await town.clock.advance(5)

    [notice], [truth] = confirmations(town), town.mpesa.transactions
    assert (notice.receipt, notice.amount, notice.reference) == (truth.receipt, kes(2500), "kv 2467")
    assert town.program.at("/confirm")[0].json["OrgAccountBalance"] == "2500.00"
    assert town.program.at("/stk") == town.program.at("/validate") == []


async def test_a_till_has_no_reference(town: Town) -> None:
    town.mpesa.add(ShortCode("600246", "SHOP", "P", "k", "s", till="5512345", confirmation_url=f"{PROGRAM}/confirm"))

    await town.phones.paybill(ASHA, "5512345", "whatever", "750")
    await town.clock.advance(5)

    said = town.program.at("/confirm")[0].json
    assert (said["TransactionType"], said["BillRefNumber"], said["BusinessShortCode"]) == ("Buy Goods", "", "600246")


@pytest.mark.parametrize(
    "version, shown",
    [
        ("v2", "2547 ***** 149"),
        ("v1", hashlib.sha256(ASHA.digits.encode()).hexdigest()),
        ("plain", ASHA.digits),
    ],
)
async def test_the_payer_is_masked_hashed_or_whole(town: Town, version: Any, shown: str) -> None:
    town.mpesa.mood = Mood(c2b=version)

    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "100")
    await town.clock.advance(5)

    assert town.program.at("/confirm")[0].json["MSISDN"] == shown
    assert confirmations(town)[0].payer in (hashed(ASHA), ASHA) or version == "v2"


async def test_validation_is_asked_where_it_was_applied_for_and_obeyed(town: Town) -> None:
    town.school.external_validation, town.mpesa.texts_payers = True, True
    town.program.answers["/validate"] = rejected(Rejection.UNKNOWN_ACCOUNT)
    await town.phones.paybill(ASHA, PAYBILL, "NOBODY", "100")
    assert town.mpesa.transactions == []
    assert "Failed" in town.phones.view(ASHA)["sms"][-1]["text"]

    town.program.answers["/validate"] = accepted("PAY-000184")
    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "100")
    await town.clock.advance(5)

    assert len(town.mpesa.transactions) == 1
    assert town.program.at("/confirm")[0].json["ThirdPartyTransID"] == "PAY-000184"
    assert town.program.at("/validate")[1].json["OrgAccountBalance"] == ""
    assert "Confirmed" in town.phones.view(ASHA)["sms"][-1]["text"]


@pytest.mark.parametrize("response_type, moves", [("Completed", 1), ("Cancelled", 0)])
@pytest.mark.parametrize("answer", [500, b"<html>", b"[]", b"{}"])
async def test_without_a_verdict_the_registered_choice_decides(
    town: Town, response_type: str, moves: int, answer: bytes | int
) -> None:
    town.school.external_validation, town.school.response_type = True, response_type
    town.program.answers["/validate"] = answer

    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "100")

    assert len(town.mpesa.transactions) == moves


async def test_nobody_pays_what_cannot_be_paid(town: Town) -> None:
    town.mpesa.texts_payers = True
    with pytest.raises(NotFound):
        await town.phones.paybill(ASHA, "999999", "KV2467", "100")
    with pytest.raises(NotAnAmount):
        await town.phones.paybill(ASHA, PAYBILL, "KV2467", "-5")
    for amount in ("250001", "200001"):
        view = await town.phones.paybill(ASHA, PAYBILL, "KV2467", amount)
        assert "Failed" in view["sms"][-1]["text"]
    assert town.mpesa.transactions == []


async def test_receipts_begin_with_the_date_in_nairobi_and_never_repeat(town: Town) -> None:
    for _ in range(50):
        await town.phones.paybill(ASHA, PAYBILL, "KV2467", "10")
    await town.clock.advance(18 * 3600)  # past midnight in Nairobi, not in UTC
    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "10")

    receipts = [truth.receipt for truth in town.mpesa.transactions]
    assert len(set(receipts)) == 51
    assert {receipt[:3] for receipt in receipts[:50]} == {"UKK"}
    assert receipts[50].startswith("UKL")
    assert all(len(receipt) == 10 for receipt in receipts)


# --- moods -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mood, told",
    [
        (Mood(), 1),
        (Mood(lost=1), 0),
        (Mood(callbacks_fail=True), 0),
        (Mood(doubled=1), 2),
        (Mood(late=1, late_s=600), 1),
    ],
)
async def test_confirmations_are_lost_doubled_or_late_as_the_mood_says(town: Town, mood: Mood, told: int) -> None:
    town.mpesa.mood = mood
    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "100")

    await town.clock.advance(5)
    assert len(confirmations(town)) == (0 if mood.late else told)
    await town.clock.advance(600)

    assert len(confirmations(town)) == told
    assert len({notice.receipt for notice in confirmations(town)}) <= 1
    assert len(town.mpesa.courier.undelivered) == (0 if told else 1)


async def test_a_refused_confirmation_is_sent_again_only_when_told_so(town: Town) -> None:
    town.program.answers["/confirm"] = 503
    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "100")
    await town.clock.advance(60)
    assert len(confirmations(town)) == 1

    town.mpesa.mood = Mood(retries=3)
    await town.phones.paybill(ASHA, PAYBILL, "KV2467", "200")
    await town.clock.advance(15)
    town.program.answers["/confirm"] = b"{}"
    await town.clock.advance(60)

    assert [notice.amount for notice in confirmations(town)] == [kes(100), kes(200), kes(200), kes(200)]


async def test_one_story_under_one_seed_is_told_once_and_again() -> None:
    async def story(seed: int) -> list[bytes]:
        town = Town(seed=seed)
        town.school.confirmation_url = f"{PROGRAM}/confirm"
        town.mpesa.mood = Mood(lost=0.2, doubled=0.3, late=0.3, refused=0.1, latency_ms=40)
        for n in range(30):
            payer = Msisdn(f"2547123451{n:02d}")
            await town.phones.paybill(payer, PAYBILL, f"KV{n}", str(100 + n))
            await town.clock.advance(7)
        await town.clock.advance(100)
        await town.close()
        return [told.body for told in town.program.told]

    assert await story(1) == await story(1)
    assert await story(1) != await story(2)
