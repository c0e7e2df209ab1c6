"""What was paid is not what was spent: written down by whoever knows, agreed to by the CFO, and then in the books (OUT-6)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core import entries
from core.approvals import Approval, Content, State, Subject, SubjectKind
from core.errors import NotFound
from core.ids import StaffId
from core.ledger import cash
from core.money import Money
from core.permissions import Action, Actor
from core.treasury import (
    FundPayment,
    FundPaymentId,
    NoVariance,
    Ruling,
    Status,
    Variance,
    VarianceId,
    WrongStatus,
    check_adjusting,
    check_reason,
    check_variance,
    payment_number,
)
from storage import ledger, organisations
from storage import treasury as store
from storage.tx import Tx
from usecases import approvals
from usecases.approvals import Request, person_of
from usecases.noting import note_of
from usecases.rights import require_for

_PAID = frozenset({Status.SUCCESS, Status.RECONCILED})


@dataclass(frozen=True, slots=True)
class RecordVariance:
    """`adjusted`: what was really spent of a payment."""

    payment: FundPaymentId
    adjusted: Money
    reason: str
    actor: Actor
    trace: str = ""


def record_variance(tx: Tx, wish: RecordVariance) -> Variance:
    """Write it down and ask the CFO. Raises `NoVariance` where nothing varies, `MoreThanTheFund`, `NotWords`. The
    database keeps one open at a time."""
    payment = store.load(tx, wish.payment, lock=True)
    if payment is None:
        raise NotFound("payment", wish.payment.hex)
    require_for(tx, wish.actor, Action.REQUEST_PAYMENT, payment.organisation, what="payment", name=wish.payment.hex)
    if payment.status not in _PAID:
        raise WrongStatus(payment.status.value)
    earlier = store.variances_of(tx, payment.organisation, limit=100, payment=payment.id)
    stands = next((one.adjusted for one in earlier if one.ruling is Ruling.APPROVED), payment.amount)
    is_open = any(one.ruling is Ruling.PENDING for one in earlier)
    if wish.adjusted == stands or wish.adjusted.minor < 0 or is_open or wish.adjusted.currency is not stands.currency:
        raise NoVariance
    fund = store.fund(tx, payment.fund)
    assert fund is not None, "funds are never removed"
    check_variance(fund, wish.adjusted)
    check_reason(wish.reason)
    one = Variance(
        VarianceId(tx.new_id()),
        payment.organisation,
        payment.id,
        stands,
        wish.adjusted,
        wish.reason.strip(),
        StaffId(person_of(tx, wish.actor).staff),
        Ruling.PENDING,
        tx.now,
    )
    store.add_variance(tx, one)
    note_of(tx, wish.actor, one.organisation, "variance_recorded", "variance", one.id, after="pending")
    approvals.request(tx, Request(_content(one, payment), wish.actor, reason=one.reason, trace=wish.trace))
    return one


def _content(one: Variance, payment: FundPayment) -> Content:
    facts = {
        "payment": payment_number(payment.number),
        "original": one.original.plain(),
        "adjusted": one.adjusted.plain(),
        "reason": one.reason,
    }
    difference = one.difference if one.difference.minor > 0 else -one.difference
    return Content(one.organisation, Subject(SubjectKind.VARIANCE, one.id), difference, facts)


class VarianceOwner:
    """Agreed to by the CFO, it is in the books at once; what the fund cannot bear waits until it is filled up, or is refused."""

    at_once = True

    def named(self, tx: Tx, subject: UUID) -> str:
        one = store.variance(tx, subject)
        payment = store.load(tx, one.payment) if one else None
        return payment_number(payment.number) if payment else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        one = store.variance(tx, subject, lock=lock)
        payment = store.load(tx, one.payment, lock=lock) if one else None
        if one is None or payment is None:
            raise NotFound("variance", subject.hex)
        return _content(one, payment)

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        subject = approval.subject.id
        used = approvals.execute(tx, approval, self.content(tx, subject), by=by, has_code=has_code, trace=trace)
        assert used.state is State.EXECUTED, "its row is locked, and it was just compared"
        one = store.variance(tx, subject)
        assert one is not None, "its row is locked"
        _apply(tx, one)
        _note(tx, by, one, "variance_applied", "approved")
        return used

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        one = store.variance(tx, approval.subject.id)
        assert one is not None, "variances are never removed"
        store.rule_variance(tx, one, Ruling.REJECTED)
        _note(tx, by, one, "variance_refused", "rejected")


def _note(tx: Tx, by: Actor, one: Variance, action: str, after: str) -> None:
    note_of(tx, by, one.organisation, action, "variance", one.id, before="pending", after=after)


def _apply(tx: Tx, one: Variance) -> None:
    payment = store.load(tx, one.payment)
    assert payment is not None, "payments are never removed"
    fund = store.fund(tx, payment.fund, lock=True)
    assert fund is not None, "funds are never removed"
    check_adjusting(fund, one)
    store.rule_variance(tx, one, Ruling.APPROVED)
    ledger.open_accounts(tx, [cash(one.organisation, one.original.currency)])
    entry = entries.variance_applied(
        organisation=one.organisation,
        variance=one.id,
        fund=payment.fund,
        purpose=payment.purpose,
        difference=one.difference,
        value_on=organisations.by_id(tx, one.organisation).local_day(tx.now),
    )
    ledger.post(tx, [entry])
    store.move_fund(tx, payment.fund, -one.difference)
