"""Staff find the owner of money that waits in suspense (PAY-7)."""

from __future__ import annotations

from dataclasses import dataclass

from core import application, entries
from core.application import Strategy
from core.approvals import SubjectKind
from core.errors import NotFound
from core.fees import receipt_number
from core.ids import CustomerAccountId, OrganisationId, PaymentId
from core.ledger import customer_credit
from core.messages import PaymentReceived
from core.money import Currency, Money
from core.payments import Payment
from core.permissions import Action, Actor, require
from core.receipt_codes import shown
from storage import applications, audit, callers, customer_accounts, ledger, organisations, outbox, receipts, suspense
from storage import payments as payment_store
from storage.applications import NewApplication
from storage.customer_accounts import Standing
from storage.outbox import MessageFacts, Out
from storage.payments import Stored
from storage.tx import Tx
from usecases.loans.officers import tell_officers
from usecases.loans.telling import tell_loans, value_day
from usecases.noting import decided
from usecases.placements import Asked, Place, ask_where_needed
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class AssignSuspense:
    """`payment`'s money belongs to the account (or invoice) that `reference` names."""

    payment: PaymentId
    reference: str
    actor: Actor
    trace: str
    strategy: Strategy = Strategy.STAFF
    """Who found the owner: a person, or what a later witness told of the payer."""
    why: str = ""
    """In that person's words, for the trail."""


@dataclass(frozen=True, slots=True)
class Assigned:
    payment: PaymentId
    amount: Money
    reference: str


def assign(tx: Tx, wish: AssignSuspense) -> Assigned | Asked:
    """Move the money from suspense to its owner, and tell them; so much that it takes a second person is asked for. A second
    assignment finds nothing left and is refused."""
    require(wish.actor, Action.ASSIGN_SUSPENSE)
    stored = payment_store.load(tx, wish.payment, lock=True)
    if stored is None:
        raise NotFound("payment", wish.payment.hex)
    payment = stored.payment
    require_for(tx, wish.actor, Action.ASSIGN_SUSPENSE, payment.organisation, what="payment", name=wish.payment.hex)
    if wish.strategy is Strategy.STAFF:
        owner = _owner(tx, payment, wish)
        place = Place(SubjectKind.SUSPENSE, payment, owner, wish.reference, wish.actor, wish.why, wish.trace)
        if (asked := ask_where_needed(tx, place)) is not None:
            return asked
    return give(tx, stored, wish)


def _owner(tx: Tx, payment: Payment, wish: AssignSuspense) -> Standing:
    """The account that is meant, locked. Raises `NotFound`."""
    target = callers.account_named(tx, payment.organisation, wish.reference)
    if target is None:
        raise NotFound("account", wish.reference)
    standing = customer_accounts.standings(tx, [target[0]], lock=True)[target[0]]
    if standing.currency is not payment.amount.currency:
        raise NotFound("account", wish.reference)
    return standing


def give(tx: Tx, stored: Stored, wish: AssignSuspense) -> Assigned:
    """The move itself, for callers that have locked the payment and know that whoever wishes it may, and needs nobody else."""
    payment = stored.payment
    standing = _owner(tx, payment, wish)
    amount = suspense.close(tx, payment)
    if amount is None:
        raise NotFound("suspense", payment.receipt or payment.id.hex)
    reason = f"{wish.strategy.value}:{standing.account.reference}"
    first = callers.item_named(tx, payment.organisation, wish.reference)
    applied = tuple(application.fill(standing.account, amount, strategy=wish.strategy, reason=reason, first=first))
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    (entry,) = ledger.post(
        tx,
        [
            entries.suspense_assigned(
                organisation=payment.organisation,
                payment=payment.id,
                amount=amount,
                applied=applied,
                value_on=value_day(payment, [standing.account], account.local_date(tx.now)),
            )
        ],
    )
    applications.add(tx, [NewApplication(entry, payment.id, applied)])
    told = tell_loans(tx, [standing.account.id])
    if told:
        tell_officers(tx, [(standing.account.id, amount)])
    payment_store.advance(tx, payment)
    why = f"{reason} {wish.why}".strip()
    audit.record(tx, [(decided(payment, "suspense_assigned", reason=why, trace=wish.trace), wish.actor)])
    owed = Money(sum(item.outstanding.minor for item in standing.account.items), amount.currency)
    held = _credit(tx, payment.organisation, standing.account.id, amount.currency)
    receipt = receipts.of(tx, payment.id)
    message = PaymentReceived(
        organisation=account.organisation_name,
        amount=amount,
        reference=standing.account.reference,
        others=0,
        balance=told[standing.account.id].balance if told else owed - held,
        receipt_number=receipt_number(receipt.number),
        receipt_code=shown(receipt.code),
        provider_receipt=payment.receipt or "",
    )
    payer = payment_store.open_payer(tx, stored.payer_sealed)
    facts = MessageFacts(
        message=message,
        msisdn=payer.msisdn,
        contact=payment.payer_contact,
        masked=payer.partial if "*" in payer.partial else "",
        accounts=(standing.account.id,),
    )
    outbox.put(
        tx, [Out(payment.organisation, outbox.Kind.SMS, message.event, facts, payment=payment.id, trace=wish.trace)]
    )
    return Assigned(payment.id, amount, standing.account.reference)


def _credit(tx: Tx, organisation: OrganisationId, account: CustomerAccountId, currency: Currency) -> Money:
    return -ledger.balance(tx, customer_credit(organisation, account, currency))
