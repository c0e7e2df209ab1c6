"""A text is done, asked back, or answered with what is missing; and a yes does exactly what was read back, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from core.ids import OrganisationId
from core.messages import Reply
from core.phones import Msisdn
from core.sms.reading import Reading, read
from core.sms.words import Intent
from storage import callers, people, texts
from storage.texts import MORE, Offer
from storage.tx import Tx
from usecases.replies import applying, claims, correcting, lending, papers, paying
from usecases.replies.desk import Answered, Asked, Desk

OFFERED_FOR = timedelta(hours=1)
WHAT_IF_FOR = timedelta(days=1)
"""Its figures are reckoned again before it is done."""
MOST_MORE = 4
"""Words of a text that may be no more than what was missing; a longer one speaks for itself."""


def knows(tx: Tx, organisation: OrganisationId, sender: Msisdn) -> bool:
    """Does whoever writes belong to this organisation, of several that share a number?"""
    return people.contact_of(tx, organisation, sender) is not None


def names(tx: Tx, organisation: OrganisationId, reading: Reading) -> bool:
    """Is the number in the text one of this organisation's?"""
    return bool(reading.reference) and callers.account_named(tx, organisation, reading.reference) is not None


def continued(tx: Tx, organisation: OrganisationId, sender: Msisdn, text: str) -> tuple[Reading, str] | None:
    """A text that answers what we asked back (`for whom?`), read together with the one that it completes. It is never certain:
    the whole is read back before it moves money. With it what was read; None when nothing was asked."""
    found = texts.waiting_offer(tx, organisation, sender.digits)
    if found is None or found[1].kind != MORE or len(text.split()) > MOST_MORE:
        return None
    said = f"{found[1].text} {text}"
    return replace(read(said), certain=False), said


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


def _yes(desk: Desk) -> Answered:
    """Exactly what was read back, once: the offer is gone with this answer."""
    found = _taken(desk)
    if found is None or found[1].kind == MORE:
        return desk.says(Reply.NOTHING_WAITS)
    intent, offer = found
    return _DOES[offer.kind](desk, intent, offer)


def _no(desk: Desk) -> Answered:
    return desk.says(Reply.DROPPED if _taken(desk) else Reply.NOTHING_WAITS)


def _taken(desk: Desk) -> tuple[str, Offer] | None:
    """What waits; it waits no more, also for a yes that comes at the same moment."""
    organisation, sender = desk.relation.organisation, desk.asked.sender.digits
    found = texts.waiting_offer(desk.tx, organisation, sender)
    return found if texts.drop_offers(desk.tx, organisation, sender) else None


_DOES: Mapping[str, Callable[[Desk, str, Offer], Answered]] = {
    paying.PAY: paying.do_pay,
    paying.PROMISE: paying.do_promise,
    lending.WHAT_IF: lending.do_what_if,
    applying.APPLY: applying.do_ask_loan,
    correcting.MOVE: correcting.do_move,
    correcting.REFUND: correcting.do_refund,
}
"""What a yes does, by what was read back. With it goes the name of the offer, as the intent of what it does."""

_HANDLERS: Mapping[Intent, Callable[[Desk], Answered | None]] = {
    Intent.BALANCE: lending.balance,
    Intent.PAY: paying.pay,
    Intent.PROMISE: paying.promise,
    Intent.YES: _yes,
    Intent.NO: _no,
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
