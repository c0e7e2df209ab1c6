"""What is owed, paying it and promising it by text. What was inferred is read back, and waits for a yes."""

from __future__ import annotations

from datetime import date

from core.callers import AccountView, whole_up
from core.errors import DomainError
from core.messages import Reply
from core.payments import Part
from core.sms import days
from storage.texts import Offer, Text
from usecases.commands import MakePromise, RequestPayment
from usecases.promises import make_promise
from usecases.prompts import request_payment
from usecases.replies.desk import Answered, Desk, Target, amount_of, first_of, target_of

PAY, PROMISE = "pay", "promise"
"""Kinds of what is read back (`storage.texts.Offer`)."""


def balance(desk: Desk) -> Answered:
    own = desk.relation.accounts
    if not own:
        return desk.nothing_open()
    if not desk.reading.reference and len(own) > 1 and desk.relation.owed:
        return desk.says(Reply.BALANCE_OF_ALL, balance=desk.relation.owed)
    target = target_of(desk) if desk.reading.reference or len(own) == 1 else Target(own[0].account, "", own[0], True)
    if isinstance(target, Answered):
        return target
    if target.own is None:
        return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
    if not target.own.owed:
        return desk.says(Reply.NOTHING_OWED)
    return desk.says(Reply.BALANCE, balance=target.own.owed, reference=target.own.reference, student=target.student)


def pay(desk: Desk) -> Answered:
    target = target_of(desk)
    if isinstance(target, Answered):
        return target
    said = amount_of(desk)
    if said is None and (desk.reading.amount is not None or desk.reading.others):
        return desk.asks(Reply.PAY_HOW, reference=target.reference)
    amount = said
    if amount is None and any(map(_is_nothing, desk.reading.unknown)):
        return desk.says(Reply.LIMITS, amount=desk.relation.least, balance=desk.relation.most)
    if amount is None:
        if target.own is None:
            return desk.asks(Reply.PAY_HOW, reference=target.reference)
        if not target.own.owed:
            return desk.says(Reply.NOTHING_OWED)
        amount = whole_up(target.own.owed)
    if not desk.relation.least <= amount <= desk.relation.most:
        return desk.says(Reply.LIMITS, amount=desk.relation.least, balance=desk.relation.most)
    offer = Offer(PAY, target.account.hex, target.reference, amount.minor, amount.currency.code)
    if desk.reading.certain and said is not None and not target.inferred:
        return ask_phone(desk, offer, intent_of(desk.asked.text), target.student)
    return desk.says(Reply.PAY_ASKED, amount=amount, reference=target.reference, student=target.student, offer=offer)


def _is_nothing(word: str) -> bool:
    """`0`, `0.00`: a sum was said, and it is none."""
    return "0" in word and not word.strip("0.,")


def intent_of(text: Text) -> str:
    """The text's own name: told of twice, it asks a phone once."""
    return f"sms:{text.provider}:{text.sender}:{text.gateway_id}"


def ask_phone(desk: Desk, offer: Offer, intent: str, student: str) -> Answered:
    amount = offer.money
    part = Part(offer.account_id, amount)
    wish = RequestPayment(
        intent=intent,
        organisation=desk.relation.organisation,
        payer=desk.asked.sender,
        contact=desk.relation.contact,
        parts=(part,),
        reference=offer.reference,
        language=desk.language,
        trace=desk.asked.text.trace,
    )
    request_payment(desk.tx, wish)
    return desk.says(Reply.PAY_SENT, amount=amount, reference=offer.reference, student=student)


def do_pay(desk: Desk, intent: str, offer: Offer) -> Answered:
    """What was read back, asked of the phone that said yes."""
    own = desk.own(offer.account_id)
    try:
        return ask_phone(desk, offer, intent, first_of(own) if own else "")
    except DomainError:  # closed since, or beyond new limits
        return desk.says(Reply.NO_ACCOUNT, reference=offer.reference)


def promise(desk: Desk) -> Answered:
    if not desk.relation.accounts:
        return desk.nothing_open()
    target = target_of(desk)
    if isinstance(target, Answered):
        return target
    if target.own is None:
        return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
    said = amount_of(desk)
    on = days.meant(desk.reading.day, desk.relation.today) if desk.reading.day else None
    if on is None or (said is None and desk.reading.amount is not None):
        return desk.asks(Reply.PROMISE_HOW, reference=target.reference)
    amount = said or target.own.owed
    if not amount:
        return desk.says(Reply.NOTHING_OWED)
    offer = Offer(PROMISE, target.account.hex, target.reference, amount.minor, amount.currency.code, on.isoformat())
    if desk.reading.certain and said is not None and not target.inferred:
        return note_promise(desk, offer, target.own)
    return desk.says(
        Reply.PROMISE_ASKED, amount=amount, on=on, reference=target.reference, student=target.student, offer=offer
    )


def note_promise(desk: Desk, offer: Offer, own: AccountView) -> Answered:
    on = date.fromisoformat(offer.due_on)
    wish = MakePromise(desk.relation.organisation, own.account, desk.asked.sender, offer.money, on, "sms")
    try:
        make_promise(desk.tx, wish)
    except DomainError:
        return desk.says(Reply.PROMISE_REFUSED, balance=own.owed)
    return desk.says(Reply.PROMISE_GIVEN, amount=offer.money, on=on, reference=offer.reference, student=first_of(own))


def do_promise(desk: Desk, _: str, offer: Offer) -> Answered:
    own = desk.own(offer.account_id)
    return note_promise(desk, offer, own) if own else desk.says(Reply.NOTHING_WAITS)
