"""Paying a payment back, in part or whole: what may be asked for, where the money is taken from, what follows what (OUT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import ClassVar, NewType
from uuid import UUID

from core.application import Application
from core.approvals import Content, Subject, SubjectKind
from core.errors import DomainError
from core.ids import OrganisationId, PaymentId, StaffId
from core.money import Money, total
from core.payments import Payment, Status
from core.phones import Msisdn

RefundId = NewType("RefundId", UUID)

RECENT = timedelta(days=7)
"""So long after it came a whole payment is undone at the provider (no charge, the payer sees what it was); later it is sent as
a payout. Providers state no limit; what they turn away is sent as a payout too."""


class State(Enum):
    REQUESTED = "requested"
    PAYING = "paying"
    """Approved: its money is set aside and the provider is told to pay it."""
    PAID = "paid"
    FAILED = "failed"
    """Surely not paid: its money is where it came from. It can be asked for again."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"


NEXT: dict[State | None, frozenset[State]] = {
    None: frozenset({State.REQUESTED}),
    State.REQUESTED: frozenset({State.PAYING, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.VOID}),
    State.PAYING: frozenset({State.PAID, State.FAILED}),
    # Providers change their word: money that moved after all has moved, and what came back is back.
    State.FAILED: frozenset({State.PAID}),
    State.PAID: frozenset({State.FAILED}),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.VOID: frozenset(),
}

LIVE = frozenset({State.REQUESTED, State.PAYING, State.PAID})
"""These count: together they never exceed their payment."""


@dataclass(frozen=True, slots=True)
class Refund:
    """A wish that (a part of) a payment be paid back. `round` counts how often its money was taken from where it was."""

    id: RefundId
    organisation: OrganisationId
    number: int
    payment: PaymentId
    amount: Money
    payee: Msisdn
    reason: str
    state: State
    requested_by: StaffId | None
    """None when the payer asked."""
    requested_at: datetime
    round: int = 0
    payout: UUID | None = None
    version: int = 1

    @property
    def name(self) -> str:
        return refund_number(self.number)

    @property
    def content(self) -> Content:
        """All that is approved: who gets how much back of which payment, and why."""
        facts = {"payment": self.payment.hex, "payee": self.payee.digits, "reason": self.reason, "name": self.name}
        return Content(self.organisation, Subject(SubjectKind.REFUND, self.id), self.amount, facts)


def refund_number(sequence: int) -> str:
    """`RF-000012`: what people read and say."""
    return f"RF-{sequence:06d}"


@dataclass(eq=False)
class NotRefundable(DomainError):
    """No money of this payment is here: it never came, was taken back, or waits for its owner."""

    code: ClassVar[str] = "not_refundable"


@dataclass(eq=False)
class RefundTooLarge(DomainError):
    """More than is left of the payment, after what was paid back or asked for already."""

    code: ClassVar[str] = "refund_too_large"
    most: Money


@dataclass(eq=False)
class PayeeUnknown(DomainError):
    """The provider hid the payer's number: somebody must say to which phone the money goes."""

    code: ClassVar[str] = "payee_unknown"


@dataclass(eq=False)
class RefundState(DomainError):
    """The refund cannot go from where it is to there."""

    code: ClassVar[str] = "refund_state"


def require_next(now: State | None, wanted: State) -> None:
    if wanted not in NEXT[now]:
        raise RefundState


def refundable(payment: Payment, standing: Sequence[Application], others: Sequence[Refund]) -> Money:
    """What may still be asked for: what is applied to accounts, and not asked for by refunds that wait. Raises
    `NotRefundable` where there is no money."""
    if payment.status not in (Status.COMPLETED, Status.PARTLY_REFUNDED):
        raise NotRefundable
    here = total([part.amount for part in standing], payment.amount.currency)
    waiting = [other.amount for other in others if other.state is State.REQUESTED]
    return here - total(waiting, payment.amount.currency)


def checked(amount: Money | None, most: Money) -> Money:
    """The sum that is asked for; None means all there is. Raises `NotRefundable`, `RefundTooLarge`, `FractionRefused`."""
    if most.minor <= 0:
        raise NotRefundable
    wanted = most if amount is None else amount
    if wanted.minor <= 0 or wanted > most:
        raise RefundTooLarge(most)
    _ = wanted.whole_units
    return wanted


def taken(standing: Sequence[Application], amount: Money) -> list[Application]:
    """Where `amount` is taken from: first what is held as credit, then what was applied last. Raises `RefundTooLarge`."""
    found: list[Application] = []
    left = amount
    held = [part for part in standing if part.item is None]
    settled = [part for part in standing if part.item is not None]
    for part in (*held, *reversed(settled)):
        if left.minor > 0:
            took = min(left, part.amount)
            found.append(Application(part.account, part.item, took, part.strategy, part.reason))
            left -= took
    if left.minor > 0:
        raise RefundTooLarge(amount - left)
    return found


def status_after(payment: Payment, paid_back: Money) -> Status:
    """The payment's state when so much of it has been paid back."""
    if paid_back.minor <= 0:
        return Status.COMPLETED
    return Status.REFUNDED if paid_back >= payment.amount else Status.PARTLY_REFUNDED


def is_undone_at_the_provider(payment: Payment, refund: Refund, *, to_payer: bool, today: date) -> bool:
    """Is the whole payment taken back where it came from, instead of a payout? Whole, recent, and to the payer (as far as the
    provider tells their number: it gives the money to whoever paid, and to nobody else)."""
    is_whole = refund.amount == payment.amount and payment.status is Status.COMPLETED and payment.receipt is not None
    is_recent = today - payment.value_on <= RECENT
    return is_whole and is_recent and to_payer
