"""Messages on their way: claimed with a lease and a way to go, sent outside the transaction, settled with what the gateway
said; when that way fails, the next one (NOT-4). What becomes of them afterwards: `usecases/delivery.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.dispatch import SILENCE, Attempt, Outcome, Route, next_route, waits_for_report
from core.ids import MessageId, OrganisationId
from core.messages import Message
from core.organisations import zone_of
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.preferences import Channel, Consent, Never, Send, Wait, may_send, stops
from core.templates import OwnWords
from storage import attempts, consents, organisations, outbox, people, templates
from storage.attempts import Begun, Ended
from storage.organisations import Voice
from storage.outbox import Due, Held, Kind, MessageFacts, NotSent, Sent, Skipped, Spent, Tried, Unknown, Untried
from storage.people import Recipient
from storage.tx import Tx
from usecases import delivery
from usecases.prompts import is_still_wanted
from usecases.truth import Queued, still_true

LEASE = timedelta(seconds=60)
"""Longer than any send may take; a row still `sending` after it belongs to a worker that died."""
NO_GATEWAY = (Route(Channel.SMS, "africastalking"),)
"""The way of an organisation that has none: its attempt says that nothing is set up."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A claimed message with its reader, and the attempt that is to be made now."""

    id: MessageId
    organisation: OrganisationId
    to: Msisdn
    language: str
    message: Message
    attempts: int
    """The number of this attempt, from 1."""
    trace: str
    route: Route
    ways: tuple[Route, ...]
    """All ways that are open to this message, this one among them."""
    tried: tuple[Attempt, ...]
    """What was tried before."""
    own: OwnWords | None = None
    """The organisation's own words for this message, in the reader's language."""

    @property
    def mark(self) -> str:
        """Our name of this attempt, for gateways that send it back."""
        return f"{self.id.hex}-{self.attempts}"


@dataclass(frozen=True, slots=True)
class Claim:
    """`routes`: the ways that this worker can use for each organisation, in the order of preference."""

    limit: int
    routes: Mapping[OrganisationId, tuple[Route, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a message, and what they said about being written to."""

    to: Msisdn
    language: str | None
    index: bytes
    said: Sequence[Consent]


def claim_messages(tx: Tx, wish: Claim) -> list[Addressed]:
    """Take due messages that may go now, each with its reader and the way to try.

    What is no longer true, or is not wanted, ends here visibly; what comes at night waits for the morning, when all of it
    is asked again. So a STOP holds for what is queued already, and nobody is told what stopped being so. All of it is asked
    before every attempt: also before the one that a failed delivery leads to.
    """
    delivery.care(tx)
    due = outbox.claim(tx, kind=Kind.SMS, limit=wish.limit, lease=LEASE)
    told = still_true(tx, [_queued(row) for row in due])
    voices = organisations.voices(tx, [row.organisation for row in due])
    readers = _readers(tx, due)
    tried = attempts.of_messages(tx, [row.id for row in due if row.attempts > 1])
    own = templates.of_organisations(tx, [row.organisation for row in due])
    found: list[Addressed] = []
    ended: list[NotSent | Skipped | Held | Spent] = []
    for row in due:
        reader, message = readers.get(row.id), told.get(row.id)
        if reader is None:
            ended.append(NotSent(row.id, "nobody's phone is known", None))
        elif message is None:
            ended.append(Skipped(row.id, "no longer true"))
        else:
            routes = wish.routes.get(row.organisation) or NO_GATEWAY
            before = tuple(tried.get(row.id, ()))
            step = _step(tx, row, message, reader, voices[row.organisation], routes, before)
            if isinstance(step, Addressed):
                found.append(replace(step, own=own.get((step.organisation, message.event, step.language))))
            else:
                ended.append(step)
    outbox.settle(tx, ended)
    attempts.begin(tx, [_begun(tx, one, readers[one.id]) for one in found])
    return found


def _step(
    tx: Tx,
    row: Due,
    message: Message,
    reader: _Reader,
    voice: Voice,
    routes: Sequence[Route],
    tried: tuple[Attempt, ...],
) -> Addressed | Skipped | Held | Spent:
    """What is to be done now about one message that is true."""
    verdicts = {
        channel: may_send(
            message.topic,
            channel,
            stopped=stops(reader.said),
            now=tx.now,
            zone=zone_of(reader.to, voice.time_zone),
            quiet=voice.quiet,
        )
        for channel in {route.channel for route in routes}
    }
    usable = {channel for channel, verdict in verdicts.items() if isinstance(verdict, Send)}
    route = next_route(routes, tried, usable)
    if route is not None:
        ways = tuple(each for each in routes if each.channel in usable)
        language = reader.language or voice.language
        return Addressed(
            *(row.id, row.organisation, reader.to, language, message, row.attempts, row.trace),
            *(route, ways, tried),
        )
    waits = [verdict.until for verdict in verdicts.values() if isinstance(verdict, Wait)]
    if waits:
        return Held(row.id, min(waits))
    if not tried or all(isinstance(verdict, Never) for verdict in verdicts.values()):
        return Skipped(row.id, "stopped by the reader")
    return Spent(row.id, delivery.state_after(tried))


def _begun(tx: Tx, one: Addressed, reader: _Reader) -> Begun:
    report_by = tx.now + SILENCE if waits_for_report(one.message.topic) else None
    return Begun(one.id, one.attempts, one.route, one.to.digits, reader.index, report_by)


def _queued(row: Due) -> Queued:
    assert isinstance(row.facts, MessageFacts)
    return Queued(row.id, row.organisation, outbox.read_message(row.event, row.facts), row.facts, row.payment)


def _readers(tx: Tx, due: Sequence[Due]) -> dict[MessageId, _Reader]:
    """Who reads each message, in what language where they chose one, and what they said about it."""
    facts = {row.id: row.facts for row in due if isinstance(row.facts, MessageFacts)}
    whole = {id_: Msisdn(fact.msisdn) for id_, fact in facts.items() if fact.msisdn}
    chosen = people.languages_of(tx, whole.values())
    found: dict[MessageId, tuple[Msisdn, str | None]] = {
        id_: (to, chosen.get(to) or facts[id_].language or None) for id_, to in whole.items()
    }
    for id_ in facts.keys() - whole.keys():
        if (reader := _reader(tx, facts[id_])) is not None:
            found[id_] = reader
    indexes = {to: people.msisdn_index(tx, to) for to, _ in found.values()}
    said = consents.said_by(tx, indexes.values())
    organisation = {row.id: row.organisation for row in due}
    return {
        id_: _Reader(to, language, indexes[to], said.get((organisation[id_], indexes[to]), ()))
        for id_, (to, language) in found.items()
    }


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
    return outbox.is_due(tx, Kind.SMS) or attempts.want_care(tx)


def has_due_prompts(tx: Tx) -> bool:
    return outbox.is_due(tx, Kind.PROMPT)


def settle(tx: Tx, outcomes: Sequence[Tried]) -> None:
    """What became of claimed rows, and of the attempts that were made of them. The answer of a worker that was given up
    meanwhile changes nothing: its attempt may have been followed by another."""
    standing = outbox.standing(tx, [outcome.id for outcome in outcomes])
    awaited = [one for one in outcomes if one.id in standing and one.attempt in (None, standing[one.id][1])]
    attempts.end(tx, [_ended(one, standing[one.id][1]) for one in awaited if not isinstance(one, Untried)])
    attempts.undo(tx, [(one.id, one.attempt) for one in awaited if isinstance(one, Untried)])
    outbox.settle(tx, awaited)
    for one in awaited:
        if isinstance(one, NotSent) and one.stopped:
            delivery.stopped_there(tx, one.id)
    delivery.join_early(tx)


def _ended(outcome: Sent | NotSent | Unknown, number: int) -> Ended:
    if isinstance(outcome, Sent):
        return Ended(
            outcome.id, number, Outcome.TAKEN, "", outcome.gateway_id, outcome.parts, outcome.cost, outcome.template
        )
    if isinstance(outcome, Unknown):
        return Ended(outcome.id, number, Outcome.UNKNOWN, outcome.error)
    what = Outcome.STOPPED if outcome.stopped else Outcome.REFUSED if outcome.refused else Outcome.LATER
    return Ended(outcome.id, number, what, outcome.error)
