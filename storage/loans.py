"""Loans as they stand: who borrowed what under which terms, and what their story came to.

What is offered is in `storage/loan_products.py`, the story in `storage/loan_stories.py`, the schedule in `storage/loan_schedules.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import ContactId, CustomerAccountId, OrganisationId, StaffId
from core.loans.products import Terms
from core.loans.states import LoanState
from core.money import Currency, Money
from storage import customer_accounts
from storage.fast import Change, Lookup
from storage.loan_products import terms_of, written
from storage.tables import (
    account_contacts,
    contacts,
    loans,
    staff,
)
from storage.tables import customer_accounts as accounts_table
from storage.tx import Tx
from storage.types import in_order

NOBODY = ContactId(UUID(int=0))
"""In place of a borrower who was erased: only of loans that have ended."""


def loan_number(sequence: int) -> str:
    """`LOAN-000123`: what people read and type."""
    return f"LOAN-{sequence:06d}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a loan's story says at the end of `on`."""

    on: date
    given_on: date | None
    principal: Money
    interest: Money
    penalty: Money
    payoff: Money
    late: Money
    late_since: date | None
    next_on: date | None
    next: Money
    due: Money
    """To be paid by the end of `on`, with what is late."""
    held: Money
    """Paid beyond all that is owed."""
    worst_late: int

    @property
    def balance(self) -> Money:
        """What ends the loan today; below zero when more was paid than it owes."""
        return self.payoff or -self.held

    @property
    def days_late(self) -> int:
        return (self.on - self.late_since).days if self.late_since else 0


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it stands. `told` is None until it is given."""

    account: CustomerAccountId
    organisation: OrganisationId
    number: str
    product: UUID
    product_name: str
    officer: StaffId | None
    officer_name: str
    borrower: ContactId
    borrower_name: str
    state: LoanState
    asked: Money
    sent: Money
    fee: Money
    terms: Terms
    applied_on: date
    told: Told | None
    payee_index: bytes | None = None
    """Which phone of the borrower's is paid; None where the money is handed over."""


_LOAN_COLUMNS = (
    *(loans.c[name] for name in ("account_id", "organisation_id", "product_id", "officer_id", "currency", "state")),
    *(loans.c[name] for name in ("asked_minor", "sent_minor", "fee_minor", "terms", "applied_on", "payee_index")),
    accounts_table.c.reference,
    accounts_table.c.holder,
    staff.c.name.label("officer_name"),
    contacts.c.id.label("borrower_id"),
    contacts.c.name.label("borrower_name"),
)
_TOLD_NAMES = (
    *("told_on", "given_on", "principal_minor", "interest_minor", "penalty_minor", "payoff_minor", "late_minor"),
    *("late_since", "next_on", "next_minor", "due_minor", "held_minor", "worst_late"),
)
"""In the order of the fields of `Told`."""

_LOANS = (
    sa.select(*_LOAN_COLUMNS, *(loans.c[name] for name in _TOLD_NAMES))
    .join(accounts_table, accounts_table.c.id == loans.c.account_id)
    .outerjoin(account_contacts, (account_contacts.c.account_id == loans.c.account_id) & (account_contacts.c.rank == 0))
    .outerjoin(contacts, contacts.c.id == account_contacts.c.contact_id)
    .outerjoin(staff, staff.c.id == loans.c.officer_id)
)
_BY_ACCOUNT = Lookup(_LOANS, loans.c.account_id, order_by=(loans.c.account_id,), locks=loans)


def _loan(row: Sequence[Any]) -> Loan:
    account, organisation, product, officer, code, state, asked, sent, fee, terms, applied_on, payee, *others = row
    number, product_name, officer_name, borrower, borrower_name, *told = others
    currency = Currency[code]
    return Loan(
        account=account,
        organisation=organisation,
        number=number,
        product=product,
        product_name=product_name,
        officer=officer,
        officer_name=officer_name or "",
        borrower=borrower or NOBODY,
        borrower_name=borrower_name or "",
        state=LoanState(state),
        asked=Money(asked, currency),
        sent=Money(sent, currency),
        fee=Money(fee, currency),
        terms=terms_of(terms),
        applied_on=applied_on,
        told=_told(told, currency),
        payee_index=bytes(payee) if payee else None,
    )


def _told(row: Sequence[Any], currency: Currency) -> Told | None:
    on, given_on, principal, interest, penalty, payoff, late, late_since, next_on, next_, due, held, worst_late = row
    if on is None:
        return None
    return Told(
        on=on,
        given_on=given_on,
        principal=Money(principal, currency),
        interest=Money(interest, currency),
        penalty=Money(penalty, currency),
        payoff=Money(payoff, currency),
        late=Money(late, currency),
        late_since=late_since,
        next_on=next_on,
        next=Money(next_, currency),
        due=Money(due, currency),
        held=Money(held, currency),
        worst_late=worst_late,
    )


def load(tx: Tx, account: CustomerAccountId, *, lock: bool = False) -> Loan | None:
    """One loan. `lock` keeps others from its story until the commit."""
    return load_all(tx, [account], lock=lock).get(account)


def load_all(tx: Tx, accounts: Iterable[CustomerAccountId], *, lock: bool = False) -> dict[CustomerAccountId, Loan]:
    """Those of these accounts that are loans, by one statement. They are locked in order, so that nobody waits in a
    circle."""
    found = map(_loan, _BY_ACCOUNT(tx, in_order(accounts), lock=lock))
    return {loan.account: loan for loan in found}


def of_organisation(
    tx: Tx, organisation: OrganisationId, *, states: Iterable[LoanState] = LoanState, officer: StaffId | None = None
) -> list[Loan]:
    """Loans in these states, by number; of one officer only, where one is named."""
    query = _LOANS.where(loans.c.organisation_id == organisation, loans.c.state.in_([state.value for state in states]))
    if officer is not None:
        query = query.where(loans.c.officer_id == officer)
    return [_loan(row) for row in tx.connection.execute(query.order_by(loans.c.number))]


def of_borrower(tx: Tx, borrower: ContactId) -> list[Loan]:
    """Every loan that this person asked for, the oldest first."""
    rows = tx.connection.execute(_LOANS.where(contacts.c.id == borrower).order_by(loans.c.number))
    return [_loan(row) for row in rows]


def among(tx: Tx, accounts: Iterable[CustomerAccountId]) -> list[CustomerAccountId]:
    """Which of these accounts are loans, in order."""
    return [row[0] for row in _AMONG(tx, sorted(set(accounts)))]


_AMONG = Lookup(sa.select(loans.c.account_id), loans.c.account_id, order_by=(loans.c.account_id,))


def stale(tx: Tx, organisation: OrganisationId, today: date, *, limit: int) -> list[CustomerAccountId]:
    """Loans that run and were not told today, some at a time."""
    query = sa.select(loans.c.account_id).where(
        loans.c.organisation_id == organisation, loans.c.state == LoanState.ACTIVE.value, loans.c.told_on < today
    )
    return list(tx.connection.scalars(query.order_by(loans.c.account_id).limit(limit)))


def of_intent(tx: Tx, organisation: OrganisationId, intent: str) -> Loan | None:
    """What this very yes on a screen asked for before."""
    mine = (loans.c.organisation_id == organisation) & (loans.c.intent == _kept(tx, intent))
    row = tx.connection.execute(_LOANS.where(mine)).one_or_none()
    return _loan(row) if row else None


def numbers_of_intents(tx: Tx, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> list[str]:
    """What was asked for by one of these yeses already: `LOAN-000123`, the latest last."""
    query = sa.select(loans.c.number).where(
        loans.c.organisation_id.in_(organisations), loans.c.intent.in_([_kept(tx, intent) for intent in intents])
    )
    return [loan_number(number) for number in tx.connection.scalars(query.order_by(loans.c.applied_at, loans.c.number))]


def _kept(tx: Tx, intent: str | None) -> str | None:
    """An intent names its phone: its code stands for it."""
    return None if intent is None else tx.vault.index("intent", intent).hex()


def add(tx: Tx, loan: Loan, sequence: int, *, intent: str | None = None) -> None:
    """A loan that was asked for. Its account takes no money before it is given."""
    tx.connection.execute(
        sa.insert(accounts_table).values(
            id=loan.account,
            organisation_id=loan.organisation,
            kind=customer_accounts.LOAN,
            reference=loan.number,
            holder=loan.product_name,
            currency=loan.asked.currency.code,
            is_open=False,
            opened_at=tx.now,
        )
    )
    customer_accounts.add_references(tx, loan.organisation, [(loan.number, loan.account, None)])
    nothing = dict.fromkeys(
        [f"{name}_minor" for name in ("principal", "interest", "penalty", "payoff", "late", "next", "held", "due")], 0
    )
    tx.connection.execute(
        sa.insert(loans).values(
            account_id=loan.account,
            organisation_id=loan.organisation,
            number=sequence,
            product_id=loan.product,
            officer_id=loan.officer,
            currency=loan.asked.currency.code,
            state=loan.state.value,
            asked_minor=loan.asked.minor,
            sent_minor=loan.sent.minor,
            fee_minor=loan.fee.minor,
            terms=written(loan.terms),
            applied_on=loan.applied_on,
            applied_at=tx.now,
            intent=_kept(tx, intent),
            payee_index=loan.payee_index,
            worst_late=0,
            **nothing,
        )
    )


def save_state(tx: Tx, account: CustomerAccountId, state: LoanState) -> None:
    """The account takes money while the loan runs."""
    tx.connection.execute(sa.update(loans).where(loans.c.account_id == account).values(state=state.value))
    is_open = state in (LoanState.ACTIVE, LoanState.WRITTEN_OFF)
    tx.connection.execute(sa.update(accounts_table).where(accounts_table.c.id == account).values(is_open=is_open))


def give_to(tx: Tx, account: CustomerAccountId, officer: StaffId) -> None:
    """The loan is this officer's from now on."""
    tx.connection.execute(sa.update(loans).where(loans.c.account_id == account).values(officer_id=officer))


def save_told(tx: Tx, told: Iterable[tuple[CustomerAccountId, Told]]) -> None:
    """What the stories of these loans say."""
    _SAVE_TOLD(tx, [(account, *_told_values(one)) for account, one in told])


def _told_values(told: Told) -> tuple[Any, ...]:
    return (
        *(told.on, told.given_on, told.principal.minor, told.interest.minor, told.penalty.minor, told.payoff.minor),
        *(told.late.minor, told.late_since, told.next_on, told.next.minor, told.due.minor, told.held.minor),
        told.worst_late,
    )


_SAVE_TOLD = Change(
    sa.update(loans)
    .where(loans.c.account_id == sa.bindparam("mine"))
    .values({name: sa.bindparam(f"new_{name}", type_=loans.c[name].type) for name in _TOLD_NAMES}),
    *("mine", *(f"new_{name}" for name in _TOLD_NAMES)),
)
