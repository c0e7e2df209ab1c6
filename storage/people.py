"""Contacts, their phones (sealed, found by blind index) and languages, and the accounts that they answer for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.phones import HashedMsisdn, MaskedMsisdn, Msisdn, PayerPhone, hashed
from storage.fast import Change, Insert, Lookup, Query
from storage.tables import account_contacts, contacts, languages, phones
from storage.tx import Tx
from storage.types import in_order

TAIL = 3
"""How many last digits the narrowest mask leaves."""


def msisdn_index(tx: Tx, msisdn: Msisdn) -> bytes:
    return tx.vault.phone_index(msisdn.digits)


@dataclass(frozen=True, slots=True)
class NewContact:
    id: ContactId
    name: str
    phones: tuple[Msisdn, ...]


_CONTACTS = Insert(contacts)
_PHONES = Insert(phones, "msisdn_index", "organisation_id", "contact_id", "msisdn_sealed", "hash_index", "tail_index")
_LINKS = Insert(account_contacts, or_ignore=True)


def add(tx: Tx, organisation: OrganisationId, people: Sequence[NewContact]) -> None:
    """Add contacts. A phone belongs to one contact of an organisation: a second claim breaks a constraint."""
    _CONTACTS(tx, [(person.id, organisation, person.name, tx.now) for person in people])
    _PHONES(tx, [_phone(tx, organisation, person.id, phone) for person in people for phone in person.phones])


def add_phones(tx: Tx, organisation: OrganisationId, contact: ContactId, new: Sequence[Msisdn]) -> None:
    """Known people have these phones, too. As `add`, a second claim to one breaks a constraint."""
    _PHONES(tx, [_phone(tx, organisation, contact, phone) for phone in new])


def _phone(tx: Tx, organisation: OrganisationId, contact: ContactId, phone: Msisdn) -> tuple[object, ...]:
    return (
        msisdn_index(tx, phone),
        organisation,
        contact,
        tx.vault.seal_text(phone.digits),
        tx.vault.index("hash", hashed(phone).sha256),
        tx.vault.index("tail", phone.digits[-TAIL:]),
    )


def link(tx: Tx, links: Sequence[tuple[CustomerAccountId, ContactId, int]]) -> None:
    """Let contacts answer for accounts; the lowest rank is told first."""
    _LINKS(tx, links)


_RENAME = Change(
    sa.update(contacts).where(contacts.c.id == sa.bindparam("contact")).values(name=sa.bindparam("new_name")),
    "contact",
    "new_name",
)
_FIRST_LANGUAGE = Insert(languages, or_ignore=True)


def rename(tx: Tx, names: Sequence[tuple[ContactId, str]]) -> None:
    """Give known contacts these names."""
    _RENAME(tx, names)


def suggest_languages(tx: Tx, wishes: Sequence[tuple[Msisdn, str]]) -> None:
    """The language of phones whose people have not chosen one themselves."""
    _FIRST_LANGUAGE(tx, [(msisdn_index(tx, msisdn), language, tx.now) for msisdn, language in wishes])


class Known(NamedTuple):
    """A contact whose phone may be the one that a provider reported. `certain` unless the number was masked."""

    organisation: OrganisationId
    contact: ContactId
    name: str
    certain: bool


_ROW = sa.select(
    phones.c.msisdn_index,
    phones.c.hash_index,
    phones.c.tail_index,
    phones.c.organisation_id,
    phones.c.contact_id,
    contacts.c.name,
    phones.c.msisdn_sealed,
).join(contacts, contacts.c.id == phones.c.contact_id)
_BY_INDEX = Lookup(_ROW, phones.c.msisdn_index)
_BY_HASH = Lookup(_ROW, phones.c.hash_index)
_BY_TAIL = Lookup(_ROW, phones.c.tail_index)


def contact_of(tx: Tx, organisation: OrganisationId, phone: Msisdn) -> ContactId | None:
    """Whose phone this is at an organisation."""
    known = recognise(tx, [phone]).get(phone, [])
    return next((one.contact for one in known if one.organisation == organisation), None)


def recognise(tx: Tx, seen: Sequence[PayerPhone]) -> dict[PayerPhone, list[Known]]:
    """Who each phone may belong to, over all organisations: one for a whole or hashed number, often many for a mask."""
    found: dict[PayerPhone, list[Known]] = {}
    index = tx.vault.phone_index
    whole = {index(phone.digits): phone for phone in seen if isinstance(phone, Msisdn)}
    for row in _BY_INDEX(tx, sorted(whole)):
        found.setdefault(whole[row[0]], []).append(Known(row[3], row[4], row[5], certain=True))
    hashes = {tx.vault.index("hash", phone.sha256): phone for phone in seen if isinstance(phone, HashedMsisdn)}
    for row in _BY_HASH(tx, sorted(hashes)):
        found.setdefault(hashes[row[1]], []).append(Known(row[3], row[4], row[5], certain=True))
    masks: dict[bytes, list[MaskedMsisdn]] = {}
    for phone in seen:
        if isinstance(phone, MaskedMsisdn) and len(phone.suffix) >= TAIL:
            masks.setdefault(tx.vault.index("tail", phone.suffix[-TAIL:]), []).append(phone)
    for row in _BY_TAIL(tx, sorted(masks)):
        number = Msisdn(tx.vault.open_text(row[6]))
        for mask in masks[row[2]]:
            if mask.may_be(number):
                found.setdefault(mask, []).append(Known(row[3], row[4], row[5], certain=False))
    return found


_ACCOUNTS_OF = Lookup(
    sa.select(account_contacts.c.contact_id, account_contacts.c.account_id),
    account_contacts.c.contact_id,
    order_by=(account_contacts.c.contact_id, account_contacts.c.account_id),
)


def accounts_of(tx: Tx, people: Iterable[ContactId]) -> dict[ContactId, list[CustomerAccountId]]:
    """The accounts that each contact answers for."""
    found: dict[ContactId, list[CustomerAccountId]] = {}
    for contact, account in _ACCOUNTS_OF(tx, in_order(people)):
        found.setdefault(contact, []).append(account)
    return found


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can be told: a phone and its language (None: the organisation's)."""

    contact: ContactId
    name: str
    msisdn: Msisdn
    language: str | None


def guardians_of(tx: Tx, accounts: Sequence[CustomerAccountId]) -> list[Recipient]:
    """Who answers for these accounts, first ranked first, each phone once."""
    rows = tx.connection.execute(
        sa.select(contacts.c.id, contacts.c.name, phones.c.msisdn_sealed, languages.c.language)
        .join(account_contacts, account_contacts.c.contact_id == contacts.c.id)
        .join(phones, phones.c.contact_id == contacts.c.id)
        .outerjoin(languages, languages.c.msisdn_index == phones.c.msisdn_index)
        .where(account_contacts.c.account_id.in_(accounts))
        .order_by(account_contacts.c.rank, contacts.c.id, phones.c.msisdn_index)
    )
    found: dict[str, Recipient] = {}
    for row in rows:
        digits = tx.vault.open_text(row.msisdn_sealed)
        found.setdefault(digits, Recipient(row.id, row.name, Msisdn(digits), row.language))
    return list(found.values())


def lock(tx: Tx, contact: ContactId) -> None:
    """Keep others from deciding about this person until the commit. Money that they pay goes on."""
    if tx.is_postgresql:
        tx.connection.execute(sa.select(contacts.c.id).where(contacts.c.id == contact).with_for_update(key_share=True))


def phones_of(tx: Tx, contact: ContactId) -> list[Recipient]:
    """A contact's phones."""
    rows = _PHONES_OF(tx, contact=contact)
    return [Recipient(contact, name, Msisdn(tx.vault.open_text(sealed)), language) for name, sealed, language in rows]


_PHONES_OF = Query(
    sa.select(contacts.c.name, phones.c.msisdn_sealed, languages.c.language)
    .join(phones, phones.c.contact_id == contacts.c.id)
    .outerjoin(languages, languages.c.msisdn_index == phones.c.msisdn_index)
    .where(contacts.c.id == sa.bindparam("contact"))
    .order_by(phones.c.msisdn_index)
)


def language_of(tx: Tx, msisdn: Msisdn) -> str | None:
    """The language that was chosen on this phone."""
    return languages_of(tx, [msisdn]).get(msisdn)


_LANGUAGES = Lookup(sa.select(languages.c.msisdn_index, languages.c.language), languages.c.msisdn_index)


def languages_of(tx: Tx, phones: Iterable[Msisdn]) -> dict[Msisdn, str]:
    """The languages that were chosen on these phones."""
    index = tx.vault.phone_index
    by_index = {index(phone.digits): phone for phone in phones}
    return {by_index[index]: language for index, language in _LANGUAGES(tx, sorted(by_index))}


def choose_language(tx: Tx, msisdn: Msisdn, language: str) -> None:
    """Remember the language of a phone; the last choice holds."""
    _CHOOSE(tx, [(msisdn_index(tx, msisdn), language, tx.now)])


_CHOOSE = Insert(languages, renew=("language", "chosen_at"))
