"""Messages on their way: claimed with a lease, sent outside the transaction, settled with what the gateway said (NOT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.ids import MessageId, OrganisationId
from core.messages import Message
from core.phones import MaskedMsisdn, Msisdn, read_payer
from storage import organisations, outbox, people
from storage.outbox import Delivery, Due, Kind, MessageFacts, NotSent, Sent, Unknown
from storage.people import Recipient
from storage.tx import Tx
from usecases.prompts import is_still_wanted

LEASE = timedelta(seconds=60)
"""Longer than any send may take; a row still `sending` after it belongs to a worker that died."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A claimed message with its reader."""

    id: MessageId
    organisation: OrganisationId
    to: Msisdn
    language: str
    message: Message
    attempts: int
    trace: str


@dataclass(frozen=True, slots=True)
class Claim:
    limit: int


def claim_messages(tx: Tx, wish: Claim) -> list[Addressed]:
    """Take due messages and find who is to read each. One without any reader ends here, visibly."""
    outbox.forget_leases(tx)
    due = outbox.claim(tx, kind=Kind.SMS, limit=wish.limit, lease=LEASE)
    defaults: dict[OrganisationId, str] = {}
    found, unreadable = [], []
    for row in due:
        assert isinstance(row.facts, MessageFacts)
        reader = _reader(tx, row.facts)
        if reader is None:
            unreadable.append(NotSent(row.id, "nobody's phone is known", None))
            continue
        msisdn, language = reader
        if language is None:
            language = defaults.get(row.organisation) or organisations.language_of(tx, row.organisation)
            defaults[row.organisation] = language
        message = outbox.read_message(row.event, row.facts)
        found.append(Addressed(row.id, row.organisation, msisdn, language, message, row.attempts, row.trace))
    outbox.settle(tx, unreadable)
    return found


def _reader(tx: Tx, facts: MessageFacts) -> tuple[Msisdn, str | None] | None:
    """The payer if the number is whole; else the contact who was recognised; else, among those who answer for the
    accounts, the one whom the mask fits, or the first."""
    if facts.msisdn:
        msisdn = Msisdn(facts.msisdn)
        return msisdn, people.language_of(tx, msisdn)
    if facts.contact is not None and (known := people.phones_of(tx, facts.contact)):
        return known[0].msisdn, known[0].language
    guardians = people.guardians_of(tx, facts.accounts) if facts.accounts else []
    if not guardians:
        return None
    mask = read_payer(facts.masked) if facts.masked else None
    best = next((g for g in guardians if _fits(mask, g)), guardians[0])
    return best.msisdn, best.language


def _fits(mask: object, guardian: Recipient) -> bool:
    return isinstance(mask, MaskedMsisdn) and mask.may_be(guardian.msisdn)


def claim_prompts(tx: Tx, wish: Claim) -> list[Due]:
    """Take due prompts: each is handed to its rail once, and never again. One that nobody waits for any more ends here:
    a phone that has paid from its own menu meanwhile, or was told that we gave up, must not ask for the money again."""
    due = outbox.claim(tx, kind=Kind.PROMPT, limit=wish.limit, lease=LEASE)
    wanted = [row for row in due if row.payment is not None and is_still_wanted(tx, row.payment)]
    outbox.settle(tx, [NotSent(row.id, "nobody waits for it any more", None) for row in due if row not in wanted])
    return wanted


def has_due_messages(tx: Tx) -> bool:
    """Is there anything to claim? A read, so that an idle worker costs no write. Dead leases count: they want sweeping."""
    return outbox.is_due(tx, Kind.SMS)


def has_due_prompts(tx: Tx) -> bool:
    return outbox.is_due(tx, Kind.PROMPT)


def settle(tx: Tx, outcomes: Sequence[Sent | NotSent | Unknown]) -> None:
    """What became of claimed rows."""
    outbox.settle(tx, outcomes)


def note_delivery(tx: Tx, report: Delivery) -> bool:
    """A gateway reports what became of a message; in any order, any number of times."""
    return outbox.note_delivery(tx, report)
