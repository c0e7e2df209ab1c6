"""A provider takes a payment back: what it had settled is owed again, once, whoever says it first."""

import asyncio
from typing import Any

import pytest

from core.money import Money
from core.payments import MoneyReturned, Witness
from core.phones import MaskedMsisdn, Msisdn
from storage import audit, exchanges
from storage.exchanges import Outcome
from tests.rivals import rival_of
from tests.world import TESTER, World, kes
from usecases.collection import record_arrivals
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import Returned, Reversed, record_reversal
from usecases.suspense import AssignSuspense, assign
from usecases.verification import verify

PHONE = "254712345678"


def returned(
    world: World, receipt: str, *, amount: Money | None = None, witness: Witness = Witness.PULL, by: str = "UKR1"
) -> Returned:
    """The provider's news that the payment of this receipt was reversed."""
    notice = MoneyReturned(
        world.account.id, world.organisation, "mpesa", witness, receipt, by, amount, world.clock.now()
    )
    return Returned(notice, b"{}", "127.0.0.1", "trace")


async def reverses(world: World, receipt: str, **facts: Any) -> Reversed:
    return await world.app.write(record_reversal, returned(world, receipt, **facts))


def told(world: World) -> list[str]:
    return [event for (event,) in world.rows("SELECT event FROM outbox ORDER BY created_at, id")]


async def test_a_reversed_payment_is_owed_again_and_its_payer_is_told(world: World) -> None:
    await world.students({"KV10": 2_000})
    before = {code: minor for code, minor in (await world.balances()).items() if minor}
    (paid,) = await world.arrives(world.notice("KV10", 2_500, payer=Msisdn.parse(PHONE), receipt="UKL1"))

    done = await reverses(world, "UKL1")

    assert done == Reversed(paid.payment, is_new=True)
    assert {code: minor for code, minor in (await world.balances()).items() if minor} == before
    assert world.rows("SELECT status FROM payments") == [("reversed",)]
    assert told(world) == ["payment_received", "payment_reversed"]
    history = await world.app.read(audit.history, paid.payment)
    assert [(step.change.to_state, step.change.reason) for step in history][-1] == ("reversed", "pull UKR1")
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_it_is_booked_once_whoever_says_it_and_however_often(world: World) -> None:
    await world.students({"KV10": 2_000})
    (paid,) = await world.arrives(world.notice("KV10", 500, receipt="UKL1"))

    done = [
        await reverses(world, "UKL1", witness=witness)
        for witness in (Witness.REVERSAL, Witness.PULL, Witness.STATUS, Witness.PULL)
    ]

    assert [one.is_new for one in done] == [True, False, False, False]
    assert {one.payment for one in done} == {paid.payment}
    assert await world.owes("KV10") == kes(2_000).minor
    assert told(world).count("payment_reversed") == 1


async def test_the_payment_told_again_after_its_reversal_stays_reversed(world: World) -> None:
    await world.students({"KV10": 2_000})
    notice = world.notice("KV10", 500, receipt="UKL1")
    await world.arrives(notice)
    await reverses(world, "UKL1")

    (again,) = await world.arrives(notice)

    assert not again.is_new
    assert await world.owes("KV10") == kes(2_000).minor
    assert world.broken_laws() == []


async def test_money_that_was_moved_is_taken_from_where_it_is(world: World) -> None:
    await world.students({"KV10": 2_000, "KV20": 3_000})
    (paid,) = await world.arrives(world.notice("KV10", 1_000, receipt="UKL1"))
    await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))

    await reverses(world, "UKL1")

    assert (await world.owes("KV10"), await world.owes("KV20")) == (kes(2_000).minor, kes(3_000).minor)
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_credit_that_was_spent_since_makes_the_later_invoice_owed_again(world: World) -> None:
    await world.students({"KV10": 1_000})
    await world.arrives(world.notice("KV10", 1_800, receipt="UKL1"))
    await world.students({"KV10": 500})  # the next terms are settled from the credit
    await world.students({"KV10": 400})
    assert await world.owes("KV10") == kes(100).minor

    await reverses(world, "UKL1")

    assert await world.owes("KV10") == kes(1_900).minor
    assert sum(minor for (minor,) in world.rows("SELECT outstanding_minor FROM open_items")) == kes(1_900).minor
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_credit_that_others_gave_settles_what_is_owed_again(world: World) -> None:
    """A family expects to owe the difference, not the whole beside money that is theirs (docs/decisions)."""
    await world.students({"KV10": 1_000})
    await world.arrives(world.notice("KV10", 1_000, receipt="UKL1"))
    await world.arrives(world.notice("KV10", 700, receipt="UKL2"))

    await reverses(world, "UKL1")

    assert await world.owes("KV10") == kes(300).minor
    assert world.rows("SELECT outstanding_minor FROM open_items") == [(kes(300).minor,)]
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []

    await reverses(world, "UKL2")  # and what it had settled is owed again

    assert await world.owes("KV10") == kes(1_000).minor
    assert world.rows("SELECT outstanding_minor FROM open_items") == [(kes(1_000).minor,)]
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_credit_that_others_gave_too_is_not_taken_from_them(world: World) -> None:
    await world.students({"KV10": 1_000})
    await world.arrives(world.notice("KV10", 1_300, receipt="UKL1"), world.notice("KV10", 700, receipt="UKL2"))

    await reverses(world, "UKL2")

    assert await world.owes("KV10") == -kes(300).minor
    assert world.broken_laws() == []


@pytest.mark.parametrize("is_assigned", [False, True])
async def test_money_in_suspense_leaves_it_or_the_account_it_was_given_to(world: World, is_assigned: bool) -> None:
    await world.students({"KV10": 2_000})
    (paid,) = await world.arrives(world.notice("nobody", 700, receipt="UKL1"))
    if is_assigned:
        await world.app.write(assign, AssignSuspense(paid.payment, "KV10", TESTER, "trace"))

    await reverses(world, "UKL1")

    assert await world.suspense() == 0
    assert await world.owes("KV10") == kes(2_000).minor
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_a_payer_whom_nobody_can_reach_is_not_texted(world: World) -> None:
    await world.arrives(world.notice("nobody", 700, payer=MaskedMsisdn("2547", "678"), receipt="UKL1"))

    await reverses(world, "UKL1")

    assert told(world) == []


async def test_a_masked_payer_is_told_through_those_who_answer_for_the_account(world: World) -> None:
    await world.students({"KV10": 2_000}, guardians={"KV10": [PHONE]})
    await world.arrives(world.notice("KV10", 700, payer=MaskedMsisdn("2547", "678"), receipt="UKL1"))

    await reverses(world, "UKL1")

    assert told(world) == ["payment_received", "payment_reversed"]


@pytest.mark.parametrize("amount", [kes(100), kes(9_000)])
async def test_another_sum_than_was_paid_is_left_to_people(world: World, amount: Money) -> None:
    await world.students({"KV10": 2_000})
    (paid,) = await world.arrives(world.notice("KV10", 500, receipt="UKL1"))

    done = await reverses(world, "UKL1", amount=amount)

    assert not done.is_new
    assert await world.owes("KV10") == kes(1_500).minor
    said = await world.app.read(exchanges.of_payment, paid.payment)
    assert said[-1].exchange.outcome is Outcome.CONTRADICTS


async def test_a_reversal_of_what_nobody_told_of_waits_for_a_person_once_and_is_booked_when_the_payment_is_known(
    world: World,
) -> None:
    await world.students({"KV10": 2_000})
    for _ in range(3):
        assert await reverses(world, "UKL1") == Reversed(None, is_new=False)
    assert await world.app.read(exchanges.count_unread) == 1

    await world.arrives(world.notice("KV10", 500, receipt="UKL1"))
    done = await reverses(world, "UKL1")

    assert done.is_new
    assert await world.owes("KV10") == kes(2_000).minor


async def test_another_schools_receipt_is_not_touched(world: World) -> None:
    await world.students({"KV10": 2_000})
    await world.arrives(world.notice("KV10", 500, receipt="UKL1"))
    other = await world.other_school("other")

    assert await reverses(other, "UKL1") == Reversed(None, is_new=False)

    assert await world.owes("KV10") == kes(1_500).minor


async def test_two_processes_that_hear_of_it_at_once_book_it_once(world: World) -> None:
    await world.students({"KV10": 2_000})
    await world.arrives(world.notice("KV10", 500, receipt="UKL1"))

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: reverses(world, "UKL1"), lambda: reverses(rival.world, "UKL1", witness=Witness.STATUS)
        )

    assert (mine.is_new, theirs.is_new) == (True, False)
    assert await world.owes("KV10") == kes(2_000).minor
    assert world.broken_laws() == []


async def test_a_reversal_and_a_new_payment_of_the_same_account_at_once_both_count(world: World) -> None:
    await world.students({"KV10": 2_000})
    await world.arrives(world.notice("KV10", 500, receipt="UKL1"))

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: reverses(world, "UKL1"), lambda: rival.world.arrives(world.notice("KV10", 300, receipt="UKL2"))
        )

    assert await world.owes("KV10") == kes(1_700).minor
    assert world.broken_laws() == []


async def test_a_reversal_and_a_move_of_the_same_payment_at_once_end_as_a_reversal(world: World) -> None:
    await world.students({"KV10": 2_000, "KV20": 2_000})
    (paid,) = await world.arrives(world.notice("KV10", 500, receipt="UKL1"))

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace")),
            lambda: reverses(rival.world, "UKL1"),
        )

    assert (await world.owes("KV10"), await world.owes("KV20")) == (kes(2_000).minor, kes(2_000).minor)
    assert world.broken_laws() == []


async def test_news_of_one_moment_share_a_commit(world: World) -> None:
    await world.students({"KV10": 2_000})
    notice = world.notice("KV10", 500, receipt="UKL1")

    _, first, second = await asyncio.gather(
        world.app.write(record_arrivals, world.arrival(notice)), reverses(world, "UKL1"), reverses(world, "UKL1")
    )

    assert (first.is_new, second.is_new) == (True, False)
    assert await world.owes("KV10") == kes(2_000).minor
