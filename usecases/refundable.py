"""What a payer may ask back by phone, and asking for it (OUT-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.ids import OrganisationId, PaymentId
from core.money import Money
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from core.refunds import Refund
from storage import payments as payment_store
from storage import refunds as store
from storage.tx import Tx
from usecases.commands import AskRefund
from usecases.refunds.asking import RequestRefund, is_payer, most_refundable, request_refund

MOST_OFFERED = 5


@dataclass(frozen=True, slots=True)
class Refundable:
    """A payment from the asker's phone, and how much of it may be asked back."""

    payment: PaymentId
    on: date
    reference: str
    most: Money


def refundable_by(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> tuple[Refundable, ...]:
    """A query: the newest payments from this phone of which something is left, in whole shillings or francs."""
    found = []
    for payment, on, reference in store.paid_by(tx, organisation, msisdn):
        stored = payment_store.load(tx, payment)
        most = most_refundable(tx, payment) if stored is not None and is_payer(tx, stored, msisdn) else None
        if most is not None and most.minor >= most.currency.unit:
            found.append(Refundable(payment, on, reference, most))
    return tuple(found[:MOST_OFFERED])


def ask_refund(tx: Tx, wish: AskRefund) -> Refund:
    """The payer's wish, in their own name, to their own phone."""
    actor = Actor(ActorKind.PERSON, wish.msisdn.masked, wish.channel)
    command = RequestRefund(
        payment=wish.payment,
        amount=wish.amount,
        reason=wish.reason,
        actor=actor,
        trace=wish.trace,
        customer=wish.msisdn,
        intent=wish.intent,
    )
    return request_refund(tx, command)
