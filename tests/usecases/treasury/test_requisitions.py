"""Petty cash: who may ask, agree and let go, and nobody for themselves; what was agreed to is what is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.approvals import CodeMissing, ContentChanged, NotApproved, OwnMoney, OwnRequest, SubjectKind, Verdict
from core.errors import NotFound, NotPermitted
from core.payouts import Payee
from core.phones import Msisdn
from core.sign_in import WrongCode
from core.treasury import FundId, FundPayment, FundPaymentId, NotWords, Ruling, Status, WrongStatus
from storage import approvals as approval_store
from storage import treasury as store
from storage.tx import Tx
from tests.paying import PAYEE
from tests.rivals import rival_of
from tests.usecases.spending import Office
from tests.world import TESTER, kes
from usecases import deciding, funds, treasury, variances
from usecases.approvals import Decide, Withdraw
from usecases.funds import Replenish
from usecases.owners import OWNERS
from usecases.treasury import ChangePayment, ExecutePayment, ReconcilePayment, RequestFundPayment, WithdrawPayment
from usecases.variances import RecordVariance


async def test_a_requisition_becomes_money_on_a_phone_and_each_step_is_known(either: Office) -> None:
    office = either
    payment = await office.asks()
    await office.says(payment, office.amina)
    done = await office.executes(payment, office.carol)
    assert (done.problem, done.payment.status) == (None, Status.EXECUTING)
    await office.till.until_known()

    paid = await office.now(payment)
    assert (paid.status, paid.attempts) == (Status.SUCCESS, 1)
    assert await office.balance() == 17_000_00
    ((execution, (outcome,)),) = await office.world.app.read(store.executions_of, payment.id)
    assert execution.verified_by == execution.executor == paid.executor
    assert (execution.origin, execution.agent) == ("web 127.0.0.1", "curl")
    assert (outcome.state, outcome.gateway_reference) == ("paid", office.till.orders[0].receipt)
    balances = await office.world.balances()
    assert balances["expense:fuel"] == 3_000_00
    assert balances["asset:float:mpesa:600984"] == -3_022_40
    assert await office.till.agrees() == []

    with pytest.raises(NotPermitted):  # whoever let it go does not tick it off
        await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(payment.id, office.carol))
    done = await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(payment.id, office.faith))
    assert (done.status, done.reconciled_at) == (Status.RECONCILED, office.world.clock.now())
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.reconcile_payment, ReconcilePayment(FundPaymentId(office.world.ids.new()), office.faith)
        )


async def test_nobody_approves_or_executes_their_own(office: Office) -> None:
    payment = await office.asks(by=office.amina)
    with pytest.raises(OwnRequest):
        await office.says(payment, office.amina)
    with pytest.raises(WrongStatus):
        await office.executes(payment, office.carol)
    await office.says(payment, office.carol)

    with pytest.raises(OwnRequest):
        await office.executes(payment, office.amina)
    with pytest.raises(NotPermitted):
        await office.executes(payment, office.ruth)
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.execute_payment, ExecutePayment(FundPaymentId(office.world.ids.new()), office.carol)
        )

    to_herself = await office.asks(payee=Payee(Msisdn("254700800001"), "Amina"))
    with pytest.raises(OwnMoney):
        await office.says(to_herself, office.amina)


async def test_a_wrong_code_lets_nothing_go_and_a_right_one_does_once(office: Office) -> None:
    payment = await office.approved()
    with pytest.raises(CodeMissing):
        await office.executes(payment, office.carol, code="")
    wrong = await office.executes(payment, office.carol, code="000000")
    assert isinstance(wrong.problem, WrongCode)
    assert wrong.payment.status is Status.APPROVED

    await office.executes(payment, office.carol)
    with pytest.raises(WrongStatus):
        await office.executes(payment, office.faith)

    assert len(office.world.rows("SELECT 1 FROM executions")) == 1


async def test_what_cannot_be_asked_for_is_refused(office: Office) -> None:
    wrongs: list[dict[str, Any]] = [{"purpose": "Fuel!"}, {"reason": " "}, {"reason": "x" * 300}]
    for wrong in wrongs:
        with pytest.raises(NotWords):
            await office.asks(**wrong)
    with pytest.raises(NotPermitted):
        await office.asks(by=TESTER)
    nowhere = FundId(office.world.ids.new())
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.request_payment,
            RequestFundPayment(
                office.world.organisation, nowhere, Payee(PAYEE, "x"), kes(1), "fuel", "why", office.ruth
            ),
        )


async def test_whoever_changes_a_payment_needs_new_yeses_and_only_whoever_asked_may(office: Office) -> None:
    payment = await office.asks()
    with pytest.raises(NotPermitted):
        await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.carol, amount=kes(1)))
    changed = await office.world.app.write(
        treasury.change_payment, ChangePayment(payment.id, office.ruth, amount=kes(4_000), reason="two vans")
    )
    assert (changed.amount, changed.reason, changed.purpose) == (kes(4_000), "two vans", "fuel")
    assert office.world.rows("SELECT state FROM approvals ORDER BY requested_at, id") == [("void",), ("pending",)]

    await office.says(changed, office.amina)
    with pytest.raises(WrongStatus):
        await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.ruth, amount=kes(1)))
    withdrawn = await office.world.app.write(treasury.withdraw_payment, WithdrawPayment(payment.id, office.ruth))
    assert withdrawn.status is Status.WITHDRAWN
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.withdraw_payment, WithdrawPayment(FundPaymentId(office.world.ids.new()), office.ruth)
        )


async def test_what_is_refused_or_withdrawn_at_the_approval_ends_the_payment(office: Office) -> None:
    refused, withdrawn = await office.asks(), await office.asks(4_000)
    await office.says(refused, office.amina, Verdict.REJECT)
    approval = await office.world.app.read(approval_store.of_subject, withdrawn.id)
    assert approval is not None
    await office.world.app.write(deciding.withdraw, Withdraw(approval.id, office.ruth))

    assert (await office.now(refused)).status is Status.REJECTED
    assert (await office.now(withdrawn)).status is Status.WITHDRAWN


async def test_what_nobody_decides_in_time_is_over(office: Office) -> None:
    payment = await office.asks()
    one = await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(1), office.ruth)
    )
    await office.world.clock.advance(80 * 3_600)
    await office.world.app.write(deciding.expire, TESTER)

    assert (await office.now(payment)).status is Status.REJECTED
    (found,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert (found.id, found.ruling) == (one.id, Ruling.REJECTED)


async def test_people_read_what_waits_by_its_name_and_what_is_not_there_has_none(office: Office) -> None:
    payment = await office.approved()
    nowhere = office.world.ids.new()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    variance = await office.world.app.write(
        variances.record_variance, RecordVariance(payment.id, kes(1), "lost", office.ruth)
    )
    full = await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(1), office.ruth)
    )
    meant = {SubjectKind.PAYOUT: payment.id, SubjectKind.VARIANCE: variance.id, SubjectKind.REPLENISHMENT: full.id}
    names = {SubjectKind.PAYOUT: "TP-000001", SubjectKind.VARIANCE: "TP-000001"}
    for kind, owner in OWNERS.items():
        if kind not in meant:
            continue
        named = await office.world.app.read(owner.named, meant[kind])
        assert named == names.get(kind, "House money")
        assert await office.world.app.read(owner.named, nowhere) == ""
        with pytest.raises(NotFound):
            await office.world.app.write(owner.content, nowhere)


CHANGES: dict[str, Any] = {
    "payee": Payee(Msisdn("254712000999"), "Otieno"),
    "name": Payee(PAYEE, "Otieno Junior"),
    "amount": kes(3_001),
    "purpose": "food",
    "reason": "the other van",
}


@pytest.mark.parametrize("field", [*CHANGES])
async def test_a_yes_to_what_was_shown_before_any_field_changed_is_refused(office: Office, field: str) -> None:
    payment = await office.asks()
    shown = await office.world.app.read(approval_store.of_subject, payment.id)
    assert shown is not None
    change = {"payee" if field == "name" else field: CHANGES[field]}
    await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.ruth, **change))
    now = await office.world.app.read(approval_store.of_subject, payment.id)
    assert now is not None

    assert now.id != shown.id
    for approval in (shown.id, now.id):
        with pytest.raises(ContentChanged):
            await office.world.app.write(
                deciding.decide, Decide(approval, Verdict.APPROVE, office.amina, seen=shown.content)
            )
    assert (await office.now(payment)).status is Status.PENDING


async def test_an_approval_dies_where_the_payment_is_another_than_was_approved(office: Office) -> None:
    payment = await office.approved()

    def another(tx: Tx, _: None) -> None:
        """As if the approval had been of another attempt."""
        before = store.load(tx, payment.id)
        assert before is not None
        tx.connection.exec_driver_sql("UPDATE fund_payments SET attempts = 1")

    await office.world.app.write(another, None)
    done = await office.executes(payment, office.carol)

    await office.world.app.write(
        lambda tx, _: tx.connection.exec_driver_sql("UPDATE fund_payments SET attempts = 0"), None
    )

    assert isinstance(done.problem, ContentChanged)
    assert office.world.rows("SELECT state FROM approvals") == [("void",)]


async def test_a_yes_to_another_payment_than_was_shown_kills_the_approval_and_nothing_else(office: Office) -> None:
    payment = await office.asks()

    def behind(tx: Tx, attempts: int) -> None:
        tx.connection.exec_driver_sql(f"UPDATE fund_payments SET attempts = {attempts}")  # noqa: S608

    await office.world.app.write(behind, 1)
    done = await office.says(payment, office.amina)
    await office.world.app.write(behind, 0)

    assert isinstance(done.problem, ContentChanged)
    assert (await office.now(payment)).status is Status.PENDING


async def test_a_day_is_the_same_day_in_whatever_zone_it_is_said(either: Office) -> None:
    office = either
    morning = (office.world.clock.now() + timedelta(days=3)).astimezone(ZoneInfo("Africa/Nairobi"))
    payment = await office.asks(not_before=morning)

    done = await office.says(payment, office.amina)

    assert (done.problem, (await office.now(payment)).status) == (None, Status.APPROVED)
    await office.executes(payment, office.carol)
    assert (await office.now(payment)).status is Status.EXECUTING


async def _loses_its_approval(office: Office, payment: FundPayment) -> None:
    """A yes, or whoever lets it go, finds another payment than was asked for; then it is what it was again."""

    def behind(tx: Tx, attempts: int) -> None:
        tx.connection.exec_driver_sql(f"UPDATE fund_payments SET attempts = {attempts}")  # noqa: S608

    await office.world.app.write(behind, 1)
    if payment.status is Status.PENDING:
        await office.says(payment, office.amina)
    else:
        await office.executes(payment, office.carol)
    await office.world.app.write(behind, 0)
    assert office.world.rows("SELECT state FROM approvals") == [("void",)]


async def test_a_payment_whose_approval_died_is_asked_for_anew_by_changing_it(office: Office) -> None:
    payment = await office.asks()
    await _loses_its_approval(office, payment)

    changed = await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.ruth))

    assert changed.amount == payment.amount
    await office.says(changed, office.amina)
    await office.executes(changed, office.carol)
    assert (await office.now(payment)).status is Status.EXECUTING


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_payment_whose_approval_died_can_be_withdrawn(office: Office, is_approved: bool) -> None:
    payment = await office.approved() if is_approved else await office.asks()
    await _loses_its_approval(office, payment)
    if is_approved:
        with pytest.raises(ContentChanged):  # nobody agreed to what it is now
            await office.executes(payment, office.carol)

    await office.world.app.write(treasury.withdraw_payment, WithdrawPayment(payment.id, office.ruth))

    assert (await office.now(payment)).status is Status.WITHDRAWN


async def test_one_who_was_never_approved_is_not_executed_even_by_the_cfo(office: Office) -> None:
    two = await office.asks(9_000)
    with pytest.raises((NotApproved, WrongStatus)):
        await office.executes(two, office.faith)


async def test_a_row_of_a_file_that_two_people_take_at_the_same_moment_is_asked_for_once(either: Office) -> None:
    office = either
    wish = RequestFundPayment(
        office.world.organisation,
        office.fund.id,
        Payee(PAYEE, ""),
        kes(3_000),
        "fuel",
        "the van",
        office.ruth,
        batch="row",
    )

    with rival_of(office.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: office.world.app.write(treasury.request_payment, wish),
            lambda: rival.world.app.write(treasury.request_payment, replace(wish, actor=office.amina)),
        )

    assert mine.id == theirs.id
    assert len(office.world.rows("SELECT 1 FROM fund_payments")) == 1


async def test_a_row_of_a_file_that_was_taken_before_is_the_payment_that_it_became(office: Office) -> None:
    first = await office.asks(batch="row")

    assert (await office.asks(batch="row")).id == first.id
    assert len(office.world.rows("SELECT 1 FROM approvals")) == 1
