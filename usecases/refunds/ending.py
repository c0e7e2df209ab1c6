"""The last word of a provider on a refund's payout, or on its payment: paid, given back, or taken back by both."""

from __future__ import annotations

from dataclasses import replace

from core import application, entries
from core import refunds as rules
from core.application import Application, Strategy
from core.errors import NotFound
from core.ids import PaymentId, PayoutId
from core.messages import RefundStep
from core.money import total
from core.payments import Payment, Status
from core.payouts import FailReason, TooLate, Way
from core.payouts import State as PayoutState
from core.permissions import Actor
from core.refunds import Refund, RefundId, State
from storage import applications, audit, customer_accounts, ledger, payouts
from storage import payments as payment_store
from storage import refunds as store
from storage.applications import NewApplication
from storage.payments import Stored
from storage.tx import Tx
from usecases.noting import decided, payment_change
from usecases.payout_requests import PayoutEnded, withdraw_payout
from usecases.refunds.noting import become, parts, tell, today
from usecases.refunds.paying import SUBJECT, instruct, move

BY_PAYOUT_INSTEAD = frozenset({FailReason.NOT_REVERSIBLE, FailReason.DECLINED, FailReason.NOT_FOUND})
"""What the provider will not undo is sent as a payout: the same money to the same phone, under the same approval."""


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
    if not was_paid and is_refused and not is_gone:
        payout = instruct(tx, stored.payment, refund, news.actor, news.trace, undo=False)
        store.save(tx, replace(refund, payout=payout.id))
        return
    if not is_gone:
        _give_back(tx, stored.payment, refund, news.actor, news.trace)
    after = become(tx, refund, State.FAILED, news.actor, news.trace)
    if was_paid and not is_gone:
        _stand(tx, refund.payment, after, news)
    tell(tx, after, RefundStep.FAILED, news.trace)


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
            after = become(tx, refund, State.FAILED, actor, trace)
            tell(tx, after, RefundStep.FAILED, trace)
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
    after = become(tx, refund, State.PAID, news.actor, news.trace)
    if payment.status is not Status.REVERSED:
        _stand(tx, refund.payment, after, news)
    tell(tx, after, RefundStep.PAID, news.trace, receipt=news.payout.receipt or "")


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
                value_on=today(tx, payment),
            )
        ],
    )
    applications.add(tx, [NewApplication(entry, payment.id, tuple(given))])
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_given_back", reason=refund.name, trace=trace), actor)])


def _take_what_is_left(tx: Tx, payment: Payment, refund: Refund, news: PayoutEnded) -> None:
    """It was paid after all. What is left of the payment pays for it; what is not there stays as a debt in
    `liability:refunds`, where `karani verify` names it until people have looked."""
    standing = parts(tx, payment.id)
    here = total([part.amount for part in standing], refund.amount.currency)
    amount = min(refund.amount, here)
    if amount.minor > 0:
        move(tx, payment, refund, rules.taken(standing, amount), amount)
    payment_store.advance(tx, payment)
    audit.record(tx, [(decided(payment, "refund_paid_after_all", reason=refund.name, trace=news.trace), news.actor)])
