"""A payment: money that someone sends us, from the moment it is asked for or reported until it is final."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import ClassVar

from core.errors import DomainError
from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId, ProviderAccountId
from core.money import Money
from core.phones import PayerPhone


class Status(Enum):
    """Where a payment stands. Only `COMPLETED` and what follows it mean that money moved."""

    INITIATED = "initiated"
    """Asked for; nothing has been sent to the provider."""
    PROCESSING = "processing"
    """The provider was asked; the payer may be typing a PIN, or the outcome is unknown."""
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    REVERSED = "reversed"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


NEXT: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.INITIATED, Status.COMPLETED}),
    Status.INITIATED: frozenset({Status.PROCESSING, Status.FAILED, Status.EXPIRED, Status.COMPLETED}),
    Status.PROCESSING: frozenset({Status.FAILED, Status.EXPIRED, Status.COMPLETED}),
    # Money that comes after we gave up is still money (PAY-4): a late callback credits.
    Status.FAILED: frozenset({Status.COMPLETED}),
    Status.EXPIRED: frozenset({Status.COMPLETED, Status.FAILED}),
    Status.COMPLETED: frozenset({Status.REVERSED, Status.PARTLY_REFUNDED, Status.REFUNDED}),
    # A refund that the provider first called paid can come back; and a provider takes back what we have paid back, too.
    Status.PARTLY_REFUNDED: frozenset({Status.PARTLY_REFUNDED, Status.REFUNDED, Status.COMPLETED, Status.REVERSED}),
    Status.REVERSED: frozenset(),
    Status.REFUNDED: frozenset({Status.PARTLY_REFUNDED, Status.COMPLETED, Status.REVERSED}),
}

WAITING = frozenset({Status.INITIATED, Status.PROCESSING})


@dataclass(eq=False)
class WrongState(DomainError):
    """The payment cannot go from where it is to there."""

    code: ClassVar[str] = "wrong_state"
    now: str
    wanted: str


def may_become(now: Status | None, wanted: Status) -> bool:
    return wanted in NEXT[now]


def require_next(now: Status | None, wanted: Status) -> None:
    """Raise `WrongState` unless `wanted` may follow `now`."""
    if not may_become(now, wanted):
        raise WrongState(now.value if now else "new", wanted.value)


class Method(Enum):
    """How the money is paid, in words that hold for every provider."""

    PAYBILL = "paybill"
    """The payer starts it from the provider's own menu and types a reference (M-Pesa C2B, Airtel paybill)."""
    TILL = "till"
    """Likewise, without a reference."""
    PROMPT = "prompt"
    """We ask the payer's phone (STK push, collection request)."""
    BANK = "bank"
    CASH = "cash"
    CARD = "card"


class Purpose(Enum):
    """What the payment is for (PAY-1: type)."""

    FEE = "fee"
    LOAN = "loan_repayment"
    ORDER = "order"
    SUBSCRIPTION = "subscription"
    FARE = "fare"
    LOYALTY = "loyalty"
    REFUND = "refund"
    OTHER = "other"


class Witness(Enum):
    """Who told us. Several witnesses may speak of one payment; the provider's receipt joins them (DESIGN 4)."""

    CONFIRMATION = "confirmation"
    """An unasked notice of money received (Daraja C2B)."""
    PROMPT_RESULT = "prompt_result"
    """The outcome of our own prompt (Daraja STK callback)."""
    STATUS = "status"
    PULL = "pull"
    STATEMENT = "statement"
    REVERSAL = "reversal"
    """The outcome of a reversal that was asked for at the provider."""
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class MoneyArrived:
    """A provider says that money has reached one of our accounts: the one shape that every rail parses its news into."""

    provider_account: ProviderAccountId
    organisation: OrganisationId
    provider: str
    witness: Witness
    method: Method
    receipt: str
    """The provider's transaction id; the idempotency key together with organisation and provider."""
    amount: Money
    exact: bool
    """False when the stated amount had a fraction that the currency lacks (then `amount` holds its whole coins)."""
    amount_text: str
    reference: str
    """As the payer typed it; empty for tills."""
    payer: PayerPhone | None
    payer_name: str
    value_at: datetime
    """The provider's time of the payment, aware UTC."""
    provider_request_id: str | None = None
    """Our prompt's name at the provider, when this answers one."""


@dataclass(frozen=True, slots=True)
class MoneyReturned:
    """A provider says that a payment which we had received was reversed: its money is with the payer again."""

    provider_account: ProviderAccountId
    organisation: OrganisationId
    provider: str
    witness: Witness
    receipt: str
    """Of the payment that was reversed."""
    reversal_receipt: str
    """The provider's id of the reversal itself; empty when the witness does not say."""
    amount: Money | None
    """None when the witness does not say: then all of it."""
    value_at: datetime
    """The provider's time of the reversal, aware UTC."""


class Standing(Enum):
    """What a provider says of a receipt that it was asked about."""

    COMPLETED = "completed"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"
    """Under way, declined, or an answer that says nothing: never read as money, nor as none."""


@dataclass(frozen=True, slots=True)
class StatusTold:
    """The answer to a question about one receipt. `arrived` is set when the money came to the account that asked; it has no
    reference, for no status answer bears one."""

    standing: Standing
    detail: str
    arrived: MoneyArrived | None = None


@dataclass(frozen=True, slots=True)
class PromptFailed:
    """A prompt ended without money. `final` is False when the provider's code is not one that surely means so."""

    provider_account: ProviderAccountId
    provider_request_id: str
    code: str
    detail: str
    final: bool
    reason: FailReason


class FailReason(Enum):
    """Why a prompt brought no money, in words that a payer can be told (`notifications/messages`)."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    CANCELLED = "cancelled"
    NOT_ANSWERED = "not_answered"
    UNREACHABLE = "unreachable"
    WRONG_PIN = "wrong_pin"
    PIN_LOCKED = "pin_locked"
    LIMIT = "limit"
    BUSY = "busy"
    REPEATED = "repeated"
    """The same sum to the same payee within two minutes."""
    OUR_FAULT = "our_fault"
    PAID_TWICE_AS_ONE = "paid_as_other"
    """The receipt that answers this prompt was already credited to an equal payment."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Paid:
    """A status question was answered: the prompt was paid. Daraja's query gives no receipt; others may."""

    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class NotPaid:
    """A status question was answered: no money moved."""

    code: str
    detail: str
    reason: FailReason


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """A status question was answered: not decided yet, or not understood (never read as a failure)."""

    detail: str


PromptOutcome = Paid | NotPaid | StillWaiting


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a payment that the payer chose for one customer account, shown before the PIN and posted exactly so."""

    account: CustomerAccountId
    amount: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the program decides about it. `version` counts its state changes (optimistic check when saved)."""

    id: PaymentId
    organisation: OrganisationId
    provider_account: ProviderAccountId
    provider: str
    method: Method
    purpose: Purpose
    status: Status
    amount: Money
    reference: str
    payer_contact: ContactId | None
    receipt: str | None
    provider_request_id: str | None
    parts: tuple[Part, ...]
    created_at: datetime
    value_on: date
    """The organisation's business day on which it counts: of its money; while there is none, the day it was asked for."""
    version: int = 1
