"""A payout is promised, sent, paid or released: each once, and only while it is covered (OUT-5)."""

from dataclasses import replace

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import PayoutId, ProviderAccountId
from core.money import FractionRefused, Money
from core.payouts import FailReason, Lost, PayoutUnderWay, State, TooLate
from core.permissions import Role
from sandbox.moods import Mood
from tests.paying import PAYEE, PLENTY, Till
from tests.world import KES, TESTER, kes
from usecases import payouts
from usecases.payout_requests import request_payout, withdraw_payout
from usecases.payouts import Resume, resume


async def test_a_payout_is_promised_paid_and_charged(either: Till) -> None:
    school = either
    payout = await school.request(3_200)

    promised = await school.world.balances()
    await school.until_known()

    assert promised["liability:payout"] == -3_200_00
    assert promised["expense:fuel"] == 3_200_00
    assert await school.world.balances() == {
        "expense:fuel": 3_200_00,
        "liability:payout": 0,
        "asset:float:mpesa:600984": -3_222_40,
        "expense:charges": 22_40,
    }
    paid = await school.standing(payout)
    assert (paid.state, paid.receipt) == (State.PAID, school.orders[0].receipt)
    assert [(one.was, one.payout.state) for one in school.ended] == [(State.PROCESSING, State.PAID)]
    assert await school.agrees() == []


async def test_a_payout_waits_until_the_provider_has_told_its_balance_and_while_that_is_too_low(school: Till) -> None:
    school.account.opening = kes(500)
    payout = await school.request(3_200)

    await school.work(120)

    assert school.orders == []
    assert (await school.standing(payout)).last_error == "the balance does not cover it"
    school.account.opening = PLENTY
    await school.until_known()
    assert await school.state(payout) is State.PAID
    assert await school.agrees() == []


async def test_two_payouts_never_start_on_the_same_shilling(school: Till) -> None:
    school.account.opening = kes(1_000)
    payouts_ = [await school.request(600), await school.request(600)]

    await school.work(60)

    assert len(school.orders) == 1
    assert sorted([(await school.state(one)).value for one in payouts_]) == ["paid", "reserved"]


async def test_what_fails_is_released_and_whoever_asked_is_told_once(school: Till) -> None:
    school.daraja.disbursing.unregistered.add(PAYEE.digits)
    payout = await school.request(3_200)

    await school.until_known()

    failed = await school.standing(payout)
    assert (failed.state, failed.fail_reason) == (State.FAILED, FailReason.NOT_REGISTERED)
    assert set((await school.world.balances()).values()) == {0}
    assert [one.payout.state for one in school.ended] == [State.FAILED]
    again = await school.request(3_200, subject=payout.subject)  # a person may ask again
    assert again.id != payout.id
    assert await school.agrees() == []


async def test_a_subject_is_paid_once_however_often_it_is_asked_for(school: Till) -> None:
    payout = await school.request(100)
    with pytest.raises(PayoutUnderWay):
        await school.request(100, subject=payout.subject)
    await school.until_known()

    with pytest.raises(PayoutUnderWay):
        await school.request(100, subject=payout.subject)

    assert len(school.orders) == 1


async def test_cents_are_refused_and_so_is_an_account_of_somebody_else(school: Till) -> None:
    other = await school.world.other_school("other")
    cents = replace(school.wish(100), amount=Money(10_050, KES))
    with pytest.raises(FractionRefused):
        await school.world.app.write(request_payout, cents)
    with pytest.raises(NotFound):
        await school.request(100, provider_account=other.account.id)


async def test_a_queue_that_was_too_long_is_no_failure(school: Till) -> None:
    school.mpesa.mood = Mood(queue_full=1)
    payout = await school.request(3_200)

    await school.work(20)
    await school.until_known()

    assert await school.state(payout) is State.PAID
    assert len(school.ended) == 1
    assert await school.agrees() == []


async def test_a_credential_that_is_refused_stops_the_account_until_a_person_resumes_it(school: Till) -> None:
    school.account.credential = "another"
    first = await school.request(100)
    await school.work(300, step=5)
    second = await school.request(200)
    await school.work(60)

    assert await school.state(first) is State.FAILED
    assert (await school.standing(second)).last_error == "halted: 2001"
    assert len(school.orders) == 1
    school.account.credential = ""
    cashier = await school.world.staff(Role.CASHIER)
    with pytest.raises(NotPermitted):
        await school.world.app.write(resume, Resume(school.world.account.id, cashier))
    assert await school.world.app.write(resume, Resume(school.world.account.id, TESTER)) == "2001"
    assert await school.world.app.write(resume, Resume(school.world.account.id, TESTER)) == ""
    await school.until_known()
    assert await school.state(second) is State.PAID
    assert await school.agrees() == []


async def test_what_surely_did_not_leave_is_tried_again_a_few_times(school: Till) -> None:
    payout = await school.request(100)
    await school.hears_its_balance()
    school.http.cut.add("https://daraja.test")

    await school.work(200)

    failed = await school.standing(payout)
    assert (failed.state, failed.fail_reason, failed.attempts) == (State.FAILED, FailReason.NO_RAIL, 5)
    assert school.orders == []
    assert await school.agrees() == []


async def test_it_can_be_withdrawn_until_it_may_have_left(school: Till) -> None:
    early, late = await school.request(100), await school.request(200)
    withdrawn = await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), early.id)
    await school.work(20)

    assert withdrawn.fail_reason is FailReason.WITHDRAWN
    with pytest.raises(TooLate):
        await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), late.id)
    with pytest.raises(NotFound):
        await school.world.app.write(
            lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), PayoutId(school.world.ids.new())
        )
    await school.until_known()
    assert await school.agrees() == []


async def test_nobody_can_answer_for_or_resume_what_is_not_there(school: Till) -> None:
    stranger = PayoutId(school.world.ids.new())
    with pytest.raises(NotFound):
        await school.world.app.write(payouts.payout_answered, payouts.Answered(stranger, Lost("x"), None))
    with pytest.raises(NotFound):
        await school.world.app.write(resume, Resume(ProviderAccountId(stranger), TESTER))
    assert await school.world.app.read(payouts.unresolved) == 0


async def test_an_account_without_an_operator_pays_nothing_and_says_so(school: Till) -> None:
    payout = await school.request(100)
    await school.hears_its_balance()
    school.world.app.rails = {}

    await school.work(10)

    assert (await school.standing(payout)).fail_reason is FailReason.NO_RAIL
