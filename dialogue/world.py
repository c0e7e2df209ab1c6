"""What a conversation may ask of the rest of the program: one read when it begins, and the effects that screens declare.

The shell implements `World` over the database; tests bring a small one in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.approvals import Approval, ApprovalId
from core.callers import Caller
from core.ids import CustomerAccountId, OrganisationId
from core.money import Money
from core.phones import Msisdn
from core.refunds import Refund
from core.tracing import Told
from usecases.asked_before import AskedBefore
from usecases.by_phone import DecideByPhone, Request, TextCode, ToDecide
from usecases.commands import (
    AskLoan,
    AskRefund,
    ChooseLanguage,
    ChooseSplit,
    MakePromise,
    PaymentRequested,
    RequestPayment,
    SendStatement,
)
from usecases.enquiries import EnquiryOpened
from usecases.loans.asking import LendingSeen, QuoteSeen
from usecases.loans.lending import Applied
from usecases.pins import ChoosePin, OpenPin, PinProven, TryPin
from usecases.receipts import Genuine
from usecases.refundable import Refundable


@dataclass(frozen=True, slots=True)
class AccountFound:
    """A customer account found by its number for somebody who may know nothing else of it."""

    account: CustomerAccountId
    reference: str


@dataclass(frozen=True, slots=True)
class FindAccount:
    """A question: which account does this number name? `typed` is spelled as people spell (PAY-5)."""

    organisation: OrganisationId
    typed: str


@dataclass(frozen=True, slots=True)
class CheckReceipt:
    """A question: is there a receipt with this code? `typed` as people type; receipts of every organisation count."""

    typed: str


@dataclass(frozen=True, slots=True)
class TraceMoney:
    """A question: what became of the payment of which `typed` is all that is remembered? This phone asks."""

    organisation: OrganisationId
    msisdn: Msisdn
    typed: str


@dataclass(frozen=True, slots=True)
class Traced:
    """What this phone may be told; nothing when nothing of its own fits."""

    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class FindRefundable:
    """A question: which payments from this phone may be paid back?"""

    organisation: OrganisationId
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class Refundables:
    """The newest of them first."""

    payments: tuple[Refundable, ...]


@dataclass(frozen=True, slots=True)
class FindLoans:
    """A question: what has this phone borrowed, and what may it borrow?"""

    organisation: OrganisationId
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class QuoteLoan:
    """A question: what would this loan cost?"""

    organisation: OrganisationId
    msisdn: Msisdn
    product: str
    amount: Money
    instalments: int


@dataclass(frozen=True, slots=True)
class Enquire:
    """Have somebody look for what `typed` may mean. Asked twice, it is one enquiry."""

    organisation: OrganisationId
    msisdn: Msisdn
    typed: str
    language: str


@dataclass(frozen=True, slots=True)
class FindApprovals:
    """A question: what waits for the yes of this phone's owner?"""

    organisation: OrganisationId
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class LookAt:
    """A question: what exactly is asked for there?"""

    organisation: OrganisationId
    msisdn: Msisdn
    approval: ApprovalId


@dataclass(frozen=True, slots=True)
class CodeTexted:
    """A code is on its way."""


@dataclass(frozen=True, slots=True)
class PinOpen:
    """A PIN may be chosen now."""


Effect = (
    FindApprovals
    | LookAt
    | TryPin
    | TextCode
    | DecideByPhone
    | OpenPin
    | ChoosePin
    | FindAccount
    | CheckReceipt
    | TraceMoney
    | Enquire
    | FindRefundable
    | AskRefund
    | FindLoans
    | QuoteLoan
    | AskLoan
    | RequestPayment
    | SendStatement
    | MakePromise
    | ChooseSplit
    | ChooseLanguage
)
"""What a screen can want done. Questions change nothing; the rest may be repeated without harm, but for `ONCE`."""

ONCE = (RequestPayment, AskRefund, AskLoan, TryPin, TextCode, DecideByPhone, OpenPin, ChoosePin)
"""What is not done again when a conversation whose memory was lost is walked from its beginning."""

Outcome = (
    ToDecide
    | Request
    | PinProven
    | CodeTexted
    | Approval
    | PinOpen
    | AccountFound
    | Genuine
    | Traced
    | EnquiryOpened
    | Refundables
    | Refund
    | LendingSeen
    | QuoteSeen
    | Applied
    | PaymentRequested
    | None
)
"""What came of an effect."""


class World(Protocol):
    """The program behind the screens. Raises `Overloaded`, `Unavailable` or TimeoutError when it cannot serve now, and
    any other `DomainError` to be told to the person above the question just asked."""

    async def caller(self, msisdn: Msisdn, service_code: str) -> Caller:
        """Who is calling: every organisation behind the code, known to the caller or not. One read."""
        ...

    async def find_account(self, organisation: OrganisationId, typed: str) -> AccountFound | None:
        """The account that `typed` surely names; None for nobody and for an ambiguous number alike."""
        ...

    async def check_receipt(self, typed: str) -> Genuine | None:
        """What the receipt with this code says; None for every other text."""
        ...

    async def trace_money(self, organisation: OrganisationId, msisdn: Msisdn, typed: str) -> Traced:
        """What became of the payments that `typed` may mean, as far as this phone may know."""
        ...

    async def enquire(self, wish: Enquire, trace: str) -> EnquiryOpened:
        """Write down who looks for what; ask the provider where only it can tell."""
        ...

    async def find_refundable(self, organisation: OrganisationId, msisdn: Msisdn) -> Refundables:
        """The payments from this phone of which something is left to be paid back."""
        ...

    async def ask_refund(self, command: AskRefund) -> Refund:
        """Ask the office for it. Equal intents are one request."""
        ...

    async def find_loans(self, organisation: OrganisationId, msisdn: Msisdn) -> LendingSeen:
        """What this phone has borrowed, and what it may borrow."""
        ...

    async def quote_loan(self, wish: QuoteLoan) -> QuoteSeen:
        """What the loan would be. Raises what stands in the way."""
        ...

    async def ask_loan(self, command: AskLoan) -> Applied:
        """Ask the lender for it. Equal intents are one wish."""
        ...

    async def find_approvals(self, wish: FindApprovals) -> ToDecide:
        """What waits for the yes of somebody who works here."""
        ...

    async def look_at(self, wish: LookAt) -> Request:
        """Everything about one request."""
        ...

    async def try_pin(self, wish: TryPin) -> PinProven:
        """Compare the PIN. A wrong one is counted, and raised."""
        ...

    async def text_code(self, wish: TextCode) -> CodeTexted:
        """Send a code for it by SMS."""
        ...

    async def decide(self, wish: DecideByPhone) -> Approval:
        """Say yes or no; the approval as it is then."""
        ...

    async def open_pin(self, wish: OpenPin) -> PinOpen:
        """Compare the code by which a PIN is chosen. A wrong one is counted, and raised."""
        ...

    async def choose_pin(self, wish: ChoosePin) -> None:
        """Keep the new PIN."""
        ...

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        """Queue the prompt. Equal intents are one request: a repeat gets the first answer."""
        ...

    async def asked_before(self, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> AskedBefore | None:
        """What was asked for under one of these intents, if anything was."""
        ...

    async def make_promise(self, command: MakePromise) -> None:
        """Note the word that a guardian gives. The same word again changes nothing."""
        ...

    async def choose_split(self, command: ChooseSplit) -> None:
        """Remember how the guardian wants a payment divided over the children."""
        ...

    async def send_statement(self, command: SendStatement) -> None:
        """Text a link to the statement."""
        ...

    async def choose_language(self, command: ChooseLanguage) -> None:
        """Remember the choice for this phone."""
        ...
