"""Asking for a loan by text: what it would cost is read back with its dates, and a yes asks the office for exactly that (LOAN-1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.ids import ContactId
from core.loans.products import LoanAmountRefused, Product
from core.messages import Reply
from core.money import Money
from core.permissions import Actor, ActorKind
from storage import loan_products, people
from storage.texts import Offer
from usecases.loans.lending import Apply, apply, limit_for, product_named, quote
from usecases.replies.desk import Answered, Desk, money_of

APPLY = "apply"
"""A kind of what is read back (`storage.texts.Offer`)."""
ROOM = 24
"""Characters for what can be chosen from."""


def ask_loan(desk: Desk) -> Answered | None:
    """`APPLY 5000 6`: a sum, in how many instalments; of which product, where there are several. What is missing is asked."""
    offered = list(loan_products.products(desk.tx, desk.relation.organisation).values())
    if not offered:
        return desk.says(Reply.NO_LOANS) if desk.reading.certain else None
    contact = desk.relation.contact
    if contact is None:
        return desk.says(Reply.LOAN_STRANGER)
    meant = _meant(desk, offered)
    if len(meant) != 1:
        return desk.asks(Reply.LOAN_WHICH, reference="/".join(one.code for one in offered)[:ROOM])
    product = meant[0]
    figures = _figures(desk, product)
    if figures is None:
        return _may_have(desk, product, contact)
    amount, count = figures
    limit = limit_for(desk.tx, product, contact)
    if not limit.most:
        return _not_now(desk, limit.reason)
    if count is None:
        terms = ", ".join(str(term) for term in product.terms)[:ROOM]
        return desk.asks(Reply.LOAN_TERM, amount=amount, reference=terms)
    return _offer(desk, product, contact, amount, count)


def _meant(desk: Desk, offered: Sequence[Product]) -> Sequence[Product]:
    said = {*re.findall(r"\w+", desk.asked.said.casefold())}
    return [one for one in offered if one.code.casefold() in said] or offered


def _figures(desk: Desk, product: Product) -> tuple[Money, int | None] | None:
    """The sum and in how many instalments: the one figure that is large enough for a loan, and the one that is not. None
    where there is no such sum, or several."""
    reading = desk.reading
    said = [int(one) for one in (reading.reference, *reading.others) if one.isdecimal()]
    said += [] if reading.amount is None else [reading.amount]
    sums = [one for one in said if one * product.currency.unit >= product.least_minor]
    counts = [one for one in said if one not in sums]
    amount = money_of(desk, sums[0]) if len(sums) == 1 and len(counts) <= 1 else None
    if amount is None:
        return None
    if len(product.terms) == 1:
        return amount, product.terms[0]
    return amount, next((one for one in counts if one in product.terms), None)


def _may_have(desk: Desk, product: Product, contact: ContactId) -> Answered:
    limit = limit_for(desk.tx, product, contact)
    if not limit.most:
        return _not_now(desk, limit.reason)
    return desk.asks(Reply.LOAN_HOW, amount=limit.most)


def _not_now(desk: Desk, reason: str) -> Answered:
    return desk.says(Reply.LOAN_LATE_FIRST if reason == "late" else Reply.LOAN_NOT_NOW)


def _offer(desk: Desk, product: Product, contact: ContactId, amount: Money, count: int) -> Answered:
    """Nothing is asked for yet."""
    try:
        would = quote(desk.tx, desk.relation.organisation, contact, product.code, amount, count)
    except LoanAmountRefused as refused:
        return desk.says(Reply.LOAN_BETWEEN, amount=refused.least, balance=refused.most)
    most = would.limit.most
    if amount > most:
        return desk.says(Reply.LOAN_UP_TO, amount=most) if most else _not_now(desk, would.limit.reason)
    first, last = would.rows[0].due_on, would.rows[-1].due_on
    offer = Offer(
        APPLY,
        reference=product.code,
        minor=amount.minor,
        currency=amount.currency.code,
        due_on=first.isoformat(),
        ends_on=last.isoformat(),
        cost=would.cost.minor,
        count=count,
        text=f"{would.offer.sent.minor} {would.total.minor}",
    )
    return desk.says(
        Reply.LOAN_OFFERED,
        amount=amount,
        sent=would.offer.sent,
        cost=would.cost,
        balance=would.total,
        on=first,
        until=last,
        count=count,
        offer=offer,
    )


def do_ask_loan(desk: Desk, intent: str, offer: Offer) -> Answered:
    """Exactly what was read back; where the product or the day has changed since, that is read back anew."""
    asked, contact = desk.asked, desk.relation.contact
    if contact is None:
        return desk.says(Reply.LOAN_STRANGER)
    people.lock(desk.tx, contact)  # what they may have is not asked for elsewhere meanwhile
    _, product = product_named(desk.tx, asked.organisation, offer.reference)
    again = _offer(desk, product, contact, offer.money, offer.count)
    if again.offer != offer:
        return again
    wish = Apply(
        asked.organisation,
        product.code,
        offer.money,
        offer.count,
        asked.sender,
        Actor(ActorKind.PERSON, asked.sender.masked, "sms"),
        trace=asked.text.trace,
        intent=intent,
    )
    return desk.says(Reply.LOAN_WAITS, amount=offer.money, reference=apply(desk.tx, wish).number)
