"""Petty cash on its way: what fails, comes late or is let go twice leaves the fund at what was paid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.payouts import StandsNot, StandsPaid
from core.treasury import AttemptsSpent, Status
from sandbox.moods import Mood
from storage import treasury as store
from tests.paying import PAYEE
from tests.rivals import rival_of
from tests.usecases.spending import Office
from tests.world import kes
from usecases import treasury
from usecases.payouts import PayoutNews, record_news
from usecases.treasury import AskAgain, ExecutePayment


async def test_a_failed_payment_gives_the_fund_its_money_and_takes_new_yeses_a_few_times(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    for attempt in (1, 2, 3):
        await office.executes(payment, office.carol)
        await office.till.until_known()
        failed = await office.now(payment)
        assert (failed.status, failed.attempts) == (Status.FAILED, attempt)
        assert failed.last_error.startswith("not_registered")
        assert await office.balance() == 20_000_00
        if attempt < 3:
            await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
            await office.says(payment, office.amina)

    with pytest.raises(AttemptsSpent):
        await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))


async def test_money_that_moved_after_it_was_given_up_leaves_the_fund_all_the_same(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    ((execution, _),) = await office.world.app.read(store.executions_of, payment.id)
    told = StandsPaid("UKL9999999", kes(3_000), kes(13))

    await office.world.app.write(record_news, PayoutNews(execution.payout, office.world.account, told, b"", "", "t"))

    assert (await office.now(payment)).status is Status.SUCCESS
    assert await office.balance() == 17_000_00
    assert office.world.rows("SELECT state FROM approvals ORDER BY requested_at, id")[-1] == ("void",)
    undone = PayoutNews(execution.payout, office.world.account, StandsNot("declined"), b"", "", "t")
    await office.world.app.write(record_news, undone)
    assert (await office.now(payment)).status is Status.FAILED
    assert await office.balance() == 20_000_00


async def test_an_older_attempt_that_was_paid_after_all_is_told_while_the_newer_one_is_under_way(
    office: Office,
) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    await office.says(payment, office.amina)
    await office.executes(payment, office.carol)
    (first, _), _ = await office.world.app.read(store.executions_of, payment.id)

    news = PayoutNews(first.payout, office.world.account, StandsPaid("UKL9", kes(3_000), kes(0)), b"", "", "t")
    await office.world.app.write(record_news, news)

    assert (await office.now(payment)).status is Status.EXECUTING
    assert await office.balance() == 14_000_00
    assert len(office.world.rows("SELECT 1 FROM execution_outcomes WHERE state = 'paid'")) == 1


async def test_a_scheduled_payment_is_sent_on_its_day(office: Office) -> None:
    day = office.world.clock.now() + timedelta(days=3)
    payment = await office.approved(not_before=day)
    await office.executes(payment, office.carol)
    await office.till.work(60, step=20)
    assert office.till.orders == []

    await office.world.clock.advance(3 * 86_400)
    await office.till.until_known()

    assert (await office.now(payment)).status is Status.SUCCESS


async def test_two_who_execute_at_the_same_moment_let_it_go_once(either: Office) -> None:
    office = either
    payment = await office.approved()
    codes = await office.code(office.carol), office.people[office.faith.name].code
    wishes = [
        ExecutePayment(payment.id, who, code, "", "trace")
        for who, code in zip((office.carol, office.faith), codes, strict=True)
    ]
    with rival_of(office.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: office.world.app.write(treasury.execute_payment, wishes[0]),
            lambda: rival.world.app.write(treasury.execute_payment, wishes[1]),
        )

    assert sum(isinstance(one, Exception) for one in (mine, theirs)) == 1
    assert len(office.world.rows("SELECT 1 FROM executions")) == 1
    assert await office.balance() == 17_000_00


async def test_an_unreliable_provider_never_makes_the_fund_pay_twice(office: Office) -> None:
    payments = [await office.approved(shillings) for shillings in (1_000, 2_000, 2_500)]
    office.till.mpesa.mood = Mood(lost=0.5, doubled=0.5, broken=0.5, queue_full=0.5, lies=0.3)
    for payment in payments:
        await office.executes(payment, office.carol)
        await office.till.work(40, step=4)
    await office.till.until_known()

    ends = [await office.now(one) for one in payments]
    paid = sum(one.amount.minor for one in ends if one.status is Status.SUCCESS)
    assert await office.balance() == 20_000_00 - paid
    assert await office.till.agrees() == []
