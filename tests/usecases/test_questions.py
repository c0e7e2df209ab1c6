"""Asking about one receipt: payers who were hidden are known, and nothing is credited twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.payments import MoneyArrived, Standing, StatusTold, Witness
from core.phones import MaskedMsisdn, Msisdn
from core.ports import Exchanged
from core.tracing import Says
from storage import questions
from storage.exchanges import Outcome
from tests.usecases.test_tracing import traced
from tests.world import TESTER, World
from usecases.pulling import RegisterPull, pull_registered
from usecases.questions import (
    AGAIN,
    MOST_ASKED,
    AskAbout,
    Put,
    StatusAnswer,
    ask_about_masked,
    due,
    question_put,
    record_status,
)

MARY = "254712345678"
MASK = MaskedMsisdn("2547", "678")


async def family(world: World, **owed: int) -> None:
    await world.students(owed or {"KV10": 9_000}, guardians={number: [MARY] for number in owed or {"KV10": 0}})


async def hidden(world: World, receipt: str = "UKL4A7PQ2X", reference: str = "lost", name: str = "") -> MoneyArrived:
    notice = world.notice(reference, 700, payer=MASK, name=name, receipt=receipt)
    await world.arrives(notice)
    return notice


async def asks(world: World) -> questions.StatusQuestion:
    assert await world.app.write(ask_about_masked, AskAbout((world.account.id,))) == 1
    (one,) = await world.app.read(due, 9)
    return one


def status(notice: MoneyArrived, phone: str = MARY, **facts: Any) -> StatusTold:
    told = replace(notice, witness=Witness.STATUS, payer=Msisdn(phone), reference="", payer_name="MARY W", **facts)
    return StatusTold(Standing.COMPLETED, "Completed", told)


async def answers(world: World, question: UUID, told: StatusTold) -> Outcome:
    news = StatusAnswer(question, world.account, told, b"{}", "127.0.0.1", "trace")
    return await world.app.write(record_status, news)


async def test_a_payer_who_was_hidden_is_recognised_and_their_only_account_gets_the_money(world: World) -> None:
    await family(world)
    notice = await hidden(world)
    question = await asks(world)
    assert await world.suspense() == 70_000

    assert await answers(world, question.id, status(notice)) is Outcome.KNOWN

    assert await world.suspense() == 0
    assert await world.owes("KV10") == 830_000
    assert world.rows("SELECT strategy, reason FROM applications WHERE payment_id IS NOT NULL") == [
        ("only_account", "only_account:KV10")
    ]
    assert world.rows("SELECT operation FROM exchanges WHERE direction = 'in' ORDER BY at, id") == [
        ("confirmation",),
        ("status",),
    ]
    assert await traced(world, MARY, "700") == [(Says.CREDITED, "KV10")]
    assert world.broken_laws() == []


async def test_the_same_answer_twice_changes_nothing(world: World) -> None:
    await family(world)
    notice = await hidden(world)
    question = await asks(world)

    for _ in range(3):
        await answers(world, question.id, status(notice))

    assert await world.owes("KV10") == 830_000
    assert world.broken_laws() == []
    assert await world.app.write(ask_about_masked, AskAbout((world.account.id,))) == 0


async def test_with_several_accounts_that_owe_the_money_waits_and_its_payer_can_find_it(world: World) -> None:
    await family(world, KV10=9_000, KV20=9_000)
    notice = await hidden(world)
    question = await asks(world)

    await answers(world, question.id, status(notice))

    assert await world.suspense() == 70_000
    assert await traced(world, MARY, "700") == [(Says.WAITING, "lost")]


async def test_a_payer_whom_nobody_knows_is_found_by_the_phone_and_no_account_is_guessed(world: World) -> None:
    await family(world)
    notice = await hidden(world)
    question = await asks(world)

    await answers(world, question.id, status(notice, "254733999678"))

    assert await world.suspense() == 70_000
    assert await traced(world, "254733999678", "700") == [(Says.WAITING, "lost")]


async def test_money_that_nobody_told_of_is_left_to_the_pull_where_it_reaches(world: World) -> None:
    await family(world)
    await world.app.write(pull_registered, RegisterPull(world.account.id, TESTER))
    await world.app.write(lambda tx, account: questions.put(tx, account, ["UKL4A7PQ2X"]), world.account)
    (question,) = await world.app.read(due, 9)
    notice = world.notice("", 700, receipt="UKL4A7PQ2X")

    assert await answers(world, question.id, status(notice)) is Outcome.NOTED
    assert world.rows("SELECT count(*) FROM payments") == [(0,)]
    assert world.rows("SELECT count(*) FROM pulls WHERE wanted_at IS NOT NULL") == [(1,)]
    long_ago = world.clock.now() - timedelta(days=3)
    assert await answers(world, question.id, status(notice, value_at=long_ago)) is Outcome.CREDITED
    assert await world.owes("KV10") == 830_000


async def test_what_is_not_found_or_not_clear_or_not_ours_credits_nothing(world: World) -> None:
    await family(world)
    await world.app.write(lambda tx, account: questions.put(tx, account, ["UKL4A7PQ2X"]), world.account)
    (question,) = await world.app.read(due, 9)
    mlima = await world.other_school("mlima")
    await mlima.arrives(mlima.notice("", 900, receipt="UKL4A7PQ2X"))  # a receipt of somebody else's
    other = world.notice("", 700, receipt="UKL4A7PQ2Y")

    for told in (
        StatusTold(Standing.UNCLEAR, "Initiated"),
        StatusTold(Standing.COMPLETED, "Completed"),
        status(other),
        StatusTold(Standing.NOT_FOUND, "2032"),
    ):
        assert await answers(world, question.id, told) is Outcome.NOTED

    assert world.rows("SELECT count(*) FROM payments") == [(1,)]
    assert await world.app.read(due, 9) == []
    found = await world.app.read(questions.about, world.account.id, "UKL4A7PQ2X")
    assert found is not None
    assert found.told is Standing.NOT_FOUND


async def test_an_answer_to_no_question_of_ours_is_kept_and_credits_nothing(world: World) -> None:
    await family(world)
    notice = world.notice("KV10", 700, receipt="UKL4A7PQ2X")

    assert await answers(world, world.ids.new(), status(notice)) is Outcome.UNREAD

    assert world.rows("SELECT count(*) FROM payments") == [(0,)]


async def test_a_question_is_put_again_ever_more_rarely_and_not_for_ever(world: World) -> None:
    await family(world)
    await hidden(world)
    question = await asks(world)
    waits = []

    while found := await world.app.read(due, 9):
        (question,) = found
        exchanged = Exchanged("status_query", b"{}", b"{}", 200, 3) if question.asked % 2 else None
        await world.app.write(question_put, Put(question, taken=question.asked > 1, exchanged=exchanged))
        waits.append(AGAIN * 2**question.asked)
        assert await world.app.read(due, 9) == []
        await world.clock.advance(waits[-1].total_seconds())

    assert len(waits) == MOST_ASKED
    said = world.rows("SELECT outcome FROM exchanges WHERE operation = 'status_query' ORDER BY at")
    assert said == [("rejected",), ("accepted",)]


async def test_a_late_unclear_answer_asks_no_more(world: World) -> None:
    await family(world)
    await hidden(world)
    question = await asks(world)
    for _ in range(MOST_ASKED):
        await world.app.write(question_put, Put(question, taken=True, exchanged=None))

    await answers(world, question.id, StatusTold(Standing.UNCLEAR, "Initiated"))
    await world.clock.advance(86_400)

    assert await world.app.read(due, 9) == []
