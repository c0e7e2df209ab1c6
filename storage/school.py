"""A school's classes, terms, students and invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.entries import opening_credit_key
from core.fees import Invoice, Student, Term, invoice_number
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId
from core.ledger import customer_credit, receivable
from core.money import Currency
from core.versions import version_of
from storage import customer_accounts, ledger
from storage.fast import Change, Insert, Lookup
from storage.tables import account_contacts, entries, groups, invoices, item_lines, open_items, postings, terms
from storage.tables import customer_accounts as accounts_table
from storage.tx import Tx

STUDENT = "student"


# --- classes and terms -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchoolClass:
    id: UUID
    name: str
    students: int
    """With an open account."""
    is_retired: bool

    @property
    def version(self) -> str:
        """What may be changed of it, as it is."""
        return version_of(self.name, self.is_retired)


def add_classes(tx: Tx, organisation: OrganisationId, names: Sequence[str]) -> dict[str, UUID]:
    """The ids of classes by name; those that are missing are added."""
    known = {
        row.name: row.id
        for row in tx.connection.execute(sa.select(groups).where(groups.c.organisation_id == organisation))
    }
    for name in names:
        if name not in known:
            known[name] = tx.new_id()
            tx.connection.execute(sa.insert(groups).values(id=known[name], organisation_id=organisation, name=name))
    return known


def classes(tx: Tx, organisation: OrganisationId) -> list[SchoolClass]:
    """Every class by name, retired ones too."""
    rows = tx.connection.execute(
        sa.select(groups.c.id, groups.c.name, groups.c.retired_at, sa.func.count(accounts_table.c.id).label("students"))
        .outerjoin(accounts_table, (accounts_table.c.group_id == groups.c.id) & accounts_table.c.is_open.is_(True))
        .where(groups.c.organisation_id == organisation)
        .group_by(groups.c.id, groups.c.name, groups.c.retired_at)
        .order_by(groups.c.name)
    )
    return [SchoolClass(row.id, row.name, row.students, row.retired_at is not None) for row in rows]


def class_named(tx: Tx, organisation: OrganisationId, name: str) -> SchoolClass | None:
    return next((one for one in classes(tx, organisation) if one.name == name), None)


def rename_class(tx: Tx, group: UUID, name: str) -> None:
    tx.connection.execute(sa.update(groups).where(groups.c.id == group).values(name=name))


def retire_class(tx: Tx, group: UUID, *, retired: bool) -> None:
    """Nobody new is put into it; what its students owe stays."""
    at = tx.now if retired else None
    tx.connection.execute(sa.update(groups).where(groups.c.id == group).values(retired_at=at))


def add_term(tx: Tx, organisation: OrganisationId, term: Term) -> Term:
    """The school's term of that name: the known one, or this one, now added."""
    if known := term_named(tx, organisation, term.name):
        return known
    tx.connection.execute(
        sa.insert(terms).values(
            id=term.id,
            organisation_id=organisation,
            name=term.name,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            due_on=term.due_on,
        )
    )
    return term


def change_term(tx: Tx, term: Term) -> None:
    """The term as it is to be from now on. Invoices that were issued keep the day that stands on them."""
    tx.connection.execute(
        sa.update(terms)
        .where(terms.c.id == term.id)
        .values(
            name=term.name,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            due_on=term.due_on,
            retired_at=tx.now if term.is_retired else None,
        )
    )


def term_named(tx: Tx, organisation: OrganisationId, name: str) -> Term | None:
    return next((term for term in terms_of(tx, organisation) if term.name == name), None)


def terms_of(tx: Tx, organisation: OrganisationId) -> list[Term]:
    """Every term, the oldest first, retired ones too."""
    rows = tx.connection.execute(
        sa.select(terms).where(terms.c.organisation_id == organisation).order_by(terms.c.starts_on, terms.c.name)
    )
    return [Term(row.id, row.name, row.starts_on, row.ends_on, row.due_on, row.retired_at is not None) for row in rows]


# --- students ----------------------------------------------------------------------------------------------------------

_STUDENTS = Insert(
    accounts_table,
    "id",
    "organisation_id",
    "kind",
    "reference",
    "holder",
    "group_id",
    "currency",
    "is_open",
    "opened_at",
)


def add_students(tx: Tx, organisation: OrganisationId, students: Sequence[Student], currency: Currency) -> None:
    """Enrol students: their account, the number that finds it, and its places in the chart of accounts."""
    _STUDENTS(
        tx,
        [(s.account, organisation, STUDENT, s.number, s.name, s.group, currency.code, True, tx.now) for s in students],
    )
    customer_accounts.add_references(tx, organisation, [(s.number, s.account, None) for s in students])
    ledger.open_accounts(
        tx,
        [
            place(organisation, student.account, currency)
            for student in students
            for place in (receivable, customer_credit)
        ],
    )


def _students(organisation: OrganisationId) -> sa.Select[Any]:
    return sa.select(
        accounts_table.c.id, accounts_table.c.reference, accounts_table.c.holder, accounts_table.c.group_id
    ).where(
        accounts_table.c.organisation_id == organisation,
        accounts_table.c.kind == STUDENT,
        accounts_table.c.is_open.is_(True),
    )


def _student(row: Any) -> Student:
    return Student(row.id, row.reference, row.holder, row.group_id)


def students_of(tx: Tx, organisation: OrganisationId) -> list[Student]:
    """The students with an open account, by number."""
    rows = tx.connection.execute(_students(organisation).order_by(accounts_table.c.reference))
    return [_student(row) for row in rows]


def student_named(tx: Tx, organisation: OrganisationId, number: str) -> Student | None:
    """The student with an open account whose number is written just so."""
    row = tx.connection.execute(_students(organisation).where(accounts_table.c.reference == number)).one_or_none()
    return _student(row) if row else None


def uninvoiced(
    tx: Tx, organisation: OrganisationId, source: str, *, after: str = "", limit: int | None = None
) -> list[Student]:
    """Who has no invoice from this source, by number, from the number `after` on."""
    done = sa.select(open_items.c.id).where(
        open_items.c.account_id == accounts_table.c.id, open_items.c.source == source
    )
    query = _students(organisation).where(~done.exists(), accounts_table.c.reference > after)
    rows = tx.connection.execute(query.order_by(accounts_table.c.reference).limit(limit))
    return [_student(row) for row in rows]


def count_students(tx: Tx, organisation: OrganisationId) -> int:
    return int(tx.connection.scalar(sa.select(sa.func.count()).select_from(_students(organisation).subquery())) or 0)


def first_guardians(tx: Tx, organisation: OrganisationId) -> dict[CustomerAccountId, ContactId]:
    """Who is told first of each open account of an organisation: whoever has the lowest rank."""
    rows = tx.connection.execute(
        sa.select(account_contacts.c.account_id, account_contacts.c.contact_id)
        .join(accounts_table, accounts_table.c.id == account_contacts.c.account_id)
        .where(accounts_table.c.organisation_id == organisation, accounts_table.c.is_open.is_(True))
        .order_by(account_contacts.c.account_id, account_contacts.c.rank, account_contacts.c.contact_id)
    )
    found: dict[CustomerAccountId, ContactId] = {}
    for row in rows:
        found.setdefault(row.account_id, row.contact_id)
    return found


_MOVE = Change(
    sa.update(accounts_table)
    .where(accounts_table.c.id == sa.bindparam("account"))
    .values(holder=sa.bindparam("name"), group_id=sa.bindparam("group", type_=accounts_table.c.group_id.type)),
    "account",
    "name",
    "group",
)


def correct_students(tx: Tx, students: Sequence[Student]) -> None:
    """Give known students these names and classes."""
    _MOVE(tx, [(student.account, student.name, student.group) for student in students])


OPENING = "opening"
"""The source of an opening balance: one an account, whatever is imported again."""

_OPENINGS = Lookup(
    sa.select(open_items.c.account_id, open_items.c.total_minor, open_items.c.issued_on).where(
        open_items.c.source == OPENING
    ),
    open_items.c.account_id,
)
_OPENING_CREDITS = Lookup(
    sa.select(entries.c.subject_id, postings.c.minor, entries.c.value_on)
    .join(postings, postings.c.entry_id == entries.c.id)
    .where(postings.c.minor < 0),
    entries.c.key,
)


def openings_of(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, tuple[int, date]]:
    """What was brought in for these accounts, in minor units and since when: owed, or below zero held for them."""
    found = {account: (minor, on) for account, minor, on in _OPENINGS(tx, accounts)}
    held = _OPENING_CREDITS(tx, [opening_credit_key(account) for account in accounts])
    return found | {account: (minor, on) for account, minor, on in held}


def add_openings(tx: Tx, organisation: OrganisationId, openings: Sequence[tuple[str, Invoice]]) -> None:
    """Write what was owed before, by student number. Payers reach it by that number: it has no reference of its own."""
    _ITEMS(
        tx,
        [
            (
                *(one.item, organisation, one.account, "opening", f"BF-{number}", one.source, one.amount.currency.code),
                *(one.amount.minor, one.amount.minor, one.issued_on, one.due_on),
            )
            for number, one in openings
        ],
    )
    _LINES(tx, [(one.item, 0, one.lines[0].label, one.amount.minor) for _, one in openings])


def child_numbers(tx: Tx, organisation: OrganisationId) -> dict[CustomerAccountId, int]:
    """Which child of its family each student is: children of one family have the same first guardian, and count in the order
    in which they were enrolled, those of one day by their number."""
    firsts = first_guardians(tx, organisation)
    rows = tx.connection.execute(
        _students(organisation).order_by(accounts_table.c.opened_at, accounts_table.c.reference)
    )
    counts: dict[ContactId, int] = {}
    found: dict[CustomerAccountId, int] = {}
    for row in rows:
        guardian = firsts.get(row.id)
        if guardian is None:
            found[row.id] = 1
            continue
        found[row.id] = counts[guardian] = counts.get(guardian, 0) + 1
    return found


# --- invoices ----------------------------------------------------------------------------------------------------------

_ITEMS = Insert(open_items)
_LINES = Insert(item_lines)
_INVOICES = Insert(invoices)


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice to be written, with what it rests on."""

    invoice: Invoice
    term: UUID
    structure: UUID | None
    """None when the class is charged nothing and only an extra item was."""
    corrects: ItemId | None = None


def add_invoices(tx: Tx, organisation: OrganisationId, first_number: int, new: Sequence[NewInvoice]) -> None:
    """Write invoices, numbered from `first_number` in this order; each can be paid by its own number, too."""
    numbered = [(invoice_number(first_number + at), one.invoice) for at, one in enumerate(new)]
    _ITEMS(
        tx,
        [
            (
                invoice.item,
                organisation,
                invoice.account,
                "invoice",
                number,
                invoice.source,
                invoice.amount.currency.code,
                invoice.amount.minor,
                invoice.amount.minor,
                invoice.issued_on,
                invoice.due_on,
            )
            for number, invoice in numbered
        ],
    )
    _LINES(
        tx,
        [
            (invoice.item, position, line.label, line.amount.minor)
            for _, invoice in numbered
            for position, line in enumerate(invoice.lines)
        ],
    )
    _INVOICES(tx, [(one.invoice.item, one.term, one.invoice.account, one.structure, one.corrects) for one in new])
    customer_accounts.add_references(
        tx, organisation, [(number, invoice.account, invoice.item) for number, invoice in numbered]
    )
