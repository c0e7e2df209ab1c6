"""A payment is given back at its provider, and what else tells of that is a witness."""

from dataclasses import replace

from core.ledger import debit, suspense
from core.payments import MoneyReturned, Witness
from core.payouts import Payout, State
from sandbox.moods import Mood
from tests.paying import PAYEE, Till
from tests.world import KES, TESTER, kes
from usecases.payout_requests import request_payout, withdraw_payout
from usecases.reversals import Returned, record_reversal


async def paid_in(school: Till, shillings: int) -> str:
    """A payment that both we and the provider know; its receipt."""
    school.account.confirmation_url = "https://program.test/hooks/key-of-the-hook/c2b/confirmation"
    await school.mpesa.pay(school.phones.of(PAYEE), "600984", "nobody", str(shillings))
    await school.world.clock.advance(5)
    return school.mpesa.transactions[-1].receipt


async def give_back(school: Till, receipt: str, shillings: int) -> Payout:
    organisation = school.world.organisation
    against = (debit(suspense(organisation, KES), kes(shillings)),)
    wish = replace(school.wish(shillings), original_receipt=receipt, against=against)
    return await school.world.app.write(request_payout, wish)


async def test_a_payment_is_given_back_at_its_provider_and_what_else_tells_of_it_is_a_witness(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    await school.until_known()

    back = school.mpesa.reversals[0]
    notice = MoneyReturned(
        school.world.account.id,
        school.world.organisation,
        "mpesa",
        Witness.PULL,
        receipt,
        back.reversal,
        kes(700),
        back.at,
    )
    told = await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))

    assert (await school.standing(payout)).receipt == back.reversal
    assert not told.is_new
    assert (await school.world.balances())["asset:float:mpesa:600984"] == 0


async def test_a_reversal_whose_answer_and_result_were_lost_is_found_by_the_payment_that_it_reversed(
    school: Till,
) -> None:
    receipt = await paid_in(school, 700)
    await school.hears_its_balance()
    school.mpesa.mood = Mood(unknown=1, lost=1)
    payout = await give_back(school, receipt, 700)
    await school.work(10)
    assert await school.state(payout) is State.UNKNOWN

    await school.until_known()

    assert len(school.orders) == 1
    assert await school.state(payout) is State.PAID


async def test_what_somebody_reversed_by_hand_is_told_by_the_pull_and_not_booked_beside_our_own(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    school.mpesa.reverse(receipt)
    account, organisation = school.world.account.id, school.world.organisation
    notice = MoneyReturned(account, organisation, "mpesa", Witness.PULL, receipt, "", None, school.world.clock.now())

    await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))
    await school.until_known()

    assert await school.state(payout) is State.PAID
    assert school.orders == []
    assert (await school.world.balances())["asset:float:mpesa:600984"] == 0


async def test_a_reversal_that_was_withdrawn_has_no_part_in_one_that_happens_later(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), payout.id)
    account, organisation = school.world.account.id, school.world.organisation
    notice = MoneyReturned(account, organisation, "mpesa", Witness.PULL, receipt, "", None, school.world.clock.now())

    told = await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))

    assert told.is_new
    assert school.world.broken_laws() == []
