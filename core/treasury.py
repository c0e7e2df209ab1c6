"""Petty cash that cannot leak: funds with limits, payments out of them, variances, replenishments (OUT-2 to OUT-8).

A fund is a part of an organisation's money that one region or branch may spend. A requisition is a payment that nobody has
approved yet; once approved by others it is executed by somebody who proves who they are, and becomes a payout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, ClassVar, NewType
from uuid import UUID

from core.errors import DomainError
from core.ids import OrganisationId, StaffId
from core.money import Money, zero
from core.payouts import Payee

FundId = NewType("FundId", UUID)
FundPaymentId = NewType("FundPaymentId", UUID)
VarianceId = NewType("VarianceId", UUID)
ReplenishmentId = NewType("ReplenishmentId", UUID)


@dataclass(frozen=True, slots=True)
class Fund:
    """Money that one region or branch may spend. `least` never leaves it, `most` is what one payment may be, at `reorder` it is
    filled up to `full`."""

    id: FundId
    organisation: OrganisationId
    slug: str
    name: str
    region: str
    branch: str
    balance: Money
    least: Money
    most: Money
    reorder: Money
    full: Money

    @property
    def spendable(self) -> Money:
        return self.balance - self.least if self.balance > self.least else zero(self.balance.currency)

    @property
    def missing(self) -> Money | None:
        """What would fill it up, once it has come down to its reorder level; None before."""
        if self.balance > self.reorder or self.balance >= self.full:
            return None
        return self.full - self.balance


class Status(Enum):
    """Where a payment out of a fund stands."""

    PENDING = "pending"
    """A requisition: asked for, and nobody else has agreed yet."""
    APPROVED = "approved"
    EXECUTING = "executing"
    """Somebody proved themselves and let it go; the provider has not told the end."""
    SUCCESS = "success"
    FAILED = "failed"
    RECONCILED = "reconciled"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


NEXT: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.PENDING}),
    Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.WITHDRAWN, Status.SUCCESS}),
    Status.APPROVED: frozenset({Status.EXECUTING, Status.REJECTED, Status.WITHDRAWN, Status.SUCCESS}),
    Status.EXECUTING: frozenset({Status.SUCCESS, Status.FAILED}),
    # Asked for again after a failure; or the provider paid after all.
    Status.FAILED: frozenset({Status.PENDING, Status.SUCCESS}),
    # Told as paid, and then not: the provider's own books have the last word.
    Status.SUCCESS: frozenset({Status.RECONCILED, Status.FAILED}),
    Status.RECONCILED: frozenset({Status.FAILED}),
    # An attempt before it, which was given up, was paid after all.
    Status.REJECTED: frozenset({Status.SUCCESS}),
    Status.WITHDRAWN: frozenset({Status.SUCCESS}),
}

MOST_ATTEMPTS = 3
"""How often one payment is executed, each time with new approval, before a new requisition must be written."""
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class FundPayment:
    """A payment out of a fund. `version` counts its changes."""

    id: FundPaymentId
    organisation: OrganisationId
    number: int
    fund: FundId
    payee: Payee
    amount: Money
    purpose: str
    """The expense account: `fuel`."""
    reason: str
    requester: StaffId
    status: Status
    requested_at: datetime
    not_before: datetime | None = None
    """A scheduled payment is let go then, not earlier."""
    executor: StaffId | None = None
    attempts: int = 0
    last_error: str = ""
    reconciled_by: StaffId | None = None
    reconciled_at: datetime | None = None
    version: int = 1


def payment_number(number: int) -> str:
    """`TP-000321`: what people read and type."""
    return f"TP-{number:06d}"


@dataclass(eq=False)
class FundTooLow(DomainError):
    """The fund does not hold so much beyond what must stay in it."""

    code: ClassVar[str] = "fund_too_low"
    available: Money
    requested: Money


@dataclass(eq=False)
class OverTheFundsLimit(DomainError):
    """More than one payment out of this fund may be."""

    code: ClassVar[str] = "over_the_funds_limit"
    most: Money


@dataclass(eq=False)
class WrongStatus(DomainError):
    """The payment is not where that could be done to it."""

    code: ClassVar[str] = "payment_status"
    status: str


@dataclass(eq=False)
class AttemptsSpent(DomainError):
    """It failed too often: write a new requisition."""

    code: ClassVar[str] = "attempts_spent"
    attempts: int


@dataclass(eq=False)
class NotWords(DomainError):
    """A purpose is one short word that names an expense; a reason says why, in words."""

    code: ClassVar[str] = "not_words"
    what: str


def require(payment: FundPayment, wanted: Status) -> None:
    """Raise `WrongStatus` unless it may go there."""
    if wanted not in NEXT[payment.status]:
        raise WrongStatus(payment.status.value)


def moved(payment: FundPayment, status: Status, **changes: Any) -> FundPayment:
    """The payment one step on. Raises `WrongStatus`."""
    require(payment, status)
    return replace(payment, status=status, version=payment.version + 1, **changes)


def check_request(fund: Fund, amount: Money, purpose: str, reason: str) -> None:
    """May this be asked of this fund? Raises `OverTheFundsLimit`, `NotWords`, and for cents `FractionRefused`."""
    _ = amount.whole_units
    if amount > fund.most:
        raise OverTheFundsLimit(fund.most)
    if not (purpose.isascii() and purpose.isidentifier() and purpose.islower() and len(purpose) <= 30):
        raise NotWords("purpose")
    check_reason(reason)


def check_reason(reason: str) -> None:
    """Does it say why, in words? Raises `NotWords`."""
    if not 2 < len(reason.strip()) <= LONGEST_TEXT or not reason.isprintable():
        raise NotWords("reason")


def executing(payment: FundPayment, fund: Fund, executor: StaffId) -> FundPayment:
    """It is let go. Raises `FundTooLow`, `WrongStatus`. The limit of the day it was asked for may have been
    lowered since: that of today holds."""
    require(payment, Status.EXECUTING)
    if payment.amount > fund.most:
        raise OverTheFundsLimit(fund.most)
    if payment.amount > fund.spendable:
        raise FundTooLow(fund.spendable, payment.amount)
    return moved(payment, Status.EXECUTING, executor=executor, attempts=payment.attempts + 1, last_error="")


# --- variances ---------------------------------------------------------------------------------------------------------


class Ruling(Enum):
    """Where a variance or a replenishment stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Variance:
    """What was paid is not what was spent: change came back, or somebody laid out more. Applied once the CFO agrees."""

    id: VarianceId
    organisation: OrganisationId
    payment: FundPaymentId
    original: Money
    adjusted: Money
    reason: str
    requester: StaffId
    ruling: Ruling
    at: datetime
    version: int = 1

    @property
    def difference(self) -> Money:
        return self.adjusted - self.original


@dataclass(eq=False)
class NoVariance(DomainError):
    """The adjusted amount is the one that was paid, or below nothing."""

    code: ClassVar[str] = "no_variance"


@dataclass(eq=False)
class MoreThanTheFund(DomainError):
    """More than the whole fund holds when it is full was not spent on one of its payments."""

    code: ClassVar[str] = "more_than_the_fund"
    full: Money


def check_variance(fund: Fund, adjusted: Money) -> None:
    """May so much have been spent of one payment? Raises `MoreThanTheFund`. It may be more than one payment may be: what was
    spent was spent."""
    full = max(fund.full, fund.most)
    if adjusted > full:
        raise MoreThanTheFund(full)


def check_adjusting(fund: Fund, one: Variance) -> None:
    """Can the fund bear it now? Raises `FundTooLow`: filled up it can, and until then the variance waits."""
    if one.difference > fund.spendable:
        raise FundTooLow(fund.spendable, one.difference)


# --- replenishments ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replenishment:
    """A fund asks to be filled up. `requester` None: raised by itself at the reorder level. Approved, it is funded at once."""

    id: ReplenishmentId
    organisation: OrganisationId
    fund: FundId
    amount: Money
    requester: StaffId | None
    ruling: Ruling
    at: datetime
    version: int = 1


# --- the fund's ledger ---------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class AlreadyReconciled(DomainError):
    """The entry was marked before, for good."""

    code: ClassVar[str] = "already_reconciled"
    day: date


# --- forecast ----------------------------------------------------------------------------------------------------------

LOOKS_BACK = timedelta(days=30)


def dry_on(fund: Fund, spent: Money, *, since: date, today: date) -> date | None:
    """The day the fund runs dry if it is spent as since then: None when nothing was spent. Whole days, rounded down: the
    forecast errs towards asking early."""
    days = max(1, (today - since).days)
    if spent.minor <= 0:
        return None
    return today + timedelta(days=min(3_650, fund.spendable.minor * days // spent.minor))
