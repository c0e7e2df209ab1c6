"""Paying a payment back: never more than was paid, by other people than who asked, and the payer hears of each step (OUT-1)."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.approvals import ApprovalOver, CodeMissing, ContentHash, OwnMoney, OwnRequest, Verdict
from core.approvals import State as ApprovalState
from core.errors import IntentReused, NotFound, NotPermitted
from core.ids import PaymentId
from core.money import FractionRefused, Money
from core.payouts import SaidNothing, StandsNot, StandsPaid
from core.permissions import Actor, ActorKind, Role
from core.phones import MaskedMsisdn, Msisdn
from core.refunds import NotRefundable, PayeeUnknown, Refund, RefundState, RefundTooLarge, State, require_next, taken
from storage import approvals, audit, payouts
from storage.database import DatabaseUrl
from storage.tables import refunds as table
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.approving import JOB
from tests.usecases.refunding import CUSTOMER, PAYER, School, opened_school
from tests.usecases.signing import enrolled
from tests.world import KES, TESTER, kes, open_world
from usecases import deciding
from usecases.approvals import Withdraw
from usecases.commands import AskRefund
from usecases.payout_requests import PayoutEnded
from usecases.reallocation import Reallocate, reallocate
from usecases.refundable import ask_refund, refundable_by
from usecases.refunds.asking import RequestRefund, most_refundable, request_refund
from usecases.refunds.ending import refund_ended
from usecases.refunds.paying import Refunds
from usecases.verification import verify


async def test_a_payment_is_paid_back_in_whole_and_the_payer_hears_each_step(either: School) -> None:
    school = either
    payment = await school.pays(2_500)
    refund = await school.asks(payment)
    asked = await school.world.balances()

    done = await school.says(refund)
    reserved = await school.world.balances()
    await school.is_paid(refund)

    assert (done.problem, done.approval.state) == (None, ApprovalState.EXECUTED)
    assert (await school.now(refund)).state is State.PAID
    assert await school.world.owes("KV10") == 2_000_00
    assert asked["asset:float:mpesa:600984"] == reserved["asset:float:mpesa:600984"] == 2_500_00
    assert (reserved["liability:payout"], reserved.get("liability:refunds")) == (-2_500_00, 0)
    after = await school.world.balances()
    assert (after["liability:payout"], after["asset:float:mpesa:600984"]) == (0, 0)
    assert await school.status(payment) == "refunded"
    assert await school.told() == [("requested", ""), ("approved", ""), ("paid", "UKM0000001")]
    history = await school.world.app.read(audit.history, refund.id)
    assert [row.change.action for row in history] == ["refund_requested", "refund_paying", "refund_paid"]


async def test_a_part_is_paid_back_from_credit_first(school: School) -> None:
    payment = await school.pays(2_500)

    refund = await school.approved(payment, 600)
    await school.is_paid(refund)

    assert await school.world.owes("KV10") == 100_00
    assert await school.status(payment) == "partly_refunded"
    assert await school.world.app.read(most_refundable, payment) == kes(1_900)


async def test_credit_that_was_spent_since_makes_the_later_invoice_owed_again(school: School) -> None:
    payment = await school.pays(2_500)
    await school.world.students({"KV10": 400})  # the next term is settled from the credit
    for shillings in (300, 150):
        await school.is_paid(await school.approved(payment, shillings), f"UKM000000{shillings}")

    assert await school.world.owes("KV10") == 350_00


async def test_all_refunds_together_never_exceed_the_payment(school: School) -> None:
    payment = await school.pays(1_000)
    first = await school.asks(payment, 600)

    with pytest.raises(RefundTooLarge) as refused:
        await school.asks(payment, 401)
    await school.asks(payment, 400)

    assert refused.value.most == kes(400)
    with pytest.raises(NotRefundable):
        await school.asks(payment)
    await school.says(first)
    await school.is_paid(first)
    assert await school.world.app.read(most_refundable, payment) is None


@pytest.mark.parametrize(
    "minor, error", [(0, RefundTooLarge), (-100, RefundTooLarge), (150, FractionRefused), (200_000_00, RefundTooLarge)]
)
async def test_a_sum_that_cannot_be_paid_is_refused(school: School, minor: int, error: type[Exception]) -> None:
    payment = await school.pays(1_000)
    wish = RequestRefund(payment, Money(minor, KES), "", school.cashier, "trace")

    with pytest.raises(error):
        await school.world.app.write(request_refund, wish)


async def test_what_never_came_or_waits_for_its_owner_is_not_paid_back(school: School) -> None:
    (stray,) = await school.world.arrives(school.world.notice("nobody", 700))
    waits = stray.payment
    asked = (await school.world.asks(PAYER.digits, {"KV10": 100})).payment

    for payment in (waits, asked):
        with pytest.raises(NotRefundable):
            await school.asks(payment)
        assert await school.world.app.read(most_refundable, payment) is None
    nowhere = PaymentId(school.world.ids.new())
    with pytest.raises(NotFound):
        await school.asks(nowhere)
    assert await school.world.app.read(most_refundable, nowhere) is None


async def test_the_payer_asks_by_phone_once(school: School) -> None:
    payment = await school.pays(1_000)

    asked = [await school.asks(payment, by=CUSTOMER, customer=PAYER, intent="ussd:1") for _ in range(2)]

    assert asked[0] == asked[1]
    assert asked[0].requested_by is None
    with pytest.raises(IntentReused):
        await school.asks(payment, 5, by=CUSTOMER, customer=PAYER, intent="ussd:1")
    with pytest.raises(NotPermitted):
        await school.asks(payment, by=CUSTOMER, customer=Msisdn("254799999999"))


async def test_a_line_that_dropped_asks_again_for_the_same(school: School) -> None:
    payment = await school.pays(1_000)
    asks = AskRefund(school.world.organisation, payment, kes(300), "paid twice", PAYER)

    offered = await school.world.app.read(refundable_by, school.world.organisation, PAYER)
    first = await school.world.app.write(ask_refund, replace(asks, intent="ussd:1"))
    again = await school.world.app.write(ask_refund, replace(asks, intent="ussd:2"))
    other = await school.world.app.write(ask_refund, replace(asks, intent="ussd:3", amount=kes(700)))

    assert [(one.payment, one.most, one.reference) for one in offered] == [(payment, kes(1_000), "KV10")]
    assert (first, other.number) == (again, 2)
    assert await school.world.app.read(refundable_by, school.world.organisation, PAYER) == ()


async def test_a_payer_whose_number_the_provider_hid_asks_for_what_is_surely_theirs(school: School) -> None:
    hidden = school.world.notice("KV10", 300, payer=MaskedMsisdn("2547", "678"), name="GUARDIAN", receipt="UKL0000001")
    (recorded,) = await school.world.arrives(hidden)

    offered = await school.world.app.read(refundable_by, school.world.organisation, PAYER)
    assert [one.payment for one in offered] == [recorded.payment]
    assert await school.world.app.read(refundable_by, school.world.organisation, Msisdn("254799999999")) == ()
    refund = await school.approved(recorded.payment, by=CUSTOMER, customer=PAYER)

    assert (refund.payee, school.world.rows("SELECT way FROM payouts")) == (PAYER, [("give_back",)])


async def test_a_hidden_payer_is_paid_where_staff_say(school: School) -> None:
    hidden = school.world.notice("KV10", 300, payer=MaskedMsisdn("2547", "678"), receipt="UKL0000001")
    (recorded,) = await school.world.arrives(hidden)

    with pytest.raises(PayeeUnknown):
        await school.asks(recorded.payment)
    refund = await school.approved(recorded.payment, payee=Msisdn("254733000000"))

    (payout,) = school.world.rows("SELECT way FROM payouts")
    assert (payout, refund.payee.digits) == (("transfer",), "254733000000")


async def test_who_asked_and_who_is_paid_do_not_approve(school: School) -> None:
    payment = await school.pays(1_000)
    own = await school.asks(payment, 100, by=school.boss)
    to_boss = await school.asks(payment, 100, payee=Msisdn("254700800001"))

    with pytest.raises(OwnRequest):
        await school.says(own)
    with pytest.raises(OwnMoney):
        await school.says(to_boss)


async def test_without_the_code_nothing_is_paid(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.asks(payment)

    with pytest.raises(CodeMissing):
        await school.says(refund, code="")
    wrong = await school.says(refund, code="000000")

    assert wrong.problem is not None
    assert (await school.now(refund)).state is State.REQUESTED
    assert school.world.rows("SELECT 1 FROM payouts") == []


async def test_a_no_is_told_and_frees_the_money(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.asks(payment)

    await school.says(refund, Verdict.REJECT)

    assert (await school.now(refund)).state is State.REJECTED
    assert [step for step, _ in await school.told()] == ["requested", "rejected"]
    assert await school.world.app.read(most_refundable, payment) == kes(1_000)


async def test_a_request_is_withdrawn_or_expires(school: School) -> None:
    payment = await school.pays(1_000)
    mine, late = await school.asks(payment, 100), await school.asks(payment, 200)
    approval = await school.world.app.read(approvals.of_subject, mine.id)
    assert approval is not None

    await school.world.app.write(deciding.withdraw, Withdraw(approval.id, school.cashier))
    await school.world.clock.advance(72 * 3_600)
    ended = await school.world.app.write(deciding.expire, JOB)

    assert ((await school.now(mine)).state, (await school.now(late)).state) == (State.WITHDRAWN, State.EXPIRED)
    assert ended == 1
    assert [step for step, _ in await school.told()] == ["requested", "requested", "expired"]


async def test_what_was_moved_meanwhile_is_taken_from_where_it_is(school: School) -> None:
    payment = await school.pays(400)
    refund = await school.asks(payment)
    await school.world.app.write(reallocate, Reallocate(payment, "KV20", TESTER, "trace"))

    await school.says(refund)

    assert (await school.world.owes("KV10"), await school.world.owes("KV20")) == (2_000_00, 500_00)


async def test_what_fails_is_given_back_and_may_be_asked_for_again(school: School) -> None:
    payment = await school.pays(2_500)
    refund = await school.approved(payment, 600)
    assert await school.world.owes("KV10") == 100_00

    await school.fails(refund)

    assert (await school.now(refund)).state is State.FAILED
    assert await school.world.owes("KV10") == -500_00
    assert await school.status(payment) == "completed"
    assert [step for step, _ in await school.told()][-1] == "failed"
    again = await school.approved(payment, 2_500)
    await school.is_paid(again)
    assert await school.status(payment) == "refunded"


async def test_what_the_provider_will_not_undo_is_sent_as_a_payout(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment)

    await school.fails(refund)
    await school.is_paid(refund)

    ways = school.world.rows("SELECT way, state FROM payouts ORDER BY id")
    assert ways == [("give_back", "failed"), ("transfer", "paid")]
    assert (await school.now(refund)).state is State.PAID
    assert [step for step, _ in await school.told()] == ["requested", "approved", "paid"]


async def test_a_reversal_that_stands_after_all_takes_back_what_was_to_be_sent_instead(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment)
    reversal = (await school.now(refund)).payout
    await school.fails(refund)

    await school.provider(refund, StandsNot("declined"), of=reversal)
    await school.provider(refund, StandsPaid("UKM0000007", kes(1_000), kes(0)), of=reversal)

    assert school.world.rows("SELECT way, state FROM payouts ORDER BY id") == [
        ("give_back", "paid"),
        ("transfer", "failed"),
    ]
    after = await school.now(refund)
    assert (after.state, after.payout) == (State.PAID, reversal)
    assert await school.status(payment) == "refunded"


async def test_what_left_by_two_ways_is_named_until_one_comes_back(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment)
    reversal = (await school.now(refund)).payout
    await school.fails(refund)
    await school.is_paid(refund)

    await school.provider(refund, StandsPaid("UKM0000007", kes(1_000), kes(0)), of=reversal)
    found = await school.world.app.read(verify)
    await school.provider(refund, StandsNot("taken back"))

    assert [finding.what for finding in found] == ["it is paid of 100000, and payouts of 200000 have left for it"]
    assert [reason for (reason,) in school.world.rows(_TWICE)] == ["RF-000001 UKM0000007"]
    after = await school.now(refund)
    assert (after.state, after.payout) == (State.PAID, reversal)
    assert [step for step, _ in await school.told()] == ["requested", "approved", "paid"]


async def test_a_payout_that_left_before_its_reversal_stood_counts_for_nothing_when_it_fails(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.approved(payment)
    reversal = (await school.now(refund)).payout
    await school.fails(refund)
    instead = (await school.now(refund)).payout
    await school.provider(refund, SaidNothing("its queue is slow"))

    await school.provider(refund, StandsPaid("UKM0000007", kes(1_000), kes(0)), of=reversal)
    await school.provider(refund, StandsNot("declined"), of=instead)

    after = await school.now(refund)
    assert (after.state, after.payout) == (State.PAID, reversal)


_TWICE = "SELECT reason FROM changes WHERE action = 'refund_paid_twice'"


async def test_an_old_payment_is_paid_back_by_payout(school: School) -> None:
    payment = await school.pays(1_000)
    await school.world.clock.advance(8 * 86_400)

    await school.approved(payment)

    assert school.world.rows("SELECT way FROM payouts") == [("transfer",)]


async def test_money_that_moved_after_we_gave_up_has_moved(school: School) -> None:
    payment = await school.pays(2_500)
    refund = await school.approved(payment, 600)
    await school.fails(refund)

    await school.provider(refund, StandsPaid("UKM0000007", kes(600), kes(0)))

    assert (await school.now(refund)).state is State.PAID
    assert await school.world.owes("KV10") == 100_00
    assert await school.status(payment) == "partly_refunded"


async def test_what_was_called_paid_and_came_back_is_given_back(school: School) -> None:
    payment = await school.pays(2_500)
    refund = await school.approved(payment, 600)
    await school.is_paid(refund)

    await school.provider(refund, StandsNot("taken back"))

    assert (await school.now(refund)).state is State.FAILED
    assert (await school.status(payment), await school.world.owes("KV10")) == ("completed", -500_00)


async def test_two_managers_who_approve_at_once_pay_once(either: School) -> None:
    school = either
    brian = await enrolled(school.world, "brian", Role.CFO, "254700800003")
    other = Actor(ActorKind.STAFF, brian.staff.hex, "web", Role.CFO)
    refund = await school.asks(await school.pays(1_000))

    with rival_of(school.world) as rival:
        _, late = await rival.overlap(
            lambda: school.says(refund), lambda: school.says(refund, by=other, world=rival.world, code=brian.code)
        )

    assert isinstance(late, ApprovalOver)
    assert school.world.rows("SELECT count(*) FROM payouts") == [(1,)]


async def test_two_requests_at_once_never_ask_for_more_than_there_is(either: School) -> None:
    school = either
    payment = await school.pays(1_000)

    with rival_of(school.world) as rival:
        wish = RequestRefund(payment, kes(700), "", school.cashier, "trace")
        _, late = await rival.overlap(
            lambda: school.asks(payment, 700), lambda: rival.world.app.write(request_refund, wish)
        )

    assert isinstance(late, RefundTooLarge)


async def test_two_wishes_of_one_moment_never_ask_for_more_than_there_is(either: School) -> None:
    school = either
    payment = await school.pays(1_000)

    answers = await asyncio.gather(*(school.asks(payment, 700) for _ in range(2)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Refund", "RefundTooLarge"]


async def paid_after_all(school: School) -> Refund:
    """The money was given back, asked for again and paid; then the first payout turns out to have been paid too."""
    payment = await school.pays(1_000)
    first = await school.approved(payment, 600)
    await school.fails(first)
    await school.is_paid(await school.approved(payment, 1_000))
    await school.provider(first, StandsPaid("UKM0000007", kes(600), kes(0)))
    return first


async def test_paid_after_all_what_is_gone_meanwhile_is_named(school: School) -> None:
    await paid_after_all(school)

    found = await school.world.app.read(verify)
    assert {finding.table for finding in found} >= {"refunds"}
    assert await school.world.owes("KV10") == 2_000_00
    school.is_broken = True


async def test_what_was_paid_after_all_out_of_nothing_and_came_back_gives_nothing_back(school: School) -> None:
    first = await paid_after_all(school)

    await school.provider(first, StandsNot("taken back"))

    assert (await school.now(first)).state is State.FAILED
    assert await school.world.owes("KV10") == 2_000_00


async def test_no_other_refund_is_told_of_a_payout(school: School) -> None:
    refund = await school.approved(await school.pays(1_000))
    (payout,) = await school.world.app.read(payouts.of_subject, "refund", refund.id)
    stranger = PayoutEnded(replace(payout, subject=school.world.ids.new()), payout.state, TESTER, "")

    with pytest.raises(NotFound):
        await school.world.app.write(refund_ended, stranger)
    assert await school.world.app.read(Refunds().named, refund.id) == "RF-000001"
    assert await school.world.app.read(Refunds().named, stranger.payout.subject) == ""
    with pytest.raises(NotFound):
        await school.world.app.read(lambda tx: Refunds().content(tx, stranger.payout.subject, lock=False))


async def test_the_database_keeps_what_was_asked_for(either: School) -> None:
    school = either
    payment = await school.pays(1_000)
    refund = await school.asks(payment, 600)
    mine = sa.update(table).where(table.c.id == refund.id)
    more = {**await school.row(refund), "id": school.world.ids.new(), "number": 99, "intent": None}

    for statement in (
        mine.values(minor=1),
        mine.values(payee_index=b"x"),
        mine.values(payment_id=school.world.ids.new()),
        mine.values(state="paying", version=2),
        mine.values(state="paid", version=2),
        sa.delete(table),
        sa.insert(table).values({**more, "minor": 401_00}),
        sa.insert(table).values({**more, "minor": 1_00, "state": "paid"}),
    ):
        with pytest.raises(sa.exc.DBAPIError, match="refund"):
            await school.world.app.write(lambda tx, what: tx.connection.execute(what), statement)
    school.world.bugs.clear()
    with pytest.raises(RefundState):
        require_next(State.PAID, State.REQUESTED)


def test_no_more_is_taken_than_there_is() -> None:
    with pytest.raises(RefundTooLarge):
        taken([], kes(1))


async def test_an_approval_of_something_else_pays_nothing(school: School) -> None:
    payment = await school.pays(1_000)
    refund = await school.asks(payment, 600)
    approval = await school.world.app.read(approvals.of_subject, refund.id)
    assert approval is not None
    of_another = replace(approval, content=ContentHash(b"x" * 32))

    def carry_out(tx: Tx, command: None) -> ApprovalState:
        return Refunds().approved(tx, of_another, school.boss, has_code=True, trace="trace").state

    assert await school.world.app.write(carry_out, None) is ApprovalState.VOID
    assert (await school.now(refund)).state is State.REQUESTED
    assert school.world.rows("SELECT COUNT(*) FROM payouts") == [(0,)]
    school.is_broken = True


@pytest.mark.parametrize(
    "damage, named",
    [
        ("UPDATE approvals SET people = 9", "approvals"),
        ("UPDATE approvals SET requested_by = executed_by", "approvals"),
        ("UPDATE approvals SET state = 'withdrawn', executed_by = NULL", "approvals"),
        ("DELETE FROM approvals", "approvals"),
        ("UPDATE refunds SET minor = minor - 1", "refunds"),
        ("UPDATE refunds SET state = 'requested'", "refunds"),
        ("UPDATE refunds SET minor = 900000", "refunds"),
        ("DELETE FROM refunds", "refunds"),
        ("UPDATE payments SET status = 'completed'", "payments"),
    ],
)
async def test_whatever_is_done_to_refunds_behind_the_programs_back_is_named(
    sqlite_database: DatabaseUrl, damage: str, named: str
) -> None:
    world = open_world(sqlite_database)
    await world.school()
    found: set[str] = set()
    async for school in opened_school(world):
        refund = await school.approved(await school.pays(1_000), 600)
        await school.is_paid(refund)
        with contextlib.closing(sqlite3.connect(sqlite_database.text.removeprefix("sqlite:///"))) as file:
            for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f"DROP TRIGGER {trigger}")
            file.execute("PRAGMA ignore_check_constraints = ON")
            file.execute(damage)
            file.commit()

        found = {finding.table for finding in await world.app.read(verify)} - {"triggers"}
        school.is_broken = True
    world.close()

    assert named in found
