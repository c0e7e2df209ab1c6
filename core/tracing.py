"""Where is my money? What somebody says of a payment, and what they may be told of it (PAY-13). Pure.

Whoever asks is a phone. What joins it with a payment (`Tie`) decides what it is told, and nothing else does: neither how
well the question fits, nor how the question was found. The law (tests/core/test_tracing.py): every sum, day, number and
receipt that is told belongs to a payment from this phone or to an account that it answers for, or was said by the asker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from core.ids import PaymentId
from core.money import Money
from core.payments import WAITING, FailReason, Status
from core.references import Reference
from core.scraps import Scrap, is_slip

MOST_TOLD = 3
"""Payments that fit equally well: a page has no room for more."""


class Origin(Enum):
    """Whose phone a payment came from, as far as its provider lets us know."""

    THIS = "this"
    """From the phone that asks, or from another one of the same person."""
    MAYBE = "maybe"
    """Masked, and the digits that are left fit: one in a thousand phones has them."""
    UNKNOWN = "unknown"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Trail:
    """A payment that may be meant, beside what the asker has to do with it."""

    payment: PaymentId
    status: Status
    amount: Money
    on: date
    """The organisation's calendar day of the payment; of the wish, where no money came."""
    reference: str
    """As typed by the payer, or as our prompt named it."""
    provider_receipt: str
    receipt_number: str
    receipt_code: str
    origin: Origin
    own: Money
    """What accounts that the asker answers for have of it; before its reversal, if it was reversed."""
    own_account: str
    """The first of those accounts; empty when there is none."""
    waits: bool
    """Its money has no owner yet."""
    told_paid: bool = False
    """Its provider, being asked, called it paid, and its money has not been seen yet."""
    fail_reason: FailReason | None = None


class Tie(Enum):
    """Why somebody may be told of a payment, and how much."""

    PAYER = "payer"
    """It came from their phone: all of it is theirs to know."""
    FAMILY = "family"
    """It settled what they answer for: their share of it, and nothing of who paid."""
    BEARER = "bearer"
    """They hold its code: that it arrived, and in what state it is."""
    LIKENESS = "likeness"
    """Their phone may be the payer's, and they know its sum and one thing more: that something like it is here."""


def tie(trail: Trail, scrap: Scrap) -> Tie | None:
    """What joins the asker with a payment; None when it is none of their business."""
    holds_code = trail.provider_receipt in scrap.codes or (
        trail.receipt_code != "" and trail.receipt_code in scrap.codes
    )
    if trail.origin is Origin.THIS or (trail.origin is Origin.MAYBE and holds_code):
        return Tie.PAYER
    if trail.own_account:
        return Tie.FAMILY
    if holds_code:
        return Tie.BEARER
    if trail.origin is Origin.MAYBE and trail.amount in scrap.amounts and _knows_more(trail, scrap):
        return Tie.LIKENESS
    return None


def _knows_more(trail: Trail, scrap: Scrap) -> bool:
    return trail.on in scrap.days or Reference.read(trail.reference).canonical in scrap.references or trail.waits


class Says(Enum):
    """What became of a payment, in words that a person can act on."""

    CREDITED = "credited"
    ELSEWHERE = "elsewhere"
    """Received, but not for an account of theirs."""
    WAITING = "waiting"
    """Received, and nobody knows whose it is."""
    ASKED = "asked"
    """Their phone was asked; nothing is known yet."""
    TOLD_PAID = "told_paid"
    """Their provider says that they have paid; its receipt is not here yet."""
    EXPIRED = "expired"
    NOT_PAID = "not_paid"
    NO_FUNDS = "no_funds"
    WRONG_PIN = "wrong_pin"
    CANCELLED = "cancelled"
    REVERSED = "reversed"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    OTHER_PHONE = "other_phone"
    """Received from another phone: whoever paid may ask."""
    LIKELY = "likely"
    """Something like it is here: the code would tell."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. What is not theirs to know is empty, never masked."""

    payment: PaymentId
    says: Says
    amount: Money | None = None
    on: date | None = None
    account: str = ""
    receipt: str = ""


TOLD_TO_BEARERS = frozenset({Says.WAITING, Says.REVERSED, Says.PARTLY_REFUNDED, Says.REFUNDED})
"""What whoever holds a code hears as it is; all else is that it came from another phone."""
NOT_THEIRS = frozenset({Says.OTHER_PHONE, Says.LIKELY})
"""Said without any fact of the payment."""


def answer(trails: Sequence[Trail], scrap: Scrap) -> tuple[Told, ...]:
    """The payments that fit best what is known of them, the newest first; empty when none is theirs to be told of."""
    fitting: list[tuple[int, Trail, Tie]] = []
    for trail in trails:
        joined = tie(trail, scrap)
        if joined is None or trail.fail_reason is FailReason.PAID_TWICE_AS_ONE:
            continue  # (the money of that prompt is in another payment, which has a trail of its own)
        if points := _fit(trail, scrap, joined):
            fitting.append((points, trail, joined))
    best = max((points for points, _, _ in fitting), default=0)
    found = [(trail, joined) for points, trail, joined in fitting if points == best]
    found.sort(key=lambda one: (one[0].on, one[0].payment), reverse=True)
    return tuple(_told(trail, joined) for trail, joined in found[:MOST_TOLD])


_CODE, _NUMBER, _SLIP = 100, 90, 80
_SUM, _REFERENCE, _DAY, _ROUGHLY, _DAY_BESIDE = 40, 30, 20, 15, 8
_ROUGH_PERCENT = 20


def _fit(trail: Trail, scrap: Scrap, joined: Tie) -> int:
    """How well a payment fits what was said. A slip of the pen is forgiven only where nothing of others can be told."""
    codes = {trail.provider_receipt, trail.receipt_code} - {""}
    points = 0
    if codes & scrap.codes:
        points += _CODE
    elif joined in (Tie.PAYER, Tie.FAMILY) and any(is_slip(typed, code) for typed in scrap.codes for code in codes):
        points += _SLIP
    if trail.receipt_number and trail.receipt_number in scrap.numbers:
        points += _NUMBER
    points += max((_sum_fits(trail, amount) for amount in scrap.amounts), default=0)
    if {Reference.read(trail.reference).canonical, Reference.read(trail.own_account).canonical} & scrap.references:
        points += _REFERENCE
    if trail.on in scrap.days:
        points += _DAY
    elif any(abs(trail.on - day) <= timedelta(days=1) for day in scrap.days):
        points += _DAY_BESIDE
    return points


def _sum_fits(trail: Trail, said: Money) -> int:
    sums = [one for one in (trail.amount, trail.own) if one and one.currency is said.currency]
    if said in sums:
        return _SUM
    near = any(abs(one.minor - said.minor) * 100 <= one.minor * _ROUGH_PERCENT for one in sums)
    return _ROUGHLY if near else 0


_OF_STATUS = {
    Status.INITIATED: Says.ASKED,
    Status.PROCESSING: Says.ASKED,
    Status.EXPIRED: Says.EXPIRED,
    Status.REVERSED: Says.REVERSED,
    Status.PARTLY_REFUNDED: Says.PARTLY_REFUNDED,
    Status.REFUNDED: Says.REFUNDED,
}
_OF_REASON = {
    FailReason.INSUFFICIENT_FUNDS: Says.NO_FUNDS,
    FailReason.WRONG_PIN: Says.WRONG_PIN,
    FailReason.PIN_LOCKED: Says.WRONG_PIN,
    FailReason.CANCELLED: Says.CANCELLED,
    FailReason.NOT_ANSWERED: Says.EXPIRED,
}


def _told(trail: Trail, joined: Tie) -> Told:
    says = _says(trail)
    if joined is Tie.LIKENESS:
        return Told(trail.payment, Says.LIKELY)
    if joined is Tie.BEARER:
        return Told(trail.payment, says if says in TOLD_TO_BEARERS else Says.OTHER_PHONE)
    if joined is Tie.FAMILY:
        return Told(trail.payment, says, trail.own, trail.on, trail.own_account, trail.receipt_number)
    account = trail.own_account or trail.reference
    return Told(trail.payment, says, trail.amount, trail.on, account, trail.receipt_number)


def _says(trail: Trail) -> Says:
    if trail.status is Status.FAILED:
        return _OF_REASON.get(trail.fail_reason or FailReason.UNKNOWN, Says.NOT_PAID)
    if trail.status is Status.COMPLETED:
        if trail.own_account:
            return Says.CREDITED
        return Says.WAITING if trail.waits else Says.ELSEWHERE
    if trail.told_paid and trail.status in WAITING:
        return Says.TOLD_PAID
    return _OF_STATUS[trail.status]
