"""What was let go is called back while it surely has not left, and never both sent and released."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotFound, NotPermitted
from core.ids import PayoutId
from core.payouts import FailReason, Payout, State, TooLate
from core.permissions import Actor, Role
from core.treasury import FundPayment, Status
from jobs.paying import Paying
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.paying import Till, till
from tests.rivals import rival_of
from tests.usecases.refunding import opened_school
from tests.usecases.spending import Office, opened_office
from tests.world import TESTER, World, open_world
from usecases import treasury
from usecases.calling_back import CallBack, call_back, under_way
from usecases.payouts import Claim, claim_payouts
from usecases.treasury import AskAgain
from usecases.verification import verify


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    """On each database."""
    async with till(world) as shop:
        yield await opened_office(world, shop)
        assert await world.app.read(verify) == []
        assert await shop.agrees() == []


async def let_go(office: Office, *, days: int = 3) -> tuple[FundPayment, PayoutId]:
    payment = await office.approved(not_before=office.world.clock.now() + timedelta(days=days))
    await office.executes(payment, office.carol)
    return payment, await payout_of(office, payment)


async def payout_of(office: Office, payment: FundPayment) -> PayoutId:
    payout = await office.world.app.read(under_way, payment.id)
    assert payout is not None
    return payout.id


async def calls_back(world: World, payout: PayoutId, who: Actor = TESTER) -> Payout:
    return await world.app.write(call_back, CallBack(payout, who, "trace"))


@pytest.mark.parametrize("who", ["ruth", "faith"])
async def test_a_payment_for_a_later_day_is_called_back_and_the_fund_has_its_money(office: Office, who: str) -> None:
    payment, payout = await let_go(office)
    assert await office.balance() == 17_000_00

    back = await calls_back(office.world, payout, getattr(office, who))
    await office.world.clock.advance(4 * 86_400)
    await office.till.work(60, step=20)

    assert (back.state, back.fail_reason, office.till.orders) == (State.FAILED, FailReason.WITHDRAWN, [])
    failed = await office.now(payment)
    assert (failed.status, failed.last_error) == (Status.FAILED, "withdrawn")
    assert await office.balance() == 20_000_00
    assert (await office.world.balances())["liability:payout"] == 0
    (row,) = office.world.rows("SELECT actor FROM changes WHERE action = 'payout_failed'")
    assert row == (getattr(office, who).name,)


async def test_what_was_called_back_is_asked_for_again_and_paid_once(office: Office) -> None:
    payment, payout = await let_go(office)
    await calls_back(office.world, payout)

    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    await office.says(payment, office.amina)
    await office.executes(payment, office.carol)
    await office.world.clock.advance(4 * 86_400)
    await office.till.until_known()

    assert (await office.now(payment)).status is Status.SUCCESS
    assert await office.balance() == 17_000_00
    assert len(office.till.orders) == 1
    assert await office.world.app.read(under_way, payment.id) is None


async def test_nobody_calls_back_what_may_have_left(office: Office) -> None:
    _, payout = await let_go(office, days=0)
    await office.till.hears_its_balance()
    await office.world.app.write(claim_payouts, Claim(1))

    with pytest.raises(TooLate):
        await calls_back(office.world, payout)

    assert await office.balance() == 17_000_00
    with pytest.raises(NotFound):
        await calls_back(office.world, PayoutId(office.world.ids.new()))
    await office.world.clock.advance(600)  # the worker who had it is gone: it is asked about
    await office.till.until_known()


async def test_only_who_asked_or_may_let_it_go_calls_it_back(office: Office) -> None:
    _, payout = await let_go(office)
    cashier = await office.world.staff(Role.CASHIER)
    other = await office.world.other_school("other")
    stranger = await other.staff(Role.CFO)

    with pytest.raises(NotPermitted):
        await calls_back(office.world, payout, cashier)
    with pytest.raises(NotFound):
        await calls_back(office.world, payout, stranger)

    assert await office.balance() == 17_000_00


async def test_a_refund_that_waits_is_called_back_and_settles_what_it_was_taken_from(world: World) -> None:
    async for school in opened_school(world):
        refund = await school.approved(await school.pays(2_000))
        assert refund.payout is not None

        await calls_back(world, PayoutId(refund.payout), school.boss)

        assert (await school.now(refund)).state.value == "failed"
        assert (await world.balances())["liability:payout"] == 0


@pytest.mark.parametrize("who_is_first", ["the worker", "whoever calls back"])
async def test_a_worker_and_whoever_calls_back_at_the_same_moment_are_not_both_right(
    office: Office, who_is_first: str
) -> None:
    payment, payout = await let_go(office, days=0)
    await office.till.hears_its_balance()
    with rival_of(office.world) as rival:
        wishes: Any = [
            lambda world: world.app.write(claim_payouts, Claim(1)),
            lambda world: calls_back(world, payout, office.faith),
        ]
        first, second = wishes if who_is_first == "the worker" else wishes[::-1]
        mine, theirs = await rival.overlap(lambda: first(office.world), lambda: second(rival.world))

    if who_is_first == "the worker":
        assert len(mine) == 1
        assert isinstance(theirs, TooLate)
        await office.world.clock.advance(600)
        await office.till.until_known()
    else:
        assert (mine.state, theirs) == (State.FAILED, [])
        assert await office.balance() == 20_000_00
        assert (await office.now(payment)).status is Status.FAILED


@pytest.mark.parametrize("who_is_first", ["the worker", "whoever calls back"])
async def test_of_both_in_one_batch_the_first_is_right(office: Office, who_is_first: str) -> None:
    payment, payout = await let_go(office, days=0)
    await office.till.hears_its_balance()
    claims = office.world.app.write(claim_payouts, Claim(1))
    back = calls_back(office.world, payout, office.faith)
    both = (claims, back) if who_is_first == "the worker" else (back, claims)

    answers: list[Any] = await asyncio.gather(*both, return_exceptions=True)
    first, second = answers

    if who_is_first == "the worker":
        assert (len(first), type(second)) == (1, TooLate)
        await office.world.clock.advance(600)
        await office.till.until_known()
    else:
        assert (first.state, second) == (State.FAILED, [])
        assert (await office.now(payment)).status is Status.FAILED


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("asks"), st.integers(1, 900)),
        st.tuples(st.just("works"), st.integers(0, 40)),
        st.tuples(st.just("calls back"), st.integers(0, 5)),
    ),
    min_size=3,
    max_size=14,
)


@given(steps=STEPS, lost=st.sampled_from([0.0, 0.5, 1.0]), cut=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
async def test_no_payout_is_both_sent_and_released_whatever_happens_when(
    sqlite_copy: Callable[[Path], DatabaseUrl],
    sqlite_template: Path,
    steps: list[tuple[str, int]],
    lost: float,
    cut: bool,
) -> None:
    """People call back at any moment, also while the provider's answers are lost or the line to it is down."""
    world = open_world(sqlite_copy(sqlite_template))
    await world.school()
    async with till(world) as school:
        await _happens(school, steps, Mood(lost=lost, broken=lost / 2), cut)
        await school.until_known()
        sent = {order.originator for order in school.orders}
        for one in school.ended:
            assert (one.payout.fail_reason is FailReason.WITHDRAWN) <= (str(one.payout.id) not in sent)
        assert await school.agrees() == []
    world.close()


async def _happens(school: Till, steps: list[tuple[str, int]], mood: Mood, cut: bool) -> None:
    school.mpesa.mood = mood
    asked: list[Payout] = []
    for what, number in steps:
        if what == "asks":
            asked.append(await school.request(number))
        elif what == "works":
            await school.hears_its_balance()
            if cut and number % 2:
                school.http.cut.add("https://daraja.test")
            await Paying(school.world.app).round()
            school.http.cut.clear()
            await school.world.clock.advance(number)
        elif number < len(asked):
            standing = await school.state(asked[number])
            if standing is State.RESERVED:
                await calls_back(school.world, asked[number].id)
            else:
                with pytest.raises(TooLate):
                    await calls_back(school.world, asked[number].id)
