"""Money was applied to the wrong account: it is moved, by a correcting entry and never by an edit (PAY-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core import application, entries
from core.application import Application, Strategy
from core.errors import DomainError, NotFound
from core.ids import OrganisationId, PaymentId
from core.ledger import customer_credit
from core.money import Money, total
from core.payments import Payment
from core.permissions import Action, Actor, require
from storage import applications, audit, callers, customer_accounts, ledger, organisations
from storage import payments as payment_store
from storage.applications import NewApplication
from storage.tx import Tx
from usecases.loans.officers import tell_officers
from usecases.loans.telling import tell_loans, value_day
from usecases.noting import decided
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class Reallocate:
    """All of `payment` belongs to the account (or invoice) that `reference` names; what is there already stays."""

    payment: PaymentId
    reference: str
    actor: Actor
    trace: str
    why: str = ""
    """In that person's words, for the trail."""


@dataclass(frozen=True, slots=True)
class Reallocated:
    payment: PaymentId
    amount: Money
    reference: str


@dataclass(eq=False)
class CreditSpent(DomainError):
    """What the payment had left as credit has settled another invoice since: that must be moved first."""

    code: ClassVar[str] = "credit_spent"
    amount: Money


def reallocate(tx: Tx, wish: Reallocate) -> Reallocated:
    """Undo where the money went and apply it where it belongs, in one entry. Moving it where it is already is refused."""
    require(wish.actor, Action.REALLOCATE)
    stored = payment_store.load(tx, wish.payment, lock=True)
    if stored is None:
        raise NotFound("payment", wish.payment.hex)
    payment = stored.payment
    require_for(tx, wish.actor, Action.REALLOCATE, payment.organisation, what="payment", name=wish.payment.hex)
    return move(tx, payment, wish, Strategy.STAFF)


def move(tx: Tx, payment: Payment, wish: Reallocate, strategy: Strategy) -> Reallocated:
    """The move itself, for callers that have locked the payment and know that whoever wishes it may."""
    target = callers.account_named(tx, payment.organisation, wish.reference)
    if target is None:
        raise NotFound("account", wish.reference)
    taken = [part for part in applications.standing(tx, payment.id) if part.account != target[0]]
    if not taken:
        raise NotFound("payment", payment.receipt or payment.id.hex)
    # In one order with everybody else who applies cash: nobody waits in a circle, nobody sees half of the move.
    touched = customer_accounts.standings(tx, [target[0], *(part.account for part in taken)], lock=True)
    standing = touched[target[0]]
    if standing.currency is not payment.amount.currency:
        raise NotFound("account", wish.reference)
    _require_credit(tx, payment.organisation, [part for part in taken if not touched[part.account].account.is_loan])
    amount = total([part.amount for part in taken], payment.amount.currency)
    first = callers.item_named(tx, payment.organisation, wish.reference)
    reason = f"{'payer' if strategy is Strategy.CHOSEN else 'staff'}:{standing.account.reference}"
    given = tuple(application.fill(standing.account, amount, strategy=strategy, reason=reason, first=first))
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    accounts = [one.account for one in touched.values()]
    (entry,) = ledger.post(
        tx,
        [
            entries.applications_moved(
                organisation=payment.organisation,
                payment=payment.id,
                move=tx.new_id(),
                taken=taken,
                given=given,
                value_on=value_day(payment, accounts, account.local_date(tx.now)),
            )
        ],
    )
    undone = tuple(Application(p.account, p.item, -p.amount, strategy, f"undone:{p.reason}") for p in taken)
    applications.add(tx, [NewApplication(entry, payment.id, (*undone, *given))])
    if target[0] in tell_loans(tx, touched):
        tell_officers(tx, [(target[0], amount)])
    payment_store.advance(tx, payment)
    told = f"{reason} {wish.why}".strip()
    audit.record(tx, [(decided(payment, "applications_moved", reason=told, trace=wish.trace), wish.actor)])
    return Reallocated(payment.id, amount, standing.account.reference)


def _require_credit(tx: Tx, organisation: OrganisationId, taken: Sequence[Application]) -> None:
    """What is taken from an account's credit must still be there. `standing` names each account's credit once."""
    for part in taken:
        held = -ledger.balance(tx, customer_credit(organisation, part.account, part.amount.currency))
        if part.item is None and held < part.amount:
            raise CreditSpent(part.amount)
