"""Money was applied to the wrong account: it is moved, by a correcting entry and never by an edit (PAY-5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from core import application, entries
from core.application import Application, Strategy
from core.approvals import SubjectKind
from core.errors import DomainError, NotFound
from core.ids import CustomerAccountId, PaymentId
from core.ledger import customer_credit
from core.money import Money, total
from core.payments import Payment
from core.permissions import Action, Actor, require
from storage import applications, audit, callers, customer_accounts, ledger, organisations
from storage import payments as payment_store
from storage.applications import NewApplication
from storage.customer_accounts import Standing
from storage.tx import Tx
from usecases.loans.officers import tell_officers
from usecases.loans.telling import tell_loans, value_day
from usecases.noting import decided
from usecases.placements import Asked, Place, ask_where_needed
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


def reallocate(tx: Tx, wish: Reallocate) -> Reallocated | Asked:
    """Undo where the money went and apply it where it belongs, in one entry; so much that it takes a second person is asked
    for. Moving it where it is already is refused."""
    require(wish.actor, Action.REALLOCATE)
    stored = payment_store.load(tx, wish.payment, lock=True)
    if stored is None:
        raise NotFound("payment", wish.payment.hex)
    payment = stored.payment
    require_for(tx, wish.actor, Action.REALLOCATE, payment.organisation, what="payment", name=wish.payment.hex)
    owner = _movable(tx, payment, wish).standing
    place = Place(SubjectKind.REALLOCATION, payment, owner, wish.reference, wish.actor, wish.why, wish.trace)
    return ask_where_needed(tx, place) or move(tx, payment, wish, Strategy.STAFF)


@dataclass(frozen=True, slots=True)
class _Movable:
    """What is taken from where it was applied, for whom; and all accounts that it touches, locked."""

    standing: Standing
    taken: Sequence[Application]
    touched: Mapping[CustomerAccountId, Standing]


def _movable(tx: Tx, payment: Payment, wish: Reallocate) -> _Movable:
    """Raises `NotFound` where nothing would move, and `CreditSpent`."""
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
    if spent := _spent(tx, payment, taken, touched):
        raise CreditSpent(spent.amount)
    return _Movable(standing, taken, touched)


def move(tx: Tx, payment: Payment, wish: Reallocate, strategy: Strategy) -> Reallocated:
    """The move itself, for callers that have locked the payment and know that whoever wishes it may, and needs nobody else."""
    would = _movable(tx, payment, wish)
    standing, taken, target = would.standing, would.taken, would.standing.account.id
    amount = total([part.amount for part in taken], payment.amount.currency)
    first = callers.item_named(tx, payment.organisation, wish.reference)
    reason = f"{'payer' if strategy is Strategy.CHOSEN else 'staff'}:{standing.account.reference}"
    given = tuple(application.fill(standing.account, amount, strategy=strategy, reason=reason, first=first))
    if target in _post(tx, payment, taken, given, would.touched, strategy):
        tell_officers(tx, [(target, amount)])
    payment_store.advance(tx, payment)
    told = f"{reason} {wish.why}".strip()
    audit.record(tx, [(decided(payment, "applications_moved", reason=told, trace=wish.trace), wish.actor)])
    return Reallocated(payment.id, amount, standing.account.reference)


@dataclass(frozen=True, slots=True)
class Answered:
    """The provider says by name which prompt it was that a payment answered."""

    payment: PaymentId
    prompt: Payment
    actor: Actor
    trace: str


def divide_as_shown(tx: Tx, news: Answered) -> None:
    """The money goes where its payer chose on that prompt, before the PIN. What somebody has moved or given back since stays as
    it is, and so does all of it where its credit is spent: staff may still move it. Told twice it does nothing the second time."""
    stored = payment_store.load(tx, news.payment, lock=True)
    parts = news.prompt.parts
    if stored is None or not applications.stands_as_received(tx, news.payment):
        return
    payment, standing = stored.payment, applications.standing(tx, news.payment)
    if total([part.amount for part in parts], payment.amount.currency) != payment.amount:
        return
    taken, lacking = application.rearranged(standing, parts)
    accounts = [*(part.account for part in taken), *(part.account for part in lacking)]
    touched = customer_accounts.standings(tx, accounts, lock=True)
    if not taken or _spent(tx, payment, taken, touched):
        return
    given: list[Application] = []
    for part in lacking:
        account = touched[part.account].account
        given += application.fill(account, part.amount, strategy=Strategy.CHOSEN, reason=f"chosen:{account.reference}")
    loans = _post(tx, payment, taken, given, touched, Strategy.CHOSEN)
    tell_officers(tx, [(part.account, part.amount) for part in lacking if part.account in loans])
    payment_store.advance(tx, payment)
    why = f"prompt:{news.prompt.id.hex}"
    audit.record(tx, [(decided(payment, "applications_moved", reason=why, trace=news.trace), news.actor)])


def _spent(
    tx: Tx, payment: Payment, taken: Sequence[Application], touched: Mapping[CustomerAccountId, Standing]
) -> Application | None:
    """What should be taken from an account's credit and is there no more. Each account's credit is taken once; what a loan was
    paid is none."""
    for part in taken:
        if part.item is None and not touched[part.account].account.is_loan:
            credit = customer_credit(payment.organisation, part.account, part.amount.currency)
            if -ledger.balance(tx, credit) < part.amount:
                return part
    return None


def _post(
    tx: Tx,
    payment: Payment,
    taken: Sequence[Application],
    given: Sequence[Application],
    touched: Mapping[CustomerAccountId, Standing],
    strategy: Strategy,
) -> Collection[CustomerAccountId]:
    """One entry takes it from here and gives it there. Which of the accounts are loans, whose stories were told again."""
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
    return tell_loans(tx, touched)
