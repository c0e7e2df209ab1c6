"""From the wish for a loan to the money in hand: offered, asked for, decided by somebody else, given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from core.approvals import Approval, Content, Mark, State, Subject, SubjectKind
from core.errors import DomainError, IntentReused, NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId, StaffId
from core.loans.fold import Position, position
from core.loans.forecast import Forecast, required
from core.loans.limits import Limit, Past, limit_of
from core.loans.products import Given, Offer, Product
from core.loans.schedule import Row, interest_of, schedule
from core.loans.states import LoanState, require_next
from core.messages import GivingStep
from core.money import Currency, Money
from core.permissions import Action, Actor, ActorKind
from core.phones import Msisdn
from storage import approvals as approval_store
from storage import ledger, loan_products, loan_schedules, loan_stories, numbers, organisations, people
from storage import loans as store
from storage.loans import Loan, loan_number
from storage.people import NewContact
from storage.tx import Tx
from usecases import approvals
from usecases.loans.giving import announce, send, to_whom
from usecases.loans.naming import loaded, loan_named
from usecases.loans.telling import books_of, change_state
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
    for id_, product in loan_products.products(tx, wish.organisation).items():
        if product == wish.product:
            return id_
    id_ = loan_products.add_product(tx, wish.organisation, wish.product)
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
        return total_of(self.rows, self.offer.sent.currency)


def total_of(rows: Sequence[Row], currency: Currency) -> Money:
    """All that a schedule asks for."""
    return Money(sum(row.total for row in rows), currency)


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
    for id_, product in loan_products.products(tx, organisation).items():
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


@dataclass(eq=False)
class OfferChanged(DomainError):
    """What is offered costs something else now than what was shown: nobody agrees to what they did not see."""

    code: ClassVar[str] = "offer_changed"


@dataclass(frozen=True, slots=True)
class Apply:
    """A borrower wants `asked`, in `instalments`. Staff may ask for them, with the name of who is new. Where the product is
    paid out, it goes to this very phone."""

    organisation: OrganisationId
    product: str
    asked: Money
    instalments: int
    phone: Msisdn
    actor: Actor
    name: str = ""
    trace: str = ""
    intent: str | None = None
    """Of the very yes on a screen: the same one is one wish."""
    total: Money | None = None
    """What the borrower was shown that is to be paid back; None where nothing was shown."""
    on: date | None = None
    """Staff only: when it was asked for, where that is past, as of loans that were kept on paper until now."""


@dataclass(frozen=True, slots=True)
class Applied:
    account: CustomerAccountId
    number: str
    approval: UUID


def apply(tx: Tx, wish: Apply) -> Applied:
    """Write the wish down and ask for its approval. Raises `LoanRefused` beyond the borrower's limit, `OfferChanged`."""
    if wish.actor.kind is not ActorKind.PERSON:
        require_for(tx, wish.actor, Action.LEND, wish.organisation, what="organisation", name="")
    borrower = _borrower(tx, wish)
    people.lock(tx, borrower)  # two wishes at once would each find that nothing waits
    if wish.intent is not None and (known := store.of_intent(tx, wish.organisation, wish.intent)) is not None:
        return _asked_before(tx, wish, known)
    if wish.intent is not None and (waits := _waiting(tx, wish, borrower)) is not None:
        return _asked_before(tx, wish, waits)
    id_, product = product_named(tx, wish.organisation, wish.product)
    offer = product.offer(wish.asked, wish.instalments)
    limit = limit_for(tx, product, borrower)
    if wish.asked > limit.most:
        raise LoanRefused(limit.most, limit.reason)
    today = organisations.by_id(tx, wish.organisation).local_day(tx.now)
    on = wish.on or today
    if on > today or (on < today and wish.actor.kind is ActorKind.PERSON):
        raise NotFound("day", on.isoformat())
    if wish.total not in (None, total_of(schedule(offer.terms, today), wish.asked.currency)):
        raise OfferChanged
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
        applied_on=on,
        told=None,
        payee_index=people.msisdn_index(tx, wish.phone) if product.given is Given.PHONE else None,
    )
    store.add(tx, loan, sequence, intent=wish.intent)
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
        tx,
        approvals.Request(
            content_of(tx, loaded(tx, loan.account)), wish.actor, customer=own, payee=own, trace=wish.trace
        ),
    )
    return Applied(loan.account, loan.number, asked.id)


def _waiting(tx: Tx, wish: Apply, borrower: ContactId) -> Loan | None:
    """The same wish by phone, not decided yet: a line that dropped asks again."""
    for loan in store.of_borrower(tx, borrower):
        if loan.state is LoanState.APPLIED and loan.officer is None and _is_same(tx, wish, loan):
            return loan
    return None


def _is_same(tx: Tx, wish: Apply, loan: Loan) -> bool:
    """The same sum, term and product; a newer version of the product is the same product."""
    code = loan_products.product_code(tx, loan.product).casefold()
    return (loan.asked, loan.terms.instalments, code) == (
        wish.asked,
        wish.instalments,
        wish.product.strip().casefold(),
    )


def _asked_before(tx: Tx, wish: Apply, known: Loan) -> Applied:
    """The answer that this yes was given. Raises `IntentReused` where it said something else."""
    if not _is_same(tx, wish, known):
        raise IntentReused(wish.intent or "")
    approval = approval_store.of_subject(tx, known.account, kind=SubjectKind.LOAN)
    assert approval is not None, "every wish asks for its approval"
    return Applied(known.account, known.number, approval.id)


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


def content_of(tx: Tx, loan: Loan) -> Content:
    """All that somebody says yes to: who is given how much, on which terms, and to which phone."""
    terms, payee = loan.terms, to_whom(tx, loan)
    facts = {
        "number": loan.number,
        "borrower": loan.borrower_name,
        "product": loan.product_name,
        "sent": str(loan.sent),
        "fee": str(loan.fee),
        "principal": str(terms.principal),
        "rate": f"{terms.rate} {terms.method.value}",
        "instalments": f"{terms.instalments} {terms.every.value}",
        **({"payee": payee.digits} if payee else {}),
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
        return content_of(tx, loaded(tx, CustomerAccountId(subject), lock=lock))

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """It may be given; what goes to a phone is on its way at once. Whoever said yes last looks after it, when nobody does
        yet."""
        loan = loaded(tx, CustomerAccountId(approval.subject.id), lock=True)
        after = approvals.execute(tx, approval, content_of(tx, loan), by=by, has_code=has_code, trace=trace)
        if after.state is not State.EXECUTED:
            return after
        require_next(loan.number, loan.state, LoanState.APPROVED)
        change_state(tx, loan, LoanState.APPROVED, by, reason="approved")
        officer = _officer(by)
        if loan.officer is None and officer is not None:
            store.give_to(tx, loan.account, officer)
        approved = loaded(tx, loan.account, lock=True)
        if approved.payee_index is None:
            announce(tx, approved, GivingStep.APPROVED, trace)
        else:
            send(tx, approved, by, trace)
        return after

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """Nobody is given anything; the borrower hears it, unless they took it back themselves."""
        loan = loaded(tx, CustomerAccountId(approval.subject.id), lock=True)
        if loan.state is not LoanState.APPLIED:
            return
        own = approval.state is State.WITHDRAWN
        change_state(tx, loan, LoanState.WITHDRAWN if own else LoanState.DECLINED, by, reason=approval.state.value)
        if not own:
            step = GivingStep.DECLINED if approval.state is State.REJECTED else GivingStep.EXPIRED
            announce(tx, loan, step, trace)


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
    story = loan_stories.story(tx, loan.account)
    version, _ = loan_schedules.schedule_of(tx, loan.account)
    waiting = [one for one in approval_store.listed(tx, organisation) if one.subject.id == loan.account]
    return Shown(loan, position(story, today), required(story, today), version, waiting)
