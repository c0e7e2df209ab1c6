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
from core.sms.reading import Reading, read
from core.sms.signs import Intent
from core.stop_words import Wish
from storage import consents, organisations, outbox, people, texts
from storage.outbox import MessageFacts, Out
from storage.texts import Text
from storage.tx import Tx
from usecases.replies import answering
from usecases.replies.desk import Asked

MOST_ANSWERS = ((timedelta(hours=1), 5), (timedelta(days=1), 12))
"""Answers to one phone within each time: enough for a person who tries things, and the end of any loop."""
MOST_REPLIES = ((timedelta(hours=1), 20), (timedelta(days=1), 60))
"""The same where a text wants something that we understand. Beyond it nothing is done either."""


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A text to a number that these organisations share. `sender` is None where nobody can be answered."""

    organisations: tuple[OrganisationId, ...]
    sender: Msisdn | None
    text: Text
    code: str
    """The USSD code that the answer may name, or ""."""
    opens_at: str = ""
    """The address below which links open."""


def receive_text(tx: Tx, news: TextReceived) -> bool:
    """Keep a text, do what it asks, and queue its answer. False when it was known. Safe to repeat."""
    new = [each for each in news.organisations if not texts.is_known(tx, each, news.text)]
    wish = stop_words.read(news.text.text)
    reading = read(news.text.text) if wish is None else None
    meant = _meant(tx, new, news.sender, reading) if news.sender and reading else None
    said = news.text.text
    if reading is not None and news.sender and _may_continue(reading):
        meant, reading, said = _continued(tx, new, news.sender, said) or (meant, reading, said)
    for organisation in new:
        if news.sender is not None and reading is not None and organisation == meant:
            _serve(tx, news, Asked(organisation, news.sender, news.text, reading, said, news.opens_at))
        elif meant is None or reading is None:
            _hear(tx, organisation, news, wish)
        else:  # shared numbers: another organisation is meant, and answers
            texts.add(tx, organisation, news.text, understood="nothing", answered=False)
    return bool(new)


def _meant(tx: Tx, organisations: Sequence[OrganisationId], sender: Msisdn, reading: Reading) -> OrganisationId | None:
    """Which organisation a wish is for: the one that asked last, has the number in the text, or knows the phone. None when
    the text tells no wish."""
    if reading.intent in (Intent.UNCLEAR, Intent.HELP) or not organisations:
        return None
    if len(organisations) == 1:
        return organisations[0]
    if reading.intent in (Intent.YES, Intent.NO) and (asker := texts.asked_last(tx, organisations, sender.digits)):
        return asker
    named = [each for each in organisations if answering.names(tx, each, reading)]
    knowing = [each for each in named or organisations if answering.knows(tx, each, sender)]
    return (knowing or named or list(organisations))[0]


_OF_TEXTS = frozenset([Intent.STOP, Intent.START])
"""Heard, where they come this far, and not said: what is only likely ends no texts and begins none."""


def _may_continue(reading: Reading) -> bool:
    """A text that may be what was missing in the one before: `kv1024`, `500`, `ok 500`, or what no rule could read."""
    if reading.intent is Intent.YES:
        return reading.amount is not None
    return reading.intent not in _OF_TEXTS and Intent.UNCLEAR in (reading.intent, reading.heard_over)


def _continued(
    tx: Tx, organisations: Sequence[OrganisationId], sender: Msisdn, text: str
) -> tuple[OrganisationId, Reading, str] | None:
    """The organisation that asked this phone something last, what the text means as the answer to it, and both together."""
    asker = organisations[0] if len(organisations) == 1 else texts.asked_last(tx, organisations, sender.digits)
    found = answering.continued(tx, asker, sender, text) if asker is not None else None
    return (asker, *found) if asker is not None and found is not None else None


def _serve(tx: Tx, news: TextReceived, asked: Asked) -> None:
    """Do what is wanted, or say what is missing, as long as this phone has not had too much of it."""
    organisation, sender, reading = asked.organisation, asked.sender, asked.reading
    if not _may_ask(tx, organisation, sender):
        texts.add(tx, organisation, news.text, understood=reading.intent.value, answered=False)
        return
    answered = answering.reply_to(tx, asked)
    if answered is None:
        _hear(tx, organisation, news, None, otherwise=Answer.TEXTS if reading.intent in _OF_TEXTS else Answer.HELP)
        return
    offer = (answered.offer, tx.now + answering.waits_for(answered.offer)) if answered.offer else None
    is_planned = answered.offer is not None and answered.offer.kind == texts.PLANNED
    understood = texts.PLANNED if is_planned else reading.intent.value
    texts.add(tx, organisation, news.text, understood=understood, answered=True, offer=offer)
    if answered.message is not None:
        facts = MessageFacts(answered.message, msisdn=sender.digits, language=answered.language)
        outbox.put(tx, [Out(organisation, outbox.Kind.SMS, answered.message.event, facts, trace=news.text.trace)])


def _hear(
    tx: Tx, organisation: OrganisationId, news: TextReceived, wish: Wish | None, *, otherwise: Answer = Answer.HELP
) -> None:
    """A stop, a start, or what we do not understand, which is answered with `otherwise`."""
    answer = _heard(tx, organisation, news.sender, wish, otherwise) if news.sender else None
    answered = news.sender is not None and answer is not None and _may_answer(tx, organisation, news.sender)
    understood = "nothing" if wish is None else "start" if wish.consents[0].wanted else "stop"
    texts.add(tx, organisation, news.text, understood=understood, answered=answered)
    if answered and answer and news.sender:
        language = (wish.language if wish else read(news.text.text).language) or ""
        outbox.put(tx, [_out(tx, organisation, news, news.sender, answer, language)])


def _heard(tx: Tx, organisation: OrganisationId, sender: Msisdn, wish: Wish | None, otherwise: Answer) -> Answer | None:
    """What to answer; None where a wish changes nothing: STOP is confirmed once."""
    if wish is None:
        return otherwise
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
    """What is no wish has a measure of its own: whoever has just asked for much is still told how to ask."""
    return all(
        texts.answered_since(tx, organisation, sender.digits, tx.now - span, without_wish=True) < most
        for span, most in MOST_ANSWERS
    )


def _may_ask(tx: Tx, organisation: OrganisationId, sender: Msisdn) -> bool:
    return all(
        texts.answered_since(tx, organisation, sender.digits, tx.now - span) < most for span, most in MOST_REPLIES
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
