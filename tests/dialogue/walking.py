"""Walks every state that a caller can reach, typing everything that makes a difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import msgspec

from core.approvals import Approval, State, SubjectKind
from core.callers import LANGUAGES, Caller
from core.ids import CustomerAccountId, PaymentId
from core.loans.states import LoanState
from core.money import Currency, Money
from core.payments import Status
from core.refunds import Refund
from core.tracing import NOT_THEIRS, TOLD_TO_BEARERS, Says, Told
from dialogue import engine
from dialogue.answers import NoSuchAccount, NoSuchReceipt
from dialogue.conversation import Conversation, Hop, View
from dialogue.engine import Said, Step, Wanted
from dialogue.flows import GRAPH
from dialogue.screens import Ask, Secret
from dialogue.world import (
    AccountFound,
    CheckReceipt,
    CodeTexted,
    Enquire,
    FindAccount,
    FindApprovals,
    FindLoans,
    FindRefundable,
    LookAt,
    PinOpen,
    QuoteLoan,
    Refundables,
    Traced,
    TraceMoney,
)
from tests.dialogue.people import (
    CODE,
    a_request,
    an_id,
    decided,
    kes,
    lent,
    may_come_back,
    offered,
    quoted,
    refund,
    waits,
)
from usecases.briefs import Fact
from usecases.by_phone import DecideByPhone, Request, TextCode, ToDecide
from usecases.commands import AskLoan, AskRefund, PaymentRequested, RequestPayment
from usecases.enquiries import EnquiryOpened
from usecases.loans.asking import LendingSeen, QuoteSeen
from usecases.loans.lending import Applied
from usecases.pins import OpenPin, PinProven, TryPin
from usecases.receipts import Genuine, SeenShare

LONG = "W" * 900
REFUND = {
    "refund.payment": {"refundable"},
    "refund.sum": {"refundable", "refund_of"},
    "refund.reason": {"refund_minor"},
    "refund.asked": {"refund_name", "refund_told"},
}
"""Which answers count from which screen on."""
LOAN = {
    "loan.mine": {"lending"},
    "loan.product": {"lending"},
    "loan.none": {"lending"},
    "loan.one": {"loan"},
    "loan.sum": {"loan_product"},
    "loan.term": {"loan_minor"},
    "loan.confirm": {"loan_term", "loan_quote"},
}
OFFICE = {
    "office.list": {"office_list", "office_pin"},
    "office.facts": {"office_of", "office_facts"},
    "office.pin": {"office_says"},
    "office.code": {"office_texted"},
    "office.done": {"office_state"},
}
NUMBERS = [str(number) for number in range(1, 12)]
KEYS = ["0", "00", "98", "x"]
ANSWERS = ["1", "9999999", "500", "100000000", LONG]


@dataclass(frozen=True)
class Visit:
    """A page, and how it was come to."""

    said: Said
    typed: str
    before: Conversation | None


def hop(caller: Caller, text: str = "1") -> Hop:
    return Hop("ATUid_1", caller.msisdn, CODE, text, "trace")


def longest_receipts() -> Iterator[Genuine]:
    """Receipts in each of their states, with everything as long as it can be."""
    largest = Money(999_999_999, Currency.KES)
    share = SeenShare("Wanjiku-Nyambura-Muthoni-Karanjaaaaaa K.", "***********45", largest)
    for status in (Status.COMPLETED, Status.REVERSED, Status.PARTLY_REFUNDED, Status.REFUNDED):
        for shares in ((), (share,), (share,) * 12):
            school, on = "Mtakatifu Theresia wa Mtoto Yesu Academy", date(2026, 9, 30)
            yield Genuine("R0000000012", "7K2M9-QXAV9", school, largest, on, status, moved=True, shares=shares)


def longest_traces() -> Iterator[Traced]:
    """Answers to who looks for money: each state of a payment, thrice, with everything as long as it can be, and none."""
    yield Traced(())
    largest, on = Money(999_999_999, Currency.KES), date(2026, 9, 30)
    for says in Says:
        for number in () if says in NOT_THEIRS else (1, 3):
            yield Traced(
                tuple(
                    Told(PaymentId(an_id(f"{at}")), says, largest, on, f"mtoto wangu {at} {'W' * 20}", "R0000000012")
                    for at in range(number)
                )
            )
        if says in NOT_THEIRS | TOLD_TO_BEARERS:
            yield Traced((Told(PaymentId(an_id("bare")), says),))


REFUNDABLE = (may_come_back(), may_come_back("another", Money(999_999_900, Currency.KES), "W" * 20))


LENT = tuple(
    lent(f"LOAN-{number:06d}", state, Money(999_999_900, Currency.KES), 9)
    for number, state in enumerate((LoanState.ACTIVE, LoanState.APPLIED, LoanState.APPROVED, LoanState.DISBURSING))
)
LENDINGS = (
    LendingSeen(LENT, (offered(Money(999_999_900, Currency.KES), "Mkopo wa biashara ndogo ndogo za mjini", "BIZ"),)),
    LendingSeen((), (offered(), offered(kes(5_000), "Stock", "STOCK"))),
    *(LendingSeen((), (), why) for why in ("waiting", "late", "lost", "running", "new")),
)
"""What borrowers see, with everything as long as it can be."""


LONGEST_WAITS = tuple(
    waits("House of the upper kitchen and more", Money(999_999_999, Currency.KES), kind)
    for kind in (SubjectKind.REALLOCATION, SubjectKind.REPLENISHMENT)
)


def longest_request() -> Request:
    """Everything that may be said of one, as long as it can be."""
    largest = Money(999_999_999, Currency.KES)
    values = {"times": "9999.9", "usual": largest, "count": 9_999, "days": 14, "fund": LONG}
    values |= {"balance": largest, "after": largest}
    words = GRAPH.spoken["en"].screens["office.facts"].lines
    told = tuple(Fact(key, values, True) for key in words if key.startswith("brief_"))
    facts = tuple((name, LONG[:200]) for name in ("name", "payee", "purpose", "reason", "not_before"))
    return a_request(LONGEST_WAITS[0], asked_by=LONG, facts=facts, brief=told, yes=1, people=2)


ToStaff = ToDecide | Request | PinProven | CodeTexted | Approval | PinOpen
Came = Traced | EnquiryOpened | Refundables | Refund | LendingSeen | QuoteSeen | Applied | ToStaff


def told_to_staff(effect: object) -> Iterator[ToStaff]:
    match effect:
        case FindApprovals():
            yield from (ToDecide(LONGEST_WAITS, True), ToDecide(LONGEST_WAITS[:1], False), ToDecide((), True))
        case LookAt():
            yield a_request(LONGEST_WAITS[0])
        case TryPin():
            yield from (PinProven(True), PinProven(False))
        case TextCode():
            yield CodeTexted()
        case DecideByPhone():
            yield from (decided(effect, state) for state in (State.PENDING, State.APPROVED, State.EXECUTED))
        case OpenPin():
            yield PinOpen()


def told_of(effect: object) -> Iterator[Came]:
    """What may come of it, with everything as long as it can be."""
    match effect:
        case FindLoans():
            yield from LENDINGS
        case QuoteLoan(instalments=count):
            for to_phone in (True, False):
                yield quoted(Money(999_999_900, Currency.KES), count, to_phone=to_phone)
        case AskLoan():
            yield Applied(CustomerAccountId(an_id("loan")), "LOAN-000123", an_id("approval"))
        case AskRefund():
            yield refund(Money(999_999_900, Currency.KES))
        case FindRefundable():
            yield from (Refundables(REFUNDABLE), Refundables(()))
        case FindApprovals() | LookAt() | TryPin() | TextCode() | DecideByPhone() | OpenPin():
            yield from told_to_staff(effect)
        case Enquire():
            yield from map(EnquiryOpened, (True, False))
        case _:
            yield from longest_traces()


def settled(step: Step, caller: Caller, known: str) -> Iterator[Said]:
    """The pages after an effect, for every outcome that it can have."""
    if isinstance(step, Said):
        yield step
        return
    assert isinstance(step, Wanted)
    match step.effect:
        case FindAccount(typed=typed):
            found = AccountFound(CustomerAccountId(an_id(known)), known)
            for outcome in (found, NoSuchAccount(typed)):
                yield from settled(engine.settle(GRAPH, step, outcome, caller, hop(caller)), caller, known)
        case CheckReceipt():
            answers: list[Genuine | NoSuchReceipt] = [*longest_receipts(), NoSuchReceipt()]
            for answer in answers:
                yield from settled(engine.settle(GRAPH, step, answer, caller, hop(caller)), caller, known)
        case (
            TraceMoney()
            | Enquire()
            | FindRefundable()
            | AskRefund()
            | FindLoans()
            | QuoteLoan()
            | AskLoan()
            | FindApprovals()
            | LookAt()
            | TryPin()
            | TextCode()
            | DecideByPhone()
            | OpenPin()
        ):
            for told in told_of(step.effect):
                yield from settled(engine.settle(GRAPH, step, told, caller, hop(caller)), caller, known)
        case other:
            asked = PaymentRequested(PaymentId(an_id("payment")), Money(1, Currency.KES), "school")
            done = asked if isinstance(other, RequestPayment) else None
            yield from settled(engine.settle(GRAPH, step, done, caller, hop(caller)), caller, known)


def inputs(conversation: Conversation, caller: Caller, known: str) -> list[str]:
    here = conversation.stack[-1]
    if isinstance(GRAPH.screens[here], Secret):
        return [*KEYS, "1", "123456", "24680"]
    if isinstance(GRAPH.screens[here], Ask):
        return [*KEYS, *ANSWERS, known]
    if here == "mine.language":  # the other languages have walks of their own
        return [*KEYS, str(1 + LANGUAGES.index(View(conversation, caller).language))]
    return [*KEYS, *NUMBERS[: conversation.offered + 1]]


def walk(caller: Caller, *, known: str = "SK9999999999", paused: Conversation | None = None) -> Iterator[Visit]:
    """Every page that this caller can come to, each with every input that can lead to it."""
    begun = engine.begin(GRAPH, caller, hop(caller, ""), paused=paused)
    assert isinstance(begun, Said)
    yield Visit(begun, "", None)
    seen, left = {key(begun.conversation)}, [] if begun.end else [begun.conversation]
    while left:
        here = left.pop()
        for typed in inputs(here, caller, known):
            step = engine.advance(GRAPH, here, typed, caller, hop(caller))
            for said in settled(step, caller, known):
                yield Visit(said, typed, here)
                if not said.end and key(said.conversation) not in seen:
                    seen.add(key(said.conversation))
                    left.append(said.conversation)


def key(conversation: Conversation) -> bytes:
    """What makes a difference to where one can go from here: every way to an amount sets whom it is for, and every way to
    the confirm screen sets the amount, so that elsewhere older answers count for nothing."""
    used = {"language", "organisation"}
    if "pay.child" in conversation.stack or "pay.amount" in conversation.stack:
        used |= {"whom"}
    if "pay.split" in conversation.stack:
        used |= {"split"}
    if "promise.day" in conversation.stack:
        used |= {"whom"}
    if "promise.sum" in conversation.stack:
        used |= {"promised_by"}
    if "promise.confirm" in conversation.stack:
        used |= {"promised"}
    for screen, names in (REFUND | LOAN).items():
        if screen in conversation.stack:
            used |= names
    if "loan.one" in conversation.stack and "pay.child" in conversation.stack:
        used -= {"loan", "lending"}
    used |= {name for screen, names in OFFICE.items() if screen in conversation.stack for name in names}
    if "other.number" in conversation.stack:
        used |= {"number"}
    if "pay.confirm" in conversation.stack:
        used |= {"whom", "amount"}
    answers = {name: value for name, value in conversation.answers.items() if name in used}
    draft = conversation.draft if "pay.confirm" in conversation.stack else None
    return msgspec.msgpack.encode(msgspec.structs.replace(conversation, answers=answers, draft=draft), order="sorted")
