"""Messages on their way: claimed with a lease, sent outside the transaction, settled with what the gateway said (NOT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.ids import MessageId, OrganisationId
from core.messages import Message
from core.organisations import zone_of
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.preferences import Channel, Never, Wait, may_send, stops
from storage import consents, organisations, outbox, people
from storage.outbox import Delivery, Due, Held, Kind, MessageFacts, NotSent, Sent, Skipped, Unknown
from storage.people import Recipient
from storage.tx import Tx
from usecases.prompts import is_still_wanted
from usecases.truth import Queued, still_true

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
    """Take due messages that may go now, each with its reader.

    What is no longer true, or is not wanted, ends here visibly; what comes at night waits for the morning, when all of it
    is asked again. So a STOP holds for what is queued already, and nobody is told what stopped being so.
    """
    outbox.forget_leases(tx)
    due = outbox.claim(tx, kind=Kind.SMS, limit=wish.limit, lease=LEASE)
    told = still_true(tx, [_queued(row) for row in due])
    voices = organisations.voices(tx, [row.organisation for row in due])
    readers = _readers(tx, due)
    wishes = consents.said_by(tx, [people.msisdn_index(tx, msisdn) for msisdn, _ in readers.values()])
    found: list[Addressed] = []
    ended: list[NotSent | Skipped | Held] = []
    for row in due:
        message, reader, voice = told.get(row.id), readers.get(row.id), voices[row.organisation]
        if reader is None:
            ended.append(NotSent(row.id, "nobody's phone is known", None))
            continue
        if message is None:
            ended.append(Skipped(row.id, "no longer true"))
            continue
        to, language = reader
        verdict = may_send(
            message.topic,
            Channel.SMS,
            stopped=stops(wishes.get((row.organisation, people.msisdn_index(tx, to)), [])),
            now=tx.now,
            zone=zone_of(to, voice.time_zone),
            quiet=voice.quiet,
        )
        match verdict:
            case Never():
                ended.append(Skipped(row.id, "stopped by the reader"))
            case Wait(until):
                ended.append(Held(row.id, until))
            case _:
                speaks = language or voice.language
                found.append(Addressed(row.id, row.organisation, to, speaks, message, row.attempts, row.trace))
    outbox.settle(tx, ended)
    return found


def _queued(row: Due) -> Queued:
    assert isinstance(row.facts, MessageFacts)
    return Queued(row.id, row.organisation, outbox.read_message(row.event, row.facts), row.facts, row.payment)


def _readers(tx: Tx, due: Sequence[Due]) -> dict[MessageId, tuple[Msisdn, str | None]]:
    """Who reads each message, and in what language where they chose one."""
    facts = {row.id: row.facts for row in due if isinstance(row.facts, MessageFacts)}
    whole = {id_: Msisdn(fact.msisdn) for id_, fact in facts.items() if fact.msisdn}
    chosen = people.languages_of(tx, whole.values())
    found: dict[MessageId, tuple[Msisdn, str | None]] = {
        id_: (to, chosen.get(to) or facts[id_].language or None) for id_, to in whole.items()
    }
    for id_ in facts.keys() - whole.keys():
        if (reader := _reader(tx, facts[id_])) is not None:
            found[id_] = reader
    return found


def _reader(tx: Tx, facts: MessageFacts) -> tuple[Msisdn, str | None] | None:
    """The contact who was recognised; else, among those who answer for the accounts, the one whom the mask fits, or the
    first."""
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
