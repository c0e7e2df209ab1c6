"""How a prompt ends: paid, not paid, expired, late, or two of these at once (PAY-4)."""

from dataclasses import replace

from core.ids import ProviderAccountId
from core.payments import Paid, StillWaiting
from core.phones import Msisdn
from storage.exchanges import of_payment, unread
from tests.rivals import rival_of
from tests.usecases.prompting import EXCHANGED, LIFE_S, NOT_PAID, NOWHERE, PHONE, lost, paid, states, texts, view
from tests.world import World, kes
from usecases.prompts import Answer, prompt_answered, questions_due, record_answer, record_failure

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
    notice = replace(elsewhere.notice, provider_account=ProviderAccountId(NOWHERE))
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


async def test_money_joins_the_prompt_that_was_on_the_phone_when_it_moved(school: World) -> None:
    """The answer to the morning's prompt was lost; the same sum was asked for again, and paid, in the afternoon."""
    morning = await school.asks(PHONE, {"KV10": 1_000})
    await school.app.write(prompt_answered, lost(morning.payment))
    await school.clock.advance(3 * 3_600)
    afternoon = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_2")
    await school.clock.advance(20)

    (recorded,) = await school.arrives(school.notice("KV10", 1_000, payer=Msisdn.parse(PHONE)))

    assert recorded.payment == afternoon


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


async def test_each_kind_of_answer_is_kept_in_words(school: World) -> None:
    payment = await school.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    said = (Paid("UKL0000009"), StillWaiting("being processed"), None)

    for outcome in said:
        await school.app.write(record_answer, Answer(payment, outcome, EXCHANGED))

    kept = [row[0] for row in school.rows("SELECT detail FROM exchanges WHERE operation = 'status' ORDER BY at, id")]
    assert kept == ["paid, receipt UKL0000009", "waiting: being processed", ""]
