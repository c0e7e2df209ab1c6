"""What the provider calls paid waits for its money, and is ended only when that is surely another's (PAY-4)."""

from dataclasses import replace
from datetime import datetime

import pytest

from core.organisations import ProviderAccount
from core.payments import Paid, StillWaiting
from core.phones import Msisdn
from core.pulling import OVERLAP
from storage import pulls
from storage.callers import caller
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.prompting import EXCHANGED, LIFE_S, NOT_PAID, PHONE, lost, paid, states, texts, view
from tests.world import World, kes
from usecases.prompts import GIVE_UP, Answer, prompt_answered, questions_due, record_answer, request_payment, unresolved


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


async def test_paid_without_a_receipt_is_at_last_left_to_the_statement(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.clock.advance(LIFE_S + GIVE_UP.total_seconds())
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))

    await school.clock.advance(100_000)

    assert await school.app.read(questions_due, 9) == []
    assert (await states(school, payment))[-1][0] == "processing"


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


async def test_a_prompt_without_an_end_for_an_hour_is_counted_for_people(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    await school.app.write(record_answer, Answer(payment, Paid(), EXCHANGED))
    assert await school.app.read(unresolved) == 0

    await school.clock.advance(3_601)

    assert await school.app.read(unresolved) == 1
