"""Who reads a message, where it can reach them, and what they said about being written to (NOT-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from core.ids import ContactId, OrganisationId
from core.mail import MailAddress
from core.messages import Message
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.preferences import Channel, Consent, Stop, channels_for, stops
from storage import channel_wishes, consents, mail_addresses, people
from storage import staff as staff_store
from storage.channel_wishes import Wishes
from storage.mail_addresses import Mailbox, mail_index
from storage.outbox import Due, MessageFacts
from storage.people import Recipient
from storage.tx import Tx

Address = Msisdn | MailAddress


class Reader(NamedTuple):
    """Somebody to be told. `person` is a contact or one of the staff; None for a phone of nobody's."""

    person: UUID | None
    contact: ContactId | None
    phone: Msisdn
    mailbox: Mailbox | None
    language: str | None
    """What they chose; None for the organisation's."""
    indexes: Mapping[Channel, bytes]
    stopped: frozenset[Stop]
    """A stop of everything, said by text, holds for mail, too; one that was said by mail, for mail alone."""
    wishes: Wishes

    def address(self, channel: Channel) -> Address | None:
        """Where the channel reaches them; None where it does not."""
        return self.phone if channel is Channel.SMS else self.mailbox.address if self.mailbox else None

    def channels(self, message: Message, only: tuple[Channel, ...]) -> tuple[Channel, ...]:
        """By what they are told of this, the first tried first: as they wish, unless the message itself says `only`."""
        if not (only or self.wishes or self.mailbox):
            return _TEXTS
        wished = self.wishes.get(message.event, self.wishes.get(""))
        order = only or channels_for(message.topic, wished)
        return order if self.mailbox else tuple([channel for channel in order if channel is Channel.SMS])


_TEXTS = (Channel.SMS,)


class _Found(NamedTuple):
    """Before anybody asked what they wish."""

    phone: Msisdn
    language: str | None
    contact: ContactId | None


def readers_of(tx: Tx, due: Sequence[Due]) -> list[Reader | None]:
    """Who reads each message, one for one; None where no phone is known."""
    found = _found(tx, due)
    known = [(row.organisation, one) for row, one in zip(due, found, strict=True) if one is not None]
    boxes = mail_addresses.of_contacts(tx, [one.contact for _, one in known if one.contact is not None])
    colleagues = _colleagues(tx, [(at, one.phone) for at, one in known if one.contact is None])
    people_ = [
        (one.contact, boxes.get(one.contact)) if one.contact is not None else colleagues.get((at, one.phone), _NOBODY)
        for at, one in known
    ]
    wishes = channel_wishes.of_people(tx, [person for person, _ in people_ if person is not None])
    indexes = [_indexes(tx, one.phone, box) for (_, one), (_, box) in zip(known, people_, strict=True)]
    said = consents.said_by(tx, [index for each in indexes for index in each.values()])
    readers = (
        Reader(
            *(person, one.contact, one.phone, box, one.language, mine),
            _stopped(said, at, mine) if said else _NOTHING,
            wishes.get(person, {}) if person is not None else {},
        )
        for (at, one), (person, box), mine in zip(known, people_, indexes, strict=True)
    )
    return [None if one is None else next(readers) for one in found]


_NOBODY: tuple[UUID | None, Mailbox | None] = (None, None)
_NOTHING = frozenset[Stop]()


def _found(tx: Tx, due: Sequence[Due]) -> list[_Found | None]:
    """The phone that each message goes to, and whose it is."""
    facts = [row.facts for row in due if isinstance(row.facts, MessageFacts)]
    whole = {fact.msisdn: Msisdn(fact.msisdn) for fact in facts if fact.msisdn}
    chosen = people.languages_of(tx, whole.values())
    owners = people.recognise(tx, list(whole.values()))
    found: list[_Found | None] = []
    for row, fact in zip(due, facts, strict=True):
        if fact.msisdn:
            to = whole[fact.msisdn]
            # Most of those who are no contacts chose no language: to look a phone up costs more than to see that nobody did.
            language = (chosen.get(to) if chosen else None) or fact.language or None
            mine = [one.contact for one in owners.get(to, ()) if one.organisation == row.organisation] if owners else []
            found.append(_Found(to, language, mine[0] if mine else None))
        else:
            one = _recipient(tx, fact)
            found.append(_Found(one.msisdn, one.language, one.contact) if one else None)
    return found


def _recipient(tx: Tx, facts: MessageFacts) -> Recipient | None:
    """The contact who was recognised; else, among those who answer for the accounts, the one whom the mask fits, or the
    first."""
    if facts.contact is not None and (known := people.phones_of(tx, facts.contact)):
        return known[0]
    guardians = people.guardians_of(tx, facts.accounts) if facts.accounts else []
    if not guardians:
        return None
    mask = read_payer(facts.masked) if facts.masked else None
    return next((one for one in guardians if _fits(mask, one)), guardians[0])


def _fits(mask: object, guardian: Recipient) -> bool:
    return isinstance(mask, MaskedMsisdn) and mask.may_be(guardian.msisdn)


def _colleagues(
    tx: Tx, wanted: Iterable[tuple[OrganisationId, Msisdn]]
) -> dict[tuple[OrganisationId, Msisdn], tuple[UUID | None, Mailbox | None]]:
    """Those of the staff: who is no contact may work here."""
    known = staff_store.by_phones(tx, {phone for _, phone in wanted})
    return {
        (one.organisation, one.msisdn): (one.id, Mailbox(one.mail) if one.mail else None)
        for one in known
        if not one.is_disabled
    }


def _indexes(tx: Tx, phone: Msisdn, box: Mailbox | None) -> dict[Channel, bytes]:
    found = {Channel.SMS: people.msisdn_index(tx, phone)}
    return found | {Channel.EMAIL: mail_index(tx, box.address)} if box else found


def _stopped(
    said: Mapping[tuple[OrganisationId, bytes], Sequence[Consent]],
    organisation: OrganisationId,
    indexes: Mapping[Channel, bytes],
) -> frozenset[Stop]:
    """Where nothing was said, nothing is stopped."""
    words = (said.get((organisation, index), ()) for index in indexes.values())
    return _NOTHING.union(*(stops(each) for each in words))
