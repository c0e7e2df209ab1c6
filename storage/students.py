"""Students as their school's office looks for them, sees them and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId
from core.ledger import customer_credit, receivable
from core.mail import MailAddress
from core.money import Currency, Money
from core.phones import Msisdn, NotAPhone
from core.references import Reference
from core.versions import version_of
from storage import holds, ledger, mail_addresses
from storage.people import msisdn_index
from storage.school import STUDENT
from storage.tables import (
    account_contacts,
    account_references,
    applications,
    contacts,
    customer_accounts,
    entries,
    groups,
    open_items,
    payments,
    phones,
    postings,
    receipts,
)
from storage.tx import Tx

LAST_PAYMENTS = 30


@dataclass(frozen=True, slots=True)
class StudentLine:
    """One student in a list. `owed` and `credit` are of this moment."""

    account: CustomerAccountId
    number: str
    name: str
    group: UUID | None
    """The class; None for who has left."""
    class_name: str
    is_open: bool
    """Can be paid into."""
    owed: Money
    credit: Money

    @property
    def version(self) -> str:
        """What the office may change, as it is now."""
        return version_of(self.number, self.name, self.group)


@dataclass(frozen=True, slots=True)
class Search:
    """Whom a list is to show: words of a name (the student's or a guardian's), a number or a phone; a class; who left."""

    text: str = ""
    group: UUID | None = None
    left: bool = False


_COLUMNS = (
    customer_accounts.c.id,
    customer_accounts.c.reference,
    customer_accounts.c.holder,
    customer_accounts.c.group_id,
    customer_accounts.c.is_open,
    customer_accounts.c.currency,
    groups.c.name.label("class_name"),
    sa.select(sa.func.coalesce(sa.func.sum(open_items.c.outstanding_minor), 0))
    .where(open_items.c.account_id == customer_accounts.c.id)
    .scalar_subquery()
    .label("owed"),
)


def page_of(
    tx: Tx, organisation: OrganisationId, search: Search, *, country_code: str, after: str = "", limit: int = 30
) -> list[StudentLine]:
    """The students that fit, by number, from the first whose number comes after `after`."""
    query = _students(organisation).order_by(customer_accounts.c.reference).limit(limit)
    if after:
        query = query.where(customer_accounts.c.reference > after)
    left = customer_accounts.c.group_id.is_(None)
    query = query.where(left if search.left else ~left)
    if search.group is not None:
        query = query.where(customer_accounts.c.group_id == search.group)
    if search.text.strip():
        query = query.where(_fits(tx, organisation, search.text.strip(), country_code))
    return _lines(tx, organisation, tx.connection.execute(query).all())


def by_account(
    tx: Tx, organisation: OrganisationId, account: CustomerAccountId, *, lock: bool = False
) -> StudentLine | None:
    """One student of this organisation. `lock` keeps others from changing them until the transaction ends."""
    if lock:
        query = sa.select(customer_accounts.c.id).where(customer_accounts.c.id == account)
        tx.connection.execute(query.with_for_update())
    rows = tx.connection.execute(_students(organisation).where(customer_accounts.c.id == account)).all()
    return next(iter(_lines(tx, organisation, rows)), None)


def by_number(tx: Tx, organisation: OrganisationId, number: str) -> StudentLine | None:
    """The student with this number, also one who has left; small letters will do."""
    written = customer_accounts.c.reference.in_((number, number.upper()))
    rows = tx.connection.execute(_students(organisation).where(written)).all()
    return next(iter(_lines(tx, organisation, rows)), None)


def _students(organisation: OrganisationId) -> sa.Select[Any]:
    return (
        sa.select(*_COLUMNS)
        .outerjoin(groups, groups.c.id == customer_accounts.c.group_id)
        .where(customer_accounts.c.organisation_id == organisation, customer_accounts.c.kind == STUDENT)
    )


def _fits(tx: Tx, organisation: OrganisationId, text: str, country_code: str) -> sa.ColumnElement[bool]:
    """By number or phone where the text can be one, else every word somewhere in the student's or a guardian's name."""
    ways = [sa.and_(*(_named(word) for word in text.split()))]
    if key := Reference.read(text).canonical:
        ways.append(
            customer_accounts.c.id.in_(
                sa.select(account_references.c.account_id).where(
                    account_references.c.organisation_id == organisation, account_references.c.canonical_key == key
                )
            )
        )
        ways.append(_like(customer_accounts.c.reference, text))
    try:
        index = msisdn_index(tx, Msisdn.parse(text, country_code=country_code))
    except NotAPhone:
        return sa.or_(*ways)
    theirs = (
        sa.select(account_contacts.c.account_id)
        .join(phones, phones.c.contact_id == account_contacts.c.contact_id)
        .where(phones.c.organisation_id == organisation, phones.c.msisdn_index == index)
    )
    return sa.or_(*ways, customer_accounts.c.id.in_(theirs))


def _named(word: str) -> sa.ColumnElement[bool]:
    guardian = (
        sa.select(account_contacts.c.account_id)
        .join(contacts, contacts.c.id == account_contacts.c.contact_id)
        .where(account_contacts.c.account_id == customer_accounts.c.id, _like(contacts.c.name, word))
    )
    return sa.or_(_like(customer_accounts.c.holder, word), guardian.exists())


def _like(column: sa.Column[Any], text: str) -> sa.ColumnElement[bool]:
    """Whatever the case; of letters beyond a to z, SQLite knows the case only as it was typed or as names begin."""
    spellings = [column.contains(typed, autoescape=True) for typed in dict.fromkeys((text, text.capitalize()))]
    return sa.or_(sa.func.lower(column).contains(text.lower(), autoescape=True), *spellings)


def _lines(tx: Tx, organisation: OrganisationId, rows: Sequence[sa.Row[Any]]) -> list[StudentLine]:
    places = {row.id: customer_credit(organisation, row.id, Currency[row.currency]) for row in rows}
    credits_ = ledger.balances_of(tx, list(places.values())) if places else {}
    return [
        StudentLine(
            account=row.id,
            number=row.reference,
            name=row.holder,
            group=row.group_id,
            class_name=row.class_name or "",
            is_open=row.is_open,
            owed=Money(int(row.owed), Currency[row.currency]),
            credit=-credits_[places[row.id].id],
        )
        for row in rows
    ]


# --- one student --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a student. `others` are the other students that they answer for."""

    contact: ContactId
    name: str
    phones: tuple[Msisdn, ...]
    others: tuple[tuple[CustomerAccountId, str], ...]
    mail: MailAddress | None = None
    mail_waits: bool = False
    """Whether quiet hours hold their mail, too."""

    @property
    def version(self) -> str:
        return version_of(*self.facts)

    @property
    def facts(self) -> tuple[str, ...]:
        """What the office may change, as it is now."""
        mail = self.mail.text if self.mail else ""
        return (self.name, *sorted(phone.digits for phone in self.phones), mail, str(self.mail_waits))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one entry of the ledger changed in what the student owes; `balance` is what was owed after it."""

    on: date
    kind: str
    text: str
    """The invoice's or the receipt's number."""
    change: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class PaymentLine:
    payment: PaymentId
    on: date | None
    share: Money
    """What this student got of it."""
    status: str
    receipt: str
    number: str


@dataclass(frozen=True, slots=True)
class StudentShown:
    """All that a student's page tells."""

    line: StudentLine
    pending: Money
    """What a phone is being asked for right now."""
    guardians: tuple[Guardian, ...]
    statement: tuple[StatementLine, ...]
    """Oldest first."""
    payments: tuple[PaymentLine, ...]
    """Newest first."""


def shown(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> StudentShown | None:
    line = by_account(tx, organisation, account)
    if line is None:
        return None
    currency = line.owed.currency
    return StudentShown(
        line=line,
        pending=holds.active(tx, [account], now=tx.now).get(account, Money(0, currency)),
        guardians=tuple(guardians_of(tx, account)),
        statement=tuple(_statement(tx, organisation, account, currency)),
        payments=tuple(_payments(tx, account, currency)),
    )


def guardians_of(tx: Tx, account: CustomerAccountId) -> list[Guardian]:
    """The one who is told first comes first; also who has no phone any more."""
    rows = tx.connection.execute(
        sa.select(contacts.c.id, contacts.c.name)
        .join(account_contacts, account_contacts.c.contact_id == contacts.c.id)
        .where(account_contacts.c.account_id == account)
        .order_by(account_contacts.c.rank, contacts.c.id)
    )
    return [_guardian(tx, row.id, row.name, account) for row in rows.all()]


def guardian(tx: Tx, organisation: OrganisationId, contact: ContactId, *, lock: bool = False) -> Guardian | None:
    """One contact of this organisation, whomever they answer for."""
    query = sa.select(contacts).where(contacts.c.id == contact, contacts.c.organisation_id == organisation)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _guardian(tx, row.id, row.name, None) if row else None


def _guardian(tx: Tx, contact: ContactId, name: str, account: CustomerAccountId | None) -> Guardian:
    box = mail_addresses.of_contacts(tx, [contact]).get(contact)
    mail, waits = (box.address, box.waits_at_night) if box else (None, False)
    return Guardian(contact, name, _phones(tx, contact), _others(tx, contact, account), mail, waits)


def _phones(tx: Tx, contact: ContactId) -> tuple[Msisdn, ...]:
    sealed = tx.connection.scalars(
        sa.select(phones.c.msisdn_sealed).where(phones.c.contact_id == contact).order_by(phones.c.msisdn_index)
    )
    return tuple(Msisdn(tx.vault.open_text(each)) for each in sealed)


def _others(tx: Tx, contact: ContactId, account: CustomerAccountId | None) -> tuple[tuple[CustomerAccountId, str], ...]:
    rows = tx.connection.execute(
        sa.select(customer_accounts.c.id, customer_accounts.c.holder)
        .join(account_contacts, account_contacts.c.account_id == customer_accounts.c.id)
        .where(account_contacts.c.contact_id == contact)
        .order_by(customer_accounts.c.reference)
    )
    return tuple((row.id, row.holder) for row in rows if row.id != account)


def _statement(
    tx: Tx, organisation: OrganisationId, account: CustomerAccountId, currency: Currency
) -> list[StatementLine]:
    """Straight from the ledger: what each entry did to what is owed, less what is held for the student."""
    places = [place(organisation, account, currency).id for place in (receivable, customer_credit)]
    change = sa.func.sum(postings.c.minor)
    rows = tx.connection.execute(
        sa.select(
            entries.c.id,
            entries.c.value_on,
            entries.c.kind,
            change.label("change"),
            sa.func.max(open_items.c.number).label("item"),
            sa.func.max(receipts.c.number).label("receipt"),
        )
        .join(postings, postings.c.entry_id == entries.c.id)
        .outerjoin(open_items, open_items.c.id == entries.c.subject_id)
        .outerjoin(receipts, receipts.c.payment_id == entries.c.subject_id)
        .where(postings.c.account_id.in_(places))
        .group_by(entries.c.id, entries.c.value_on, entries.c.kind)
        .having(change != 0)
        .order_by(entries.c.id)
    )
    found, balance = [], Money(0, currency)
    for row in rows:
        moved = Money(int(row.change), currency)
        balance += moved
        text = row.item or (receipt_number(row.receipt) if row.receipt else "")
        found.append(StatementLine(row.value_on, row.kind, text, moved, balance))
    return found


def _payments(tx: Tx, account: CustomerAccountId, currency: Currency) -> list[PaymentLine]:
    share = sa.func.sum(applications.c.minor).label("share")
    rows = tx.connection.execute(
        sa.select(payments.c.id, payments.c.value_on, payments.c.status, payments.c.receipt, receipts.c.number, share)
        .join(applications, applications.c.payment_id == payments.c.id)
        .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
        .where(applications.c.account_id == account)
        .group_by(payments.c.id, payments.c.value_on, payments.c.status, payments.c.receipt, receipts.c.number)
        .order_by(payments.c.id.desc())
        .limit(LAST_PAYMENTS)
    )
    return [
        PaymentLine(
            row.id,
            row.value_on,
            Money(int(row.share), currency),
            row.status,
            row.receipt or "",
            receipt_number(row.number) if row.number else "",
        )
        for row in rows
    ]


# --- changes ------------------------------------------------------------------------------------------------------------


def change(tx: Tx, account: CustomerAccountId, *, name: str, group: UUID | None, is_open: bool) -> None:
    """The student as they are to be from now on."""
    tx.connection.execute(
        sa.update(customer_accounts)
        .where(customer_accounts.c.id == account)
        .values(holder=name, group_id=group, is_open=is_open)
    )


def unlink(tx: Tx, account: CustomerAccountId, contact: ContactId) -> bool:
    """The contact does not answer for the account any more. False when they did not."""
    done = tx.connection.execute(
        sa.delete(account_contacts).where(
            account_contacts.c.account_id == account, account_contacts.c.contact_id == contact
        )
    )
    return done.rowcount == 1


def put_first(tx: Tx, account: CustomerAccountId, contact: ContactId) -> None:
    """From now on this one is told first; the others keep their order."""
    first = sa.select(sa.func.min(account_contacts.c.rank)).where(account_contacts.c.account_id == account)
    rank = int(tx.connection.scalar(first) or 0) - 1
    tx.connection.execute(
        sa.update(account_contacts)
        .where(account_contacts.c.account_id == account, account_contacts.c.contact_id == contact)
        .values(rank=rank)
    )


def last_rank(tx: Tx, account: CustomerAccountId) -> int:
    """The place of who is told last; -1 when nobody is."""
    last = sa.select(sa.func.max(account_contacts.c.rank)).where(account_contacts.c.account_id == account)
    found = tx.connection.scalar(last)
    return -1 if found is None else int(found)


def remove_phone(tx: Tx, contact: ContactId, msisdn: Msisdn) -> bool:
    """The phone is not theirs any more. False when it was not."""
    done = tx.connection.execute(
        sa.delete(phones).where(phones.c.contact_id == contact, phones.c.msisdn_index == msisdn_index(tx, msisdn))
    )
    return done.rowcount == 1
