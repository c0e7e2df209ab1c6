"""Whoever gets a mail may end mails of its kind, or all, by the link in it, and take that back (RFC 8058, NOT-2)."""

from __future__ import annotations

from dataclasses import dataclass

from core.ids import MessageId, OrganisationId
from core.limits import Rule
from core.mail import read_stop_token, stop_token
from core.preferences import PASSES, Channel, Consent, Topic, stops
from storage import attempts, consents, organisations
from storage.outbox import EVENTS
from storage.tx import Tx

WRONG_STOPS = Rule(most=30, per_s=3_600)
"""Links that lead nowhere, from one address."""


def token(tx: Tx, message: MessageId) -> str:
    """The letters of the link that stands in a mail."""
    return stop_token(message, tx.vault.mac(_signed(message)))


def _signed(message: MessageId) -> bytes:
    return b"mail stop|" + message.bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """What a link is about, as it stands: whose mails, which kind, and whether that kind, and all, are stopped."""

    organisation: OrganisationId
    name: str
    index: bytes
    topic: Topic
    is_stopped: bool
    all_stopped: bool
    language: str


def about(tx: Tx, token: str) -> Ended | None:
    """None for a link that is made up, or whose reader was forgotten."""
    read = read_stop_token(token)
    if read is None or not tx.vault.is_authentic(_signed(read[0]), read[1]):
        return None
    found = attempts.mailed(tx, read[0])
    if found is None:
        return None
    organisation, event, index = found
    topic = EVENTS[event].topic
    now = stops(consents.said_by(tx, [index]).get((organisation, index), ()))
    kinds = {kind for kind in Topic if kind not in PASSES}
    voice = organisations.voices(tx, [organisation])[organisation]
    return Ended(
        *(organisation, voice.name, index, topic, (topic, Channel.EMAIL) in now),
        *({(kind, Channel.EMAIL) for kind in kinds} <= now, voice.language),
    )


@dataclass(frozen=True, slots=True)
class StopMail:
    """`wanted` takes it back; `everything` is about all kinds and not this one alone."""

    token: str
    wanted: bool = False
    everything: bool = False


def stop_mail(tx: Tx, wish: StopMail) -> Ended | None:
    """It holds from this moment, also for what is queued. Safe to repeat: what changes nothing is not written down."""
    before = about(tx, wish.token)
    if before is None:
        return None
    consent = Consent(wish.wanted, topic=None if wish.everything else before.topic, channel=Channel.EMAIL)
    said = consents.said_by(tx, [before.index]).get((before.organisation, before.index), [])
    if stops([*said, consent]) != stops(said):
        consents.note(tx, before.organisation, before.index, consent, source="mail")
    return about(tx, wish.token)
