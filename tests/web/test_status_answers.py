"""M-Pesa's answers to our questions about a receipt, over HTTP."""

from __future__ import annotations

import json

import pytest

from storage import questions
from tests.web.door import ACKNOWLEDGED, Door, confirmation, sample

RESULT, NOT_FOUND = sample("transaction_status_result"), sample("transaction_status_result_not_found")


async def asked(door: Door, receipt: str = "UKK4A7PQ2X") -> str:
    """A question about a receipt is under way; where its answer is posted."""
    world = door.world
    await world.app.write(lambda tx, one: questions.put(tx, world.account, [one]), receipt)
    question = await world.app.read(questions.about, world.account.id, receipt)
    assert question is not None
    return f"result/{question.id.hex}"


async def test_a_hidden_payer_is_named_and_the_money_finds_its_student(door: Door) -> None:
    """The recorded confirmation, masked and with a wrong number, and the recorded answer about it."""
    assert (await door.post("c2b/confirmation", confirmation(BillRefNumber="nonsense"))).status == 200
    where = await asked(door)

    for _ in range(2):
        reply = await door.post(where, RESULT)
        assert (reply.status, reply.body) == (200, ACKNOWLEDGED)

    assert door.outcomes() == ["credited", "known", "known"]
    assert [(status, minor) for status, _, minor in door.payments()] == [("completed", 1_250_000)]


async def test_an_unknown_receipt_is_noted(door: Door) -> None:
    reply = await door.post(await asked(door), NOT_FOUND)

    assert (reply.status, door.outcomes(), door.payments()) == (200, ["noted"], [])


@pytest.mark.parametrize("path", ["result/0", "result/" + "0" * 32, "timeout/" + "0" * 32, "result/x*y"])
async def test_an_answer_to_no_question_of_ours_is_kept_and_credits_nothing(door: Door, path: str) -> None:
    money = await door.money()

    reply = await door.post(path, RESULT)

    assert reply.status == 200
    assert door.outcomes() == ["unread"]
    assert await door.money() == money


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", json.dumps({"Result": {"ResultCode": None}}).encode()])
async def test_what_is_no_answer_is_kept(door: Door, body: bytes) -> None:
    reply = await door.post(await asked(door), body)

    assert reply.status == 200
    assert door.outcomes() == ["unread"]


async def test_a_timeout_of_m_pesas_queue_is_no_answer(door: Door) -> None:
    where = (await asked(door)).replace("result", "timeout")
    late = {"Result": {"ResultType": 1, "ResultCode": 1, "ResultDesc": "The service request timed out."}}

    reply = await door.post(where, json.dumps(late).encode())

    assert (reply.status, door.outcomes(), door.payments()) == (200, ["noted"], [])


async def test_an_answer_that_cannot_be_written_is_asked_for_again(door: Door) -> None:
    where = await asked(door)
    door.world.writer.queue_limit = 0

    assert (await door.post(where, RESULT)).status == 503

    assert door.outcomes() == []
