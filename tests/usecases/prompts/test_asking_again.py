"""A failed prompt is asked for again by staff: once, by day, and only what is surely unpaid and still owed (PAY-13)."""

import asyncio
from typing import Any

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import PaymentId
from core.payments import Paid
from core.permissions import Actor, Role
from core.phones import Msisdn
from storage.listing import PaymentShown, payment_shown
from storage.persons import Traces
from tests.rivals import rival_of
from tests.usecases.prompting import EXCHANGED, LIFE_S, NOT_PAID, NOWHERE, PHONE, paid, states, texts
from tests.world import TESTER, World, kes
from usecases.asking_again import (
    AskAgain,
    AskedAgain,
    AtNight,
    BeingAsked,
    LessOwed,
    NotSurelyUnpaid,
    ask_again,
    require_askable,
)
from usecases.erasure import Erase, erase_person
from usecases.messages import Claim, claim_prompts
from usecases.prompts import GIVE_UP, PROMPT_DELAY, Answer, prompt_answered, record_answer

PROMPTS = "SELECT 1 FROM outbox WHERE kind = 'prompt'"


async def failed(school: World, shares: dict[str, int] | None = None, request_id: str = "ws_1") -> PaymentId:
    payment = await school.prompts(PHONE, shares or {"KV10": 1_000}, request_id=request_id)
    await school.fails(request_id)
    return payment


async def again(school: World, payment: PaymentId, by: Actor = TESTER) -> AskedAgain:
    return await school.app.write(ask_again, AskAgain(payment, by, "trace"))


async def refused(school: World, payment: PaymentId, why: type[Exception]) -> None:
    """By the act and by the look before it."""
    before = len(school.rows(PROMPTS))
    with pytest.raises(why):
        await again(school, payment)
    with pytest.raises(why):
        await school.app.read(require_askable, payment)
    assert len(school.rows(PROMPTS)) == before


async def shown(school: World, payment: PaymentId) -> PaymentShown:
    found = await school.app.read(payment_shown, payment)
    assert found is not None
    return found


async def due(school: World) -> list[Any]:
    await school.clock.advance(PROMPT_DELAY.total_seconds())
    return await school.app.write(claim_prompts, Claim(9))


# --- once --------------------------------------------------------------------------------------------------------------


async def test_the_phone_is_asked_for_the_same_parts_and_each_payment_names_the_other(school: World) -> None:
    cashier = await school.staff(Role.CASHIER)
    first = await failed(school, {"KV10": 1_000, "KV20": 500})
    await school.app.read(require_askable, first)

    asked = await again(school, first, cashier)

    assert (asked.failed, asked.amount) == (first, kes(1_500))
    assert school.rows("SELECT minor, count(*) FROM payment_parts GROUP BY minor ORDER BY minor") == [
        (500_00, 2),
        (1_000_00, 2),
    ]
    (order,) = [row.facts for row in await due(school) if row.payment == asked.payment]
    assert (order.msisdn, order.minor, order.reference) == (PHONE, 1_500_00, "KV10")
    assert await states(school, first) == [
        ("initiated", "asked"),
        ("processing", "accepted"),
        ("failed", "cancelled"),
        ("failed", asked.payment.hex),
    ]
    assert await states(school, asked.payment) == [("initiated", f"again:{first.hex}")]
    new, old = await shown(school, asked.payment), await shown(school, first)
    assert (old.followed_by, old.follows, new.follows, new.followed_by) == (asked.payment, None, first, None)
    assert (old.history[-1].action, old.history[-1].actor) == ("asked_again", f"staff {cashier.name}")
    assert new.history[0].actor == f"staff {cashier.name}"


async def test_however_often_it_is_pressed_one_prompt_follows(school: World) -> None:
    first = await failed(school)

    both = await asyncio.gather(*(again(school, first) for _ in range(2)))
    later = await again(school, first)
    await school.prompts("254700000001", {"KV20": 100}, request_id="ws_other")
    await school.clock.advance(15 * 3_600)  # at night, too, the answer is the one that was given

    assert both[0] == both[1] == later == await again(school, first)
    assert len(school.rows("SELECT 1 FROM changes WHERE action = 'asked_again'")) == 1
    assert len(school.rows(PROMPTS)) == 3


async def test_two_of_staff_in_two_processes_ask_once(school: World) -> None:
    esther, daniel = await school.staff(Role.CASHIER), await school.staff(Role.MANAGER, "254700900002", "Daniel")
    first = await failed(school)
    with rival_of(school) as rival:
        mine, theirs = await rival.overlap(
            lambda: again(school, first, esther), lambda: again(rival.world, first, daniel)
        )

    assert mine == theirs
    assert len(school.rows("SELECT 1 FROM payments")) == 2


async def test_of_two_failed_prompts_for_one_debt_one_is_asked_again_at_a_time(school: World) -> None:
    first, second = await failed(school, {"KV10": 4_000}), await failed(school, {"KV10": 4_000}, "ws_2")
    with rival_of(school) as rival:
        mine, theirs = await rival.overlap(lambda: again(school, first), lambda: again(rival.world, second))

    assert isinstance(mine, AskedAgain)
    assert isinstance(theirs, BeingAsked)


async def test_what_fails_anew_may_be_followed_in_turn(school: World) -> None:
    first = await failed(school)
    second = await again(school, first)
    await school.app.write(prompt_answered, school.accepted(second.payment, "ws_2"))
    await school.fails("ws_2")

    third = await again(school, second.payment)

    assert third.payment not in (first, second.payment)
    assert await again(school, first) == second


# --- money -------------------------------------------------------------------------------------------------------------


async def test_money_of_the_first_that_comes_late_is_credited_beside_the_second_s_and_nobody_is_asked_after_that(
    school: World,
) -> None:
    first = await failed(school)
    second = (await again(school, first)).payment
    assert [row.payment for row in await due(school)] == [second]
    await school.app.write(prompt_answered, school.accepted(second, "ws_2"))

    await school.arrives(paid(school, "R1", 1_000, "ws_1"))
    await school.arrives(paid(school, "R2", 1_000, "ws_2"))
    await school.arrives(paid(school, "R1", 1_000, "ws_1"))

    assert await school.owes("KV10") == 2_000_00
    assert school.rows("SELECT status, receipt FROM payments ORDER BY id") == [("completed", "R1"), ("completed", "R2")]
    await refused(school, second, NotSurelyUnpaid)
    assert (await again(school, first)).payment == second  # the answer that was given, and no prompt
    assert len(school.rows(PROMPTS)) == 2


async def test_money_of_the_first_that_comes_before_the_phone_is_asked_again_calls_that_off(school: World) -> None:
    first = await failed(school)
    await due(school)
    second = (await again(school, first)).payment
    await school.arrives(paid(school, "R1", 1_000, "ws_1"))
    told = texts(school)

    assert await due(school) == []

    assert (await states(school, second))[-1] == ("failed", f"paid_as_other:{first.hex}")
    assert texts(school) == told == ["payment_failed", "payment_received"]  # nothing of a second failure
    assert await school.owes("KV10") == 3_000_00
    await refused(school, second, NotSurelyUnpaid)


async def test_what_is_paid_may_be_paid_or_was_once_called_paid_is_not_asked_again(school: World) -> None:
    (arrived,) = await school.arrives(school.notice("KV10", 100))
    waiting = await school.prompts(PHONE, {"KV10": 300}, request_id="ws_1")
    for payment in (arrived.payment, waiting):
        await refused(school, payment, NotSurelyUnpaid)

    expired = await school.prompts(PHONE, {"KV20": 400}, request_id="ws_2")
    await school.clock.advance(LIFE_S)
    await school.app.write(record_answer, Answer(expired, None, None))
    await refused(school, expired, NotSurelyUnpaid)

    called_paid = await school.prompts(PHONE, {"KV20": 500}, request_id="ws_3")
    await school.app.write(record_answer, Answer(called_paid, Paid(), EXCHANGED))
    await school.clock.advance(LIFE_S + GIVE_UP.total_seconds())
    await school.app.write(record_answer, Answer(called_paid, NOT_PAID, EXCHANGED))
    assert (await states(school, called_paid))[-1][0] == "failed"
    await refused(school, called_paid, NotSurelyUnpaid)


async def test_what_is_owed_no_more_or_asked_for_by_another_prompt_is_not_asked_again(school: World) -> None:
    first = await failed(school, {"KV20": 500, "KV10": 3_500})
    await school.prompts("254700000001", {"KV10": 600}, request_id="ws_2")
    await refused(school, first, BeingAsked)

    await school.fails("ws_2")
    await school.arrives(school.notice("KV10", 600))
    await refused(school, first, LessOwed)


# --- who, whom, when ---------------------------------------------------------------------------------------------------


async def test_who_may_not_agree_with_families_or_works_elsewhere_asks_nobody(school: World) -> None:
    first = await failed(school)
    auditor = await school.staff(Role.AUDITOR)
    other = await school.other_school("mlima")
    elsewhere = await other.staff(Role.MANAGER, "254700900009", "Ruth")

    with pytest.raises(NotPermitted):
        await again(school, first, auditor)
    with pytest.raises(NotFound):
        await again(school, first, elsewhere)
    await refused(school, NOWHERE, NotFound)

    assert len(school.rows(PROMPTS)) == 1


async def test_nobody_s_phone_rings_at_night_by_their_own_clock(school: World) -> None:
    first = await failed(school)
    abroad = await school.prompts("250788123456", {"KV20": 300}, request_id="ws_2")
    await school.fails("ws_2")

    await school.clock.advance(12 * 3_600)  # 21:00 in Nairobi, 20:00 in Kigali
    with pytest.raises(AtNight) as night:
        await again(school, first)
    assert night.value.until == "07:00"
    await refused(school, first, AtNight)

    assert (await again(school, abroad)).failed == abroad
    await school.clock.advance(10 * 3_600)
    assert (await again(school, first)).failed == first


async def test_who_was_forgotten_has_no_phone_that_could_be_asked(school: World) -> None:
    stranger = "254733000111"
    first = await school.prompts(stranger, {"KV10": 1_000}, request_id="ws_1")
    await school.fails("ws_1")
    wish = Erase(school.organisation, Msisdn.parse(stranger), Traces((first,)), TESTER)
    await school.app.write(erase_person, wish)

    await refused(school, first, NotFound)
