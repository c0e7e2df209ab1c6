"""Moving a payment and asking for one back by text. Both are read back, whatever was said, and wait for a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.errors import DomainError, NotFound
from core.ids import PaymentId
from core.messages import Reply
from core.money import Currency, Money
from core.references import Reference
from core.refunds import State
from core.scraps import LONGEST, read_scrap
from storage import applications, callers, organisations, refunds
from storage import payments as payment_store
from storage import tracing as trails
from storage.texts import Offer
from usecases.commands import AskRefund
from usecases.enquiries import OpenEnquiry, open_enquiry
from usecases.moving import MoveOwn, NotMovable, movable, move_own
from usecases.refundable import Refundable, ask_refund, refundable_by
from usecases.replies.desk import Answered, Desk, amount_of

MOVE, REFUND = "move", "refund"
"""Kinds of what is read back (`storage.texts.Offer`)."""
IN_THE_BOOKS = "asked by text"


@dataclass(frozen=True, slots=True)
class _Named:
    """What stands in a text. `is_secret`: also a code that only they know who have a message of the payment, since our receipts'
    numbers can be guessed; `has_code`: the provider's, which only its payer was sent."""

    payments: list[PaymentId]
    rest: list[str]
    is_secret: bool = False
    has_code: bool = False


def _named(desk: Desk) -> _Named:
    """Payments whose codes or numbers stand in the text, and what else stands there as a number."""
    account = organisations.main_account(desk.tx, desk.relation.organisation)
    typed = [one for one in (desk.reading.reference, *desk.reading.others) if one]
    typed += _like_a_word(desk, typed, desk.relation.currency)
    if account is None or not typed:
        return _Named([], typed)
    who = trails.asker(desk.tx, account, desk.asked.sender)
    found: list[PaymentId] = []
    rest = []
    is_secret = has_code = False
    for one in typed:
        scrap = read_scrap(one, currency=account.currency, today=desk.relation.today)
        seen = trails.trails(desk.tx, who, scrap)
        coded = [one.payment for one in seen if {one.provider_receipt, one.receipt_code} & scrap.codes]
        numbered = [one.payment for one in seen if one.receipt_number in scrap.numbers]
        is_secret |= bool(coded)
        has_code |= any(one.provider_receipt in scrap.codes for one in seen)
        found += coded + numbered
        if not coded + numbered:
            rest.append(one)
    return _Named(list(dict.fromkeys(found)), rest, is_secret, has_code)


def _like_a_word(desk: Desk, typed: Sequence[str], currency: Currency) -> list[str]:
    """A provider's code with so few digits that it reads as a word, where the books know it."""
    code = read_scrap(desk.asked.said, currency=currency, today=desk.relation.today).asked_code
    if not code or code in {one.upper() for one in typed}:
        return []
    return [one.payment.receipt for one in payment_store.by_receipts(desk.tx, [code]) if one.payment.receipt]


# --- move ---------------------------------------------------------------------------------------------------------------


def move(desk: Desk) -> Answered:
    """`MOVE UKL1234567 LOAN-000124`: which payment, and where to. What is not said is the last one from this phone, and the
    only other account of theirs."""
    named = _named(desk)
    payments, rest = named.payments, named.rest
    known = {one: callers.account_named(desk.tx, desk.relation.organisation, one) for one in rest}
    targets, unknown = [one for one in rest if known[one]], [one for one in rest if not known[one]]
    if unknown and payments:
        return desk.says(Reply.NO_ACCOUNT, reference=unknown[0][:20])
    if unknown:
        return _by_office(desk)
    if not payments:
        payments = [one for one, _, _ in refunds.paid_by(desk.tx, desk.relation.organisation, desk.asked.sender)][:1]
    if len(payments) == 1 and not targets:
        targets = _elsewhere(desk, payments[0])
    if len(payments) != 1 or len(targets) != 1:
        own = desk.relation.accounts
        return desk.asks(Reply.MOVE_HOW, reference=own[0].reference if own else "KV1024")
    # Who gives money to others shows that it is theirs, by its code: a sender's number can be forged.
    if not named.is_secret and not _is_own(desk, targets[0]):
        return desk.asks(Reply.MOVE_HOW, reference=targets[0][:20])
    return _ask_move(desk, payments[0], targets[0], has_code=named.has_code)


def _is_own(desk: Desk, reference: str) -> bool:
    found = callers.account_named(desk.tx, desk.relation.organisation, reference)
    return found is not None and desk.own(found[0]) is not None


def _elsewhere(desk: Desk, payment: PaymentId) -> list[str]:
    """Accounts of theirs that have nothing of it."""
    holding = {part.account for part in applications.standing(desk.tx, payment)}
    return [one.reference for one in desk.relation.accounts if one.account not in holding]


def _move_of(desk: Desk, payment: PaymentId, reference: str, *, has_code: bool) -> MoveOwn:
    asked = desk.asked
    return MoveOwn(asked.organisation, payment, reference, asked.sender, "sms", asked.text.trace, has_code)


def _ask_move(desk: Desk, payment: PaymentId, reference: str, *, has_code: bool) -> Answered:
    try:
        would = movable(desk.tx, _move_of(desk, payment, reference, has_code=has_code))
    except (NotMovable, NotFound) as refused:
        if isinstance(refused, NotMovable) and refused.wants_code:
            return desk.asks(Reply.MOVE_HOW, reference=reference[:20])
        return _by_office(desk)
    if would.is_there:
        return desk.says(Reply.MOVE_THERE, amount=would.amount, on=would.on, reference=would.reference)
    amount = would.amount
    return desk.says(
        Reply.MOVE_ASKED if would.origin else Reply.MOVE_FOUND_ASKED,
        amount=amount,
        on=would.on,
        reference=would.reference,
        student=would.origin,
        offer=Offer(
            *(MOVE, "", would.reference, amount.minor, amount.currency.code), payment=payment.hex, text=would.origin
        ),
    )


def do_move(desk: Desk, _: str, offer: Offer) -> Answered:
    """Exactly what was read back; where it has changed since, that is read back anew. A code that was needed was typed before it
    was read back."""
    payment = PaymentId(UUID(offer.payment))
    again = _ask_move(desk, payment, offer.reference, has_code=True)
    if again.offer != offer:
        return again
    try:
        done = move_own(desk.tx, _move_of(desk, payment, offer.reference, has_code=True))
    except DomainError:  # what it left as credit has settled something else since
        return _by_office(desk)
    if not done.origin:
        return Answered(None, desk.language)  # the receipt that it gets now says so
    return desk.says(Reply.MOVED, amount=done.amount, on=done.on, reference=done.reference)


def _by_office(desk: Desk) -> Answered:
    """Staff find the text among what people look for, and the provider is asked about a code that nobody knows."""
    asked = desk.asked
    wish = OpenEnquiry(asked.organisation, asked.sender, asked.said[:LONGEST], desk.language or "en", asked.text.trace)
    open_enquiry(desk.tx, wish)
    return desk.says(Reply.MOVE_BY_OFFICE)


# --- refund -------------------------------------------------------------------------------------------------------------


def refund(desk: Desk) -> Answered:
    """`REFUND UKL1234567 500`: of which payment, and how much; without a sum all that is left. The office decides."""
    named = _named(desk)
    payments, rest = named.payments, named.rest
    offered = refundable_by(desk.tx, desk.relation.organisation, desk.asked.sender)
    chosen = _chosen(offered, payments, rest)
    if not chosen:
        asked_before = _waiting(desk, payments)
        return desk.says(Reply.REFUND_WAITS, amount=asked_before) if asked_before else desk.says(Reply.REFUND_NOT)
    amount = amount_of(desk)
    if len(chosen) > 1:
        chosen = [one for one in chosen if one.most == amount]
    if len(chosen) != 1 or (amount is None and desk.reading.amount is not None):
        return desk.asks(Reply.REFUND_HOW)
    one = chosen[0]
    most = Money(one.most.minor - one.most.minor % one.most.currency.unit, one.most.currency)
    if amount is not None and amount > most:
        return desk.asks(Reply.REFUND_MOST, amount=most)
    amount = amount or most
    offer = Offer(REFUND, "", one.reference, amount.minor, amount.currency.code, payment=one.payment.hex)
    return desk.says(Reply.REFUND_ASKED, amount=amount, on=one.on, reference=one.reference, offer=offer)


def _chosen(offered: Sequence[Refundable], payments: list[PaymentId], rest: list[str]) -> list[Refundable]:
    """Those that are named by their code, or by the number that was typed when they were paid; all where nothing is named."""
    typed = {Reference.read(one).canonical for one in rest}
    return [
        one
        for one in offered
        if not (payments or typed) or one.payment in payments or Reference.read(one.reference).canonical in typed
    ]


def _waiting(desk: Desk, payments: Sequence[PaymentId]) -> Money | None:
    """What this phone asked for and nobody has decided yet: of these payments, or of any."""
    mine = [one for one, _, _ in refunds.paid_by(desk.tx, desk.relation.organisation, desk.asked.sender)]
    waiting = [
        refund.amount
        for one in mine
        if not payments or one in payments
        for refund in refunds.of_payment(desk.tx, one)
        if refund.state is State.REQUESTED and refund.requested_by is None
    ]
    return waiting[0] if waiting else None


def do_refund(desk: Desk, intent: str, offer: Offer) -> Answered:
    """What was read back is asked for; whoever is paid hears of each step."""
    payment = PaymentId(UUID(offer.payment))
    if (waiting := _waiting(desk, [payment])) == offer.money:
        return desk.says(Reply.REFUND_WAITS, amount=waiting)
    asked = desk.asked
    wish = AskRefund(
        asked.organisation, payment, offer.money, IN_THE_BOOKS, asked.sender, intent, "sms", asked.text.trace
    )
    try:
        ask_refund(desk.tx, wish)
    except DomainError:  # taken back or paid back since
        return desk.says(Reply.REFUND_NOT)
    return Answered(None, desk.language)
