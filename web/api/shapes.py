"""What goes in and out of the staff JSON API. Sums are decimal text beside their currency; times are UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec

from core.approvals import ContentHash
from core.codes import Way
from core.money import Money
from core.treasury import Fund, FundPayment, Replenishment, Variance, payment_number
from storage.treasury import Execution, Outcome
from usecases.funds import Forecast
from usecases.treasury import content_of

T = TypeVar("T")
Amount = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,13}(\.[0-9]{1,2})?$", description="Decimal text: `3000.00`.")]
_NO_CONTROLS = r"^[^\u0000-\u001f\u007f]*$"
"""Free text is one line: no control character reaches a database, where PostgreSQL takes no NUL."""
Words = Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=_NO_CONTROLS)]
Remark = Annotated[str, msgspec.Meta(max_length=200, pattern=_NO_CONTROLS)]
Name = Annotated[str, msgspec.Meta(max_length=120, pattern=_NO_CONTROLS)]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="With its zone: `2027-02-01T08:00:00+03:00`.")]
Purpose = Annotated[str, msgspec.Meta(pattern=r"^[a-z_][a-z0-9_]{0,29}$", description="The expense: one word, `fuel`.")]
Phone = Annotated[str, msgspec.Meta(min_length=9, max_length=20)]
Code = Annotated[str, msgspec.Meta(min_length=6, max_length=12)]
ContentHashText = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9a-f]{64}$", description="The hash of all that is approved: `content` of what was shown."
    ),
]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong (RFC 9457). `code` is its name for programs."""

    title: str
    status: int
    code: str
    detail: str = ""
    type: str = "about:blank"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of a list, the newest first. `next` asks for those before, as `?before=`; null at the end."""

    results: list[T]
    next: UUID | None


class FundShown(msgspec.Struct, frozen=True):
    """Money that one region or branch may spend."""

    id: UUID
    slug: str
    name: str
    region: str
    branch: str
    currency: str
    balance: str
    spendable: str
    minimum_balance: str
    maximum_payment: str
    reorder_level: str
    full_level: str


class BalanceShown(msgspec.Struct, frozen=True):
    """What a fund holds now, and how long it lasts."""

    fund: UUID
    currency: str
    balance: str
    spendable: str
    spent_30_days: str
    dry_on: date | None
    needs_replenishment: bool


class ReplenishmentShown(msgspec.Struct, frozen=True):
    id: UUID
    fund: UUID
    amount: str
    currency: str
    status: str
    requested_by: UUID | None
    requested_at: datetime
    content: ContentHashText


class ReplenishWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without an amount the fund is filled to the brim."""

    amount: Amount | None = None


class OutcomeShown(msgspec.Struct, frozen=True):
    state: str
    gateway_reference: str
    detail: str
    at: datetime


class ExecutionShown(msgspec.Struct, frozen=True):
    """Who let it go, whose code it was and when, from where; and what the gateway said. Never changed."""

    attempt: int
    executed_by: UUID
    verified_by: UUID | None
    verified_at: datetime | None
    origin: str
    agent: str
    at: datetime
    outcomes: list[OutcomeShown]


class PaymentShown(msgspec.Struct, frozen=True):
    """A payment out of a fund. The payee's phone is masked."""

    id: UUID
    number: str
    fund: UUID
    payee_phone: str
    payee_name: str
    amount: str
    currency: str
    method: str
    purpose: str
    reason: str
    status: str
    requested_by: UUID
    requested_at: datetime
    executed_by: UUID | None
    not_before: datetime | None
    attempts: int
    last_error: str
    reconciled_by: UUID | None
    reconciled_at: datetime | None
    content: ContentHashText
    executions: list[ExecutionShown] = []


class PaymentWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A requisition: others approve it, and somebody else lets it go."""

    fund: UUID
    payee_phone: Phone
    amount: Amount
    purpose: Purpose
    reason: Words
    payee_name: Name = ""
    not_before: Moment | None = None


class PaymentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. Whoever has approved it approved another payment: it is asked anew."""

    payee_phone: Phone | None = None
    payee_name: Name | None = None
    amount: Amount | None = None
    purpose: Purpose | None = None
    reason: Words | None = None


class Typed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Code


class MaybeTyped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code where one is asked for."""

    code: Code | None = None


class Ruled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes or a no to what was shown, and to nothing else; the last yes of what is carried out at once takes a code."""

    seen: ContentHashText
    code: Code | None = None
    reason: Remark = ""


class CodeWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is to come: as one's messages go (SMS, or mail), or into one's own chat with the bot."""

    by: Way = Way.MESSAGE


class CodeSent(msgspec.Struct, frozen=True):
    """It is on its way, for this payment and this person, until then."""

    expires_at: datetime


class CodeProven(msgspec.Struct, frozen=True):
    verified: bool


class ApprovalShown(msgspec.Struct, frozen=True):
    """Where an approval stands, and how many must say yes still."""

    id: UUID
    status: str
    missing: int


class VarianceWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was really spent, and why that differs."""

    adjusted: Amount
    reason: Words


class VarianceShown(msgspec.Struct, frozen=True):
    id: UUID
    payment: UUID
    original: str
    adjusted: str
    difference: str
    currency: str
    reason: str
    status: str
    requested_by: UUID
    requested_at: datetime
    content: ContentHashText


class PostingShown(msgspec.Struct, frozen=True):
    """One line: a debit where it is positive, a credit where it is negative."""

    account: str
    amount: str
    currency: str


class EntryShown(msgspec.Struct, frozen=True):
    """An entry of the books. It is never changed."""

    id: UUID
    kind: str
    value_on: date
    recorded_at: datetime
    subject: UUID
    reverses: UUID | None
    postings: list[PostingShown]
    reconciled_by: UUID | None
    """Of an entry of a fund: who compared it with what really happened."""
    reconciled_at: datetime | None


def signed(money: Money) -> str:
    """Decimal text with a minus where it is below nothing."""
    return f"-{(-money).plain()}" if money.minor < 0 else money.plain()


def fund_shown(fund: Fund) -> FundShown:
    return FundShown(
        fund.id,
        fund.slug,
        fund.name,
        fund.region,
        fund.branch,
        fund.balance.currency.code,
        signed(fund.balance),
        fund.spendable.plain(),
        fund.least.plain(),
        fund.most.plain(),
        fund.reorder.plain(),
        fund.full.plain(),
    )


def balance_shown(one: Forecast) -> BalanceShown:
    fund = one.fund
    return BalanceShown(
        fund.id,
        fund.balance.currency.code,
        signed(fund.balance),
        fund.spendable.plain(),
        one.spent.plain(),
        one.dry,
        fund.missing is not None,
    )


def replenishment_shown(one: Replenishment, content: ContentHash) -> ReplenishmentShown:
    return ReplenishmentShown(
        one.id,
        one.fund,
        one.amount.plain(),
        one.amount.currency.code,
        one.ruling.value,
        one.requester,
        one.at,
        content.hex(),
    )


def payment_shown(one: FundPayment, executions: list[tuple[Execution, list[Outcome]]] | None = None) -> PaymentShown:
    return PaymentShown(
        one.id,
        payment_number(one.number),
        one.fund,
        one.payee.msisdn.masked,
        one.payee.name,
        one.amount.plain(),
        one.amount.currency.code,
        "mpesa",
        one.purpose,
        one.reason,
        one.status.value,
        one.requester,
        one.requested_at,
        one.executor,
        one.not_before,
        one.attempts,
        one.last_error,
        one.reconciled_by,
        one.reconciled_at,
        content_of(one).hash.hex(),
        [_execution(execution, outcomes) for execution, outcomes in executions or ()],
    )


def _execution(one: Execution, outcomes: list[Outcome]) -> ExecutionShown:
    said = [OutcomeShown(each.state, each.gateway_reference, each.detail, each.at) for each in outcomes]
    return ExecutionShown(
        one.attempt, one.executor, one.verified_by, one.verified_at, one.origin, one.agent, one.at, said
    )


def variance_shown(one: Variance, content: ContentHash) -> VarianceShown:
    return VarianceShown(
        one.id,
        one.payment,
        one.original.plain(),
        one.adjusted.plain(),
        signed(one.difference),
        one.original.currency.code,
        one.reason,
        one.ruling.value,
        one.requester,
        one.at,
        content.hex(),
    )
