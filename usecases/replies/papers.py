"""Statements, receipts and "where is my money" by text: answered from the books, with nothing that is another family's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core.messages import Reply
from core.payments import Status
from core.scraps import LONGEST, read_scrap
from core.sms.signs import Intent
from core.tracing import Says, Told
from storage import texts
from usecases import receipts, tracing
from usecases.commands import ChooseLanguage, SendStatement
from usecases.documents import send_statement
from usecases.enquiries import OpenEnquiry, open_enquiry
from usecases.people import choose_language
from usecases.replies.desk import Answered, Desk, target_of
from usecases.replies.lending import loans

STATED_AGAIN = timedelta(hours=1)
"""A statement is sent once in so long (`usecases.documents`)."""


def statement(desk: Desk) -> Answered | None:
    """Of fees it is a paper; of a loan what it wants, which grows from day to day."""
    relation, sender = desk.relation, desk.asked.sender
    if relation.contact is None or not relation.accounts or not desk.asked.opens_at:
        return desk.says(Reply.STRANGER)
    if all(one.is_loan for one in relation.accounts):
        return loans(desk)
    account = None
    if desk.reading.reference:
        target = target_of(desk)
        if isinstance(target, Answered):
            return target
        if target.own is None:
            return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
        if target.own.is_loan:
            return loans(desk)
        account = target.account
    since = desk.tx.now - STATED_AGAIN
    again = texts.understood_since(desk.tx, relation.organisation, sender.digits, Intent.STATEMENT.value, since)
    wish = SendStatement(
        relation.organisation,
        relation.contact,
        account,
        sender,
        desk.language,
        trace=desk.asked.text.trace,
        opens_at=desk.asked.opens_at,
    )
    send_statement(desk.tx, wish)
    return desk.says(Reply.STATEMENT_COMES) if again else Answered(None, desk.language)


def receipt(desk: Desk) -> Answered:
    typed = desk.reading.reference
    if not typed:
        return desk.asks(Reply.RECEIPT_HOW)
    found = receipts.check(desk.tx, typed)
    if found is None:
        return where(desk, typed=typed, otherwise=Reply.RECEIPT_UNKNOWN)
    is_undone = found.status in (Status.REVERSED, Status.REFUNDED)
    return desk.says(
        Reply.RECEIPT_UNDONE if is_undone else Reply.RECEIPT_GENUINE,
        amount=found.amount,
        on=found.value_on,
        reference=found.number,
        student=found.shares[0].name if found.shares else "",
    )


_SAYS: Mapping[Says, Reply] = {
    Says.CREDITED: Reply.CREDITED,
    Says.ELSEWHERE: Reply.WAITS,
    Says.WAITING: Reply.WAITS,
    Says.ASKED: Reply.ASKED,
    Says.TOLD_PAID: Reply.TOLD_PAID,
    Says.EXPIRED: Reply.NOT_PAID,
    Says.NOT_PAID: Reply.NOT_PAID,
    Says.NO_FUNDS: Reply.NOT_PAID,
    Says.WRONG_PIN: Reply.NOT_PAID,
    Says.CANCELLED: Reply.NOT_PAID,
    Says.REVERSED: Reply.TAKEN_BACK,
    Says.PARTLY_REFUNDED: Reply.CREDITED,
    Says.REFUNDED: Reply.TAKEN_BACK,
    Says.OTHER_PHONE: Reply.NOT_TOLD,
    Says.LIKELY: Reply.NOT_TOLD,
}


def where(desk: Desk, *, typed: str = "", otherwise: Reply = Reply.NOT_FOUND) -> Answered:
    """What became of the payment that fits best what was written; a code that nobody knows is asked about."""
    reading, organisation, sender = desk.reading, desk.relation.organisation, desk.asked.sender
    typed = typed or desk.asked.said[:LONGEST]
    told = tracing.trace_money(desk.tx, organisation, sender, typed)
    if told:
        return told_of(desk, told[0])
    if (
        reading.intent is Intent.WHERE
        and not (reading.amount or reading.reference or reading.day)
        and desk.relation.payments
    ):
        last = desk.relation.payments[0]
        return desk.says(Reply.CREDITED, amount=last.amount, on=last.on, reference=last.reference)
    scrap = read_scrap(typed, currency=desk.relation.currency, today=desk.relation.today)
    if scrap.asked_code and otherwise is Reply.NOT_FOUND:
        wish = OpenEnquiry(organisation, sender, scrap.asked_code, desk.language or "en", desk.asked.text.trace)
        open_enquiry(desk.tx, wish)
        return desk.says(Reply.LOOKED_FOR, reference=scrap.asked_code)
    return desk.says(otherwise)


def told_of(desk: Desk, told: Told) -> Answered:
    """A fact that is not theirs to know is not in `told`, and then the words that would name it are not used."""
    reply = _SAYS[told.says]
    if told.amount is None or told.on is None:
        reply = Reply.NOT_TOLD
    reference = told.account if reply is Reply.CREDITED else told.receipt
    return desk.says(reply, amount=told.amount, on=told.on, reference=reference)


def language(desk: Desk) -> Answered:
    speaks = desk.reading.speaks
    if speaks is None:
        return desk.says(Reply.LANGUAGE_HOW)
    choose_language(desk.tx, ChooseLanguage(desk.asked.sender, speaks))
    return desk.says(Reply.LANGUAGE, language=speaks)
