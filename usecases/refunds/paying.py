"""An approved refund is carried out: its money is set aside, and the payout instructed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from core import application, entries
from core import refunds as rules
from core.application import Application
from core.approvals import Approval, Content
from core.approvals import State as ApprovalState
from core.ledger import debit, refunds_owed
from core.messages import RefundStep
from core.money import Money
from core.payments import Payment
from core.payouts import Payee, Payout
from core.permissions import Actor
from core.refunds import Refund, RefundId, State
from storage import applications, audit, customer_accounts, ledger
from storage import payments as payment_store
from storage import refunds as store
from storage.applications import NewApplication
from storage.tx import Tx
from usecases import approvals as approving
from usecases.held_credit import withdraw_credit
from usecases.noting import decided
from usecases.payout_requests import RequestPayout, request_payout
from usecases.refunds.asking import may_be
from usecases.refunds.noting import become, found, parts, tell, today

SUBJECT = "refund"


class Refunds:
    """Answers for refunds in the one procedure of approval (`usecases/ownership.py`)."""

    at_once = True

    def named(self, tx: Tx, subject: UUID) -> str:
        refund = store.load(tx, RefundId(subject))
        return refund.name if refund else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        return found(tx, RefundId(subject), lock=lock).content

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """Set its money aside and instruct the payout: in this transaction, or not at all."""
        refund = found(tx, RefundId(approval.subject.id))
        after = approving.execute(tx, approval, refund.content, by=by, has_code=has_code, trace=trace)
        if after.state is ApprovalState.EXECUTED:
            _pay(tx, refund, by, trace)
        return after

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """Nobody is paid: it was refused, taken back, is too old or was changed."""
        refund = found(tx, RefundId(approval.subject.id))
        after = become(tx, refund, _AFTER[approval.state], by, trace)
        if after.state in _TOLD:
            tell(tx, after, _TOLD[after.state], trace)


_AFTER = {
    ApprovalState.REJECTED: State.REJECTED,
    ApprovalState.WITHDRAWN: State.WITHDRAWN,
    ApprovalState.EXPIRED: State.EXPIRED,
    ApprovalState.VOID: State.VOID,
}


_TOLD = {
    State.REJECTED: RefundStep.REJECTED,
    State.EXPIRED: RefundStep.EXPIRED,
    State.VOID: RefundStep.EXPIRED,
}


def _pay(tx: Tx, refund: Refund, by: Actor, trace: str) -> None:
    """Take its money from where the payment went and hand it to the payout."""
    stored = payment_store.load(tx, refund.payment, lock=True)
    assert stored is not None, "a refund has a payment"
    refund = replace(refund, round=refund.round + 1)
    _take(tx, stored.payment, refund, by, trace)
    payer = payment_store.open_payer(tx, stored.payer_sealed)
    is_undone = rules.is_undone_at_the_provider(
        stored.payment, refund, to_payer=may_be(payer, refund.payee), today=today(tx, stored.payment)
    )
    payout = instruct(tx, stored.payment, refund, by, trace, undo=is_undone)
    after = become(tx, replace(refund, payout=payout.id), State.PAYING, by, trace)
    tell(tx, after, RefundStep.APPROVED, trace)


def _take(tx: Tx, payment: Payment, refund: Refund, by: Actor, trace: str) -> None:
    """What it had settled is owed again, as much as is paid back. Raises `NotRefundable`, `RefundTooLarge`: it was moved or
    taken back meanwhile."""
    others = [other for other in store.of_payment(tx, payment.id) if other.id != refund.id]
    standing = parts(tx, payment.id)
    rules.checked(refund.amount, rules.refundable(payment, standing, others))
    move(tx, payment, refund, rules.taken(standing, refund.amount), refund.amount)
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_reserved", reason=refund.name, trace=trace), by)])


def move(tx: Tx, payment: Payment, refund: Refund, parts: list[Application], amount: Money) -> None:
    """From the customers' accounts to what we owe the payer. Accounts are locked in one order with all who apply cash."""
    customer_accounts.standings(tx, [part.account for part in parts], lock=True)
    on = today(tx, payment)
    withdraw_credit(tx, payment, parts, on, refund=f"{refund.id.hex}:{refund.round}")
    ledger.open_accounts(tx, [refunds_owed(payment.organisation, amount.currency)])
    taken = entries.refund_taken(
        organisation=payment.organisation,
        payment=payment.id,
        refund=refund.id,
        turn=refund.round,
        taken=parts,
        amount=amount,
        value_on=on,
    )
    (entry,) = ledger.post(tx, [taken])
    applications.add(tx, [NewApplication(entry, payment.id, application.undone(parts, refund.name))])


def instruct(tx: Tx, payment: Payment, refund: Refund, by: Actor, trace: str, *, undo: bool) -> Payout:
    wish = RequestPayout(
        organisation=refund.organisation,
        subject_kind=SUBJECT,
        subject=refund.id,
        payee=Payee(refund.payee, ""),
        amount=refund.amount,
        remarks=f"Refund {refund.name}",
        against=(debit(refunds_owed(refund.organisation, refund.amount.currency), refund.amount),),
        actor=by,
        trace=trace,
        provider_account=payment.provider_account,
        original_receipt=(payment.receipt or "") if undo else "",
    )
    return request_payout(tx, wish)
