"""A school's classes, terms, fee structures and students."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core.entries import opening_credit_key
from core.fees import FeeLine, Invoice, Student, Term, invoice_number
from core.ids import CustomerAccountId, OrganisationId
from core.ledger import customer_credit, receivable
from core.money import Currency, Money
from storage import customer_accounts, ledger
from storage.fast import Change, Insert, Lookup
from storage.tables import customer_accounts as accounts_table
from storage.tables import entries, fee_lines, groups, item_lines, open_items, postings, terms
from storage.tx import Tx

STUDENT = "student"


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


def term_named(tx: Tx, organisation: OrganisationId, name: str) -> Term | None:
    row = tx.connection.execute(
        sa.select(terms).where(terms.c.organisation_id == organisation, terms.c.name == name)
    ).one_or_none()
    return Term(row.id, row.name, row.starts_on, row.ends_on, row.due_on) if row else None


def set_fees(tx: Tx, term: UUID, group: UUID, lines: Sequence[FeeLine]) -> None:
    """What a class is charged in a term. Invoices that were issued keep their own lines."""
    tx.connection.execute(sa.delete(fee_lines).where(fee_lines.c.term_id == term, fee_lines.c.group_id == group))
    for position, line in enumerate(lines):
        tx.connection.execute(
            sa.insert(fee_lines).values(
                term_id=term, group_id=group, position=position, label=line.label, minor=line.amount.minor
            )
        )


def fees_of(tx: Tx, term: UUID, currency: Currency) -> dict[UUID, list[FeeLine]]:
    """The term's fee structure by class."""
    rows = tx.connection.execute(
        sa.select(fee_lines).where(fee_lines.c.term_id == term).order_by(fee_lines.c.group_id, fee_lines.c.position)
    )
    found: dict[UUID, list[FeeLine]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(FeeLine(row.label, Money(row.minor, currency)))
    return found


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


def students_of(tx: Tx, organisation: OrganisationId) -> list[Student]:
    """The students with an open account, by number."""
    rows = tx.connection.execute(
        sa.select(accounts_table)
        .where(
            accounts_table.c.organisation_id == organisation,
            accounts_table.c.kind == STUDENT,
            accounts_table.c.is_open.is_(True),
        )
        .order_by(accounts_table.c.reference)
    )
    return [Student(row.id, row.reference, row.holder, row.group_id) for row in rows]


def invoiced(tx: Tx, organisation: OrganisationId, source: str) -> set[CustomerAccountId]:
    """Who has an invoice from this source already."""
    rows = tx.connection.execute(
        sa.select(open_items.c.account_id).where(
            open_items.c.organisation_id == organisation, open_items.c.source == source
        )
    )
    return {row.account_id for row in rows}


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


_ITEMS = Insert(open_items)
_LINES = Insert(item_lines)


def add_invoices(tx: Tx, organisation: OrganisationId, first_number: int, invoices: Sequence[Invoice]) -> None:
    """Write invoices, numbered from `first_number` in this order; each can be paid by its own number, too."""
    numbered = [(invoice_number(first_number + at), invoice) for at, invoice in enumerate(invoices)]
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
            for invoice in invoices
            for position, line in enumerate(invoice.lines)
        ],
    )
    customer_accounts.add_references(
        tx, organisation, [(number, invoice.account, invoice.item) for number, invoice in numbered]
    )
