"""Loans: what is offered, what was given, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import ContactId, CustomerAccountId, OrganisationId, StaffId
from core.loans.events import Disbursed, Event, Kind, Movement, Repaid, Restructured, Waived, WrittenOff
from core.loans.products import Product, Terms
from core.loans.schedule import Row
from core.loans.states import LoanState
from core.money import Currency, Money
from storage import customer_accounts
from storage.fast import Insert, Lookup
from storage.tables import (
    account_contacts,
    applications,
    contacts,
    loan_chased,
    loan_events,
    loan_instalments,
    loan_movements,
    loan_products,
    loans,
    payments,
    staff,
)
from storage.tables import customer_accounts as accounts_table
from storage.tx import Tx

NOBODY = ContactId(UUID(int=0))
"""In place of a borrower who was erased: only of loans that have ended."""


def loan_number(sequence: int) -> str:
    """`LOAN-000123`: what people read and type."""
    return f"LOAN-{sequence:06d}"


# --- as text ------------------------------------------------------------------------------------------------------------


def _written(value: Product | Terms) -> str:
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _plain(value: Any) -> Any:
    assert isinstance(value, Currency)
    return value.code


def _read(text: str, kind: type[Any]) -> Any:
    return msgspec.json.decode(text, type=kind, dec_hook=lambda _, value: Currency[value])


# --- products -----------------------------------------------------------------------------------------------------------


def products(tx: Tx, organisation: OrganisationId) -> dict[UUID, Product]:
    """What is offered now: the newest version of each code, by code."""
    newest = (
        sa.select(loan_products.c.code, sa.func.max(loan_products.c.version).label("version"))
        .where(loan_products.c.organisation_id == organisation)
        .group_by(loan_products.c.code)
        .subquery()
    )
    rows = tx.connection.execute(
        sa.select(loan_products.c.id, loan_products.c.rules)
        .join(newest, (newest.c.code == loan_products.c.code) & (newest.c.version == loan_products.c.version))
        .where(loan_products.c.organisation_id == organisation)
        .order_by(loan_products.c.code)
    )
    return {row.id: _read(row.rules, Product) for row in rows}


def product_code(tx: Tx, version: UUID) -> str:
    """The code of the product that this is a version of."""
    return str(tx.connection.execute(sa.select(loan_products.c.code).where(loan_products.c.id == version)).scalar_one())


def add_product(tx: Tx, organisation: OrganisationId, product: Product) -> UUID:
    """A new version, numbered by the table; what was given under an older one keeps its own terms."""
    of_code = (loan_products.c.organisation_id == organisation) & (loan_products.c.code == product.code)
    last = tx.connection.scalar(sa.select(sa.func.max(loan_products.c.version)).where(of_code))
    id_ = tx.new_id()
    tx.connection.execute(
        sa.insert(loan_products).values(
            id=id_,
            organisation_id=organisation,
            code=product.code,
            version=(last or 0) + 1,
            rules=_written(product),
            made_at=tx.now,
        )
    )
    return id_


# --- loans --------------------------------------------------------------------------------------------------------------


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


def _query() -> sa.Select[Any]:
    return (
        sa.select(
            loans,
            accounts_table.c.reference,
            accounts_table.c.holder,
            staff.c.name.label("officer_name"),
            contacts.c.id.label("borrower_id"),
            contacts.c.name.label("borrower_name"),
        )
        .join(accounts_table, accounts_table.c.id == loans.c.account_id)
        .outerjoin(
            account_contacts, (account_contacts.c.account_id == loans.c.account_id) & (account_contacts.c.rank == 0)
        )
        .outerjoin(contacts, contacts.c.id == account_contacts.c.contact_id)
        .outerjoin(staff, staff.c.id == loans.c.officer_id)
    )


def _loan(row: Any) -> Loan:
    currency = Currency[row.currency]

    def money(minor: int) -> Money:
        return Money(minor, currency)

    told = None
    if row.told_on is not None:
        told = Told(
            on=row.told_on,
            given_on=row.given_on,
            principal=money(row.principal_minor),
            interest=money(row.interest_minor),
            penalty=money(row.penalty_minor),
            payoff=money(row.payoff_minor),
            late=money(row.late_minor),
            late_since=row.late_since,
            next_on=row.next_on,
            next=money(row.next_minor),
            due=money(row.due_minor),
            held=money(row.held_minor),
            worst_late=row.worst_late,
        )
    return Loan(
        account=row.account_id,
        organisation=row.organisation_id,
        number=row.reference,
        product=row.product_id,
        product_name=row.holder,
        officer=row.officer_id,
        officer_name=row.officer_name or "",
        borrower=row.borrower_id or NOBODY,
        borrower_name=row.borrower_name or "",
        state=LoanState(row.state),
        asked=money(row.asked_minor),
        sent=money(row.sent_minor),
        fee=money(row.fee_minor),
        terms=_read(row.terms, Terms),
        applied_on=row.applied_on,
        told=told,
        payee_index=bytes(row.payee_index) if row.payee_index else None,
    )


def load(tx: Tx, account: CustomerAccountId, *, lock: bool = False) -> Loan | None:
    """One loan. `lock` keeps others from its story until the commit."""
    query = _query().where(loans.c.account_id == account)
    if lock and tx.is_postgresql:
        query = query.with_for_update(of=loans)
    row = tx.connection.execute(query).one_or_none()
    return _loan(row) if row else None


def of_organisation(
    tx: Tx, organisation: OrganisationId, *, states: Iterable[LoanState] = LoanState, officer: StaffId | None = None
) -> list[Loan]:
    """Loans in these states, by number; of one officer only, where one is named."""
    query = _query().where(
        loans.c.organisation_id == organisation, loans.c.state.in_([state.value for state in states])
    )
    if officer is not None:
        query = query.where(loans.c.officer_id == officer)
    return [_loan(row) for row in tx.connection.execute(query.order_by(loans.c.number))]


def of_borrower(tx: Tx, borrower: ContactId) -> list[Loan]:
    """Every loan that this person asked for, the oldest first."""
    rows = tx.connection.execute(_query().where(contacts.c.id == borrower).order_by(loans.c.number))
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
    row = tx.connection.execute(_query().where(mine)).one_or_none()
    return _loan(row) if row else None


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
            terms=_written(loan.terms),
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


def save_told(tx: Tx, account: CustomerAccountId, told: Told) -> None:
    tx.connection.execute(
        sa.update(loans)
        .where(loans.c.account_id == account)
        .values(
            told_on=told.on,
            given_on=told.given_on,
            principal_minor=told.principal.minor,
            interest_minor=told.interest.minor,
            penalty_minor=told.penalty.minor,
            payoff_minor=told.payoff.minor,
            late_minor=told.late.minor,
            late_since=told.late_since,
            next_on=told.next_on,
            next_minor=told.next.minor,
            due_minor=told.due.minor,
            held_minor=told.held.minor,
            worst_late=told.worst_late,
        )
    )


# --- the story ----------------------------------------------------------------------------------------------------------


def tell_event(tx: Tx, account: CustomerAccountId, event: Event) -> UUID:
    """Add what happened; the day may be past. Money is no event of its own: it stands in `applications`."""
    assert not isinstance(event, Repaid)
    id_ = tx.new_id()
    terms = event.terms if isinstance(event, (Disbursed, Restructured)) else None
    values = {
        "id": id_,
        "account_id": account,
        "kind": _KINDS[type(event)],
        "on_day": event.on,
        "minor": event.minor if isinstance(event, Waived) else 0,
        "terms": _written(terms) if terms else None,
        "made_at": tx.now,
    }
    tx.connection.execute(sa.insert(loan_events).values(values))
    return id_


_KINDS: dict[type[Event], str] = {
    Disbursed: "disbursed",
    Waived: "waived",
    Restructured: "restructured",
    WrittenOff: "written_off",
}


def take_back(tx: Tx, account: CustomerAccountId, kind: str, on: date) -> bool:
    """Take the newest standing event of that kind out of the story. False where there is none."""
    standing = [row for row in _told_events(tx, account) if row.kind == kind]
    if not standing:
        return False
    tx.connection.execute(
        sa.insert(loan_events).values(
            id=tx.new_id(),
            account_id=account,
            kind=kind,
            on_day=on,
            minor=0,
            terms=None,
            undoes_id=standing[-1].id,
            made_at=tx.now,
        )
    )
    return True


def _told_events(tx: Tx, account: CustomerAccountId) -> list[Any]:
    return _standing(tx, [account])


def _standing(tx: Tx, accounts: Sequence[CustomerAccountId]) -> list[Any]:
    """What was told and not taken back, in the order in which it was told."""
    rows = tx.connection.execute(
        sa.select(loan_events).where(loan_events.c.account_id.in_(accounts)).order_by(loan_events.c.id)
    ).all()
    undone = {row.undoes_id for row in rows if row.undoes_id}
    return [row for row in rows if row.undoes_id is None and row.id not in undone]


def story(tx: Tx, account: CustomerAccountId) -> list[Event]:
    """All that happened to a loan: what was told of it, and the money that is applied to it, on the day of each payment."""
    return stories(tx, [account])[account]


_AT_ONCE = 500


def stories(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, list[Event]]:
    """The same of several."""
    found: dict[CustomerAccountId, list[Event]] = {account: [] for account in accounts}
    for start in range(0, len(accounts), _AT_ONCE):
        some = accounts[start : start + _AT_ONCE]
        for row in _standing(tx, some):
            found[row.account_id].append(_event(row))
        for row in _repayments(tx, some):
            found[row.account_id].append(Repaid(row.value_on, int(row.minor)))
    return found


def _event(row: Any) -> Event:
    match row.kind:
        case "disbursed":
            return Disbursed(row.on_day, _read(row.terms, Terms))
        case "waived":
            return Waived(row.on_day, row.minor)
        case "restructured":
            return Restructured(row.on_day, _read(row.terms, Terms))
        case _:
            return WrittenOff(row.on_day)


def _repayments(tx: Tx, accounts: Sequence[CustomerAccountId]) -> Sequence[Any]:
    query = (
        sa.select(applications.c.account_id, payments.c.value_on, sa.func.sum(applications.c.minor).label("minor"))
        .join(applications, applications.c.payment_id == payments.c.id)
        .where(applications.c.account_id.in_(accounts))
        .group_by(applications.c.account_id, payments.c.id, payments.c.value_on)
        .having(sa.func.sum(applications.c.minor) > 0)
        .order_by(payments.c.value_on, payments.c.id)
    )
    return tx.connection.execute(query).all()


def booked(tx: Tx, account: CustomerAccountId) -> list[Movement]:
    """The movements that the books hold already."""
    return [movement for _, movement in booked_by_entry(tx, account)]


def booked_by_entry(tx: Tx, account: CustomerAccountId) -> list[tuple[UUID, Movement]]:
    """The same with the entry of each, in the order in which they were written."""
    query = sa.select(loan_movements).where(loan_movements.c.account_id == account).order_by(loan_movements.c.entry_id)
    return [
        (
            row.entry_id,
            Movement(
                row.on_day,
                Kind(row.kind),
                row.principal_minor,
                row.interest_minor,
                row.penalty_minor,
                row.recovered_minor,
            ),
        )
        for row in tx.connection.execute(query)
    ]


_MOVEMENTS = Insert(loan_movements)


def book(tx: Tx, account: CustomerAccountId, moved: Sequence[tuple[UUID, Movement]]) -> None:
    """Write movements beside the entries that posted them."""
    _MOVEMENTS(
        tx,
        [(entry, account, m.on, m.kind.value, m.principal, m.interest, m.penalty, m.recovered) for entry, m in moved],
    )


# --- the schedule -------------------------------------------------------------------------------------------------------


def schedule_of(tx: Tx, account: CustomerAccountId) -> tuple[int, tuple[Row, ...]]:
    """The newest version of a loan's schedule with its number; version 0 and no rows before it is given."""
    last = sa.select(sa.func.max(loan_instalments.c.version)).where(loan_instalments.c.account_id == account)
    version = tx.connection.scalar(last) or 0
    rows = tx.connection.execute(
        sa.select(loan_instalments)
        .where(loan_instalments.c.account_id == account, loan_instalments.c.version == version)
        .order_by(loan_instalments.c.number)
    )
    return version, tuple(Row(row.number, row.due_on, row.principal_minor, row.interest_minor) for row in rows)


_INSTALMENTS = Insert(loan_instalments)


def add_schedule(tx: Tx, account: CustomerAccountId, version: int, rows: Sequence[Row]) -> None:
    _INSTALMENTS(tx, [(account, version, row.number, row.due_on, row.principal, row.interest) for row in rows])


# --- chasing ------------------------------------------------------------------------------------------------------------


def chased(tx: Tx, account: CustomerAccountId) -> list[tuple[date, str]]:
    """What the borrower was told, of which instalment."""
    query = sa.select(loan_chased.c.due_on, loan_chased.c.step).where(loan_chased.c.account_id == account)
    return [(row.due_on, row.step) for row in tx.connection.execute(query)]


def note_chased(tx: Tx, account: CustomerAccountId, due_on: date, step: str) -> None:
    """The table refuses to tell the same twice."""
    tx.connection.execute(sa.insert(loan_chased).values(account_id=account, due_on=due_on, step=step, at=tx.now))
