"""Somebody texts the organisation: the text is kept, a STOP or START holds from this moment, and an answer is queued.

Two machines could answer each other for ever: a sender without a number is never answered, a stop that changes nothing is
not confirmed again, and nobody gets more than `MOST_ANSWERS` in a while. The text and the wish are kept in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core import stop_words
from core.ids import OrganisationId
from core.messages import Answer, TextAnswered
from core.phones import Msisdn
from core.preferences import Channel, Consent, stops
from core.stop_words import Wish
from storage import consents, organisations, outbox, people, texts
from storage.outbox import MessageFacts, Out
from storage.texts import Text
from storage.tx import Tx

MOST_ANSWERS = ((timedelta(hours=1), 5), (timedelta(days=1), 12))
"""Answers to one phone within each time: enough for a person who tries things, and the end of any loop."""


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A text to a number that these organisations share. `sender` is None where nobody can be answered."""

    organisations: tuple[OrganisationId, ...]
    sender: Msisdn | None
    text: Text
    code: str
    """The USSD code that the answer may name, or ""."""


def receive_text(tx: Tx, news: TextReceived) -> bool:
    """Keep a text, do what it asks, and queue its answer. False when it was known. Safe to repeat."""
    new = [each for each in news.organisations if not texts.is_known(tx, each, news.text)]
    wish = stop_words.read(news.text.text)
    for organisation in new:
        answer = _heard(tx, organisation, news.sender, wish) if news.sender else None
        answered = news.sender is not None and answer is not None and _may_answer(tx, organisation, news.sender)
        understood = "nothing" if wish is None else "start" if wish.consents[0].wanted else "stop"
        texts.add(tx, organisation, news.text, understood=understood, answered=answered)
        if answered and answer and news.sender:
            language = (wish.language if wish else None) or ""
            outbox.put(tx, [_out(tx, organisation, news, news.sender, answer, language)])
    return bool(new)


def _heard(tx: Tx, organisation: OrganisationId, sender: Msisdn, wish: Wish | None) -> Answer | None:
    """What to answer; None where a wish changes nothing: STOP is confirmed once."""
    if wish is None:
        return Answer.HELP
    if not _note(tx, organisation, sender, wish.consents, source="sms"):
        return None
    if wish.consents[0].wanted:
        return Answer.STARTED
    return Answer.STOPPED if wish.consents[0].topic is None else Answer.STOPPED_SOME


def _note(tx: Tx, organisation: OrganisationId, phone: Msisdn, said: Sequence[Consent], *, source: str) -> bool:
    """Write down what changes anything. Did it?"""
    address = people.msisdn_index(tx, phone)
    before = consents.said_by(tx, [address]).get((organisation, address), [])
    if stops([*before, *said]) == stops(before):
        return False
    for consent in said:
        consents.note(tx, organisation, address, consent, source=source)
    return True


def _may_answer(tx: Tx, organisation: OrganisationId, sender: Msisdn) -> bool:
    return all(
        texts.answered_since(tx, organisation, sender.digits, tx.now - span) < most for span, most in MOST_ANSWERS
    )


def _out(
    tx: Tx, organisation: OrganisationId, news: TextReceived, sender: Msisdn, answer: Answer, language: str
) -> Out:
    name = organisations.voices(tx, [organisation])[organisation].name
    message = TextAnswered(name, answer, news.code)
    facts = MessageFacts(message, msisdn=sender.digits, language=language, channels=(Channel.SMS,))
    return Out(organisation, outbox.Kind.SMS, message.event, facts, trace=news.text.trace)


@dataclass(frozen=True, slots=True)
class OptedOut:
    """A gateway tells that a person wants no more texts from a sender name of these organisations."""

    organisations: tuple[OrganisationId, ...]
    phone: Msisdn
    source: str


def opt_out(tx: Tx, news: OptedOut) -> bool:
    """The person stopped us at the gateway: no text any more, until they text START. False when that was known."""
    said = [Consent(False, channel=Channel.SMS)]
    changed = [_note(tx, each, news.phone, said, source=news.source) for each in news.organisations]
    return any(changed)
