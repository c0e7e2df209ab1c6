"""Callbacks may repeat, come in any order and at the same moment: the books are the same (PAY-3)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import PaymentId
from core.payments import Status, Witness
from core.phones import Msisdn
from runtime.threads import start_thread
from simulation.laws import broken_laws
from storage import audit
from storage.payments import payer_of
from tests.rivals import rival_of
from tests.usecases.stories import (
    DECIDED_STORIES,
    ONE_CHILD,
    OWED,
    STRANGER,
    TWO_CHILDREN,
    Story,
    books_of,
    examples,
    keys,
    new_school,
    orders,
    payer,
    school_numbers,
    tell,
)
from tests.world import TESTER, World
from usecases.collection import Recorded
from usecases.prompts import Answer, prompt_answered, record_answer
from usecases.reallocation import Reallocate, reallocate


@st.composite
def told(draw: st.DrawFn) -> tuple[Story, list[Any], list[int]]:
    """A story, its news repeated and shuffled, and how many of them come at the same moment."""
    story = draw(DECIDED_STORIES)
    return story, draw(orders(story)), draw(st.lists(st.integers(1, 6), max_size=8))


@given(told())
@examples(2)
async def test_every_order_of_the_same_news_gives_the_same_books(
    world: World, told: tuple[Story, list[Any], list[int]]
) -> None:
    story, order, at_once = told
    number = next(school_numbers)
    orderly, shuffled = await new_school(world, 2 * number), await new_school(world, 2 * number + 1)

    await tell(orderly, story, keys(story), at_once=[1] * 100)
    await tell(shuffled, story, order, at_once=at_once)

    assert await books_of(shuffled) == await books_of(orderly)
    assert await world.app.read(broken_laws, shuffled.organisation) == []


@given(told(), told())
@examples(10)
async def test_two_processes_that_are_both_told_everything_write_the_same_books_as_one(
    world: World, first: tuple[Story, list[Any], list[int]], second: tuple[Story, list[Any], list[int]]
) -> None:
    """On PostgreSQL, for real at the same time, each in an order of its own. What comes of a prompt is told to both; that
    it was asked for, to one."""
    story = Story(first[0].coins, ())
    number = next(school_numbers)
    alone, together = await new_school(world, 2 * number), await new_school(world, 2 * number + 1)
    await tell(alone, story, keys(story), at_once=[1] * 100)

    with rival_of(together) as rival:
        mine = [key for key in first[1] if key[0] == "coin"]
        theirs = list(reversed(mine))
        join = start_thread("rival", lambda: asyncio.run(tell(rival.world, story, theirs, at_once=second[2])))
        await tell(together, story, mine, at_once=first[2])
        join()

    assert await books_of(together) == await books_of(alone)
    assert await world.app.read(broken_laws, together.organisation) == []


# --- a prompt and its two witnesses, one by one ------------------------------------------------------------------------


def callback(world: World, request_id: str, shillings: int, receipt: str, phone: str = TWO_CHILDREN) -> Any:
    return world.notice(
        "",
        shillings,
        payer=Msisdn.parse(phone),
        receipt=receipt,
        witness=Witness.PROMPT_RESULT,
        request_id=request_id,
    )


async def status_of(world: World, payment: Any) -> str:
    rows = world.rows("SELECT id, status FROM payments")
    return str(next(status for id_, status in rows if getattr(id_, "bytes", id_) == payment.bytes))


async def test_the_callback_and_its_twin_are_one_coin_whichever_comes_first(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    first = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")
    second = await world.prompts(TWO_CHILDREN, {"KV20": 6, "KV30": 9}, request_id="ws_2")
    twins = [world.notice("KV20", 12, receipt="R1"), world.notice("KV20", 15, receipt="R2")]

    (a,) = await world.arrives(callback(world, "ws_1", 12, "R1"))
    (b,) = await world.arrives(twins[0])
    (c,) = await world.arrives(twins[1])
    (d,) = await world.arrives(callback(world, "ws_2", 15, "R2"))

    assert (a, b) == (Recorded(first, is_new=True), Recorded(first, is_new=False))
    assert (c, d) == (Recorded(second, is_new=True), Recorded(second, is_new=False))
    assert await world.owes("KV20") == (30 - 11) * 100
    assert await world.owes("KV30") == (25 - 16) * 100


async def test_a_callback_that_outruns_the_providers_answer_finds_its_prompt_by_phone_and_sum(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.asks(TWO_CHILDREN, {"KV20": 5, "KV30": 7})

    (recorded,) = await world.arrives(callback(world, "ws_fast", 12, "R1"))
    await world.app.write(prompt_answered, world.accepted(asked.payment, "ws_fast"))
    (again,) = await world.arrives(callback(world, "ws_fast", 12, "R1"))

    assert recorded == Recorded(asked.payment, is_new=True)
    assert again == Recorded(asked.payment, is_new=False)
    assert await status_of(world, asked.payment) == Status.COMPLETED.value


async def test_of_two_equal_prompts_each_coin_is_credited_though_one_took_the_others_place(world: World) -> None:
    await world.students(OWED, guardians={"KV10": [ONE_CHILD]})
    first = await world.prompts(ONE_CHILD, {"KV10": 5}, request_id="ws_1")
    second = await world.prompts(ONE_CHILD, {"KV10": 5}, request_id="ws_2")

    (twin,) = await world.arrives(world.notice("KV10", 5, payer=Msisdn.parse(ONE_CHILD), receipt="R2"))
    await world.arrives(callback(world, "ws_2", 5, "R2", ONE_CHILD))
    await world.arrives(callback(world, "ws_1", 5, "R1", ONE_CHILD))
    (late_twin,) = await world.arrives(world.notice("KV10", 5, payer=Msisdn.parse(ONE_CHILD), receipt="R1"))

    assert twin.payment == first
    assert not late_twin.is_new
    assert await status_of(world, second) == Status.FAILED.value
    assert await world.owes("KV10") == (40 - 10) * 100


async def test_of_two_equal_prompts_of_which_one_was_paid_the_other_waits_no_more(world: World) -> None:
    await world.students(OWED, guardians={"KV10": [ONE_CHILD]})
    await world.prompts(ONE_CHILD, {"KV10": 5}, request_id="ws_1")
    second = await world.prompts(ONE_CHILD, {"KV10": 5}, request_id="ws_2")

    twin = world.notice("KV10", 5, payer=Msisdn.parse(ONE_CHILD), receipt="R2")
    await world.arrives(twin, callback(world, "ws_2", 5, "R2", ONE_CHILD))  # in one batch
    await world.fails("ws_1")

    assert await status_of(world, second) == Status.FAILED.value
    assert await world.owes("KV10") == (40 - 5) * 100
    assert len(world.rows("SELECT 1 FROM outbox WHERE kind = 'sms'")) == 1  # nobody is told of a failure


async def test_a_second_coin_for_a_prompt_that_is_paid_goes_where_the_payer_had_chosen(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    await world.arrives(callback(world, "ws_1", 12, "R1"), callback(world, "ws_1", 12, "R2"))

    assert await status_of(world, asked) == Status.COMPLETED.value
    assert await world.owes("KV20") == (30 - 10) * 100
    assert await world.owes("KV30") == (25 - 14) * 100


async def test_a_prompt_paid_with_another_sum_is_applied_by_the_rules_not_by_the_parts(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    (recorded,) = await world.arrives(world.notice("KV20", 11, receipt="R1", request_id="ws_1"))

    assert recorded.payment == asked
    assert await world.owes("KV20") == (30 - 11) * 100


async def test_a_number_that_a_second_witness_gives_whole_is_kept_and_told(world: World) -> None:
    """C2B masks the payer, the pull does not: the first who says it whole names the payer, and no second receipt goes out."""
    await world.students(OWED)
    (first,) = await world.arrives(world.notice("KV10", 5, receipt="R1", name="JANE"))
    whole = world.notice("KV10", 5, receipt="R1", payer=Msisdn.parse(ONE_CHILD), name="JANE")
    await world.arrives(whole, whole)

    seen = await world.app.read(payer_of, first.payment)
    assert (seen.msisdn, seen.name, seen.shown) == (ONE_CHILD, "JANE", "254712***678")
    assert len(world.rows("SELECT 1 FROM outbox")) == 1


async def test_a_known_receipt_with_another_amount_changes_nothing_and_is_shown_to_people(world: World) -> None:
    await world.students(OWED)
    await world.arrives(world.notice("KV10", 5, receipt="R1"))

    (contradicted,) = await world.arrives(world.notice("KV10", 6, receipt="R1"))

    assert not contradicted.is_new
    assert await world.owes("KV10") == (40 - 5) * 100
    assert ("contradicts",) in world.rows("SELECT outcome FROM exchanges")


@pytest.mark.parametrize("shape", ["whole", "hashed", "masked", "none"])
async def test_the_twin_finds_its_prompt_whatever_is_left_of_the_payers_number(world: World, shape: str) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    (recorded,) = await world.arrives(world.notice("KV20", 12, payer=payer(TWO_CHILDREN, shape)))

    assert recorded.payment == asked
    assert await world.owes("KV30") == (25 - 7) * 100


@pytest.mark.parametrize("shape", ["whole", "hashed", "masked"])
async def test_the_same_sum_from_surely_another_phone_is_no_answer_to_a_prompt(world: World, shape: str) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    (recorded,) = await world.arrives(world.notice("KV20", 12, payer=payer(STRANGER, shape)))

    assert recorded.payment != asked
    assert await world.owes("KV20") == (30 - 12) * 100


@pytest.mark.parametrize("shape", ["hashed", "masked", "none"])
async def test_without_a_reference_only_a_whole_number_speaks_for_a_prompt(world: World, shape: str) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    (recorded,) = await world.arrives(world.notice("", 12, payer=payer(TWO_CHILDREN, shape)))

    assert recorded.payment != asked


async def test_a_twin_that_is_a_day_late_is_money_of_its_own_and_the_callback_still_finds_it(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")
    await world.clock.advance(25 * 3_600)

    (twin,) = await world.arrives(world.notice("KV20", 12, receipt="R1"))
    (told,) = await world.arrives(callback(world, "ws_1", 12, "R1"))

    assert twin.payment == told.payment != asked
    assert await status_of(world, asked) == Status.FAILED.value  # it has no money of its own to wait for
    assert [await world.owes(child) for child in ("KV20", "KV30")] == [(30 - 5) * 100, (25 - 7) * 100]


@pytest.mark.parametrize("is_one_batch", [True, False], ids=["together", "later"])
async def test_money_is_split_anew_when_its_callback_names_a_prompt_that_was_split_otherwise(
    world: World, is_one_batch: bool
) -> None:
    """The phone still showed the first prompt when the second was asked for, and that first one was paid."""
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    first = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 30}, request_id="ws_1")
    await world.clock.advance(1)
    second = await world.prompts(TWO_CHILDREN, {"KV20": 35}, request_id="ws_2")
    twin = world.notice("KV20", 35, payer=payer(TWO_CHILDREN, "masked"), receipt="R1")
    named = callback(world, "ws_1", 35, "R1")

    if is_one_batch:
        (joined, told) = await world.arrives(twin, named)
    else:
        ((joined,), (told,)) = await world.arrives(twin), await world.arrives(named)
    await world.arrives(named, named)

    assert joined.payment == told.payment == second
    books = await world.balances()
    assert [books[f"asset:receivable:{child}"] for child in ("KV20", "KV30")] == [(30 - 5) * 100, 0]
    assert [books[f"liability:credit:{child}"] for child in ("KV20", "KV30")] == [0, -5 * 100]
    assert await history(world, first) == [("payment_failed", f"paid_as_other:{second.hex}")]
    assert await history(world, second) == [
        ("payment_completed", "chosen:KV20"),
        ("applications_moved", f"prompt:{first.hex}"),
    ]
    assert await world.app.read(broken_laws, world.organisation) == []


async def history(world: World, payment: PaymentId) -> list[tuple[str, str]]:
    """What was done about a prompt since it was on the phone, and why."""
    rows = (await world.app.read(audit.history, payment))[2:]
    return [(row.change.action, row.change.reason) for row in rows]


async def test_what_staff_have_moved_stays_where_they_put_it_whatever_the_callback_names(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")
    await world.clock.advance(1)
    joined = await world.prompts(TWO_CHILDREN, {"KV20": 12}, request_id="ws_2")
    await world.arrives(world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "masked"), receipt="R1"))
    await world.app.write(reallocate, Reallocate(joined, "KV10", TESTER, "trace"))

    await world.arrives(callback(world, "ws_1", 12, "R1"))

    assert await world.owes("KV10") == (40 - 12) * 100


async def test_credit_that_was_spent_before_its_callback_named_another_prompt_is_not_taken_back(world: World) -> None:
    await world.students({"KV20": 10, "KV30": 25}, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 10}, request_id="ws_1")
    await world.clock.advance(1)
    await world.prompts(TWO_CHILDREN, {"KV20": 15}, request_id="ws_2")
    await world.arrives(world.notice("KV20", 15, payer=payer(TWO_CHILDREN, "masked"), receipt="R1"))
    await world.students({"KV20": 20})  # a new invoice met the five that were left

    await world.arrives(callback(world, "ws_1", 15, "R1"))

    assert await world.owes("KV30") == 25 * 100
    assert await world.app.read(broken_laws, world.organisation) == []


async def test_money_of_another_sum_than_the_named_prompt_stays_where_the_rules_put_it(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")

    await world.arrives(world.notice("KV20", 11, receipt="R1"))
    await world.arrives(world.notice("KV20", 11, receipt="R1", request_id="ws_1"))

    assert await world.owes("KV20") == (30 - 11) * 100


async def test_money_is_split_as_the_newest_prompt_showed_that_was_on_the_phone_before_it_moved(world: World) -> None:
    """The first was closed on the phone, and nobody told us; the same sum was then asked for again, and split otherwise."""
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    closed = await world.prompts(TWO_CHILDREN, {"KV20": 12}, request_id="ws_1")
    await world.clock.advance(70)
    shown = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_2")
    await world.clock.advance(20)

    (twin,) = await world.arrives(world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "masked"), receipt="R2"))
    (told,) = await world.arrives(callback(world, "ws_2", 12, "R2"))

    assert twin.payment == told.payment == shown
    assert await world.owes("KV30") == (25 - 7) * 100
    assert await status_of(world, closed) == Status.PROCESSING.value


async def test_money_told_late_is_split_as_the_prompt_showed_that_was_on_the_phone_when_it_moved(world: World) -> None:
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    paid = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")
    await world.clock.advance(40)
    late = world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "masked"))
    await world.clock.advance(30)
    await world.prompts(TWO_CHILDREN, {"KV20": 12}, request_id="ws_2")

    (twin,) = await world.arrives(late)

    assert twin.payment == paid
    assert await world.owes("KV30") == (25 - 7) * 100


async def test_money_that_was_on_no_phone_when_it_moved_joins_the_prompt_that_still_waits(world: World) -> None:
    """A pulled row may be hours off: the provider's times bear no honest zone."""
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    given_up = await world.asks(TWO_CHILDREN, {"KV20": 12})
    await world.clock.advance(2 * 3_600)
    await world.app.write(record_answer, Answer(given_up.payment, None, None))
    waits = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_2")
    await world.clock.advance(20)
    pulled = world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "whole"), witness=Witness.PULL)

    (recorded,) = await world.arrives(replace(pulled, value_at=pulled.value_at - timedelta(hours=3)))

    assert recorded.payment == waits


async def test_money_that_is_told_days_late_joins_the_prompt_of_its_hour(world: World) -> None:
    """Everything was down for a day and a half; the pull reaches further back than that, and a statement further still."""
    await world.students(OWED, guardians={"KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]})
    asked = await world.prompts(TWO_CHILDREN, {"KV20": 5, "KV30": 7}, request_id="ws_1")
    await world.clock.advance(30)
    paid = world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "whole"), witness=Witness.PULL)
    await world.clock.advance(36 * 3_600)
    new = world.notice("KV20", 12, payer=payer(TWO_CHILDREN, "whole"))

    second, first = await world.arrives(new, paid)  # in one batch: what the one may join, the other may not

    assert first.payment == asked != second.payment
    assert await world.owes("KV30") == (25 - 7) * 100


async def test_money_of_a_time_that_nobody_can_mean_joins_the_prompt_of_now(world: World) -> None:
    await world.students(OWED)
    asked = await world.prompts(ONE_CHILD, {"KV10": 5}, request_id="ws_1")
    garbled = replace(world.notice("KV10", 5), value_at=datetime(1, 1, 2, tzinfo=UTC))

    (recorded,) = await world.arrives(garbled)

    assert recorded.payment == asked


async def test_a_phone_number_typed_as_reference_is_shown_masked_and_other_long_numbers_as_they_are(
    world: World,
) -> None:
    await world.arrives(*(world.notice(typed, 1) for typed in ("0712 345 678", "2026112100017", "x" * 60)))

    shown = [reference for (reference,) in world.rows("SELECT reference FROM payments ORDER BY id")]

    assert shown == ["254712***678", "2026112100017", "x" * 40]
