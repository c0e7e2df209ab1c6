"""What people are told: one value per event with its facts. Words are the catalogue's business (`notifications/messages`).

Its `topic` says what kind of message it is: what a person may stop, and what must wait for the morning
(`core.preferences`). What may have become untrue while it waited is checked before it is sent (`usecases/truth.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import ClassVar

from core.approvals import SubjectKind
from core.money import Money
from core.payments import FailReason
from core.payouts import FailReason as WhyNotPaid
from core.preferences import Topic


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """Money was credited, to one customer account or to several."""

    event: ClassVar[str] = "payment_received"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    amount: Money
    reference: str
    """The account's number; for several accounts the first one's."""
    others: int
    """How many more accounts shared the payment."""
    balance: Money
    """What these accounts still owe together; negative when they hold credit."""
    receipt_number: str
    receipt_code: str
    """As people read it, `7K2M9-QXAV9`: with it anybody can check the receipt."""
    provider_receipt: str


@dataclass(frozen=True, slots=True)
class PaymentHeld:
    """Money arrived and we cannot tell yet for whom: it is safe, and the office is looking."""

    event: ClassVar[str] = "payment_held"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    amount: Money
    typed: str
    """The reference as typed; may be empty."""
    receipt_code: str
    """In place of our number, for which no segment has room beside what was typed."""
    provider_receipt: str


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A prompt brought no money: why, and how to pay instead."""

    event: ClassVar[str] = "payment_failed"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    amount: Money
    reference: str
    reason: FailReason
    shortcode: str
    """The paybill to pay from the provider's own menu."""


@dataclass(frozen=True, slots=True)
class PaymentReversed:
    """The provider took a payment back: what it had settled is owed again."""

    event: ClassVar[str] = "payment_reversed"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    amount: Money
    reference: str
    """The first account that it had settled; as typed when it had none."""
    receipt_number: str
    provider_receipt: str


@dataclass(frozen=True, slots=True)
class StatementReady:
    """A statement was asked for by phone: where it opens."""

    event: ClassVar[str] = "statement_ready"
    topic: ClassVar[Topic] = Topic.REPLY
    organisation: str
    student: str
    """The student's name; empty for a whole family."""
    link: str


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """A term's fees were charged."""

    event: ClassVar[str] = "invoice_issued"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    amount: Money
    reference: str
    balance: Money
    due_on: date
    link: str = ""
    """Where the invoice opens; made when it is sent."""


class PaperName(Enum):
    """A paper that the office sends, as families call it."""

    INVOICE = "invoice"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class PaperSent:
    """The office sends a paper: where it opens."""

    event: ClassVar[str] = "paper_sent"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    paper: PaperName
    student: str
    link: str = ""
    """Made when it is sent."""


@dataclass(frozen=True, slots=True)
class ReminderBeforeDue:
    """Something is to be paid in some days."""

    event: ClassVar[str] = "reminder_before_due"
    topic: ClassVar[Topic] = Topic.REMINDERS
    organisation: str
    amount: Money
    reference: str
    due_on: date
    code: str
    """The USSD code to pay with, or ""."""


@dataclass(frozen=True, slots=True)
class ArrearsWarning:
    """Something was not paid in time."""

    event: ClassVar[str] = "arrears_warning"
    topic: ClassVar[Topic] = Topic.ARREARS
    organisation: str
    amount: Money
    """All that is late."""
    reference: str
    due_on: date
    """The oldest day that was missed."""
    code: str


@dataclass(frozen=True, slots=True)
class ArrearsCritical:
    """The last word before somebody calls: the fields are those of the warning."""

    event: ClassVar[str] = "arrears_critical"
    topic: ClassVar[Topic] = Topic.ARREARS
    organisation: str
    amount: Money
    reference: str
    due_on: date
    code: str


@dataclass(frozen=True, slots=True)
class PromiseMissed:
    """A promise was not kept: said once, and what is owed is chased again."""

    event: ClassVar[str] = "promise_missed"
    topic: ClassVar[Topic] = Topic.ARREARS
    organisation: str
    amount: Money
    """What was promised."""
    reference: str
    due_on: date
    """By when."""
    balance: Money
    """All that is owed."""
    code: str


@dataclass(frozen=True, slots=True)
class DailySummary:
    """What a day brought, for those who answer for the money."""

    event: ClassVar[str] = "daily_summary"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    day: date
    amount: Money
    """Received and receipted that day."""
    payments: int
    waiting: int
    """Payments in suspense now, of any day."""
    unread: int
    """Callbacks that a person must look at."""


@dataclass(frozen=True, slots=True)
class EnquiryAnswered:
    """What has come of a code that somebody asked about, and of which nobody had told: found, or unknown to the provider."""

    event: ClassVar[str] = "enquiry_answered"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    receipt: str
    """The provider's code, as it was typed: no more of the payment is told here."""
    is_found: bool
    code: str
    """The USSD code to dial, or ""."""


class AccessEvent(Enum):
    """What happened to somebody's way in."""

    SET_UP = "set_up"
    RESET = "reset"
    RECOVERY_CODE = "recovery_code"
    CHAT_LINKED = "chat_linked"
    PIN_SET = "pin_set"
    PIN_LOCKED = "pin_locked"


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """A member of staff is told what was done with their own sign-in, so that a thief is noticed the same hour."""

    event: ClassVar[str] = "access_changed"
    topic: ClassVar[Topic] = Topic.SECURITY
    organisation: str
    what: AccessEvent
    user_name: str


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code for a member of staff who is about to approve or pay. What it is for stands beside it, so that nobody is talked
    into approving something else."""

    event: ClassVar[str] = "one_time_code"
    topic: ClassVar[Topic] = Topic.SECURITY
    organisation: str
    code: str
    subject: str
    """What people call it, `RF-000012`."""
    amount: Money
    """Zero where it is about no sum."""
    payee: str
    """Masked; may be empty."""


class LoanStep(Enum):
    """What a borrower is told of an instalment, as `core.loans.chasing.Step` has it."""

    SOON = "soon"
    TODAY = "today"
    LATE = "late"
    LATER = "later"
    GRAVE = "grave"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class LoanReminder:
    """An instalment of a loan is due in some days, or today. The step is one of the first two."""

    event: ClassVar[str] = "loan_reminder"
    topic: ClassVar[Topic] = Topic.REMINDERS
    organisation: str
    amount: Money
    reference: str
    due_on: date
    step: LoanStep
    officer: str
    """Who looks after the loan; may be empty."""
    code: str
    """The USSD code to pay with, or ""."""


@dataclass(frozen=True, slots=True)
class LoanLate:
    """Something of a loan was not paid in time; each step has its own words."""

    event: ClassVar[str] = "loan_late"
    topic: ClassVar[Topic] = Topic.ARREARS
    organisation: str
    amount: Money
    """All that is late, penalties included."""
    reference: str
    due_on: date
    """The oldest day that was missed."""
    step: LoanStep
    officer: str
    code: str


@dataclass(frozen=True, slots=True)
class MoneyWaits:
    """To staff: money came that nobody's account fits."""

    event: ClassVar[str] = "money_waits"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    amount: Money
    """Of the last one."""
    count: int
    """How many wait since an hour ago."""
    typed: str
    provider_receipt: str


@dataclass(frozen=True, slots=True)
class LoanRepaid:
    """To the officer: a borrower of theirs has paid."""

    event: ClassVar[str] = "loan_repaid"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    borrower: str
    amount: Money
    reference: str
    balance: Money
    """What ends the loan today; negative when more was paid."""


class LoanNewsStep(Enum):
    """What an officer hears of a loan of theirs, besides its money."""

    PROMISED = "promised"
    MISSED = "missed"
    """What was promised did not come."""
    LATE = "late"
    """Its borrower is told today that something is late."""


@dataclass(frozen=True, slots=True)
class LoanNews:
    """To the officer: a borrower of theirs has given their word, or something did not come in time."""

    event: ClassVar[str] = "loan_news"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    step: LoanNewsStep
    borrower: str
    amount: Money
    """What was promised, or is late."""
    reference: str
    on: date
    """By when it was promised, or since when it is late."""


class GivingStep(Enum):
    """How far a wish for a loan has come, as its borrower is told."""

    APPROVED = "approved"
    """By the lender's people; the money is handed over."""
    SENDING = "sending"
    """Approved, and on its way to the phone."""
    GIVEN = "given"
    DECLINED = "declined"
    EXPIRED = "expired"
    """Nobody decided in time."""
    FAILED = "failed"
    """The money could not be sent."""
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class LoanTold:
    """A borrower is told what becomes of the loan that they asked for."""

    event: ClassVar[str] = "loan_told"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    step: GivingStep
    reference: str
    amount: Money
    """What reaches the borrower."""
    due_on: date | None
    """Of the first instalment, once the loan runs."""
    due: Money


@dataclass(frozen=True, slots=True)
class LoanNotSent:
    """To the officer: the money for a borrower of theirs could not be sent, and somebody has to decide what now."""

    event: ClassVar[str] = "loan_not_sent"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    borrower: str
    amount: Money
    reference: str
    reason: str
    """A code, `wallet_full`."""


@dataclass(frozen=True, slots=True)
class ApprovalWaits:
    """To who may decide a request and has no chat with us: that it waits, and where it is decided. It opens nothing by itself."""

    event: ClassVar[str] = "approval_waits"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    kind: SubjectKind
    subject: str
    """What people call it, `RF-000012`; looked up when it is sent."""
    amount: Money
    """Zero where it is about no sum."""
    code: str
    """The USSD code to dial, or ""."""


@dataclass(frozen=True, slots=True)
class FundLow:
    """To who may fill a fund up: it has come down to its reorder level, and asks for money by itself."""

    event: ClassVar[str] = "fund_low"
    topic: ClassVar[Topic] = Topic.NEWS
    organisation: str
    fund: str
    balance: Money
    """What it holds."""
    amount: Money
    """What would fill it up."""
    code: str
    """The USSD code to dial, or ""."""


class FundPaymentEnd(Enum):
    """What became of the money of a payment out of a fund."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    """It was told as paid, and then the provider took that back."""


@dataclass(frozen=True, slots=True)
class FundPaymentTold:
    """To who asked for a payment out of a fund and to who let it go: whether it was paid."""

    event: ClassVar[str] = "fund_payment_told"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    end: FundPaymentEnd
    number: str
    """`TP-000012`."""
    amount: Money
    payee: str
    """Their name, or their masked phone."""
    provider_receipt: str
    """Of the payout, once it is paid; else empty."""
    reason: WhyNotPaid | None
    """Why not, where the provider told."""


class Answer(Enum):
    """What a text that somebody sent us is answered."""

    STOPPED = "stopped"
    STOPPED_SOME = "stopped_some"
    STARTED = "started"
    TEXTS = "texts"
    """How texts are ended and begun again: said to who seems to want it."""
    HELP = "help"


@dataclass(frozen=True, slots=True)
class TextAnswered:
    """The answer to a text, at any hour and also after a stop: its reader has just written."""

    event: ClassVar[str] = "text_answered"
    topic: ClassVar[Topic] = Topic.REPLY
    organisation: str
    answer: Answer
    code: str
    """The USSD code to dial, or ""."""


class Reply(Enum):
    """What a wish that somebody texted is answered; its words may name the facts of `WishAnswered`."""

    BALANCE = "balance"
    BALANCE_OF_ALL = "balance_of_all"
    NOTHING_OWED = "nothing_owed"
    STRANGER = "stranger"
    NO_ACCOUNT = "no_account"
    WHICH = "which"
    PAY_HOW = "pay_how"
    PAY_ASKED = "pay_asked"
    PAY_SENT = "pay_sent"
    LIMITS = "limits"
    PROMISE_HOW = "promise_how"
    PROMISE_ASKED = "promise_asked"
    PROMISE_GIVEN = "promise_given"
    PROMISE_REFUSED = "promise_refused"
    STATEMENT_COMES = "statement_comes"
    RECEIPT_HOW = "receipt_how"
    RECEIPT_GENUINE = "receipt_genuine"
    RECEIPT_UNDONE = "receipt_undone"
    RECEIPT_UNKNOWN = "receipt_unknown"
    CREDITED = "credited"
    WAITS = "waits"
    ASKED = "asked"
    TOLD_PAID = "told_paid"
    NOT_PAID = "not_paid"
    TAKEN_BACK = "taken_back"
    NOT_TOLD = "not_told"
    NOT_FOUND = "not_found"
    LOOKED_FOR = "looked_for"
    CLAIM_OTHER = "claim_other"
    CLAIM_FAILED = "claim_failed"
    CLAIM_BY_OFFICE = "claim_by_office"
    MOVE_HOW = "move_how"
    MOVE_ASKED = "move_asked"
    MOVE_FOUND_ASKED = "move_found_asked"
    MOVED = "moved"
    MOVE_THERE = "move_there"
    MOVE_BY_OFFICE = "move_by_office"
    REFUND_HOW = "refund_how"
    REFUND_ASKED = "refund_asked"
    REFUND_MOST = "refund_most"
    REFUND_WAITS = "refund_waits"
    REFUND_NOT = "refund_not"
    NO_LOANS = "no_loans"
    LOAN_NEXT = "loan_next"
    LOAN_LATE = "loan_late"
    LOANS_OF_ALL = "loans_of_all"
    LOAN_WAITS = "loan_waits"
    LOAN_APPROVED = "loan_approved"
    """And not given yet, or not sent at the first try."""
    LOAN_SENDING = "loan_sending"
    """Its money is on its way to the phone."""
    LOAN_RESTS = "loan_rests"
    WHAT_IF_HOW = "what_if_how"
    WHAT_IF = "what_if"
    WHAT_IF_PLANNED = "what_if_planned"
    LOAN_STRANGER = "loan_stranger"
    LOAN_WHICH = "loan_which"
    LOAN_HOW = "loan_how"
    LOAN_TERM = "loan_term"
    LOAN_BETWEEN = "loan_between"
    LOAN_UP_TO = "loan_up_to"
    LOAN_LATE_FIRST = "loan_late_first"
    LOAN_NOT_NOW = "loan_not_now"
    LOAN_OFFERED = "loan_offered"
    LANGUAGE = "language"
    LANGUAGE_HOW = "language_how"
    DROPPED = "dropped"
    YES_AGAIN = "yes_again"
    YES_OTHER = "yes_other"
    """A yes that names another sum than the one that was read back."""
    NOTHING_WAITS = "nothing_waits"


@dataclass(frozen=True, slots=True)
class WishAnswered:
    """The answer to what somebody wanted by text. A fact that its words do not name is left at nothing."""

    event: ClassVar[str] = "wish_answered"
    topic: ClassVar[Topic] = Topic.REPLY
    organisation: str
    reply: Reply
    amount: Money
    balance: Money
    on: date
    reference: str = ""
    """Of an account, or of a payment."""
    student: str = ""
    """Their name; empty where the writer may not know it. Of a loan, its product's."""
    cost: Money | None = None
    """What a loan costs, or what is saved of its interest."""
    sent: Money | None = None
    """Of a loan: what reaches the phone."""
    until: date | None = None
    """The last of two days."""
    count: int = 0


class RefundStep(Enum):
    """How far a refund has come, as its payer is told."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class RefundTold:
    """A payer is told what becomes of a refund."""

    event: ClassVar[str] = "refund_told"
    topic: ClassVar[Topic] = Topic.ACCOUNT
    organisation: str
    step: RefundStep
    number: str
    """`RF-000012`."""
    amount: Money
    provider_receipt: str
    """Of the payout, once it is paid; else empty."""


Message = (
    PaymentReceived
    | PaymentHeld
    | PaymentFailed
    | PaymentReversed
    | RefundTold
    | StatementReady
    | InvoiceIssued
    | PaperSent
    | ReminderBeforeDue
    | ArrearsWarning
    | ArrearsCritical
    | PromiseMissed
    | DailySummary
    | LoanReminder
    | LoanLate
    | LoanRepaid
    | LoanNews
    | MoneyWaits
    | LoanTold
    | LoanNotSent
    | ApprovalWaits
    | FundLow
    | FundPaymentTold
    | AccessChanged
    | OneTimeCode
    | EnquiryAnswered
    | TextAnswered
    | WishAnswered
)
