"""A payer moves what they paid: to another account of theirs, or out of suspense to whom it was for (PAY-5, PAY-7).

Only whose phone paid may, and only where nobody else loses by it: money that counts for somebody else's account, or should,
is staff's to move. Where the provider hid the payer's number, what it shows of it must fit, the provider's code must have been
typed, which stands in the payer's own message, and the money goes to an account of theirs (docs/decisions/0004).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from core.application import Strategy
from core.errors import DomainError, NotFound
from core.ids import OrganisationId, PaymentId
from core.money import Money, total
from core.payments import Status
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from storage import applications, callers, customer_accounts, people, suspense
from storage import payments as payment_store
from storage.payments import Stored
from storage.tx import Tx
from usecases.reallocation import Reallocate, move
from usecases.refunds.asking import is_payer, may_be
from usecases.suspense import AssignSuspense, give


@dataclass(eq=False)
class NotMovable(DomainError):
    """Not by its payer: it is somebody else's, was taken back, or should go to somebody else."""

    code: ClassVar[str] = "not_movable"
    reference: str
    wants_code: bool = False
    """With the provider's code it might be."""


@dataclass(frozen=True, slots=True)
class MoveOwn:
    """This phone's payment belongs to the account that `reference` names."""

    organisation: OrganisationId
    payment: PaymentId
    reference: str
    msisdn: Msisdn
    channel: str
    trace: str = ""
    has_code: bool = False
    """The provider's code of it was typed, now or before the question that a yes answers."""


@dataclass(frozen=True, slots=True)
class Movable:
    """What a move would do. `origin` is the account where the money counts now; empty while it waits for its owner."""

    amount: Money
    on: date
    origin: str
    reference: str

    @property
    def is_there(self) -> bool:
        return self.origin == self.reference


def movable(tx: Tx, wish: MoveOwn) -> Movable:
    """A query: what this move would do. Raises `NotMovable`, and `NotFound` for an account that nobody has."""
    return _movable(tx, wish, _paid(tx, wish, lock=False))


def move_own(tx: Tx, wish: MoveOwn) -> Movable:
    """Do it. Done twice it changes nothing the second time."""
    stored = _paid(tx, wish, lock=True)
    would = _movable(tx, wish, stored)
    if would.is_there:
        return would
    payer = Actor(ActorKind.PERSON, wish.msisdn.masked, wish.channel)
    if would.origin:
        move(tx, stored.payment, Reallocate(wish.payment, would.reference, payer, wish.trace), Strategy.CHOSEN)
    else:
        give(tx, stored, AssignSuspense(wish.payment, would.reference, payer, wish.trace, Strategy.CHOSEN))
    return would


def _paid(tx: Tx, wish: MoveOwn, *, lock: bool) -> Stored:
    stored = payment_store.load(tx, wish.payment, lock=lock)
    if (
        stored is None
        or stored.payment.organisation != wish.organisation
        or stored.payment.status is not Status.COMPLETED
        or not _may_have_paid(tx, stored, wish.msisdn)
    ):
        raise NotMovable(wish.reference)
    if stored.payer_index is None and not wish.has_code:
        raise NotMovable(wish.reference, wants_code=True)
    return stored


def _may_have_paid(tx: Tx, stored: Stored, phone: Msisdn) -> bool:
    if stored.payer_index is not None:
        return is_payer(tx, stored, phone)
    return may_be(payment_store.open_payer(tx, stored.payer_sealed), phone)


def _movable(tx: Tx, wish: MoveOwn, stored: Stored) -> Movable:
    payment = stored.payment
    target = callers.account_named(tx, payment.organisation, wish.reference)
    if target is None:
        raise NotFound("account", wish.reference)
    account, reference = target
    contact = people.contact_of(tx, payment.organisation, wish.msisdn)
    own = people.accounts_of(tx, [contact]).get(contact, []) if contact else []
    if (waiting := suspense.of_payment(tx, payment.id)) is not None:
        if stored.payer_index is None and account not in own:
            raise NotMovable(reference)
        return Movable(waiting, payment.value_on, "", reference)
    standing = applications.standing(tx, payment.id)
    taken = [part for part in standing if part.account != account]
    if standing and not taken:
        return Movable(payment.amount, payment.value_on, reference, reference)
    if not taken or not {account, *(part.account for part in taken)} <= {*own}:
        raise NotMovable(reference)
    origin = customer_accounts.standings(tx, [taken[0].account], lock=False)[taken[0].account].account.reference
    amount = total([part.amount for part in taken], payment.amount.currency)
    return Movable(amount, payment.value_on, origin, reference)
