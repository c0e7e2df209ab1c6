"""Payments out of funds: asked for, approved by others, let go by somebody who proves it, and what became of them.

request_payment ──> approvals ──> execute_payment ──> payout ──> payout_ended
   (pending)        (approved)      (executing)                   (success, failed)

Rows are locked in one order: the payment, its fund, its approval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from core import entries
from core.approvals import OPEN, Approval, CodeMissing, Content, ContentChanged, State, Subject, SubjectKind, to_execute
from core.errors import DomainError, NotFound, NotPermitted
from core.ids import OrganisationId, StaffId
from core.money import Money
from core.payouts import OPEN as OPEN_PAYOUTS
from core.payouts import Payee
from core.payouts import State as Payout
from core.permissions import Action, Actor, ActorKind
from core.treasury import (
    MOST_ATTEMPTS,
    AttemptsSpent,
    Fund,
    FundId,
    FundPayment,
    FundPaymentId,
    Status,
    WrongStatus,
    check_request,
    executing,
    moved,
    payment_number,
    require,
)
from storage import approvals as approval_store
from storage import audit, ledger, numbers, payouts
from storage import treasury as store
from storage.audit import Change
from storage.treasury import Execution, Outcome
from storage.tx import Tx
from usecases import approvals, fund_news, funds, second_factor
from usecases.approvals import Request, Withdraw, person_of
from usecases.chats import follow_in_chats
from usecases.payout_requests import PayoutEnded, RequestPayout, request_payout
from usecases.rights import require_for

SUBJECT = "treasury"
"""What its payouts are for."""


@dataclass(frozen=True, slots=True)
class RequestFundPayment:
    """Somebody asks that `payee` be paid out of a fund. `batch`: the row of a file that it comes from, taken once; `sheet`: that
    file, of which its approvers hear once."""

    organisation: OrganisationId
    fund: FundId
    payee: Payee
    amount: Money
    purpose: str
    reason: str
    actor: Actor
    not_before: datetime | None = None
    batch: str | None = None
    sheet: str = ""
    trace: str = ""


def request_payment(tx: Tx, wish: RequestFundPayment) -> FundPayment:
    """Write the requisition and ask others to approve it. No money is set aside yet. The row of a file that was taken before,
    by somebody else at this moment even, is the payment that it became."""
    require_for(tx, wish.actor, Action.REQUEST_PAYMENT, wish.organisation, what="fund", name=wish.fund.hex)
    fund = _fund(tx, wish.organisation, wish.fund)
    if wish.batch is not None and (taken := store.of_batch(tx, wish.organisation, [wish.batch])):
        known = store.numbered(tx, wish.organisation, taken[wish.batch])
        assert known is not None, "its number stands beside its row"
        return known
    check_request(fund, wish.amount, wish.purpose, wish.reason)
    payment = FundPayment(
        id=FundPaymentId(tx.new_id()),
        organisation=wish.organisation,
        number=numbers.take(tx, numbers.FUND_PAYMENTS, {wish.organisation: 1})[wish.organisation],
        fund=fund.id,
        payee=wish.payee,
        amount=wish.amount,
        purpose=wish.purpose,
        reason=wish.reason.strip(),
        requester=_staff(wish.actor),
        status=Status.PENDING,
        requested_at=tx.now,
        not_before=wish.not_before,
    )
    store.add(tx, payment, batch=wish.batch)
    _record(tx, payment, None, wish.actor, "requested", wish.trace)
    _ask(tx, payment, wish.actor, wish.trace, wish.sheet)
    return payment


def _staff(actor: Actor) -> StaffId:
    """Only people of the house have money asked for in their name: a system user of the machine names one (`--as`)."""
    if actor.kind is not ActorKind.STAFF:
        raise NotPermitted(Action.REQUEST_PAYMENT.value)
    return StaffId(UUID(actor.name))


def _fund(tx: Tx, organisation: OrganisationId, id_: FundId, *, lock: bool = False) -> Fund:
    fund = store.fund(tx, id_, lock=lock)
    if fund is None or fund.organisation != organisation:
        raise NotFound("fund", id_.hex)
    return fund


def _ask(tx: Tx, payment: FundPayment, actor: Actor, trace: str, sheet: str = "") -> Approval:
    payee = approval_store.marks_of_phone(tx, payment.organisation, payment.payee.msisdn)
    asked = Request(content_of(payment), actor, payee=payee, reason=payment.reason, trace=trace, within=sheet)
    return approvals.request(tx, asked)


def content_of(payment: FundPayment) -> Content:
    """All that is approved of a payment: any change of it is another payment. A moment is the same in whatever zone it was said."""
    facts = {
        "number": payment_number(payment.number),
        "fund": payment.fund.hex,
        "payee": payment.payee.msisdn.digits,
        "name": payment.payee.name,
        "purpose": payment.purpose,
        "reason": payment.reason,
        "not_before": payment.not_before.astimezone(UTC).isoformat() if payment.not_before else "",
        "attempt": str(payment.attempts + 1),
    }
    return Content(payment.organisation, Subject(SubjectKind.PAYOUT, payment.id), payment.amount, facts)


@dataclass(frozen=True, slots=True)
class ChangePayment:
    """Another payee, sum or purpose while nobody has let it go: whoever approved it approved another payment. What is None
    stays."""

    payment: FundPaymentId
    actor: Actor
    payee: Payee | None = None
    amount: Money | None = None
    purpose: str | None = None
    reason: str | None = None
    trace: str = ""


def change_payment(tx: Tx, wish: ChangePayment) -> FundPayment:
    """Only whoever asked, and only while it is pending. Its approval dies, and a new one is asked for; also where it had died
    before, so that with nothing changed it is only asked for anew."""
    before = _own(tx, wish.payment, wish.actor)
    if before.status is not Status.PENDING:
        raise WrongStatus(before.status.value)
    after = replace(
        before,
        payee=wish.payee or before.payee,
        amount=wish.amount or before.amount,
        purpose=wish.purpose or before.purpose,
        reason=wish.reason.strip() if wish.reason is not None else before.reason,
        version=before.version + 1,
    )
    check_request(_fund(tx, after.organisation, after.fund), after.amount, after.purpose, after.reason)
    store.save(tx, before, after)
    _record(tx, after, before.status, wish.actor, "changed", wish.trace)
    waiting = _open_approval(tx, after.id)
    if waiting is not None:
        approvals.void(tx, waiting, wish.actor, trace=wish.trace)
    _ask(tx, after, wish.actor, wish.trace)
    return after


@dataclass(frozen=True, slots=True)
class WithdrawPayment:
    payment: FundPaymentId
    actor: Actor
    trace: str = ""


def withdraw_payment(tx: Tx, wish: WithdrawPayment) -> FundPayment:
    """Whoever asked takes it back, before anybody let it go; also where its approval has died."""
    before = _own(tx, wish.payment, wish.actor)
    after = moved(before, Status.WITHDRAWN)
    waiting = _open_approval(tx, before.id)
    if waiting is not None:
        approvals.withdraw(tx, Withdraw(waiting.id, wish.actor, trace=wish.trace))
    store.save(tx, before, after)
    _record(tx, after, before.status, wish.actor, "withdrawn", wish.trace)
    return after


@dataclass(frozen=True, slots=True)
class AskAgain:
    """It failed, and is still to be paid."""

    payment: FundPaymentId
    actor: Actor
    trace: str = ""


def ask_again(tx: Tx, wish: AskAgain) -> FundPayment:
    """A failed payment is pending anew: others approve it anew, for what they said yes to is over. Raises `AttemptsSpent`."""
    before = _own(tx, wish.payment, wish.actor)
    require(before, Status.PENDING)
    if before.attempts >= MOST_ATTEMPTS:
        raise AttemptsSpent(before.attempts)
    after = moved(before, Status.PENDING, executor=None)
    store.save(tx, before, after)
    _record(tx, after, before.status, wish.actor, "asked again", wish.trace)
    _ask(tx, after, wish.actor, wish.trace)
    return after


def _own(tx: Tx, id_: FundPaymentId, actor: Actor) -> FundPayment:
    """The payment, locked, for whoever asked for it; for anybody else there is none."""
    payment = store.load(tx, id_, lock=True)
    if payment is None:
        raise NotFound("payment", id_.hex)
    require_for(tx, actor, Action.REQUEST_PAYMENT, payment.organisation, what="payment", name=id_.hex)
    if _staff(actor) != payment.requester:
        raise NotPermitted(Action.REQUEST_PAYMENT.value)
    return payment


def _open_approval(tx: Tx, subject: UUID) -> Approval | None:
    found = approval_store.of_subject(tx, subject, lock=True)
    return found if found is not None and found.state in OPEN else None


class PaymentOwner:
    """What approval asks of payments: others say yes, and then somebody lets them go (`execute_payment`)."""

    at_once = False

    def named(self, tx: Tx, subject: UUID) -> str:
        payment = store.load(tx, subject)
        return payment_number(payment.number) if payment else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        payment = store.load(tx, subject, lock=lock)
        if payment is None:
            raise NotFound("payment", subject.hex)
        return content_of(payment)

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        self._move(tx, approval, Status.APPROVED, by, trace)
        return approval

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        if approval.state is State.VOID:
            return  # it is another payment than was asked for: whoever asked changes it, which asks anew, or takes it back
        status = Status.WITHDRAWN if approval.state is State.WITHDRAWN else Status.REJECTED
        self._move(tx, approval, status, by, trace)

    def _move(self, tx: Tx, approval: Approval, status: Status, by: Actor, trace: str) -> None:
        before = store.load(tx, approval.subject.id)
        assert before is not None, "its row is locked, and never removed"
        after = moved(before, status)
        store.save(tx, before, after)
        _record(tx, after, before.status, by, f"approval {approval.state.value}", trace)


@dataclass(frozen=True, slots=True)
class ExecutePayment:
    """Let an approved payment go. `code` proves who does; `agent`: with what they came."""

    payment: FundPaymentId
    actor: Actor
    code: str = ""
    agent: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Executed:
    """What came of it. `problem` says why it was not let go, although something was written down (a wrong code)."""

    payment: FundPayment
    problem: DomainError | None = None


def execute_payment(tx: Tx, wish: ExecutePayment) -> Executed:
    """One transaction: the fund locked, its balance checked, the approval used, the money reserved, the execution recorded.
    Raises what stands in the way; never lets one payment go twice."""
    before = store.load(tx, wish.payment, lock=True)
    if before is None:
        raise NotFound("payment", wish.payment.hex)
    require_for(tx, wish.actor, Action.EXECUTE_PAYMENT, before.organisation, what="payment", name=wish.payment.hex)
    person = person_of(tx, wish.actor)
    fund = _fund(tx, before.organisation, before.fund, lock=True)
    after = executing(before, fund, person.staff)
    approval = _open_approval(tx, before.id)
    if approval is None:
        raise ContentChanged  # it died when somebody wanted to let it go: whoever asked takes it back
    obstacle = to_execute(approval, person, now=tx.now, has_code=True)
    asks = approval.requirement.code and obstacle is None
    if asks and not second_factor.is_proven(tx, approval, person, origin=wish.actor.origin):
        if not wish.code:
            raise CodeMissing
        wrong = second_factor.check(tx, approval, person, wish.code, origin=wish.actor.origin)
        if wrong is not None:
            return Executed(before, wrong)
    used = approvals.execute(tx, approval, content_of(before), by=wish.actor, has_code=asks, trace=wish.trace)
    if used.state is State.VOID:
        return Executed(before, ContentChanged())
    store.save(tx, before, after)
    _record(tx, after, before.status, wish.actor, f"attempt {after.attempts}", wish.trace)
    _let_go(tx, after, fund, used, wish, verified=asks)
    return Executed(after)


def _let_go(tx: Tx, payment: FundPayment, fund: Fund, used: Approval, wish: ExecutePayment, *, verified: bool) -> None:
    assert payment.executor is not None, "somebody lets it go"
    payout = request_payout(
        tx,
        RequestPayout(
            organisation=payment.organisation,
            subject_kind=SUBJECT,
            subject=payment.id,
            payee=payment.payee,
            amount=payment.amount,
            remarks=f"{payment_number(payment.number)} {payment.purpose}",
            against=entries.spent_of_fund(payment.organisation, fund.id, payment.purpose, payment.amount),
            actor=wish.actor,
            trace=wish.trace,
            not_before=payment.not_before,
        ),
    )
    store.move_fund(tx, fund.id, -payment.amount)
    execution = Execution(
        payment=payment.id,
        attempt=payment.attempts,
        payout=payout.id,
        approval=used.id,
        executor=payment.executor,
        verified_by=payment.executor if verified else None,
        verified_at=second_factor.proven_at(tx, used, payment.executor) if verified else None,
        origin=wish.actor.origin,
        agent=wish.agent,
        at=tx.now,
    )
    store.add_execution(tx, execution)
    left = store.fund(tx, fund.id)
    assert left is not None, "its row is locked"
    funds.reorder(tx, left, wish.trace)


def payout_ended(tx: Tx, ended: PayoutEnded) -> None:
    """The provider's word: the payment follows, the fund has what did not go back, and its people hear of it."""
    payout = ended.payout
    before = store.load(tx, payout.subject, lock=True)
    assert before is not None, "a payment is never removed"
    let = store.execution_by(tx, payout.id)
    _outcome(tx, ended)
    follow_in_chats(tx, before.organisation, let.approval, ended.trace)
    paid = payout.state is Payout.PAID
    if paid and ended.was is Payout.FAILED:
        store.move_fund(tx, before.fund, -payout.amount, is_truth=True)
    elif not paid:
        store.move_fund(tx, before.fund, payout.amount)
    others = [one for one in payouts.of_subject(tx, SUBJECT, before.id) if one.id != payout.id]
    is_settled = paid or any(one.state is Payout.PAID for one in others)
    wanted = Status.SUCCESS if is_settled else Status.FAILED
    is_under_way = any(one.state in OPEN_PAYOUTS for one in others)
    if is_under_way or before.status is wanted:
        return  # an older attempt was paid after all while a newer one is under way: its outcome tells it
    reason = payout.fail_reason.value if payout.fail_reason else "reversed"
    error = "" if paid else f"{reason}: {payout.last_error}".rstrip(": ")
    after = moved(before, wanted, last_error=error, reconciled_by=None, reconciled_at=None)
    store.save(tx, before, after)
    _record(tx, after, before.status, ended.actor, payout.receipt or error, ended.trace)
    fund_news.tell_ended(tx, after, payout, let, ended.trace)
    if paid and (waiting := _open_approval(tx, before.id)) is not None:
        approvals.void(tx, waiting, ended.actor, trace=ended.trace)


def _outcome(tx: Tx, ended: PayoutEnded) -> None:
    payout = ended.payout
    said = Outcome(payout.id, payout.state.value, payout.receipt or "", payout.last_error, tx.now)
    store.add_outcome(tx, said)


@dataclass(frozen=True, slots=True)
class ReconcilePayment:
    """It was found on the provider's statement."""

    payment: FundPaymentId
    actor: Actor
    trace: str = ""


def reconcile_payment(tx: Tx, wish: ReconcilePayment) -> FundPayment:
    """Mark it reconciled, with what it took from its fund: by whom and when. Never by whoever let it go."""
    before = store.load(tx, wish.payment, lock=True)
    if before is None:
        raise NotFound("payment", wish.payment.hex)
    require_for(tx, wish.actor, Action.RECONCILE_PAYMENT, before.organisation, what="payment", name=wish.payment.hex)
    by = person_of(tx, wish.actor).staff
    if by == before.executor:
        raise NotPermitted(Action.RECONCILE_PAYMENT.value)
    after = moved(before, Status.RECONCILED, reconciled_by=by, reconciled_at=tx.now)
    store.save(tx, before, after)
    _record(tx, after, before.status, wish.actor, "reconciled", wish.trace)
    paid = [one for one in payouts.of_subject(tx, SUBJECT, after.id) if one.state is Payout.PAID]
    for payout in paid:
        booked = ledger.load(tx, entries.payout_reserved_key(payout.id))
        entry = ledger.entry(tx, after.organisation, booked.id) if booked else None
        assert entry is not None, "what was paid had been set aside"
        if entry.reconciled_at is None and by not in store.carried_out_by(tx, entry.id):
            funds.mark(tx, entry.id, after.organisation, by, wish.actor, wish.trace)
    return after


def _record(tx: Tx, after: FundPayment, before: Status | None, actor: Actor, reason: str, trace: str) -> None:
    change = Change(
        organisation=after.organisation,
        action=f"fund_payment_{after.status.value}",
        subject_kind="fund_payment",
        subject=after.id,
        sequence=after.version,
        from_state=before.value if before else None,
        to_state=after.status.value,
        reason=reason[:200],
        trace=trace,
    )
    audit.record(tx, [(change, actor)])
