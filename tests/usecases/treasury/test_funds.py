"""A fund is what its books say: its limits, what came back, and filling it up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.approvals import State, Verdict
from core.errors import NotFound, NotPermitted
from core.money import Money
from core.treasury import (
    FundId,
    FundPaymentId,
    FundTooLow,
    MoreThanTheFund,
    NotWords,
    NoVariance,
    OverTheFundsLimit,
    Ruling,
    WrongStatus,
)
from storage import approvals as approval_store
from storage import treasury as store
from tests.rivals import rival_of
from tests.usecases.spending import HOUSE, Office
from tests.world import KES, TESTER, kes
from usecases import deciding, funds, treasury, variances
from usecases.approvals import Decide
from usecases.funds import FundEntry, Replenish, SaveFunds
from usecases.treasury import ExecutePayment
from usecases.variances import RecordVariance


async def test_a_fund_is_not_spent_below_its_limit_nor_above_what_one_payment_may_be(office: Office) -> None:
    with pytest.raises(OverTheFundsLimit):
        await office.asks(10_001)
    first, second = await office.approved(10_000), await office.approved(9_001)
    await office.executes(first, office.carol)
    with pytest.raises(FundTooLow):
        await office.executes(second, office.carol)

    lower = replace(HOUSE, most=9_000)
    await office.world.app.write(funds.save_funds, SaveFunds(office.world.organisation, (lower,), TESTER))
    with pytest.raises(OverTheFundsLimit):
        await office.executes(second, office.carol)
    assert await office.balance() == 10_000_00


async def test_a_variance_is_agreed_to_by_the_cfo_and_then_in_the_books(office: Office) -> None:
    payment = await office.approved()
    wish = RecordVariance(payment.id, kes(2_800), "change came back", office.ruth)
    with pytest.raises(WrongStatus):
        await office.world.app.write(variances.record_variance, wish)
    await office.executes(payment, office.carol)
    await office.till.until_known()
    one = await office.world.app.write(variances.record_variance, wish)
    for nothing in (kes(2_800), kes(3_000), Money(-1, KES)):
        with pytest.raises(NoVariance):
            await office.world.app.write(
                variances.record_variance, RecordVariance(payment.id, nothing, "x", office.ruth)
            )
    with pytest.raises(NotFound):
        await office.world.app.write(
            variances.record_variance, RecordVariance(FundPaymentId(office.world.ids.new()), kes(1), "x", office.ruth)
        )

    done = await office.says(one, office.faith, code=await office.code(office.faith))

    assert done.approval.state is State.EXECUTED
    assert await office.balance() == 17_200_00
    balances = await office.world.balances()
    assert (balances["expense:fuel"], balances["asset:cash"]) == (2_800_00, 200_00)
    more = await office.world.app.write(
        variances.record_variance, RecordVariance(payment.id, kes(2_900), "found a receipt", office.ruth)
    )
    assert more.original == kes(2_800)
    await office.says(more, office.faith, Verdict.REJECT)
    rulings = [
        one.ruling for one in await office.world.app.read(store.variances_of, office.world.organisation, limit=9)
    ]
    assert rulings == [Ruling.REJECTED, Ruling.APPROVED]


async def test_an_overspend_that_the_fund_cannot_bear_waits_until_it_is_filled_up(either: Office) -> None:
    office = either
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    wish = RecordVariance(payment.id, kes(19_500), "the engine as well", office.ruth)
    one = await office.world.app.write(variances.record_variance, wish)

    with pytest.raises(FundTooLow) as refused:
        await office.says(one, office.faith, code=await office.code(office.faith))

    assert (refused.value.available, refused.value.requested) == (kes(16_000), kes(16_500))
    waiting = await office.world.app.read(store.variance, one.id)
    assert waiting is not None
    assert (waiting.ruling, await office.balance()) == (Ruling.PENDING, 17_000_00)
    replenish = Replenish(office.world.organisation, office.fund.id, kes(600), office.ruth)
    filled = await office.world.app.write(funds.replenish, replenish)
    await office.says(filled, office.amina, code=await office.code(office.amina))
    done = await office.says(one, office.faith, code=await office.code(office.faith))
    assert (done.approval.state, await office.balance()) == (State.EXECUTED, 1_100_00)
    assert (await office.world.balances())["expense:fuel"] == 19_500_00


async def test_an_overspend_and_a_payment_at_the_same_moment_are_not_both_more_than_the_fund_holds(
    either: Office,
) -> None:
    office = either
    paid, next_one = await office.approved(), await office.approved(9_000)
    await office.executes(paid, office.carol)
    await office.till.until_known()
    wish = RecordVariance(paid.id, kes(13_000), "the engine as well", office.ruth)
    one = await office.world.app.write(variances.record_variance, wish)
    approval = await office.world.app.read(approval_store.of_subject, one.id)
    assert approval is not None
    yes = Decide(approval.id, Verdict.APPROVE, office.faith, code=await office.code(office.faith))
    goes = ExecutePayment(next_one.id, office.carol, office.people[office.carol.name].code)

    with rival_of(office.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: office.world.app.write(treasury.execute_payment, goes),
            lambda: rival.world.app.write(deciding.decide, yes),
        )

    assert mine.problem is None
    assert isinstance(theirs, FundTooLow)
    assert await office.balance() == 8_000_00


async def test_an_overspend_that_the_fund_cannot_bear_can_be_refused(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    wish = RecordVariance(payment.id, kes(20_000), "the engine as well", office.ruth)
    one = await office.world.app.write(variances.record_variance, wish)
    with pytest.raises(FundTooLow):
        await office.says(one, office.faith, code=await office.code(office.faith))

    await office.says(one, office.faith, Verdict.REJECT)

    refused = await office.world.app.read(store.variance, one.id)
    assert refused is not None
    assert (refused.ruling, await office.balance()) == (Ruling.REJECTED, 17_000_00)


@pytest.mark.parametrize("reason", ["a\0b", " x ", "x" * 201, "one\ntwo"])
async def test_a_variance_says_why_in_words(office: Office, reason: str) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()

    with pytest.raises(NotWords):
        await office.world.app.write(
            variances.record_variance, RecordVariance(payment.id, kes(2_000), reason, office.ruth)
        )


async def test_nobody_spent_more_on_one_payment_than_a_full_fund_holds(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()

    with pytest.raises(MoreThanTheFund) as refused:
        await office.world.app.write(
            variances.record_variance, RecordVariance(payment.id, kes(20_001), "a whole car", office.ruth)
        )

    assert refused.value.full == kes(20_000)
    assert office.world.rows("SELECT 1 FROM variances") == []


async def test_a_fund_that_runs_low_asks_to_be_filled_up_by_itself_once(office: Office) -> None:
    for _ in range(2):
        await office.executes(await office.approved(4_500), office.carol)
    await office.till.until_known()

    (one,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert (one.requester, one.amount, one.ruling) == (None, kes(9_000), Ruling.PENDING)
    done = await office.says(one, office.faith, code=await office.code(office.faith))

    assert done.approval.state is State.EXECUTED
    assert await office.balance() == 20_000_00
    (filled,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert filled.ruling is Ruling.APPROVED


async def test_somebody_may_ask_for_it_sooner_and_be_refused(office: Office) -> None:
    with pytest.raises(NotFound):  # it is full
        await office.world.app.write(
            funds.replenish, Replenish(office.world.organisation, office.fund.id, None, office.ruth)
        )
    wish = Replenish(office.world.organisation, office.fund.id, kes(5_000), office.ruth)
    one = await office.world.app.write(funds.replenish, wish)
    assert await office.world.app.write(funds.replenish, wish) == one  # one waits already
    await office.says(one, office.faith, Verdict.REJECT)

    with pytest.raises(NotFound):
        await office.world.app.write(
            funds.replenish, Replenish(office.world.organisation, FundId(office.world.ids.new()), None, office.ruth)
        )
    assert await office.balance() == 20_000_00


async def test_the_forecast_says_when_a_fund_runs_dry(office: Office) -> None:
    (before,) = await office.world.app.read(funds.forecasts, office.world.organisation)
    await office.executes(await office.approved(9_000), office.carol)
    await office.till.until_known()
    (after,) = await office.world.app.read(funds.forecasts, office.world.organisation)

    assert (before.spent.minor, before.dry) == (0, None)
    assert after.spent == kes(9_000)
    assert after.dry is not None
    assert (after.dry - office.world.clock.now().date()).days in (33, 34)  # 10,000 left at 300 a day


async def test_a_fund_may_be_opened_with_nothing_in_it(office: Office) -> None:
    (fund,) = await office.world.app.write(
        funds.save_funds, SaveFunds(office.world.organisation, (FundEntry("new", "New"),), TESTER)
    )
    assert (fund.balance.minor, fund.missing, fund.spendable.minor) == (0, None, 0)


async def test_set_up_is_safe_to_repeat_and_changes_no_balance(office: Office) -> None:
    wish = SaveFunds(office.world.organisation, (replace(HOUSE, name="Petty cash"),), TESTER)
    for _ in range(2):
        await office.world.app.write(funds.save_funds, wish)

    (fund,) = await office.world.app.read(store.funds_of, office.world.organisation)
    assert (fund.name, fund.balance) == ("Petty cash", kes(20_000))
    with pytest.raises(NotPermitted):
        await office.world.app.write(funds.save_funds, SaveFunds(office.world.organisation, (HOUSE,), office.ruth))
