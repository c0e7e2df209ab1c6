"""M-Pesa takes a whole payment back while it is being paid back, or was: the float is what it is, whoever was first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.payments import MoneyReturned, Witness
from core.payouts import SaidNothing, StandsNot, StandsPaid
from core.payouts import State as PayoutState
from core.refunds import NotRefundable, State
from storage import payouts
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.refunding import School
from tests.world import TESTER, World, kes
from usecases import reversals
from usecases.payout_requests import record
from usecases.reversals import Returned, Reversed, record_reversal
from usecases.verification import verify


async def is_taken_back(school: School, *, world: World | None = None) -> Reversed:
    """An operator at M-Pesa reversed the payment, and a pulled row tells so."""
    at = school.world
    notice = MoneyReturned(
        at.account.id, at.organisation, "mpesa", Witness.PULL, "UKL0000001", "UKR1", None, at.clock.now()
    )
    return await (world or at).app.write(record_reversal, Returned(notice, b"{}", "127.0.0.1", "trace"))


async def float_and_debt(school: School) -> tuple[int, int]:
    """What is at M-Pesa by the books, and what we owe payers by refunds: below zero, they owe us."""
    held = await school.world.balances()
    (there,) = (minor for code, minor in held.items() if code.startswith("asset:float"))
    return there, -held.get("liability:refunds", 0)


async def findings(school: School) -> list[str]:
    return [finding.what for finding in await school.world.app.read(verify)]


async def test_a_payout_that_has_not_left_stays_here(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)

    done = await is_taken_back(school)

    assert done == Reversed(payment, is_new=True)
    assert (await school.now(refund)).state is State.FAILED
    assert school.world.rows("SELECT state, fail_reason FROM payouts") == [("failed", "withdrawn")]
    assert await school.status(payment) == "reversed"
    assert await school.world.owes("KV10") == kes(2_000).minor
    assert await float_and_debt(school) == (0, 0)
    assert [step for step, _ in await school.told()] == ["requested", "approved", "failed"]
    assert await findings(school) == []


async def test_what_has_left_and_arrives_is_owed_by_the_payer_and_named(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)
    await school.provider(refund, SaidNothing("its queue is slow"))

    await is_taken_back(school)
    under_way = await float_and_debt(school)
    await school.is_paid(refund)

    assert (under_way, await float_and_debt(school)) == ((0, -600_00), (-600_00, -600_00))
    assert (await school.now(refund)).state is State.PAID
    assert await school.status(payment) == "reversed"
    assert await school.world.owes("KV10") == kes(2_000).minor
    assert await findings(school) == ["60000 of it was paid back, and the provider took it back as well"]
    school.is_broken = True


async def test_what_has_left_and_fails_leaves_nothing_owed(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)
    await school.provider(refund, SaidNothing("its queue is slow"))

    await is_taken_back(school)
    await school.fails(refund)

    assert (await school.now(refund)).state is State.FAILED
    assert await float_and_debt(school) == (0, 0)
    assert await school.world.owes("KV10") == kes(2_000).minor
    assert await findings(school) == []


async def test_what_was_paid_back_before_is_named_until_it_comes_back(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)
    await school.is_paid(refund)

    done = await is_taken_back(school)
    named = await findings(school)
    again = await is_taken_back(school)
    await school.provider(refund, StandsNot("taken back"))

    assert (done.is_new, again.is_new) == (True, False)
    assert named == ["60000 of it was paid back, and the provider took it back as well"]
    assert (await school.now(refund)).state is State.FAILED
    assert await school.status(payment) == "reversed"
    assert await float_and_debt(school) == (0, 0)
    assert await findings(school) == []


async def test_what_was_asked_for_and_not_approved_can_no_longer_be(school: School) -> None:
    refund = await school.asks(await school.pays(1_000), 600)

    await is_taken_back(school)
    with pytest.raises(NotRefundable):
        await school.says(refund)

    assert (await school.now(refund)).state is State.REQUESTED
    assert await float_and_debt(school) == (0, 0)


async def test_what_was_paid_after_all_from_nothing_and_came_back_leaves_nothing(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)
    await school.fails(refund)
    await is_taken_back(school)

    await school.provider(refund, StandsPaid("UKM0000007", kes(600), kes(0)))
    named, paid = await findings(school), await float_and_debt(school)
    await school.provider(refund, StandsNot("taken back"))

    assert named == ["60000 of it was paid back, and the provider took it back as well"]
    assert (paid, await float_and_debt(school)) == ((-600_00, -600_00), (0, 0))
    assert await findings(school) == []


async def test_news_of_both_at_once_ends_the_same_way(either: School) -> None:
    school = either
    payment = await school.pays(1_000)
    refund = await school.approved(payment, 600)
    await school.provider(refund, SaidNothing("its queue is slow"))

    with rival_of(school.world) as rival:
        await rival.overlap(lambda: school.is_paid(refund), lambda: is_taken_back(school, world=rival.world))

    assert (await school.now(refund)).state is State.PAID
    assert await school.status(payment) == "reversed"
    assert await float_and_debt(school) == (-600_00, -600_00)
    school.is_broken = True


async def test_a_reversal_that_we_asked_for_while_it_was_told_is_our_own_and_nothing_is_sent_beside_it(
    either: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = either
    payment = await school.pays(1_000)
    refund = await school.asks(payment)
    find = reversals._find

    def before_the_lock(rival_goes: Callable[[], None]) -> None:
        def held_up(tx: Tx, notice: MoneyReturned) -> Any:
            monkeypatch.setattr(reversals, "_find", find)
            rival_goes()
            return find(tx, notice)

        monkeypatch.setattr(reversals, "_find", held_up)

    with rival_of(school.world) as rival:

        async def approved_and_under_way() -> None:
            await school.says(refund, world=rival.world)
            await rival.world.app.write(under_way, None)

        told, _ = await rival.overlap(lambda: is_taken_back(school), approved_and_under_way, when=before_the_lock)
        await school.is_paid(refund, "UKR1")  # the result of our own call, after the pulled row

    assert told == Reversed(payment, is_new=False)
    assert school.world.rows("SELECT way, state FROM payouts") == [("give_back", "paid")]
    assert (await school.now(refund)).state is State.PAID
    assert await school.status(payment) == "refunded"
    assert await float_and_debt(school) == (0, 0)


def under_way(tx: Tx, _: None) -> None:
    """The worker has handed what waited to the provider."""
    for payout in payouts.to_send(tx, limit=10):
        after = payouts.save(tx, payout, replace(payout, state=PayoutState.SENDING, next_at=None))
        record(tx, after, payout.state, TESTER, reason="", trace="")
