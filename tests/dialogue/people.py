"""A small world in memory: a school, its guardians, a stranger, and what they asked to pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from core.approvals import (
    Approval,
    ApprovalId,
    ContentHash,
    Requirement,
    State,
    Subject,
    SubjectKind,
    Verdict,
)
from core.callers import AccountView, Caller, PaymentView, Relation
from core.errors import IntentReused
from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId
from core.limits import Rule, decide
from core.loans.products import Every
from core.loans.states import LoanState
from core.money import Currency, Money, total, zero
from core.payments import Status
from core.permissions import Role
from core.phones import Msisdn
from core.pins import MOST_TRIES, WrongPin, chosen
from core.receipt_codes import read
from core.references import Found, resolve
from core.refunds import Refund, RefundId
from core.refunds import State as RefundState
from core.sign_in import WrongCode
from core.tracing import Told
from dialogue.world import (
    AccountFound,
    CodeTexted,
    Enquire,
    FindApprovals,
    LookAt,
    PinOpen,
    QuoteLoan,
    Refundables,
    Traced,
)
from usecases.asked_before import AskedBefore
from usecases.by_phone import DecideByPhone, Request, TextCode, ToDecide, Waits
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
from usecases.loans.asking import LendingSeen, LoanSeen, OfferSeen, QuoteSeen
from usecases.loans.lending import Applied
from usecases.pins import ChoosePin, OpenPin, PinProven, TryPin
from usecases.receipts import Genuine, SeenShare
from usecases.refundable import Refundable

CODE = "*384*70421#"
MARY = Msisdn("254712345678")
STRANGER = Msisdn("254799000111")


def an_id(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


def kes(units: int, cents: int = 0) -> Money:
    return Money(units * 100 + cents, Currency.KES)


def child(
    name: str = "Asha Wanjiku",
    reference: str = "SK1024",
    *,
    owes: Money | None = None,
    pending: Money | None = None,
    credit: Money | None = None,
    group: str = "Grade 4",
    due_on: date | None = date(2026, 9, 30),
    instalment: Money | None = None,
    promised: tuple[Money, date] | None = None,
    may_promise: bool = False,
    is_loan: bool = False,
) -> AccountView:
    owed = kes(12_500) if owes is None else owes
    nothing = zero(owed.currency)
    return AccountView(
        account=CustomerAccountId(an_id(reference)),
        reference=reference,
        holder=name,
        group=group,
        owed=owed,
        pending=nothing if pending is None else pending,
        credit=nothing if credit is None else credit,
        due_on=due_on if owed else None,
        instalment=instalment,
        promised=promised,
        may_promise=may_promise,
        is_loan=is_loan,
    )


def paid(amount: Money, status: str = "completed", receipt: str | None = "R-000123") -> PaymentView:
    return PaymentView(date(2026, 9, 12), amount, "SK1024", status, receipt)


def school(
    *accounts: AccountView,
    name: str = "Sunrise Academy",
    known: bool = True,
    contact_name: str = "Mary Wanjiku",
    payments: Iterable[PaymentView] = (),
    currency: Currency = Currency.KES,
    shortcode: str = "600100",
    least: Money | None = None,
    most: Money | None = None,
    lends: bool = False,
    approvals: int | None = None,
) -> Relation:
    return Relation(
        organisation=OrganisationId(an_id(name)),
        name=name,
        currency=currency,
        country_code="254",
        shortcode=shortcode,
        least=least or Money(10 * currency.unit, currency),
        most=most or Money(250_000 * currency.unit, currency),
        today=date(2026, 9, 21),
        contact=ContactId(an_id(contact_name)) if known else None,
        contact_name=contact_name if known else "",
        accounts=accounts,
        payments=tuple(payments),
        lends=lends,
        approvals=approvals,
    )


def calls(*relations: Relation, msisdn: Msisdn = MARY, language: str | None = "en") -> Caller:
    return Caller(msisdn, language, relations)


def may_come_back(name: str = "a payment", amount: Money | None = None, reference: str = "SK1024") -> Refundable:
    return Refundable(PaymentId(an_id(name)), date(2026, 9, 12), reference, amount or kes(12_500))


def refund(amount: Money, *, msisdn: Msisdn = MARY) -> Refund:
    """As it comes back when it was asked for."""
    organisation = OrganisationId(an_id("Sunrise Academy"))
    return Refund(
        RefundId(an_id("refund")), organisation, 12, PaymentId(an_id("a payment")), amount, msisdn, "", RefundState.REQUESTED,
        None, datetime(2026, 9, 21, tzinfo=UTC),
    )  # fmt: skip


def lent(
    number: str = "LOAN-000123", state: LoanState = LoanState.ACTIVE, owes: Money | None = None, parts: int = 3
) -> LoanSeen:
    """A loan as its borrower sees it; `parts` are still to be paid."""
    owed = owes or kes(6_000)
    runs = state is LoanState.ACTIVE
    coming = tuple((date(2026, 9, 28) + timedelta(weeks=week), owed) for week in range(parts if runs else 0))
    nothing = zero(owed.currency)
    return LoanSeen(number, "Boda loan", state, owed, owed if runs else nothing, owed if runs else nothing, coming)


def offered(most: Money | None = None, name: str = "Boda loan", code: str = "BODA") -> OfferSeen:
    return OfferSeen(code, name, kes(1_000), most or kes(10_000), (1, 4, 12), Every.WEEK)


def quoted(amount: Money, count: int = 4, *, to_phone: bool = True) -> QuoteSeen:
    first, each = date(2026, 9, 28), Money(amount.minor // count, amount.currency)
    last = first + timedelta(weeks=count - 1)
    return QuoteSeen(amount, amount, amount, count, each, first, last, to_phone=to_phone)


def waits(name: str = "RF-000012", amount: Money | None = None, kind: SubjectKind = SubjectKind.REFUND) -> Waits:
    return Waits(ApprovalId(an_id(name)), kind, name, amount or kes(1_500))


def a_request(one: Waits, **facts: Any) -> Request:
    """What a manager reads of it."""
    told = (("payee", "254712***678"), ("reason", "paid twice"))
    seen = ContentHash(bytes(32))
    shown: dict[str, Any] = {"asked_by": "Esther Mutheu", "facts": told, "brief": (), "yes": 0, "people": 1, **facts}
    return Request(one, seen, **shown)


def decided(wish: DecideByPhone, state: State = State.EXECUTED) -> Approval:
    subject = Subject(SubjectKind.REFUND, an_id("refund"))
    needed, at = Requirement(2, frozenset({Role.MANAGER})), datetime(2026, 9, 21, tzinfo=UTC)
    state = State.REJECTED if wish.verdict is Verdict.REJECT else state
    return Approval(
        wish.approval, wish.organisation, subject, wish.seen, needed, None, frozenset(), at, at, state=state
    )


RECEIPTS = {
    "7K2M9QXAV9": Genuine(
        "R000321",
        "7K2M9-QXAV9",
        "Sunrise Academy",
        kes(12_500),
        date(2026, 9, 12),
        Status.COMPLETED,
        moved=False,
        shares=(SeenShare("Asha W.", "****24", kes(12_500)),),
    )
}


@dataclass
class Town:
    """The world behind the screens. `asked` are the payments requested, one for each intent; `tries` counts all attempts."""

    callers: dict[str, Caller] = field(default_factory=dict)
    students: dict[str, CustomerAccountId] = field(default_factory=dict)
    school: Relation = field(default_factory=lambda: school(known=False))
    asked: dict[str, RequestPayment] = field(default_factory=dict)
    enquired: list[str] = field(default_factory=list)
    told: dict[str, tuple[Told, ...]] = field(default_factory=dict)
    """What became of the money, by what is remembered of it."""
    languages: dict[str, str] = field(default_factory=dict)
    promises: list[MakePromise] = field(default_factory=list)
    splits: dict[str, ChooseSplit] = field(default_factory=dict)
    statements: list[SendStatement] = field(default_factory=list)
    refundable: tuple[Refundable, ...] = ()
    refunds: dict[tuple[PaymentId, Money], AskRefund] = field(default_factory=dict)
    """The same sum of the same payment, asked for again while it waits, is one request."""
    lending: LendingSeen = field(default_factory=lambda: LendingSeen((), ()))
    wishes: dict[tuple[str, Money, int], AskLoan] = field(default_factory=dict)
    """The loans that were asked for: the same again while it waits is one wish."""
    requests: list[Waits] = field(default_factory=list)
    pin: str = ""
    code: str = "123456"
    takes_code: bool = True
    pins: list[str] = field(default_factory=list)
    """Those that were tried."""
    decisions: list[DecideByPhone] = field(default_factory=list)
    tries: int = 0
    reads: int = 0
    lookups: int = 0
    down: BaseException | None = None
    """Raised instead of any answer."""
    down_after: BaseException | None = None
    """Raised after a payment was accepted: its answer is lost."""

    @classmethod
    def of(cls, caller: Caller, students: Iterable[str] = ("SK1024", "SK2000")) -> Town:
        town = cls(students={reference: CustomerAccountId(an_id(reference)) for reference in students})
        town.callers[caller.msisdn.digits] = caller
        return town

    async def caller(self, msisdn: Msisdn, service_code: str) -> Caller:
        self._fail()
        self.reads += 1
        known = self.callers.get(msisdn.digits) or Caller(msisdn, None, (self.school,))
        return replace(known, language=self.languages.get(msisdn.digits, known.language))

    async def find_account(self, organisation: OrganisationId, typed: str) -> AccountFound | None:
        self._fail()
        self.lookups += 1
        match resolve(typed, [(reference, reference) for reference in self.students]):
            case Found(candidate=reference):
                return AccountFound(self.students[reference], reference)
            case _:
                return None

    async def check_receipt(self, typed: str) -> Genuine | None:
        self._fail()
        self.lookups += 1
        return RECEIPTS.get(read(typed) or "")

    async def trace_money(self, organisation: OrganisationId, msisdn: Msisdn, typed: str) -> Traced:
        self._fail()
        self.lookups += 1
        return Traced(self.told.get(typed, ()))

    async def enquire(self, wish: Enquire, trace: str) -> EnquiryOpened:
        self._fail()
        self.enquired.append(wish.typed)
        return EnquiryOpened(asks_provider=wish.typed.isalnum() and not wish.typed.isdigit())

    async def find_refundable(self, organisation: OrganisationId, msisdn: Msisdn) -> Refundables:
        self._fail()
        self.lookups += 1
        return Refundables(self.refundable)

    async def ask_refund(self, command: AskRefund) -> Refund:
        self._fail()
        self.refunds[(command.payment, command.amount)] = command
        return refund(command.amount, msisdn=command.msisdn)

    async def find_loans(self, organisation: OrganisationId, msisdn: Msisdn) -> LendingSeen:
        self._fail()
        self.lookups += 1
        return self.lending

    async def quote_loan(self, wish: QuoteLoan) -> QuoteSeen:
        self._fail()
        self.lookups += 1
        return quoted(wish.amount, wish.instalments)

    async def ask_loan(self, command: AskLoan) -> Applied:
        self._fail()
        self.tries += 1
        meant = (command.product, command.amount, command.instalments)
        self.wishes.setdefault(meant, command)
        number = f"LOAN-{list(self.wishes).index(meant) + 1:06d}"
        return Applied(CustomerAccountId(an_id(number)), number, an_id(number))

    async def find_approvals(self, wish: FindApprovals) -> ToDecide:
        self._fail()
        return ToDecide(tuple(self.requests), bool(self.pin))

    async def look_at(self, wish: LookAt) -> Request:
        self._fail()
        one = next(one for one in self.requests if one.approval == wish.approval)
        return a_request(one)

    async def try_pin(self, wish: TryPin) -> PinProven:
        self._fail()
        self.pins.append(wish.pin)
        if wish.pin != self.pin:
            raise WrongPin(MOST_TRIES - len(self.pins))
        return PinProven(self.takes_code and wish.verdict is Verdict.APPROVE)

    async def text_code(self, wish: TextCode) -> CodeTexted:
        self._fail()
        return CodeTexted()

    async def decide(self, wish: DecideByPhone) -> Approval:
        self._fail()
        if self.takes_code and wish.verdict is Verdict.APPROVE and wish.code != self.code:
            raise WrongCode
        self.decisions.append(wish)
        return decided(wish)

    async def open_pin(self, wish: OpenPin) -> PinOpen:
        self._fail()
        if wish.code != self.code:
            raise WrongCode
        return PinOpen()

    async def choose_pin(self, wish: ChoosePin) -> None:
        self._fail()
        self.pin = chosen(wish.pin, phone=wish.msisdn.digits)

    async def asked_before(self, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> AskedBefore | None:
        found: list[tuple[RequestPayment | AskRefund | AskLoan, str]] = [(one, "") for one in self.asked.values()]
        found += [(one, "RF-000012") for one in self.refunds.values()]
        found += [(one, "LOAN-000001") for one in self.wishes.values()]
        for one, reference in found:
            if one.intent in intents and one.organisation in organisations:
                return AskedBefore(reference)
        return None

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        self._fail()
        self.tries += 1
        known = self.asked.setdefault(command.intent, command)
        if replace(known, trace="") != replace(command, trace=""):
            raise IntentReused(command.intent)
        if self.down_after is not None:
            raise self.down_after
        amount = total([part.amount for part in command.parts], command.parts[0].amount.currency)
        return PaymentRequested(PaymentId(an_id(command.intent)), amount, "Sunrise Academy")

    async def make_promise(self, command: MakePromise) -> None:
        self._fail()
        if command not in self.promises:
            self.promises.append(command)

    async def choose_split(self, command: ChooseSplit) -> None:
        self._fail()
        self.splits[command.msisdn.digits] = command

    async def send_statement(self, command: SendStatement) -> None:
        self._fail()
        self.statements.append(command)

    async def choose_language(self, command: ChooseLanguage) -> None:
        self._fail()
        self.languages[command.msisdn.digits] = command.language

    def _fail(self) -> None:
        if self.down is not None:
            raise self.down

    @property
    def payments(self) -> list[tuple[str, list[tuple[UUID, int]]]]:
        """What was asked for, apart from how it was named."""
        return [
            (one.reference, [(part.account, part.amount.minor) for part in one.parts]) for one in self.asked.values()
        ]


class Memory:
    """A KeyValue in a dictionary. Time stands still unless `forget` is called."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.lose_writes = False

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        assert ttl_s > 0
        if not self.lose_writes:
            self.kept[key] = value

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get(key) for key in keys]

    async def put_many(self, kept: Sequence[tuple[str, bytes, float]]) -> None:
        for key, value, ttl_s in kept:
            await self.put(key, value, ttl_s=ttl_s)

    async def put_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        return self.kept.setdefault(key, value) is value

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def take(self, key: str, rule: Rule) -> int:
        verdict = decide(int(self.kept.get(key, b"0")), 1, rule)
        self.kept[key] = b"%d" % verdict.full_at_ms
        return verdict.wait_ms

    def forget(self) -> None:
        self.kept.clear()
