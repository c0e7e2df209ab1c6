"""A phone is asked for money: every way in which that can end (PAY-4)."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from core.callers import AccountView
from core.errors import IntentReused, NotFound
from core.ids import PaymentId, ProviderAccountId
from core.money import Money
from core.organisations import AmountOutsideLimits, ProviderAccount
from core.payments import FailReason, NotPaid, Paid, Part, StillWaiting, Witness
from core.phones import Msisdn
from core.ports import Exchanged, PromptRefused
from core.pulling import OVERLAP
from storage import pulls
from storage.audit import history
from storage.callers import caller
from storage.exchanges import of_payment, unread
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import KES, World, kes
from usecases.messages import Claim, claim_prompts
from usecases.prompts import (
    GIVE_UP,
    PROMPT_DELAY,
    PROMPT_LIFE,
    Answer,
    PromptAnswered,
    prompt_answered,
    questions_due,
    record_answer,
    record_failure,
    request_payment,
    unresolved,
)

PHONE = "254712345678"
EXCHANGED = Exchanged("status", b"{}", b"{}", 200, 5)
LIFE_S = (PROMPT_DELAY + PROMPT_LIFE).total_seconds()
NOT_PAID = NotPaid("1032", "cancelled", FailReason.CANCELLED)


@pytest.fixture
async def school(world: World) -> World:
    await world.students({"KV10": 4_000, "KV20": 3_000}, guardians={"KV10": [PHONE], "KV20": [PHONE]})
    return world


async def view(school: World, reference: str = "KV10") -> AccountView:
    """What the guardian sees of a child when dialling now."""
    seen = await school.app.read(caller, Msisdn.parse(PHONE), "*384*70421#")
    return next(account for account in seen.relations[0].accounts if account.reference == reference)


async def states(school: World, payment: PaymentId) -> list[tuple[str | None, str]]:
    return [(row.change.to_state, row.change.reason) for row in await school.app.read(history, payment)]


def texts(school: World) -> list[str]:
    return [event for (event,) in school.rows("SELECT event FROM outbox WHERE kind = 'sms' ORDER BY id")]


def paid(school: World, receipt: str = "R1", shillings: int = 1_000, request_id: str = "ws_1") -> Any:
    return school.notice(
        "",
        shillings,
        payer=Msisdn.parse(PHONE),
        receipt=receipt,
        witness=Witness.PROMPT_RESULT,
        request_id=request_id,
    )


def lost(payment: PaymentId) -> PromptAnswered:
    """The provider's answer to our wish never came."""
    return PromptAnswered(payment, None, None, FailReason.UNKNOWN, "timeout", "trace")


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
    unknown = Part(_uuid(bytes(16)), kes(1))

    for parts in (theirs.parts, (*mine.parts, *theirs.parts), (closed,), (unknown,)):
        with pytest.raises(NotFound):
            await school.app.write(request_payment, replace(mine, parts=parts))

    assert school.rows("SELECT 1 FROM payments") == []


def _uuid(raw: bytes) -> Any:
    return UUID(bytes=raw)


async def test_an_organisation_without_an_account_for_money_cannot_prompt(school: World) -> None:
    wish = await school.wish(PHONE, {"KV10": 1_000})

    with pytest.raises(NotFound):
        await school.app.write(request_payment, replace(wish, organisation=_uuid(bytes(16))))


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
    nobody = PaymentId(_uuid(bytes(16)))

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


# --- failures ----------------------------------------------------------------------------------------------------------


async def test_a_failure_told_twice_ends_it_once(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.fails("ws_1")
    await school.fails("ws_1")

    assert (await states(school, payment))[-1] == ("failed", "cancelled")
    assert texts(school) == ["payment_failed"]
    outcomes = [kept.exchange.outcome.value for kept in await school.app.read(of_payment, payment)]
    assert sorted(outcomes) == ["accepted", "not_paid", "noted"]


async def test_a_late_success_after_a_failure_still_credits(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.fails("ws_1")
    (recorded,) = await school.arrives(paid(school))
    await school.fails("ws_1")

    assert recorded.payment == payment
    assert [state for state, _ in await states(school, payment)][-2:] == ["failed", "completed"]
    assert school.rows("SELECT state FROM holds") == [("settled",)]
    assert (await view(school)).owed == kes(3_000)
    assert texts(school) == ["payment_failed", "payment_received"]


async def test_a_code_that_we_do_not_trust_makes_us_ask_at_once_and_fails_nothing(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.fails("ws_1", final=False)

    (question,) = await school.app.read(questions_due, 9)
    assert question.payment == payment
    assert (await states(school, payment))[-1] == ("processing", "accepted")


async def test_a_failure_of_a_prompt_that_nobody_asked_for_is_kept_for_people_to_see(school: World) -> None:
    await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.fails("ws_other")
    elsewhere = school.failure("ws_1")
    notice = replace(elsewhere.notice, provider_account=ProviderAccountId(_uuid(bytes(16))))
    await school.app.write(record_failure, replace(elsewhere, notice=notice))

    assert [kept.exchange.detail for kept in await school.app.read(unread)] == ["no such prompt"] * 2
    assert school.rows("SELECT status FROM payments") == [("processing",)]


# --- questions ---------------------------------------------------------------------------------------------------------


async def test_a_silent_provider_is_asked_ever_more_rarely_and_then_the_prompt_expires(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    asked_at = []
    for _ in range(200):
        await school.clock.advance(1)
        for question in await school.app.read(questions_due, 9):
            asked_at.append(round(school.clock.monotonic()))
            await school.app.write(record_answer, Answer(question.payment, StillWaiting("busy"), EXCHANGED))

    assert asked_at == [20, 40, 80, 93]
    assert (await states(school, payment))[-1] == ("expired", "not_answered")
    assert texts(school) == ["payment_failed"]


async def test_a_late_success_after_expiry_still_credits(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.clock.advance(LIFE_S)
    await school.app.write(record_answer, Answer(payment, None, None))
    assert (await view(school)).pending == kes(0)
    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))
    (again,) = await school.arrives(paid(school, receipt=school.rows("SELECT receipt FROM payments")[0][0]))

    assert (recorded.payment, again.is_new) == (payment, False)
    assert (await view(school)).owed == kes(3_000)
    assert school.rows("SELECT state FROM holds") == [("settled",)]


async def test_not_paid_ends_it(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, NOT_PAID, EXCHANGED))
    await school.app.write(record_answer, Answer(payment, NOT_PAID, EXCHANGED))

    assert (await states(school, payment))[-1] == ("failed", "cancelled")
    assert texts(school) == ["payment_failed"]


async def test_paid_without_a_receipt_waits_for_the_witness_that_has_it(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    for _ in range(3):
        await school.clock.advance(301)
        await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))
    assert (await states(school, payment))[-1] == ("processing", "accepted")
    assert await school.app.read(questions_due, 9) == []

    (recorded,) = await school.arrives(school.notice("KV10", 1_000))

    assert recorded.payment == payment
    assert texts(school) == ["payment_received"]


async def test_what_was_told_paid_does_not_expire_when_the_provider_forgets_it(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    await school.clock.advance(LIFE_S)
    await school.app.write(record_answer, Answer(payment, StillWaiting("no such request"), EXCHANGED))
    await school.app.write(record_answer, Answer(payment, None, None))

    assert (await states(school, payment))[-1] == ("processing", "accepted")
    assert texts(school) == []


@pytest.mark.parametrize("is_contact", [True, False], ids=["of a contact", "of a phone"])
async def test_what_was_told_paid_and_is_in_the_books_as_an_equal_prompt_s_money_waits_no_more(
    school: World, is_contact: bool
) -> None:
    """Both were on the phone, one was paid, and nobody said which: the first one has the money."""
    seen = await school.app.read(caller, Msisdn.parse(PHONE), "*384*70421#")
    wish = replace(await school.wish(PHONE, {"KV10": 1_000}), contact=seen.relations[0].contact if is_contact else None)
    first, second = [
        (await school.app.write(request_payment, replace(wish, intent=f"ussd:{at}"))).payment for at in range(2)
    ]
    await school.app.write(prompt_answered, school.accepted(first, "ws_1"))
    await school.app.write(prompt_answered, school.accepted(second, "ws_2"))
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))
    told_at = school.clock.now()
    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))
    assert recorded.payment == first

    await school.clock.advance(1)
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))
    assert (await states(school, second))[-1] == ("processing", "accepted"), "the pull may still bring its money"
    await school.clock.advance(OVERLAP.total_seconds())
    await school.app.write(_has_been_pulled, (school.account, told_at + OVERLAP))
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))
    assert (await states(school, second))[-1] == ("processing", "accepted"), "the provider may list it late"
    await school.app.write(_has_been_pulled, (school.account, school.clock.now()))
    await school.app.write(record_answer, Answer(second, StillWaiting("no such request"), EXCHANGED))

    assert (await states(school, second))[-1] == ("failed", f"paid_as_other:{first.hex}")
    assert texts(school) == ["payment_received"]
    assert school.rows("SELECT state FROM holds ORDER BY state") == [("released",), ("settled",)]


async def test_what_was_told_paid_is_not_taken_for_money_that_is_surely_another_prompt_s(school: World) -> None:
    """The first was told by its own callback, so the coin in the books is its own: the second one's is still to come."""
    await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    second = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_2")
    await school.arrives(paid(school))
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))

    await _is_read_to_its_end(school)
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))
    assert (await states(school, second))[-1] == ("processing", "accepted")
    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))

    assert recorded.payment == second


@pytest.mark.parametrize("others", [1, 2])
async def test_money_of_a_prompt_that_was_told_paid_is_divided_as_it_showed_where_it_is_surely_its_own(
    school: World, others: int
) -> None:
    """Each was split otherwise. Where two were paid, nobody knows which of their coins belongs to this one."""
    for at in range(others):
        await school.prompts(PHONE, {"KV10": 1_000}, request_id=f"ws_{at}")
    first = await school.prompts(PHONE, {"KV10": 300, "KV20": 700}, request_id="ws_9")
    await school.app.write(record_answer, Answer(first, Paid(), EXCHANGED))
    await school.clock.advance(400)
    notices = [school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)) for _ in range(others)]
    taken = [recorded.payment for recorded in await school.arrives(*notices)]

    await _is_read_to_its_end(school)
    await school.app.write(record_answer, Answer(first, Paid(), EXCHANGED))

    assert (await states(school, first))[-1][0] == "failed"
    assert [(await states(school, one))[-1][1] for one in taken] == (
        [f"prompt:{first.hex}"] if others == 1 else ["chosen:KV10"] * 2
    )
    assert await school.owes("KV20") == (3_000 - (700 if others == 1 else 0)) * 100


async def test_one_coin_ends_the_waiting_of_one_equal_prompt_only(school: World) -> None:
    """Two were told paid, and one coin has come, for a third: somebody's money is still to come."""
    third, *both = [await school.prompts(PHONE, {"KV10": 500}, request_id=f"ws_{at}") for at in range(3)]
    for one in both:
        await school.app.write(record_answer, Answer(one, Paid(), EXCHANGED))
    (recorded,) = await school.arrives(school.notice("KV10", 500, payer=Msisdn.parse(PHONE)))
    assert recorded.payment == third

    await _is_read_to_its_end(school)
    for one in both:
        await school.app.write(record_answer, Answer(one, Paid(), EXCHANGED))

    assert [(await states(school, one))[-1][0] for one in both] == ["processing", "processing"]


async def test_money_that_is_named_for_a_prompt_whose_place_was_taken_ends_the_wait_of_the_equal_one(
    school: World,
) -> None:
    first = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    second = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_2")
    for one in (first, second):
        await school.app.write(record_answer, Answer(one, Paid(), EXCHANGED))
    await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE), receipt="R2"))  # takes the first

    (recorded,) = await school.arrives(paid(school, "R1"))

    assert recorded.payment == second


async def test_money_that_is_named_goes_where_that_prompt_showed_though_another_sum_is_alike(school: World) -> None:
    """Somebody pays from the menu what is on the phone, and then on the phone as well; an older prompt had no answer."""
    unanswered = await school.asks(PHONE, {"KV20": 1_000})
    await school.app.write(prompt_answered, lost(unanswered.payment))
    await school.clock.advance(600)
    await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))
    before = await school.owes("KV10")

    await school.arrives(paid(school, "R1"))

    assert await school.owes("KV10") == before - 100_000


async def test_a_failure_that_is_told_of_what_was_told_paid_fails_nothing(school: World) -> None:
    """Two answers contradict each other: whoever paid is not told that they did not, and how to pay again."""
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    await school.app.write(record_answer, Answer(payment, NOT_PAID, EXCHANGED))
    await school.fails("ws_1")

    assert (await states(school, payment))[-1] == ("processing", "accepted")
    assert texts(school) == []
    assert [one.payment for one in await school.app.read(questions_due, 9)] == [payment]


@pytest.mark.parametrize("pulled", [True, False])
async def test_a_provider_that_was_wrong_when_it_called_it_paid_is_believed_in_the_end(
    school: World, *, pulled: bool
) -> None:
    """Seed 8144 of the long run: paid, then not paid, and no money in all that was read since; or nothing could be read."""
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))
    if pulled:
        await school.clock.advance(OVERLAP.total_seconds() + 600)
        await school.app.write(_has_been_pulled, (school.account, school.clock.now()))
    else:
        await school.clock.advance(LIFE_S + GIVE_UP.total_seconds())

    await school.app.write(record_answer, Answer(payment, NOT_PAID, EXCHANGED))

    assert (await states(school, payment))[-1] == ("failed", "cancelled")
    assert texts(school) == ["payment_failed"]


async def test_what_was_told_paid_is_asked_about_ever_more_rarely(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))
    asked_after = []
    for minute in range(1, 6 * 60):
        await school.clock.advance(60)
        if await school.app.read(questions_due, 9):
            asked_after.append(minute)
            await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    assert asked_after == [5, 10, 15, 23, 35, 53, 80, 120, 180, 240, 300]


async def test_what_was_told_paid_and_is_nobody_else_s_money_goes_on_waiting(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    await _is_read_to_its_end(school)
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    assert (await states(school, payment))[-1] == ("processing", "accepted")


async def _is_read_to_its_end(school: World) -> None:
    """So much later that the pull has read all that the provider will ever list of now."""
    await school.clock.advance(OVERLAP.total_seconds() + 60)
    await school.app.write(_has_been_pulled, (school.account, school.clock.now()))


def _has_been_pulled(tx: Tx, told: tuple[ProviderAccount, datetime]) -> None:
    account, until = told
    pulls.register(tx, account)
    pulls.covered(tx, account.id, until=until, found=0)


async def test_money_joins_the_prompt_that_was_on_the_phone_when_it_moved(school: World) -> None:
    """The answer to the morning's prompt was lost; the same sum was asked for again, and paid, in the afternoon."""
    morning = await school.asks(PHONE, {"KV10": 1_000})
    await school.app.write(prompt_answered, lost(morning.payment))
    await school.clock.advance(3 * 3_600)
    afternoon = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_2")
    await school.clock.advance(20)

    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))

    assert recorded.payment == afternoon


async def test_paid_without_a_receipt_is_at_last_left_to_the_statement(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.clock.advance(LIFE_S + GIVE_UP.total_seconds())
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    await school.clock.advance(100_000)

    assert await school.app.read(questions_due, 9) == []
    assert (await states(school, payment))[-1][0] == "processing"


async def test_a_hold_counts_no_more_once_its_time_is_over_even_before_it_is_swept(school: World) -> None:
    await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    assert (await view(school)).pending == kes(1_000)

    await school.clock.advance(LIFE_S)

    assert (await view(school)).pending == kes(0)
    assert school.rows("SELECT state FROM holds") == [("active",)]


# --- races -------------------------------------------------------------------------------------------------------------


async def test_failure_and_success_at_once_in_two_processes_credit_the_money(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    with rival_of(school) as rival:
        await rival.overlap(lambda: school.fails("ws_1"), lambda: rival.world.arrives(paid(school)))

    assert (await states(school, payment))[-1][0] == "completed"
    assert (await view(school)).owed == kes(3_000)


async def test_two_coins_for_one_prompt_at_once_in_two_processes_are_both_credited(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    with rival_of(school) as rival:
        mine, theirs = await rival.overlap(
            lambda: school.arrives(paid(school, "R1")), lambda: rival.world.arrives(paid(school, "R2"))
        )

    assert mine[0].payment == payment
    assert theirs[0].payment != payment
    assert (await view(school)).owed == kes(2_000)


@pytest.mark.parametrize("answer_is_first", [True, False])
async def test_money_that_comes_while_its_prompt_is_taken_for_another_s_is_credited_to_it(
    school: World, answer_is_first: bool
) -> None:
    """One process ends the wait for money that it takes for an equal prompt's; another is told of that very money."""
    await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    second = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_2")
    await school.app.write(record_answer, Answer(second, Paid(), EXCHANGED))
    await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))
    await _is_read_to_its_end(school)

    with rival_of(school) as rival:
        here, there = (school, rival.world) if answer_is_first else (rival.world, school)
        turns = [
            lambda: here.app.write(record_answer, Answer(second, Paid(), EXCHANGED)),
            lambda: there.arrives(paid(there, "R2", request_id="ws_2")),
        ]
        await rival.overlap(*(turns if answer_is_first else reversed(turns)))

    assert (await states(school, second))[-1][0] == "completed"
    assert (await view(school)).owed == kes(2_000)
    assert texts(school) == ["payment_received", "payment_received"]
    assert school.broken_laws() == []


async def test_each_kind_of_answer_is_kept_in_words(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    said = (Paid("UKL0000009"), StillWaiting("being processed"), None)

    for outcome in said:
        await school.app.write(record_answer, Answer(payment, outcome, EXCHANGED))

    kept = [row[0] for row in school.rows("SELECT detail FROM exchanges WHERE operation = 'status' ORDER BY at, id")]
    assert kept == ["paid, receipt UKL0000009", "waiting: being processed", ""]


async def test_a_prompt_without_an_end_for_an_hour_is_counted_for_people(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))
    assert await school.app.read(unresolved) == 0

    await school.clock.advance(3_601)

    assert await school.app.read(unresolved) == 1
