"""Asking for (a part of) a payment back: who may, how much, and to which phone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core import refunds as rules
from core.errors import IntentReused, NotFound, NotPermitted
from core.ids import PaymentId, StaffId
from core.messages import RefundStep
from core.money import Money
from core.permissions import Action, Actor, ActorKind
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.refunds import NotRefundable, PayeeUnknown, Refund, RefundId, State
from storage import approvals, people
from storage import payments as payment_store
from storage import refunds as store
from storage.payments import PayerSeen, Stored
from storage.tx import Tx
from usecases import approvals as approving
from usecases.refunds.noting import note, parts, tell
from usecases.rights import require_for

LONGEST_REASON = 120


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
    most = rules.refundable(payment, parts(tx, payment.id), store.of_payment(tx, payment.id))
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
    note(tx, refund, None, wish.actor, "refund_requested", wish.trace)
    tell(tx, refund, RefundStep.REQUESTED, wish.trace)
    return refund


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
        most = rules.refundable(stored.payment, parts(tx, payment), store.of_payment(tx, payment))
    except NotRefundable:
        return None
    return most if most.minor > 0 else None
