"""From the wish for a loan to the money in hand: offered, asked for, decided by somebody else, given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from core.approvals import Approval, Content, Mark, Subject, SubjectKind
from core.errors import DomainError, NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId, StaffId
from core.loans.entries import loan_sent_by_hand
from core.loans.events import Disbursed
from core.loans.fold import Position, position
from core.loans.forecast import Forecast, required
from core.loans.limits import Limit, Past, limit_of
from core.loans.products import Offer, Product
from core.loans.schedule import Row, interest_of, schedule
from core.loans.states import LoanState, require_next
from core.money import Money
from core.permissions import Action, Actor, ActorKind
from core.phones import Msisdn
from storage import approvals as approval_store
from storage import callers, ledger, numbers, organisations, people
from storage import loans as store
from storage.loans import Loan, loan_number
from storage.people import NewContact
from storage.tx import Tx
from usecases import approvals
from usecases.loans.telling import books_of, change_state, tell
from usecases.noting import note_of
from usecases.rights import require_for

LONGEST_NAME = 60


# --- what is offered ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetProduct:
    """What is offered from now on under the product's code. Loans that were given keep their own terms."""

    organisation: OrganisationId
    product: Product
    actor: Actor


def set_product(tx: Tx, wish: SetProduct) -> UUID:
    """A new version, unless nothing differs."""
    require_for(tx, wish.actor, Action.EDIT_LOAN_PRODUCTS, wish.organisation, what="organisation", name="")
    for id_, product in store.products(tx, wish.organisation).items():
        if product == wish.product:
            return id_
    id_ = store.add_product(tx, wish.organisation, wish.product)
    said = f"{wish.product.name}: {wish.product.rate} {wish.product.method.value}"
    note_of(tx, wish.actor, wish.organisation, "loan_product_set", "loan_product", id_, after=said)
    return id_


@dataclass(frozen=True, slots=True)
class Quote:
    """What a loan would be, as it is shown before anybody says yes. The rows are those that it will have, if given today."""

    product: Product
    offer: Offer
    limit: Limit
    rows: tuple[Row, ...]

    @property
    def cost(self) -> Money:
        """Interest and fee together."""
        return Money(interest_of(self.rows) + self.offer.fee.minor, self.offer.sent.currency)

    @property
    def total(self) -> Money:
        """All that is to be paid back."""
        return Money(sum(row.total for row in self.rows), self.offer.sent.currency)


def limit_for(tx: Tx, product: Product, borrower: ContactId | None) -> Limit:
    """How much this person may ask for now."""
    past = [_past(loan) for loan in store.of_borrower(tx, borrower)] if borrower else []
    return limit_of(product, past)


def _past(loan: Loan) -> Past:
    told = loan.told
    return Past(
        loan.state,
        told.principal if told else loan.asked,
        told.given_on if told else None,
        told.worst_late if told else 0,
        told.days_late if told else 0,
    )


def quote(
    tx: Tx, organisation: OrganisationId, borrower: ContactId | None, code: str, asked: Money, count: int
) -> Quote:
    """What it would cost. Raises `NotFound` for another product, `LoanAmountRefused` for more than may be had."""
    _, product = product_named(tx, organisation, code)
    today = organisations.by_id(tx, organisation).local_day(tx.now)
    offer = product.offer(asked, count)
    return Quote(product, offer, limit_for(tx, product, borrower), schedule(offer.terms, today))


def product_named(tx: Tx, organisation: OrganisationId, code: str) -> tuple[UUID, Product]:
    for id_, product in store.products(tx, organisation).items():
        if product.code.casefold() == code.strip().casefold():
            return id_, product
    raise NotFound("product", code[:40])


# --- asked for ----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class LoanRefused(DomainError):
    """The lender's rule gives this borrower no more than `most` now; `why` is a code (`core.loans.limits`)."""

    code: ClassVar[str] = "loan_refused"
    most: Money
    why: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A borrower wants `asked`, in `instalments`. Staff may ask for them, with the name of who is new."""

    organisation: OrganisationId
    product: str
    asked: Money
    instalments: int
    phone: Msisdn
    actor: Actor
    name: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    account: CustomerAccountId
    number: str
    approval: UUID


def apply(tx: Tx, wish: Apply) -> Applied:
    """Write the wish down and ask for its approval. Raises `LoanRefused` beyond the borrower's limit."""
    if wish.actor.kind is not ActorKind.PERSON:
        require_for(tx, wish.actor, Action.LEND, wish.organisation, what="organisation", name="")
    borrower = _borrower(tx, wish)
    id_, product = product_named(tx, wish.organisation, wish.product)
    offer = product.offer(wish.asked, wish.instalments)
    limit = limit_for(tx, product, borrower)
    if wish.asked > limit.most:
        raise LoanRefused(limit.most, limit.reason)
    organisation = organisations.by_id(tx, wish.organisation)
    sequence = numbers.take(tx, numbers.LOANS, {wish.organisation: 1})[wish.organisation]
    loan = Loan(
        account=CustomerAccountId(tx.new_id()),
        organisation=wish.organisation,
        number=loan_number(sequence),
        product=id_,
        product_name=product.name,
        officer=_officer(wish.actor),
        officer_name="",
        borrower=borrower,
        borrower_name="",
        state=LoanState.APPLIED,
        asked=wish.asked,
        sent=offer.sent,
        fee=offer.fee,
        terms=offer.terms,
        applied_on=organisation.local_day(tx.now),
        told=None,
    )
    store.add(tx, loan, sequence)
    people.link(tx, [(loan.account, borrower, 0)])
    ledger.open_accounts(tx, books_of(loan).accounts)
    note_of(
        tx,
        *(wish.actor, wish.organisation, "loan_applied", "loan", loan.account),
        after=LoanState.APPLIED.value,
        reason=f"{product.code} {wish.asked.plain()} in {wish.instalments}",
    )
    own = frozenset({Mark(people.msisdn_index(tx, one.msisdn)) for one in people.phones_of(tx, borrower)})
    asked = approvals.request(
        tx, approvals.Request(content_of(loan), wish.actor, customer=own, payee=own, trace=wish.trace)
    )
    return Applied(loan.account, loan.number, asked.id)


def _officer(actor: Actor) -> StaffId | None:
    return StaffId(UUID(actor.name)) if actor.kind is ActorKind.STAFF else None


def _borrower(tx: Tx, wish: Apply) -> ContactId:
    known = people.recognise(tx, [wish.phone]).get(wish.phone, [])
    for one in known:
        if one.organisation == wish.organisation:
            return one.contact
    name = " ".join(wish.name.split())[:LONGEST_NAME]
    if not name:
        raise NotFound("borrower", wish.phone.masked)
    contact = NewContact(ContactId(tx.new_id()), name, (wish.phone,))
    people.add(tx, wish.organisation, [contact])
    return contact.id


def content_of(loan: Loan) -> Content:
    """All that somebody says yes to: who is given how much, on which terms."""
    terms = loan.terms
    facts = {
        "number": loan.number,
        "borrower": loan.borrower.hex,
        "product": loan.product.hex,
        "sent": str(loan.sent),
        "fee": str(loan.fee),
        "principal": str(terms.principal),
        "rate": f"{terms.rate} {terms.method.value}",
        "instalments": f"{terms.instalments} {terms.every.value}",
    }
    return Content(loan.organisation, Subject(SubjectKind.LOAN, loan.account), loan.asked, facts)


@dataclass(frozen=True, slots=True)
class LoanOwner:
    """What follows from a yes or a no to a loan."""

    at_once: bool = True

    def named(self, tx: Tx, subject: UUID) -> str:
        loan = store.load(tx, CustomerAccountId(subject))
        return loan.number if loan else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        return content_of(_locked(tx, CustomerAccountId(subject), lock=lock))

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """It may be given. Whoever said yes last looks after it, when nobody does yet."""
        loan = _locked(tx, CustomerAccountId(approval.subject.id))
        after = approvals.execute(tx, approval, content_of(loan), by=by, has_code=has_code, trace=trace)
        require_next(loan.number, loan.state, LoanState.APPROVED)
        change_state(tx, loan, LoanState.APPROVED, by, reason="approved")
        officer = _officer(by)
        if loan.officer is None and officer is not None:
            store.give_to(tx, loan.account, officer)
        return after

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        loan = _locked(tx, CustomerAccountId(approval.subject.id))
        if loan.state is LoanState.APPLIED:
            own = approval.state.value == "withdrawn"
            change_state(tx, loan, LoanState.WITHDRAWN if own else LoanState.DECLINED, by, reason=approval.state.value)


def _locked(tx: Tx, account: CustomerAccountId, *, lock: bool = True) -> Loan:
    loan = store.load(tx, account, lock=lock)
    if loan is None:
        raise NotFound("loan", account.hex)
    return loan


# --- given --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GiveByHand:
    """The borrower of an approved loan was given the money from the cash box, on a day that may be past."""

    organisation: OrganisationId
    number: str
    actor: Actor
    on: date | None = None


def give_by_hand(tx: Tx, wish: GiveByHand) -> Loan:
    """The loan runs from that day. Raises `LoanNotThere` for one that nobody approved, or that runs already."""
    loan = loan_named(tx, wish.organisation, wish.number, lock=True)
    require_for(tx, wish.actor, Action.DISBURSE, loan.organisation, what="loan", name=wish.number)
    require_next(loan.number, loan.state, LoanState.ACTIVE)
    today = organisations.by_id(tx, loan.organisation).local_day(tx.now)
    on = wish.on or today
    if on > today or on < loan.applied_on:
        raise NotFound("day", on.isoformat())
    ledger.post(tx, [loan_sent_by_hand(books_of(loan), loan.sent, on=on, number=1)])
    return given(tx, loan, on, wish.actor, reason="by hand")


def given(tx: Tx, loan: Loan, on: date, actor: Actor, *, reason: str) -> Loan:
    """The borrower has the money: the story begins."""
    store.tell_event(tx, loan.account, Disbursed(on, loan.terms))
    change_state(tx, loan, LoanState.ACTIVE, actor, reason=reason)
    begun = _locked(tx, loan.account)
    tell(tx, begun)
    return _locked(tx, loan.account)


def loan_named(tx: Tx, organisation: OrganisationId, typed: str, *, lock: bool = False) -> Loan:
    """The loan that a typed number surely means, however it is written. Raises `NotFound`."""
    account = callers.any_account_named(tx, organisation, typed)
    loan = store.load(tx, account, lock=lock) if account else None
    if loan is None:
        raise NotFound("loan", typed[:40])
    return loan


# --- seen ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A loan as its officer sees it."""

    loan: Loan
    now: Position
    coming: Forecast
    versions: int
    """How many schedules it has had."""
    waiting: Sequence[Approval] = ()


def show(tx: Tx, organisation: OrganisationId, number: str) -> Shown:
    """A query: one loan with its story, as of today."""
    loan = loan_named(tx, organisation, number)
    today = organisations.by_id(tx, organisation).local_day(tx.now)
    story = store.story(tx, loan.account)
    version, _ = store.schedule_of(tx, loan.account)
    waiting = [one for one in approval_store.listed(tx, organisation) if one.subject.id == loan.account]
    return Shown(loan, position(story, today), required(story, today), version, waiting)
