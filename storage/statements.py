"""What happened to customer accounts, read from their postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.ledger import customer_credit, receivable
from core.money import Currency, Money
from core.statements import AccountStatement, Movement, kind_of
from storage.customer_accounts import LOAN
from storage.tables import (
    account_contacts,
    contacts,
    credit_notes,
    customer_accounts,
    entries,
    groups,
    open_items,
    phones,
    postings,
    receipts,
)
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer account as its statement names it."""

    account: CustomerAccountId
    organisation: OrganisationId
    name: str
    reference: str
    group: str
    currency: Currency


_HOLDERS = (
    sa.select(
        customer_accounts.c.id,
        customer_accounts.c.organisation_id,
        customer_accounts.c.holder,
        customer_accounts.c.reference,
        customer_accounts.c.currency,
        groups.c.name.label("group_name"),
    )
    .outerjoin(groups, groups.c.id == customer_accounts.c.group_id)
    .order_by(customer_accounts.c.holder, customer_accounts.c.reference)
)


def _holders(tx: Tx, query: sa.Select[tuple[object, ...]]) -> list[Holder]:
    return [
        Holder(row.id, row.organisation_id, row.holder, row.reference, row.group_name or "", Currency[row.currency])
        for row in tx.connection.execute(query)
    ]


def holder(tx: Tx, account: CustomerAccountId) -> Holder | None:
    found = _holders(tx, _HOLDERS.where(customer_accounts.c.id == account))
    return found[0] if found else None


def family(tx: Tx, contact: ContactId) -> list[Holder]:
    """The open accounts that a guardian answers for. A loan has no such statement: what it owes grows from day to day."""
    linked = sa.select(account_contacts.c.account_id).where(account_contacts.c.contact_id == contact)
    is_of_fees = customer_accounts.c.kind != LOAN
    return _holders(
        tx, _HOLDERS.where(customer_accounts.c.id.in_(linked), customer_accounts.c.is_open.is_(True), is_of_fees)
    )


def contact_with(tx: Tx, organisation: OrganisationId, msisdn_index: bytes) -> ContactId | None:
    """The contact whom this phone belongs to."""
    return tx.connection.scalar(
        sa.select(contacts.c.id)
        .join(phones, phones.c.contact_id == contacts.c.id)
        .where(phones.c.msisdn_index == msisdn_index, phones.c.organisation_id == organisation)
    )


def statements(tx: Tx, holders: Sequence[Holder], *, since: date, until: date | None = None) -> list[AccountStatement]:
    """The statement of each account by value date, from `since` up to and with `until`."""
    found = []
    for one in holders:
        places = [place(one.organisation, one.account, one.currency).id for place in (receivable, customer_credit)]
        movements = _movements(tx, places, one.currency, since=since, until=until)
        opening = _position(tx, places, before=since)
        found.append(
            AccountStatement(one.name, one.reference, one.group, Money(opening, one.currency), tuple(movements))
        )
    return found


def _position(tx: Tx, places: Sequence[object], *, before: date) -> int:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(postings.c.minor), 0))
        .join(entries, entries.c.id == postings.c.entry_id)
        .where(postings.c.account_id.in_(places), entries.c.value_on < before)
    )
    return int(tx.connection.scalar(query) or 0)


def _movements(
    tx: Tx, places: Sequence[object], currency: Currency, *, since: date, until: date | None
) -> list[Movement]:
    share = sa.func.sum(postings.c.minor)
    query = (
        sa.select(entries.c.id, entries.c.kind, entries.c.value_on, entries.c.subject_id, share.label("minor"))
        .join(postings, postings.c.entry_id == entries.c.id)
        .where(postings.c.account_id.in_(places), entries.c.value_on >= since)
        .group_by(entries.c.id, entries.c.kind, entries.c.value_on, entries.c.subject_id, entries.c.recorded_at)
        .having(share != 0)
        .order_by(entries.c.value_on, entries.c.recorded_at, entries.c.id)
    )
    if until is not None:
        query = query.where(entries.c.value_on <= until)
    rows = tx.connection.execute(query).all()
    numbers = _numbers(tx, [row.subject_id for row in rows])
    return [
        Movement(row.value_on, kind_of(row.kind), numbers.get(row.subject_id, ""), Money(int(row.minor), currency))
        for row in rows
    ]


_AT_ONCE = 500


def _numbers(tx: Tx, subjects: Sequence[object]) -> Mapping[object, str]:
    """By what people call the subject of an entry: the number of its invoice, receipt or credit note."""
    found: dict[object, str] = {}
    wanted = list(dict.fromkeys(subjects))
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        items = sa.select(open_items.c.id, open_items.c.number).where(open_items.c.id.in_(some))
        notes = sa.select(credit_notes.c.id, credit_notes.c.number).where(credit_notes.c.id.in_(some))
        found |= {row.id: row.number for row in tx.connection.execute(items.union_all(notes))}
        given = sa.select(receipts.c.payment_id, receipts.c.number).where(receipts.c.payment_id.in_(some))
        found |= {id_: receipt_number(number) for id_, number in tx.connection.execute(given)}
    return found
