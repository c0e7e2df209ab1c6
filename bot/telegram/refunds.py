"""Paying a payment back is asked for in the chat: how much, why, once more, yes. Somebody else decides it (OUT-1)."""

from __future__ import annotations

from uuid import UUID

from bot.telegram.menu import Act, back
from bot.telegram.visit import Key, Visit
from bot.telegram.words import refused
from core.errors import NotFound
from core.ids import PaymentId
from core.money import Money, parse_typed
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn, NotAPhone
from core.refunds import PayeeUnknown
from storage.chats import Facts
from usecases.refunds.asking import RequestRefund, most_refundable, request_refund
from usecases.rights import require_for

ALL = frozenset({"all", "yote", "yose", "tout"})
"""Words for the whole of it, in each language."""
LONGEST_WHY = 100


def offered(visit: Visit, payment: PaymentId) -> bool:
    """Whether the payment's page shows the button."""
    return visit.may(Action.REQUEST_REFUND) and most_refundable(visit.tx, payment) is not None


def how_much(visit: Visit, facts: Facts) -> None:
    visit.ask("refund_amount", facts, visit.word("ask_refund_amount", most=_most(visit, facts)))


def why(visit: Visit, facts: Facts, text: str) -> None:
    """The amount was typed. One that cannot be is asked for again, with the reason."""
    most = _most(visit, facts)
    wanted = most if text.strip().lower() in ALL else parse_typed(text, most.currency)
    if wanted > most:
        visit.ask("refund_amount", facts, visit.word("refund_too_much", most=most))
        return
    visit.ask("refund_why", {**facts, "minor": str(wanted.minor)}, visit.word("ask_refund_why"))


def sure(visit: Visit, facts: Facts, text: str) -> None:
    facts = {**facts, "why": text[:LONGEST_WHY]}
    told = visit.word("refund_sure", amount=_amount(visit, facts), why=facts["why"])
    yes = Key(visit.word("key_yes"), "refund_now", facts, once=True)
    visit.say(told, [[yes, Key(visit.word("key_no"), "menu", once=True)]])


def ask_now(visit: Visit, facts: Facts) -> None:
    """Where the provider hid who paid, the phone is asked for: it is part of what is approved."""
    payee = Msisdn(facts["payee"]) if "payee" in facts else None
    wish = RequestRefund(
        _payment(facts), _amount(visit, facts), facts["why"], visit.actor, visit.room.trace, payee=payee
    )
    try:
        refund = request_refund(visit.tx, wish)
    except PayeeUnknown as unknown:
        visit.ask("refund_phone", facts, refused(unknown, visit.language))
        return
    visit.show(visit.word("refund_asked", name=refund.name, amount=refund.amount), [back(visit)])


def to_phone(visit: Visit, facts: Facts, text: str) -> None:
    """The phone was typed. What is none is asked for again."""
    country = COUNTRIES[visit.room.organisation.country].calling_code
    try:
        payee = Msisdn.parse(text, country_code=country)
    except NotAPhone as error:
        visit.ask("refund_phone", facts, refused(error, visit.language))
        return
    ask_now(visit, {**facts, "payee": payee.digits})


def _payment(facts: Facts) -> PaymentId:
    return PaymentId(UUID(facts["payment"]))


def _most(visit: Visit, facts: Facts) -> Money:
    """Raises `NotPermitted`, and `NotFound` where nothing of it can be paid back (any more)."""
    action = Action.REQUEST_REFUND
    require_for(visit.tx, visit.actor, action, visit.organisation, what="organisation", name="")
    most = most_refundable(visit.tx, _payment(facts))
    if most is None:
        raise NotFound("payment", facts["payment"])
    return most


def _amount(visit: Visit, facts: Facts) -> Money:
    return Money(int(facts["minor"]), visit.room.organisation.currency)


ACTS: dict[str, Act] = {"refund": how_much, "refund_now": ask_now}
QUESTIONS = {"refund_amount": why, "refund_why": sure, "refund_phone": to_phone}
