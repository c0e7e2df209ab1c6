"""Messages on their way: claimed with a lease and a way to go, sent outside the transaction, settled with what the gateway
said; when that way fails, the next one (NOT-4). What becomes of them afterwards: `usecases/delivery.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.dispatch import SILENCE, Attempt, Outcome, Route, in_order, next_route, waits_for_report
from core.document_links import DocumentLink, PaperKind, link_to
from core.ids import MessageId, OrganisationId, PaymentId
from core.messages import InvoiceIssued, Message, PaperSent, PaymentReceived
from core.organisations import zone_of
from core.phones import Msisdn
from core.preferences import NO_NIGHT, PASSES, Channel, Never, Send, Wait, may_send
from core.templates import OwnWords
from storage import attempts, notices, organisations, outbox, templates
from storage.attempts import Begun, Ended
from storage.notices import NewNotice
from storage.organisations import Voice
from storage.outbox import (
    Due,
    Held,
    Kind,
    MessageFacts,
    NotSent,
    PromptFacts,
    Sent,
    Skipped,
    Spent,
    Tried,
    Unknown,
    Untried,
)
from storage.tx import Tx
from usecases import delivery, mail_stops
from usecases.documents import token_for
from usecases.prompts import call_off, is_still_wanted
from usecases.readers import Address, Reader, readers_of
from usecases.truth import still_true

LEASE = timedelta(seconds=60)
"""Longer than any send may take; a row still `sending` after it belongs to a worker that died."""
NO_GATEWAY = (Route(Channel.SMS, "africastalking"),)
"""The way of an organisation that has none: its attempt says that nothing is set up."""


class Addressed(NamedTuple):
    """A claimed message with its reader, and the attempt that is to be made now."""

    id: MessageId
    organisation: OrganisationId
    to: Address
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
    """The organisation's own words for this message, by this channel, in the reader's language."""
    sender: str = ""
    """The organisation's name, as mail bears it."""
    stop: str = ""
    """Of mail that its reader may end: the token of the link that does so."""
    paper: DocumentLink | None = None
    """The paper that the message is about: by mail it goes along."""

    @property
    def phone(self) -> Msisdn:
        """Where a text goes; only of a message whose route is one of texts."""
        assert isinstance(self.to, Msisdn)
        return self.to

    @property
    def mark(self) -> str:
        """Our name of this attempt, for gateways that send it back."""
        return f"{self.id.hex}-{self.attempts}"


@dataclass(frozen=True, slots=True)
class Claim:
    """`routes`: the ways that this worker can use for each organisation, in the order of preference."""

    limit: int
    routes: Mapping[OrganisationId, tuple[Route, ...]] = field(default_factory=dict)
    opens_at: str = ""
    """The address below which links to papers open; "" where nobody reaches us."""


def claim_messages(tx: Tx, wish: Claim) -> list[Addressed]:
    """Take due messages that may go now, each with its reader and the way to try.

    What is no longer true, or is not wanted, ends here visibly; what comes at night waits for the morning, when all of it
    is asked again. So a STOP holds for what is queued already, and nobody is told what stopped being so. All of it is asked
    before every attempt: also before the one that a failed delivery leads to.
    """
    delivery.care(tx)
    due = outbox.claim(tx, kind=Kind.SMS, limit=wish.limit, lease=LEASE)
    told = still_true(tx, due, outbox.read_messages(due))
    voices = organisations.voices(tx, {row.organisation for row in due})
    tried = attempts.of_messages(tx, [row.id for row in due if row.attempts > 1])
    own = templates.of_organisations(tx, {row.organisation for row in due})
    wisdom = _Wisdom(tx.now, wish.routes, voices)
    found: list[Addressed] = []
    begun: list[Begun] = []
    ended: list[NotSent | Skipped | Held | Spent] = []
    kept: list[NewNotice] = []
    for row, reader, message in zip(due, readers_of(tx, due), told, strict=True):
        if reader is None:
            ended.append(NotSent(row.id, "nobody's phone is known", None))
            continue
        if message is None:
            ended.append(Skipped(row.id, "no longer true"))
            continue
        step = wisdom.step(row, message, reader, tuple(tried.get(row.id, ())) if tried else ())
        if isinstance(step, _Go):
            one = _addressed(tx, row, message, reader, voices[row.organisation], step, own, wish.opens_at)
            found.append(one)
            begun.append(_begun(tx, one, reader))
        else:
            ended.append(end := step(row.id))
            if isinstance(end, Held):
                continue  # what waits for the morning is not told yet
        if reader.contact is not None and message.topic not in PASSES:
            kept.append(NewNotice(reader.contact, row.id, row.organisation, message, again=row.attempts > 1))
    notices.keep(tx, kept)
    outbox.settle(tx, ended)
    attempts.begin(tx, begun)
    return found


class _Go(NamedTuple):
    """It may go now, by this way."""

    route: Route
    ways: tuple[Route, ...]
    """All that are open to it."""
    tried: tuple[Attempt, ...]


_End = Callable[[MessageId], NotSent | Skipped | Held | Spent]
"""It does not go now: what is written of it."""


class _Wisdom:
    """What is to be done about messages that are true. Those of whom the same is known are decided once: a run of thousands to
    people who wish nothing special is one question."""

    def __init__(
        self,
        now: datetime,
        routes: Mapping[OrganisationId, tuple[Route, ...]],
        voices: Mapping[OrganisationId, Voice],
    ) -> None:
        self._now = now
        self._routes = routes
        self._voices = voices
        self._known: dict[tuple[object, ...], _Go | _End] = {}

    def step(self, row: Due, message: Message, reader: Reader, tried: tuple[Attempt, ...]) -> _Go | _End:
        """What its next way must wait for, it waits for: a night moves nothing to another channel."""
        assert isinstance(row.facts, MessageFacts)
        channels = reader.channels(message, row.facts.channels)
        voice = self._voices[row.organisation]
        zone = zone_of(reader.phone, voice.time_zone)
        rings_at_night = reader.mailbox is None or not reader.mailbox.waits_at_night
        place = (row.organisation, message.topic, channels, reader.stopped, zone, rings_at_night, tried)
        known = self._known.get(place)
        if known is None:
            ways = in_order(self._routes.get(row.organisation) or NO_GATEWAY, channels)
            verdicts = {
                channel: may_send(
                    message.topic,
                    channel,
                    stopped=reader.stopped,
                    now=self._now,
                    zone=zone,
                    quiet=NO_NIGHT if channel is Channel.EMAIL and rings_at_night else voice.quiet,
                )
                for channel in {way.channel for way in ways}
            }
            known = self._known[place] = _decided(channels, ways, verdicts, tried)
        return known


def _decided(
    channels: Sequence[Channel],
    ways: tuple[Route, ...],
    verdicts: Mapping[Channel, Send | Wait | Never],
    tried: tuple[Attempt, ...],
) -> _Go | _End:
    if not ways and not tried:
        if channels:
            return lambda id_: NotSent(id_, "no way leads to the reader", None)
        return lambda id_: Skipped(id_, "not wanted by the reader")
    open_ = {channel for channel, verdict in verdicts.items() if not isinstance(verdict, Never)}
    route = next_route(ways, tried, open_)
    if route is None:
        if verdicts and not open_:
            return lambda id_: Skipped(id_, "stopped by the reader")
        return lambda id_: Spent(id_, delivery.state_after(tried))
    verdict = verdicts[route.channel]
    if isinstance(verdict, Wait):
        until = verdict.until
        return lambda id_: Held(id_, until)
    return _Go(route, tuple(way for way in ways if way.channel in open_), tried)


def _addressed(
    tx: Tx,
    row: Due,
    message: Message,
    reader: Reader,
    voice: Voice,
    step: _Go,
    own: Mapping[templates.Place, OwnWords],
    opens_at: str,
) -> Addressed:
    to, language = reader.address(step.route.channel), reader.language or voice.language
    assert to is not None  # its channel is one that reaches them
    words = own.get((row.organisation, message.event, step.route.channel, language)) if own else None
    stop = _stop(tx, row.id, message, step.route)
    one = Addressed(
        *(row.id, row.organisation, to, language, message, row.attempts, row.trace, *step, words, voice.name, stop)
    )
    return _with_paper(tx, row, one, opens_at)


def _with_paper(tx: Tx, row: Due, one: Addressed, opens_at: str) -> Addressed:
    """The link is made now, so that it opens for a week from now on, in the reader's language."""
    assert isinstance(row.facts, MessageFacts)
    kind, subject = row.facts.paper or (0, None)
    if isinstance(one.message, PaymentReceived) and row.payment is not None:
        kind, subject = PaperKind.RECEIPT.value, row.payment
    if subject is None:
        return one
    link = link_to(PaperKind(kind), subject, one.language, now=tx.now)
    if opens_at and isinstance(one.message, InvoiceIssued | PaperSent):
        return one._replace(paper=link, message=replace(one.message, link=f"{opens_at}{token_for(tx, link)}"))
    return one._replace(paper=link)


def _stop(tx: Tx, id_: MessageId, message: Message, route: Route) -> str:
    if route.channel is not Channel.EMAIL or message.topic in PASSES:
        return ""
    return mail_stops.token(tx, id_)


def _begun(tx: Tx, one: Addressed, reader: Reader) -> Begun:
    report_by = tx.now + SILENCE if waits_for_report(one.message.topic, one.route.channel) else None
    to = one.to.digits if isinstance(one.to, Msisdn) else one.to.text
    return Begun(one.id, one.attempts, one.route, to, reader.indexes[one.route.channel], report_by)


def claim_prompts(tx: Tx, wish: Claim) -> list[Due]:
    """Take due prompts: each is handed to its rail once, and never again. One that nobody waits for any more ends here:
    a phone that has paid from its own menu meanwhile, or was told that we gave up, must not ask for the money again."""
    due = outbox.claim(tx, kind=Kind.PROMPT, limit=wish.limit, lease=LEASE)
    wanted = [row for row in due if row.payment is not None and _is_wanted(tx, row, row.payment)]
    outbox.settle(tx, [NotSent(row.id, "nobody waits for it any more", None) for row in due if row not in wanted])
    return wanted


def _is_wanted(tx: Tx, row: Due, payment: PaymentId) -> bool:
    assert isinstance(row.facts, PromptFacts)
    return is_still_wanted(tx, payment) and not call_off(tx, payment, row.facts, row.trace)


def has_due_messages(tx: Tx) -> bool:
    """Is there anything to claim? A read, so that an idle worker costs no write. Dead leases count: they want sweeping."""
    return outbox.is_due(tx, Kind.SMS) or attempts.want_care(tx)


def has_due_prompts(tx: Tx) -> bool:
    return outbox.is_due(tx, Kind.PROMPT)


def settle(tx: Tx, outcomes: Sequence[Tried]) -> None:
    """What became of claimed rows, and of the attempts that were made of them. The answer of a worker that was given up
    meanwhile changes nothing: its attempt may have been followed by another."""
    standing = outbox.standing(tx, [outcome.id for outcome in outcomes])
    awaited: list[Tried] = []
    ended: list[Ended] = []
    undone: list[tuple[MessageId, int]] = []
    for one in outcomes:
        _, number = standing.get(one.id, (None, None))
        if number is None or one.attempt not in (None, number):
            continue
        awaited.append(one)
        if isinstance(one, Untried):
            undone.append((one.id, one.attempt))
        else:
            ended.append(_ended(one, number))
    attempts.end(tx, ended)
    attempts.undo(tx, undone)
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
