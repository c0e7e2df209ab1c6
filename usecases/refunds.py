"""Paying a payment back: asked for, approved by somebody else, set aside, paid, and each step told to the payer (OUT-1).

request_refund ──> approved by a manager with a code ──> money set aside, payout instructed ──> refund_ended: paid, or given back

Locks in one order: the refund, its approval, the payment, its customer accounts. What is asked for and what is paid are one
row; its journal entries carry the round in which its money was taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from core import application, entries
from core import refunds as rules
from core.application import Application, Strategy
from core.approvals import Approval, Content
from core.approvals import State as ApprovalState
from core.errors import IntentReused, NotFound, NotPermitted
from core.ids import PaymentId, PayoutId, StaffId
from core.ledger import debit, refunds_owed
from core.messages import RefundStep, RefundTold
from core.money import Money, total
from core.payments import Payment, Status
from core.payouts import FailReason, Payee, Payout, TooLate, Way
from core.payouts import State as PayoutState
from core.permissions import Action, Actor, ActorKind
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.refunds import NotRefundable, PayeeUnknown, Refund, RefundId, State
from storage import applications, approvals, audit, customer_accounts, ledger, organisations, outbox, payouts, people
from storage import payments as payment_store
from storage import refunds as store
from storage.applications import NewApplication
from storage.audit import Change
from storage.outbox import MessageFacts, Out
from storage.payments import PayerSeen, Stored
from storage.tx import Tx
from usecases import approvals as approving
from usecases.held_credit import withdraw_credit
from usecases.noting import decided, payment_change
from usecases.payout_requests import PayoutEnded, RequestPayout, request_payout, withdraw_payout
from usecases.rights import require_for

LONGEST_REASON = 120
SUBJECT = "refund"
BY_PAYOUT_INSTEAD = frozenset({FailReason.NOT_REVERSIBLE, FailReason.DECLINED, FailReason.NOT_FOUND})
"""What the provider will not undo is sent as a payout: the same money to the same phone, under the same approval."""


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """Pay `amount` of a payment back (None: all that is left). `customer` is set when its payer asks, by phone."""

    payment: PaymentId
    amount: Money | None
    reason: str
    actor: Actor
    trace: str
    customer: Msisdn | None = None
    payee: Msisdn | None = None
    """To which phone, where staff say so; None is the payer's own."""
    intent: str | None = None
    """Of the very yes on a screen: the same one is one request."""


def request_refund(tx: Tx, wish: RequestRefund) -> Refund:
    """Write the wish down, ask for its approval, and tell the payee. Raises what stands in the way; nothing is promised yet."""
    stored = payment_store.load(tx, wish.payment, lock=True)
    if stored is None:
        raise NotFound("payment", wish.payment.hex)
    payment = stored.payment
    _require(tx, wish, stored)
    if wish.intent is not None and (known := store.of_intent(tx, payment.organisation, wish.intent)) is not None:
        if known.payment != payment.id or wish.amount not in (None, known.amount):
            raise IntentReused(wish.intent)
        return known
    if wish.customer is not None and (waits := _asked_before(tx, wish)) is not None:
        return waits
    most = rules.refundable(payment, _parts(tx, payment.id), store.of_payment(tx, payment.id))
    amount = rules.checked(wish.amount, most)
    payer = payment_store.open_payer(tx, stored.payer_sealed)
    payee = wish.payee or wish.customer or (Msisdn(payer.msisdn) if payer.msisdn else None)
    if payee is None:
        raise PayeeUnknown
    refund = Refund(
        id=RefundId(tx.new_id()),
        organisation=payment.organisation,
        number=store.next_number(tx, payment.organisation),
        payment=payment.id,
        amount=amount,
        payee=payee,
        reason=wish.reason.strip()[:LONGEST_REASON],
        state=State.REQUESTED,
        requested_by=_staff(wish.actor),
        requested_at=tx.now,
    )
    store.add(tx, refund, intent=wish.intent)
    approving.request(
        tx,
        approving.Request(
            refund.content,
            wish.actor,
            customer=approvals.marks_of_phone(tx, payment.organisation, wish.customer)
            if wish.customer
            else frozenset(),
            payee=approvals.marks_of_phone(tx, payment.organisation, payee),
            reason=refund.name,
            trace=wish.trace,
        ),
    )
    _note(tx, refund, None, wish.actor, "refund_requested", wish.trace)
    _tell(tx, refund, RefundStep.REQUESTED, wish.trace)
    return refund


def _parts(tx: Tx, payment: PaymentId) -> list[Application]:
    """Where a payment went, apart from loans: what was repaid of a loan is read from its story and never paid back."""
    standing = applications.standing(tx, payment)
    accounts = customer_accounts.standings(tx, [part.account for part in standing], lock=False)
    return [part for part in standing if not accounts[part.account].account.is_loan]


def _asked_before(tx: Tx, wish: RequestRefund) -> Refund | None:
    """The same sum of the same payment, asked for by phone and not decided yet: a line that dropped asks again."""
    for other in store.of_payment(tx, wish.payment):
        if other.state is State.REQUESTED and other.requested_by is None and wish.amount in (None, other.amount):
            return other
    return None


def _require(tx: Tx, wish: RequestRefund, stored: Stored) -> None:
    """Staff by their role; a customer for what their own phone paid."""
    payment = stored.payment
    if wish.customer is None:
        require_for(tx, wish.actor, Action.REQUEST_REFUND, payment.organisation, what="payment", name=wish.payment.hex)
    elif not is_payer(tx, stored, wish.customer):
        raise NotPermitted(Action.REQUEST_REFUND.value)


def is_payer(tx: Tx, stored: Stored, phone: Msisdn) -> bool:
    """Did this phone pay it? Where the provider hid the number: does the mask fit, and was this phone's owner recognised as
    the payer when the money came? Weak, so somebody else's yes decides (docs/decisions/0004)."""
    if stored.payer_index is not None:
        return stored.payer_index == approvals.phone_mark(tx, phone)
    contact = people.contact_of(tx, stored.payment.organisation, phone)
    seen = payment_store.open_payer(tx, stored.payer_sealed)
    return contact is not None and contact == stored.payment.payer_contact and may_be(seen, phone)


def may_be(seen: PayerSeen, phone: Msisdn) -> bool:
    """Is what the provider told of the payer's number this phone, as far as it tells?"""
    if seen.msisdn:
        return seen.msisdn == phone.digits
    masked = read_payer(seen.partial) if seen.partial else None
    return isinstance(masked, MaskedMsisdn) and masked.may_be(phone)


def _staff(actor: Actor) -> StaffId | None:
    return StaffId(UUID(actor.name)) if actor.kind is ActorKind.STAFF else None


def most_refundable(tx: Tx, payment: PaymentId) -> Money | None:
    """A query: how much of a payment may still be asked for; None where nothing may."""
    stored = payment_store.load(tx, payment)
    if stored is None:
        return None
    try:
        most = rules.refundable(stored.payment, _parts(tx, payment), store.of_payment(tx, payment))
    except NotRefundable:
        return None
    return most if most.minor > 0 else None


# --- what becomes of it -------------------------------------------------------------------------------------------------


class Refunds:
    """Answers for refunds in the one procedure of approval (`usecases/ownership.py`)."""

    at_once = True

    def named(self, tx: Tx, subject: UUID) -> str:
        refund = store.load(tx, RefundId(subject))
        return refund.name if refund else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        return _found(tx, RefundId(subject), lock=lock).content

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """Set its money aside and instruct the payout: in this transaction, or not at all."""
        refund = _found(tx, RefundId(approval.subject.id))
        after = approving.execute(tx, approval, refund.content, by=by, has_code=has_code, trace=trace)
        if after.state is ApprovalState.EXECUTED:
            _pay(tx, refund, by, trace)
        return after

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """Nobody is paid: it was refused, taken back, is too old or was changed."""
        refund = _found(tx, RefundId(approval.subject.id))
        after = _become(tx, refund, _AFTER[approval.state], by, trace)
        if after.state in _TOLD:
            _tell(tx, after, _TOLD[after.state], trace)


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
        stored.payment, refund, to_payer=may_be(payer, refund.payee), today=_today(tx, stored.payment)
    )
    payout = _instruct(tx, stored.payment, refund, by, trace, undo=is_undone)
    after = _become(tx, replace(refund, payout=payout.id), State.PAYING, by, trace)
    _tell(tx, after, RefundStep.APPROVED, trace)


def _take(tx: Tx, payment: Payment, refund: Refund, by: Actor, trace: str) -> None:
    """What it had settled is owed again, as much as is paid back. Raises `NotRefundable`, `RefundTooLarge`: it was moved or
    taken back meanwhile."""
    others = [other for other in store.of_payment(tx, payment.id) if other.id != refund.id]
    standing = _parts(tx, payment.id)
    rules.checked(refund.amount, rules.refundable(payment, standing, others))
    _move(tx, payment, refund, rules.taken(standing, refund.amount), refund.amount)
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_reserved", reason=refund.name, trace=trace), by)])


def _move(tx: Tx, payment: Payment, refund: Refund, parts: list[Application], amount: Money) -> None:
    """From the customers' accounts to what we owe the payer. Accounts are locked in one order with all who apply cash."""
    customer_accounts.standings(tx, [part.account for part in parts], lock=True)
    on = _today(tx, payment)
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


def _instruct(tx: Tx, payment: Payment, refund: Refund, by: Actor, trace: str, *, undo: bool) -> Payout:
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


def refund_ended(tx: Tx, news: PayoutEnded) -> None:
    """The provider's last word on its payout: paid; or surely not, and its money goes back to where it came from. Providers
    change their word: what failed and was paid after all takes its money again, and the other way round."""
    refund = store.load(tx, RefundId(news.payout.subject), lock=True)
    stored = payment_store.load(tx, refund.payment, lock=True) if refund else None
    if refund is None or stored is None:
        raise NotFound("refund", news.payout.subject.hex)
    if refund.payout != news.payout.id:
        _older_ended(tx, refund, stored.payment, news)
        return
    if news.payout.state is PayoutState.PAID:
        _paid(tx, refund, stored.payment, news)
        return
    was_paid = refund.state is State.PAID
    if was_paid and (other := _paid_as_well(tx, refund)) is not None:
        store.save(tx, replace(refund, payout=other))
        return
    is_gone = stored.payment.status is Status.REVERSED
    is_refused = news.payout.way is Way.GIVE_BACK and news.payout.fail_reason in BY_PAYOUT_INSTEAD
    if not was_paid and is_refused:
        payout = _instruct(tx, stored.payment, refund, news.actor, news.trace, undo=False)
        store.save(tx, replace(refund, payout=payout.id))
        return
    if not is_gone:
        _give_back(tx, stored.payment, refund, news.actor, news.trace)
    after = _become(tx, refund, State.FAILED, news.actor, news.trace)
    if was_paid and not is_gone:
        _stand(tx, refund.payment, after, news)
    _tell(tx, after, RefundStep.FAILED, news.trace)


def overtaken(tx: Tx, stored: Stored, actor: Actor, trace: str) -> Stored:
    """The provider takes a whole payment back while (a part of) it is being paid back, or was: what refunds had taken stands on
    the accounts again, from where the reversal takes all. A payout that has not left stays here. What has left is paid twice,
    and stays as a debt in `liability:refunds`, where `karani verify` names it until people have looked."""
    for refund in store.of_payment(tx, stored.payment.id):
        if refund.state not in (State.PAYING, State.PAID):
            continue
        is_kept = refund.state is State.PAYING and _is_kept(tx, refund, actor, trace)
        _give_back(tx, stored.payment, refund, actor, trace)
        if is_kept:
            after = _become(tx, refund, State.FAILED, actor, trace)
            _tell(tx, after, RefundStep.FAILED, trace)
        again = payment_store.load(tx, stored.payment.id)
        assert again is not None, "a refund has a payment"
        stored = again
    return stored


def _is_kept(tx: Tx, refund: Refund, actor: Actor, trace: str) -> bool:
    """Withdraw its payout, unless that may have left."""
    assert refund.payout is not None, "a refund that is being paid has a payout"
    try:
        withdraw_payout(tx, PayoutId(refund.payout), actor=actor, trace=trace)
    except TooLate:
        return False
    return True


def _older_ended(tx: Tx, refund: Refund, payment: Payment, news: PayoutEnded) -> None:
    """A payout in whose place another was sent has a new end. Paid after all it is the one that counts, and the other is taken
    back while it has not left. What left by both is paid twice: that money stays as a debt in `liability:refunds`, where
    `karani verify` names it until people have looked."""
    if news.payout.state is not PayoutState.PAID:
        return
    if refund.state is State.PAID:
        payment_store.advance(tx, payment)
        reason = f"{refund.name} {news.payout.receipt or ''}".strip()
        audit.record(tx, [(decided(payment, "refund_paid_twice", reason=reason, trace=news.trace), news.actor)])
        return
    for other in payouts.of_subject(tx, SUBJECT, refund.id):
        if other.state is PayoutState.RESERVED:
            withdraw_payout(tx, other.id, actor=news.actor, trace=news.trace)
    _paid(tx, replace(refund, payout=news.payout.id), payment, news)


def _paid_as_well(tx: Tx, refund: Refund) -> PayoutId | None:
    """Another payout of it that stands paid: the refund rests on that one when its own is taken back."""
    return next((one.id for one in payouts.of_subject(tx, SUBJECT, refund.id) if one.state is PayoutState.PAID), None)


def _paid(tx: Tx, refund: Refund, payment: Payment, news: PayoutEnded) -> None:
    if refund.state is State.FAILED:
        refund = replace(refund, round=refund.round + 1)
        _take_what_is_left(tx, payment, refund, news)
    after = _become(tx, refund, State.PAID, news.actor, news.trace)
    if payment.status is not Status.REVERSED:
        _stand(tx, refund.payment, after, news)
    _tell(tx, after, RefundStep.PAID, news.trace, receipt=news.payout.receipt or "")


def _stand(tx: Tx, id_: PaymentId, refund: Refund, news: PayoutEnded) -> None:
    """The payment's own state follows the sum of what was paid back of it."""
    stored = payment_store.load(tx, id_, lock=True)
    assert stored is not None, "a refund has a payment"
    payment = stored.payment
    back = [each.amount for each in store.of_payment(tx, id_) if each.state is State.PAID]
    status = rules.status_after(payment, total(back, payment.amount.currency))
    payment_store.refunded(tx, payment, status)
    after = replace(payment, status=status, version=payment.version + 1)
    change = payment_change(after, payment.status, reason=refund.name, trace=news.trace)
    audit.record(tx, [(change, news.actor)])


def _give_back(tx: Tx, payment: Payment, refund: Refund, actor: Actor, trace: str) -> None:
    """Its money settles again what is owed on the accounts that it was taken from, as they stand today. What was paid after
    all when nothing was left had taken none."""
    undone = ledger.load(tx, f"refund:{refund.id.hex}:taken:{refund.round}")
    if undone is None:
        return
    parts = applications.of_entry(tx, undone.id)
    standings = customer_accounts.standings(tx, [part.account for part in parts], lock=True)
    given: list[Application] = []
    for part in parts:
        account, reason = standings[part.account].account, f"failed:{refund.name}"
        given += application.fill(account, -part.amount, strategy=Strategy.STAFF, reason=reason)
    (entry,) = ledger.post(
        tx,
        [
            entries.refund_given_back(
                organisation=payment.organisation,
                payment=payment.id,
                refund=refund.id,
                turn=refund.round,
                given=given,
                amount=total([part.amount for part in given], refund.amount.currency),
                value_on=_today(tx, payment),
            )
        ],
    )
    applications.add(tx, [NewApplication(entry, payment.id, tuple(given))])
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_given_back", reason=refund.name, trace=trace), actor)])


def _take_what_is_left(tx: Tx, payment: Payment, refund: Refund, news: PayoutEnded) -> None:
    """It was paid after all. What is left of the payment pays for it; what is not there stays as a debt in
    `liability:refunds`, where `karani verify` names it until people have looked."""
    standing = _parts(tx, payment.id)
    here = total([part.amount for part in standing], refund.amount.currency)
    amount = min(refund.amount, here)
    if amount.minor > 0:
        _move(tx, payment, refund, rules.taken(standing, amount), amount)
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_paid_after_all", reason=refund.name, trace=news.trace), news.actor)])


def _found(tx: Tx, id_: RefundId, *, lock: bool = True) -> Refund:
    refund = store.load(tx, id_, lock=lock)
    if refund is None:
        raise NotFound("refund", id_.hex)
    return refund


def _become(tx: Tx, refund: Refund, state: State, actor: Actor, trace: str) -> Refund:
    rules.require_next(refund.state, state)
    after = replace(refund, state=state, version=refund.version + 1)
    store.save(tx, after)
    _note(tx, after, refund.state, actor, f"refund_{state.value}", trace)
    return after


def _note(tx: Tx, refund: Refund, before: State | None, actor: Actor, action: str, trace: str) -> None:
    """A row of the refund's own history, which counts with its version."""
    change = Change(
        organisation=refund.organisation,
        action=action,
        subject_kind="refund",
        subject=refund.id,
        sequence=refund.version,
        from_state=before.value if before else None,
        to_state=refund.state.value,
        reason=f"{refund.name} payment {refund.payment.hex}",
        trace=trace,
    )
    audit.record(tx, [(change, actor)])


def _tell(tx: Tx, refund: Refund, step: RefundStep, trace: str, *, receipt: str = "") -> None:
    """The payee is told each step, by their own phone."""
    name = organisations.by_id(tx, refund.organisation).name
    message = RefundTold(name, step, refund.name, refund.amount, receipt)
    facts = MessageFacts(message, msisdn=refund.payee.digits)
    out = Out(refund.organisation, outbox.Kind.SMS, message.event, facts, payment=refund.payment, trace=trace)
    outbox.put(tx, [out])


def _today(tx: Tx, payment: Payment) -> date:
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    return account.local_date(tx.now)
