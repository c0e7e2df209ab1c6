"""A text is done, asked back, or answered with what is missing; and a yes does exactly what was read back, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from core import receipt_codes
from core.ids import OrganisationId
from core.messages import Reply
from core.phones import Msisdn
from core.sms.reading import Reading, read, read_as
from core.sms.signs import Intent
from storage import callers, people, texts
from storage import tracing as trails
from storage.texts import MORE, Offer, Waiting
from storage.tx import Tx
from usecases.replies import applying, claims, correcting, lending, papers, paying
from usecases.replies.desk import Answered, Asked, Desk, amount_of

OFFERED_FOR = timedelta(hours=1)
WHAT_IF_FOR = timedelta(days=1)
"""Its figures are reckoned again before it is done."""
ECHO_FOR = timedelta(minutes=2)
"""A network that heard no answer from us or from its own relay brings a text again within about so long."""
MOST_MORE = 4
"""Words of a text that may be no more than what was missing; a longer one speaks for itself."""


def knows(tx: Tx, organisation: OrganisationId, sender: Msisdn) -> bool:
    """Does whoever writes belong to this organisation, of several that share a number?"""
    return people.contact_of(tx, organisation, sender) is not None


def names(tx: Tx, organisation: OrganisationId, reading: Reading) -> bool:
    """Is a number in the text one of this organisation's: an account's, or the code of a payment in its books?"""
    typed = [one for one in (reading.reference, *reading.others) if one]
    if any(callers.account_named(tx, organisation, one) for one in typed):
        return True
    codes = {*typed, *filter(None, map(receipt_codes.read, typed))}
    return any(trails.coded(tx, organisation, codes))


def continued(tx: Tx, organisation: OrganisationId, sender: Msisdn, text: str) -> tuple[Reading, str] | None:
    """A text that answers what we asked back (`for whom?`), read together with the one that it completes. It is never certain:
    the whole is read back before it moves money. With it what was read; None when nothing was asked."""
    found = texts.waiting_offer(tx, organisation, sender.digits)
    if found is None or found.offer.kind != MORE or len(text.split()) > MOST_MORE:
        return None
    said = f"{found.offer.text} {text}"
    return read_as(said, _wished(found.offer)), said


def _wished(question: Offer) -> Intent:
    """What somebody wished who was asked back: an answer completes it, and makes no other wish of it."""
    return Intent(question.wish) if question.wish else read(question.text).intent


def reply_to(tx: Tx, asked: Asked) -> Answered | None:
    """Do what the text wants, or say what is missing. None where it wants nothing that we know."""
    relation = callers.relation(tx, asked.organisation, asked.sender)
    handle = _HANDLERS.get(asked.reading.intent)
    if relation is None or handle is None:
        return None
    return handle(Desk(tx, asked, relation))


def waits_for(offer: Offer) -> timedelta:
    """How long what was read back waits for a yes."""
    return WHAT_IF_FOR if offer.kind == lending.WHAT_IF else OFFERED_FOR


def _yes(desk: Desk) -> Answered | None:
    """Exactly what was read back, once: the offer is gone with this answer. To a question (`for whom?`) it is no answer."""
    found = _waits(desk)
    if found and found.offer.kind == MORE:
        return _asks_again(desk, found.offer)
    if found and (doubt := _doubt(desk, found)):
        return desk.says(doubt, amount=found.offer.money, reference=found.offer.reference)
    if not _drop(desk) or found is None:
        return _nothing_waits(desk)
    return _DOES[found.offer.kind](desk, found.intent, found.offer)


def _asks_again(desk: Desk, question: Offer) -> Answered | None:
    """What was missing is missing still, and the next text may be that. Nothing moves money here: it is not certain."""
    reading = read_as(question.text, _wished(question))
    answer = _WISHES.get(reading.intent, _nothing_waits)
    return answer(replace(desk, asked=replace(desk.asked, reading=reading, said=question.text)))


def _doubt(desk: Desk, waiting: Waiting) -> Reply | None:
    """Why this is no yes to what was read back last. Figures that took the place of others in answer to a yes may not have
    been read when the network brings that yes a second time, under a name of its own: a yes so soon names the sum."""
    too_soon = waiting.asked_by == Intent.YES.value and desk.tx.now - waiting.asked_at < ECHO_FOR
    if desk.reading.amount is None:
        return Reply.YES_AGAIN if too_soon else None
    if amount_of(desk) == waiting.offer.money:
        return None
    return Reply.YES_AGAIN if too_soon else Reply.YES_OTHER


def _nothing_waits(desk: Desk) -> Answered:
    return desk.says(Reply.NOTHING_WAITS)


def _no(desk: Desk) -> Answered:
    found = _waits(desk)
    return desk.says(Reply.DROPPED if _drop(desk) and found else Reply.NOTHING_WAITS)


def _waits(desk: Desk) -> Waiting | None:
    return texts.waiting_offer(desk.tx, desk.relation.organisation, desk.asked.sender.digits)


def _drop(desk: Desk) -> bool:
    """What waits waits no more. False where a yes that came at the same moment was quicker."""
    return texts.drop_offers(desk.tx, desk.relation.organisation, desk.asked.sender.digits) > 0


_DOES: Mapping[str, Callable[[Desk, str, Offer], Answered]] = {
    paying.PAY: paying.do_pay,
    paying.PROMISE: paying.do_promise,
    lending.WHAT_IF: lending.do_what_if,
    applying.APPLY: applying.do_ask_loan,
    correcting.MOVE: correcting.do_move,
    correcting.REFUND: correcting.do_refund,
}
"""What a yes does, by what was read back. With it goes the name of the offer, as the intent of what it does."""

_WISHES: Mapping[Intent, Callable[[Desk], Answered | None]] = {
    Intent.BALANCE: lending.balance,
    Intent.PAY: paying.pay,
    Intent.PROMISE: paying.promise,
    Intent.STATEMENT: papers.statement,
    Intent.RECEIPT: papers.receipt,
    Intent.WHERE: papers.where,
    Intent.CLAIM: claims.claimed,
    Intent.LANGUAGE: papers.language,
    Intent.REFUND: correcting.refund,
    Intent.MOVE: correcting.move,
    Intent.LOANS: lending.loans,
    Intent.APPLY: applying.ask_loan,
    Intent.WHAT_IF: lending.what_if,
}

_HANDLERS: Mapping[Intent, Callable[[Desk], Answered | None]] = {**_WISHES, Intent.YES: _yes, Intent.NO: _no}
