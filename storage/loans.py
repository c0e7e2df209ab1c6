"""Loans: what is offered, what was given, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
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
from storage.fast import Change, Insert, Lookup
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
from storage.types import in_order

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


@lru_cache(maxsize=4_096)
def _terms(text: str) -> Terms:
    """Read once: a loan's row and its story say the same terms, and they never change."""
    terms: Terms = _read(text, Terms)
    return terms


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
        terms=_terms(terms),
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
    return [loan_number(number) for number in tx.connection.scalars(query.order_by(loans.c.applied_at))]


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
    standing = [row for row in _standing(tx, [account]) if row.kind == kind]
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


class _Told(NamedTuple):
    """A row of `loan_events`."""

    id: UUID
    account: CustomerAccountId
    kind: str
    on_day: date
    minor: int
    terms: str | None
    undoes: UUID | None


_EVENTS = Lookup(
    sa.select(
        *(loan_events.c[name] for name in ("id", "account_id", "kind", "on_day", "minor", "terms", "undoes_id")),
    ),
    loan_events.c.account_id,
    order_by=(loan_events.c.id,),
)


def _standing(tx: Tx, accounts: Sequence[CustomerAccountId]) -> list[_Told]:
    """What was told and not taken back, in the order in which it was told."""
    rows = list(map(_Told._make, _EVENTS(tx, accounts)))
    undone = {row.undoes for row in rows if row.undoes}
    return [row for row in rows if row.undoes is None and row.id not in undone]


def story(tx: Tx, account: CustomerAccountId) -> list[Event]:
    """All that happened to a loan: what was told of it, and the money that is applied to it, on the day of each payment."""
    return stories(tx, [account])[account]


def stories(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, list[Event]]:
    """The same of several."""
    found: dict[CustomerAccountId, list[Event]] = {account: [] for account in accounts}
    for row in _standing(tx, accounts):
        found[row.account].append(_event(row))
    for account, value_on, _, minor in _REPAYMENTS(tx, accounts):
        found[account].append(Repaid(value_on, int(minor)))
    return found


def _event(row: _Told) -> Event:
    match row.kind:
        case "disbursed":
            return Disbursed(row.on_day, _terms(row.terms or ""))
        case "waived":
            return Waived(row.on_day, row.minor)
        case "restructured":
            return Restructured(row.on_day, _terms(row.terms or ""))
        case _:
            return WrittenOff(row.on_day)


_REPAYMENTS = Lookup(
    sa.select(applications.c.account_id, payments.c.value_on, payments.c.id, sa.func.sum(applications.c.minor))
    .join(applications, applications.c.payment_id == payments.c.id)
    .group_by(applications.c.account_id, payments.c.id, payments.c.value_on)
    .having(sa.func.sum(applications.c.minor) > 0),
    applications.c.account_id,
    order_by=(payments.c.value_on, payments.c.id),
)
"""What is left of each payment for a loan."""


def booked(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, list[Movement]]:
    """The movements of each that the books hold already."""
    by_entry = booked_by_entry(tx, accounts)
    return {account: [movement for _, movement in moved] for account, moved in by_entry.items()}


def booked_by_entry(
    tx: Tx, accounts: Sequence[CustomerAccountId]
) -> dict[CustomerAccountId, list[tuple[UUID, Movement]]]:
    """The same with the entry of each, in the order in which they were written."""
    found: dict[CustomerAccountId, list[tuple[UUID, Movement]]] = {account: [] for account in accounts}
    for account, entry, on, kind, *minors in _BOOKED(tx, accounts):
        found[account].append((entry, Movement(on, Kind(kind), *minors)))
    return found


_BOOKED = Lookup(
    sa.select(
        *(loan_movements.c[name] for name in ("account_id", "entry_id", "on_day", "kind")),
        *(loan_movements.c[f"{name}_minor"] for name in ("principal", "interest", "penalty", "recovered")),
    ),
    loan_movements.c.account_id,
    order_by=(loan_movements.c.entry_id,),
)


_MOVEMENTS = Insert(loan_movements)


def book(tx: Tx, moved: Iterable[tuple[UUID, CustomerAccountId, Movement]]) -> None:
    """Write movements beside the entries that posted them."""
    _MOVEMENTS(
        tx,
        [
            (entry, account, m.on, m.kind.value, m.principal, m.interest, m.penalty, m.recovered)
            for entry, account, m in moved
        ],
    )


# --- the schedule -------------------------------------------------------------------------------------------------------


def schedule_of(tx: Tx, account: CustomerAccountId) -> tuple[int, tuple[Row, ...]]:
    """The newest version of a loan's schedule with its number; version 0 and no rows before it is given."""
    return schedules(tx, [account])[account]


def schedules(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, tuple[int, tuple[Row, ...]]]:
    """The same of several."""
    versions, rows = dict.fromkeys(accounts, 0), {account: list[Row]() for account in accounts}
    for account, version, *row in _NEWEST(tx, accounts):
        versions[account] = version
        rows[account].append(Row(*row))
    return {account: (versions[account], tuple(rows[account])) for account in accounts}


_older = loan_instalments.alias("of_the_same")
_NEWEST = Lookup(
    sa.select(
        *(loan_instalments.c[name] for name in ("account_id", "version", "number", "due_on")),
        *(loan_instalments.c[name] for name in ("principal_minor", "interest_minor")),
    ).where(
        loan_instalments.c.version
        == sa.select(sa.func.max(_older.c.version))
        .where(_older.c.account_id == loan_instalments.c.account_id)
        .scalar_subquery()
    ),
    loan_instalments.c.account_id,
    order_by=(loan_instalments.c.account_id, loan_instalments.c.number),
)


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
