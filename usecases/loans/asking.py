"""What a borrower sees of their loans by phone, what they may have, and asking for it in their own name (LOAN-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.ids import ContactId, OrganisationId
from core.loans.forecast import required
from core.loans.products import Every, Given
from core.loans.states import LoanState
from core.money import Money, zero
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from storage import loan_products, loan_stories, organisations, people
from storage import loans as store
from storage.loans import Loan
from storage.tx import Tx
from usecases.commands import AskLoan
from usecases.loans.lending import Applied, Apply, apply, limit_for, product_named
from usecases.loans.lending import quote as quoted

_SHOWN = frozenset({LoanState.APPLIED, LoanState.APPROVED, LoanState.DISBURSING, LoanState.ACTIVE})
"""What a borrower is shown: what waits, and what runs."""


@dataclass(frozen=True, slots=True)
class LoanSeen:
    """A loan as its borrower sees it. `coming` is what is still to be paid, and when, if it is paid as it should be."""

    number: str
    name: str
    state: LoanState
    asked: Money
    payoff: Money
    """What ends it today; nothing before it runs."""
    late: Money
    coming: tuple[tuple[date, Money], ...]


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """A product that this phone may have, and up to how much."""

    code: str
    name: str
    least: Money
    most: Money
    terms: tuple[int, ...]
    every: Every


@dataclass(frozen=True, slots=True)
class LendingSeen:
    """Loans and offers. `why` is a code (`core.loans.limits`) where nothing is offered."""

    loans: tuple[LoanSeen, ...]
    offers: tuple[OfferSeen, ...]
    why: str = ""


def lending_seen(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> LendingSeen:
    """A query: what this phone has borrowed here and what it may borrow, by its owner's history."""
    borrower = people.contact_of(tx, organisation, msisdn)
    today = organisations.by_id(tx, organisation).local_day(tx.now)
    mine = store.of_borrower(tx, borrower) if borrower else []
    offers, whys = [], []
    for product in loan_products.products(tx, organisation).values():
        limit = limit_for(tx, product, borrower)
        if limit.most.minor < product.least_minor:
            whys.append(limit.reason)
            continue
        least = Money(product.least_minor, product.currency)
        offers.append(OfferSeen(product.code, product.name, least, limit.most, product.terms, product.every))
    seen = tuple(_seen(tx, loan, today) for loan in mine if loan.state in _SHOWN)
    return LendingSeen(seen, tuple(offers), whys[0] if whys and not offers else "")


def _seen(tx: Tx, loan: Loan, today: date) -> LoanSeen:
    currency = loan.asked.currency
    coming = required(loan_stories.story(tx, loan.account), today).payments if loan.state is LoanState.ACTIVE else ()
    told = loan.told
    return LoanSeen(
        loan.number,
        loan.product_name,
        loan.state,
        loan.asked,
        told.payoff if told and coming else zero(currency),
        told.late if told and coming else zero(currency),
        tuple((one.on, Money(one.minor, currency)) for one in coming),
    )


@dataclass(frozen=True, slots=True)
class QuoteSeen:
    """What a borrower is shown before they say yes. `each` is the usual instalment; the last takes the difference. `to_phone`: it is
    paid out to the phone that asks."""

    sent: Money
    cost: Money
    total: Money
    count: int
    each: Money
    first_on: date
    last_on: date
    to_phone: bool


def quote_seen(
    tx: Tx, organisation: OrganisationId, msisdn: Msisdn, product: str, amount: Money, count: int
) -> QuoteSeen:
    """A query: exactly what `ask_loan` would ask for, given today. Raises what stands in the way."""
    borrower: ContactId | None = people.contact_of(tx, organisation, msisdn)
    found = quoted(tx, organisation, borrower, product, amount, count)
    _, offered = product_named(tx, organisation, product)
    rows = found.rows
    return QuoteSeen(
        sent=found.offer.sent,
        cost=found.cost,
        total=found.total,
        count=len(rows),
        each=Money(rows[0].total, amount.currency),
        first_on=rows[0].due_on,
        last_on=rows[-1].due_on,
        to_phone=offered.given is Given.PHONE,
    )


def ask_loan(tx: Tx, wish: AskLoan) -> Applied:
    """The borrower's wish, in their own name, to be paid to their own phone."""
    return apply(
        tx,
        Apply(
            organisation=wish.organisation,
            product=wish.product,
            asked=wish.amount,
            instalments=wish.instalments,
            phone=wish.msisdn,
            actor=Actor(ActorKind.PERSON, wish.msisdn.masked, wish.channel),
            name=wish.name,
            trace=wish.trace,
            intent=wish.intent,
            total=wish.total,
        ),
    )
