"""All that is held of one person, found and taken out again, while the books stay whole (SEC-6).

A person is a contact of one organisation with their phones, or a phone that is nobody's contact. What bears their marks in
sealed bodies is found by opening them: their numbers' last nine digits, which is how providers write them inside other words,
the hash of a number, and the contact's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import ContactId, OrganisationId, PaymentId
from core.loans.states import WAITING as LOANS_WAIT
from core.loans.states import LoanState
from core.mail import MailAddress
from core.money import Currency, Money
from core.payments import WAITING
from core.payouts import OPEN as PAYOUTS_OPEN
from core.phones import Msisdn, hashed
from core.refunds import State as RefundState
from storage.mail_addresses import mail_index, of_contacts
from storage.outbox import State
from storage.payments import PayerSeen
from storage.payouts import nobody, payouts_with
from storage.people import msisdn_index, phones_of
from storage.tables import (
    account_contacts,
    account_references,
    attempts,
    channel_wishes,
    consents,
    contacts,
    customer_accounts,
    exchanges,
    languages,
    loans,
    mail_addresses,
    notices,
    open_items,
    outbox,
    payments,
    payouts,
    phones,
    refunds,
    staff,
    suspense_items,
    texts,
)
from storage.tx import Tx

ERASED = "(erased)"
"""In the place of a name."""
_TAIL = 9
"""Digits of a number that Daraja writes into the name of a prompt."""
_NOTHING_SAID = b'{"erased":true}'
_NO_FACTS = b'{"message":{}}'


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an organisation knows by a phone. Without a contact: a phone that only paid or wrote."""

    organisation: OrganisationId
    contact: ContactId | None
    name: str
    phones: tuple[Msisdn, ...]
    mail: MailAddress | None = None

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What names them in a body."""
        numbers = [phone.digits[-_TAIL:] for phone in self.phones] + [hashed(phone).sha256 for phone in self.phones]
        ids = [self.contact.hex, str(self.contact)] if self.contact else []
        return tuple(mark.encode() for mark in (*numbers, *ids))


def find(tx: Tx, organisation: OrganisationId, phone: Msisdn) -> Person:
    """Who has this phone: the contact with all of their phones."""
    query = sa.select(phones.c.contact_id, contacts.c.name).join(contacts, contacts.c.id == phones.c.contact_id)
    mine = (phones.c.msisdn_index == msisdn_index(tx, phone)) & (phones.c.organisation_id == organisation)
    row = tx.connection.execute(query.where(mine)).one_or_none()
    if row is None:
        return Person(organisation, None, "", (phone,))
    contact = ContactId(row.contact_id)
    box = of_contacts(tx, [contact]).get(contact)
    numbers = tuple(one.msisdn for one in phones_of(tx, contact))
    return Person(organisation, contact, row.name, numbers, box.address if box else None)


def _indexes(tx: Tx, person: Person) -> list[bytes]:
    return [msisdn_index(tx, phone) for phone in person.phones]


def _addresses(tx: Tx, person: Person) -> list[bytes]:
    """Where they are written to: their phones, and their mail."""
    return [*_indexes(tx, person), *([mail_index(tx, person.mail)] if person.mail else [])]


# --- where they are -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traces:
    """The rows that tell of a person, beside those that are found by their contact or phone alone."""

    payments: tuple[PaymentId, ...] = ()
    exchanges: tuple[UUID, ...] = ()
    messages: tuple[UUID, ...] = ()


def payments_of(tx: Tx, person: Person) -> list[PaymentId]:
    """Payments that they made. One of the same phone that belongs to another contact is that person's."""
    ways: list[sa.ColumnElement[bool]] = [
        payments.c.payer_contact_id.is_(None) & payments.c.payer_index.in_(_indexes(tx, person))
    ]
    if person.contact is not None:
        ways.append(payments.c.payer_contact_id == person.contact)
    found = sa.select(payments.c.id).where(payments.c.organisation_id == person.organisation, sa.or_(*ways))
    return [PaymentId(id_) for id_ in tx.connection.execute(found.order_by(payments.c.id)).scalars()]


def exchanges_naming(tx: Tx, person: Person, after: UUID | None, *, most: int) -> tuple[list[UUID], UUID | None]:
    """Of the next exchanges in order of id, those whose bodies name the person; and the last one looked at."""
    theirs = exchanges.c.organisation_id.is_(None) | (exchanges.c.organisation_id == person.organisation)
    columns = (exchanges.c.id, exchanges.c.request_sealed, exchanges.c.response_sealed, exchanges.c.detail)
    query = sa.select(*columns).where(theirs).order_by(exchanges.c.id).limit(most)
    rows = tx.connection.execute(query if after is None else query.where(exchanges.c.id > after)).all()
    found = [
        row.id
        for row in rows
        if _names(tx, person, (row.request_sealed, row.response_sealed)) or _says(person, row.detail.encode())
    ]
    return found, rows[-1].id if rows else None


def messages_naming(tx: Tx, person: Person, after: UUID | None, *, most: int) -> tuple[list[UUID], UUID | None]:
    """The same for the outbox."""
    query = sa.select(outbox.c.id, outbox.c.facts_sealed).where(outbox.c.organisation_id == person.organisation)
    query = query.order_by(outbox.c.id).limit(most)
    rows = tx.connection.execute(query if after is None else query.where(outbox.c.id > after)).all()
    return [row.id for row in rows if _names(tx, person, (row.facts_sealed,))], rows[-1].id if rows else None


def _names(tx: Tx, person: Person, sealed: Sequence[bytes | None]) -> bool:
    return any(_says(person, tx.vault.open(bytes(body))) for body in sealed if body is not None)


def _says(person: Person, body: bytes) -> bool:
    return any(mark in body for mark in person.marks)


# --- what stands against taking them out ----------------------------------------------------------------------------------


def debt(tx: Tx, person: Person) -> tuple[str, Money] | None:
    """An account that they answer for and that owes, with how much."""
    owed = sa.func.sum(open_items.c.outstanding_minor)
    row = tx.connection.execute(
        sa.select(customer_accounts.c.reference, customer_accounts.c.currency, owed.label("minor"))
        .join(account_contacts, account_contacts.c.account_id == customer_accounts.c.id)
        .join(open_items, open_items.c.account_id == customer_accounts.c.id)
        .where(account_contacts.c.contact_id == person.contact)
        .group_by(customer_accounts.c.reference, customer_accounts.c.currency)
        .having(owed > 0)
        .order_by(customer_accounts.c.reference)
        .limit(1)
    ).one_or_none()
    if row is None:
        row = tx.connection.execute(_lent(person)).one_or_none()
    return None if row is None else (row.reference, Money(int(row.minor), Currency[row.currency]))


def _lent(person: Person) -> sa.Select[Any]:
    """A loan of theirs that waits for an answer or runs."""
    owed = sa.case((loans.c.payoff_minor > 0, loans.c.payoff_minor), else_=loans.c.asked_minor).label("minor")
    return (
        sa.select(customer_accounts.c.reference, loans.c.currency, owed)
        .join(account_contacts, account_contacts.c.account_id == loans.c.account_id)
        .join(customer_accounts, customer_accounts.c.id == loans.c.account_id)
        .where(account_contacts.c.contact_id == person.contact, loans.c.state.in_(_OPEN_LOANS))
        .order_by(customer_accounts.c.reference)
        .limit(1)
    )


_OPEN_LOANS = [state.value for state in (*LOANS_WAIT, LoanState.ACTIVE)]


def is_paying(tx: Tx, person: Person) -> bool:
    """Is a payment of theirs under way, or one to them?"""
    waiting = (payments.c.organisation_id == person.organisation) & payments.c.status.in_(
        [status.value for status in WAITING]
    )
    unmet = (payments.c.method == sa.literal_column("'prompt'")) & payments.c.receipt.is_(None)
    ways: list[sa.ColumnElement[bool]] = [waiting & unmet & payments.c.payer_index.in_(_indexes(tx, person))]
    if person.contact is not None:
        ways.append(waiting & (payments.c.payer_contact_id == person.contact))
    under_way = [sa.select(payments.c.id).where(way) for way in ways]
    under_way.append(_paid_to(tx, person, payouts).where(payouts.c.state.in_([one.value for one in PAYOUTS_OPEN])))
    under_way.append(_paid_to(tx, person, refunds).where(refunds.c.state.in_(_REFUNDS_OPEN)))
    return any(tx.connection.execute(query.limit(1)).first() is not None for query in under_way)


_REFUNDS_OPEN = [RefundState.REQUESTED.value, RefundState.PAYING.value]


def _paid_to(tx: Tx, person: Person, table: sa.Table) -> sa.Select[Any]:
    """Payouts or refunds to their phones."""
    theirs = table.c.payee_index.in_(_indexes(tx, person))
    return sa.select(table.c.id).where(table.c.organisation_id == person.organisation, theirs)


def waits_in_suspense(tx: Tx, found: Sequence[PaymentId]) -> bool:
    """Does money of theirs wait for somebody to say whose it is?"""
    query = sa.select(suspense_items.c.payment_id).where(
        suspense_items.c.payment_id.in_(found), suspense_items.c.closed_at.is_(None)
    )
    return tx.connection.execute(query.limit(1)).first() is not None


def is_staff(tx: Tx, person: Person) -> bool:
    query = sa.select(staff.c.id).where(
        staff.c.organisation_id == person.organisation, staff.c.msisdn_index.in_(_indexes(tx, person))
    )
    return tx.connection.execute(query.limit(1)).first() is not None


def is_known(tx: Tx, person: Person, traces: Traces) -> bool:
    """Is anything held of them at all?"""
    if person.contact is not None or traces != Traces():
        return True
    held = (_texts_of(tx, person), _paid_to(tx, person, payouts))
    return any(tx.connection.execute(query.limit(1)).first() is not None for query in held)


def _texts_of(tx: Tx, person: Person) -> sa.Select[Any]:
    mine = texts.c.sender_index.in_(_indexes(tx, person))
    return sa.select(texts).where(texts.c.organisation_id == person.organisation, mine).order_by(texts.c.id)


# --- taking them out ------------------------------------------------------------------------------------------------------


def erase(tx: Tx, person: Person, traces: Traces) -> None:
    """Put nothing in the place of all that is personal. Amounts, times, receipts and codes stay, and so does the contact's
    id, which names nobody any more; so does the blind index of a STOP, which must hold on."""
    _erase_payments(tx, traces.payments)
    _erase_loans(tx, person)
    _erase_payouts(tx, person)
    of_theirs = exchanges.c.payment_id.in_(traces.payments) | exchanges.c.id.in_(traces.exchanges)
    nothing = tx.vault.seal(_NOTHING_SAID)
    answered = sa.case((exchanges.c.response_sealed.is_(None), None), else_=nothing)
    tx.connection.execute(
        sa.update(exchanges).where(of_theirs).values(request_sealed=nothing, response_sealed=answered, detail="")
    )
    of_theirs = outbox.c.payment_id.in_(traces.payments) | outbox.c.id.in_(traces.messages)
    waiting = outbox.c.state == State.PENDING.value
    state = sa.case((waiting, State.SKIPPED.value), else_=outbox.c.state)
    error = sa.case((waiting, "erased"), else_="")
    tx.connection.execute(
        sa.update(outbox).where(of_theirs).values(facts_sealed=tx.vault.seal(_NO_FACTS), state=state, last_error=error)
    )
    _erase_attempts(tx, person)
    indexes = _indexes(tx, person)
    mine = texts.c.sender_index.in_(indexes)
    tx.connection.execute(sa.delete(texts).where(texts.c.organisation_id == person.organisation, mine))
    if person.contact is not None:
        tx.connection.execute(sa.delete(account_contacts).where(account_contacts.c.contact_id == person.contact))
        tx.connection.execute(sa.delete(phones).where(phones.c.contact_id == person.contact))
        tx.connection.execute(sa.delete(mail_addresses).where(mail_addresses.c.contact_id == person.contact))
        tx.connection.execute(sa.delete(notices).where(notices.c.contact_id == person.contact))
        tx.connection.execute(sa.delete(channel_wishes).where(channel_wishes.c.person_id == person.contact))
        tx.connection.execute(sa.update(contacts).where(contacts.c.id == person.contact).values(name=ERASED))
    elsewhere = sa.select(phones.c.msisdn_index)
    tx.connection.execute(
        sa.delete(languages).where(languages.c.msisdn_index.in_(indexes), languages.c.msisdn_index.not_in(elsewhere))
    )


def _erase_attempts(tx: Tx, person: Person) -> None:
    """Where this organisation's messages to them went."""
    ours = sa.select(outbox.c.id).where(outbox.c.organisation_id == person.organisation)
    theirs = attempts.c.to_index.in_(_addresses(tx, person)) & attempts.c.message_id.in_(ours)
    tx.connection.execute(
        sa.update(attempts).where(theirs).values(to_index=b"", to_sealed=tx.vault.seal_text(""), error="")
    )


def _erase_loans(tx: Tx, person: Person) -> None:
    """Which phone a loan was paid to."""
    tx.connection.execute(
        sa.update(loans).where(loans.c.payee_index.in_(_indexes(tx, person))).values(payee_index=None)
    )


def _erase_payouts(tx: Tx, person: Person) -> None:
    """Who was paid back, or paid. The blind index stays: what was approved is never changed, and it names nobody."""
    for table, emptied in ((payouts, nobody(tx)), (refunds, tx.vault.seal_text(""))):
        mine = table.c.id.in_(_paid_to(tx, person, table))
        tx.connection.execute(sa.update(table).where(mine).values(payee_sealed=emptied))


def _erase_payments(tx: Tx, found: Sequence[PaymentId]) -> None:
    """What was typed as a reference stays only where it is one of the organisation's own: else it may be a name."""
    known = sa.exists().where(
        account_references.c.organisation_id == payments.c.organisation_id,
        account_references.c.canonical_key == payments.c.reference_key,
    )
    tx.connection.execute(
        sa.update(payments)
        .where(payments.c.id.in_(found))
        .values(
            payer_sealed=tx.vault.seal(msgspec.json.encode(PayerSeen())),
            payer_index=None,
            reference=sa.case((known, payments.c.reference), else_=""),
            reference_key=sa.case((known, payments.c.reference_key), else_=""),
        )
    )
    # Daraja's name for a prompt ends in the payer's number.
    named = sa.select(payments.c.id).where(payments.c.id.in_(found), payments.c.provider_request_id.is_not(None))
    for id_ in tx.connection.execute(named).scalars().all():
        tx.connection.execute(
            sa.update(payments).where(payments.c.id == id_).values(provider_request_id=f"erased:{id_.hex}")
        )


# --- showing them ---------------------------------------------------------------------------------------------------------


class AccountHeld(msgspec.Struct, frozen=True):
    """An account that they answer for."""

    reference: str
    holder: str
    rank: int


class WishHeld(msgspec.Struct, frozen=True):
    """What they wished to hear of, or not."""

    topic: str
    channel: str
    wanted: bool
    source: str
    at: datetime


class TextHeld(msgspec.Struct, frozen=True):
    """What they wrote."""

    at: datetime
    text: str
    understood: str


class MessageHeld(msgspec.Struct, frozen=True):
    """What we wrote to them, or asked their phone: the facts that were put into words."""

    at: datetime
    kind: str
    event: str
    state: str
    facts: msgspec.Raw


class PaidHeld(msgspec.Struct, frozen=True):
    """What we paid to their phone, or gave back at its provider."""

    at: datetime
    amount: str
    currency: str
    what_for: str
    name: str
    state: str


class Held(msgspec.Struct, frozen=True):
    """What lies in tables of their own."""

    name: str
    phones: list[str]
    mail: str
    languages: list[str]
    accounts: list[AccountHeld]
    wishes: list[WishHeld]
    texts: list[TextHeld]
    messages: list[MessageHeld]
    paid: list[PaidHeld]


def held(tx: Tx, person: Person, traces: Traces) -> Held:
    """Everything but payments and exchanges, which `storage.listing` shows."""
    answers_for = (
        sa.select(customer_accounts.c.reference, customer_accounts.c.holder, account_contacts.c.rank)
        .join(account_contacts, account_contacts.c.account_id == customer_accounts.c.id)
        .where(account_contacts.c.contact_id == person.contact)
        .order_by(customer_accounts.c.reference)
    )
    wishes = sa.select(consents).where(
        consents.c.organisation_id == person.organisation, consents.c.address_index.in_(_addresses(tx, person))
    )
    spoken = sa.select(languages.c.language).where(languages.c.msisdn_index.in_(_indexes(tx, person)))
    mine = outbox.c.payment_id.in_(traces.payments) | outbox.c.id.in_(traces.messages)
    return Held(
        name=person.name,
        phones=[phone.e164 for phone in person.phones],
        mail=person.mail.text if person.mail else "",
        languages=sorted(set(tx.connection.execute(spoken).scalars())),
        accounts=[AccountHeld(row.reference, row.holder, row.rank) for row in tx.connection.execute(answers_for)],
        wishes=[
            WishHeld(row.topic, row.channel, row.wanted, row.source, row.at)
            for row in tx.connection.execute(wishes.order_by(consents.c.at))
        ],
        texts=[
            TextHeld(row.at, tx.vault.open_text(row.text_sealed), row.understood)
            for row in tx.connection.execute(_texts_of(tx, person))
        ],
        messages=[
            MessageHeld(row.created_at, row.kind, row.event, row.state, msgspec.Raw(tx.vault.open(row.facts_sealed)))
            for row in tx.connection.execute(sa.select(outbox).where(mine).order_by(outbox.c.id))
        ],
        paid=_paid_to_them(tx, person),
    )


def _paid_to_them(tx: Tx, person: Person) -> list[PaidHeld]:
    found = payouts_with(tx, _paid_to(tx, person, payouts))
    return [
        PaidHeld(
            *(one.requested_at, one.amount.plain(), one.amount.currency.code),
            *(one.subject_kind, one.payee.name, one.state.value),
        )
        for one in found
    ]
