"""What waits for a second person: seen, and decided with a code; and asking for a refund (OUT-1, OUT-3, OUT-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from core.approvals import (
    OPEN,
    Approval,
    ApprovalId,
    CodeMissing,
    ContentHash,
    Decision,
    State,
    SubjectKind,
    Verdict,
    refusal,
    to_decide,
    to_execute,
)
from core.codes import NUMBERS, CodeOld, CodesBlocked, CodeSpent, Way, figures
from core.errors import DomainError, NotFound
from core.ids import OrganisationId, PaymentId, PayoutId, StaffId
from core.money import FractionRefused, Money, NotAnAmount, parse_typed
from core.organisations import COUNTRIES
from core.permissions import Action, Actor
from core.phones import Msisdn, NotAPhone
from core.refunds import PayeeUnknown, RefundTooLarge
from core.sign_in import WrongCode
from core.treasury import FundPaymentId
from notifications.catalogue import money
from notifications.catalogue import words as reasons
from storage import approvals, listing, organisations, treasury
from storage import payments as payment_store
from storage.listing import PaymentShown
from storage.organisations import Organisation
from storage.redaction import covered
from storage.tx import Tx
from usecases import limits
from usecases.approvals import Decide, last_hand
from usecases.briefs import Fact, brief
from usecases.calling_back import CallBack, call_back, may_call_back
from usecases.chats import reached
from usecases.deciding import Decided, decide, send_code
from usecases.fund_news import let_go, payout_under
from usecases.owners import OWNERS
from usecases.refunds.asking import RequestRefund, most_refundable, request_refund
from usecases.second_factor import SendCode
from usecases.treasury import Executed, ExecutePayment, execute_payment
from web.staff import words
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, refused

LIST = "/staff/approvals"
MOST_LISTED = 100
CODES = limits.Rule(10, 86_400)
"""Codes that one person may try in a day, wherever: as at sign-in."""


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    return [
        desk.get(LIST, doors.waiting, needs=Action.SEE_APPROVALS),
        desk.get(f"{LIST}/{{id}}", doors.show, needs=Action.SEE_APPROVALS),
        desk.post(f"{LIST}/{{id}}", doors.decide, needs=Action.DECIDE),
        desk.post(f"{LIST}/{{id}}/code", doors.send_code, needs=Action.DECIDE),
        desk.post(f"{LIST}/{{id}}/execute", doors.execute, needs=Action.EXECUTE_PAYMENT),
        desk.post(f"{LIST}/{{id}}/call_back", doors.call_back, needs=Action.SEE_APPROVALS),
        desk.get("/staff/payments/{id}/refund", doors.refund_form, needs=Action.REQUEST_REFUND),
        desk.post("/staff/payments/{id}/refund", doors.refund, needs=Action.REQUEST_REFUND),
    ]


Wish = TypeVar("Wish")
AT_CODE: dict[type[DomainError], str] = dict.fromkeys(
    (CodeMissing, WrongCode, CodeOld, CodeSpent, CodesBlocked), "code"
)
"""What is wrong with a code is said at its field."""


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._app = desk, desk.app

    async def waiting(self, visit: Visit) -> Reply:
        """Everything open, with why the reader may not decide what they may not."""
        found = await self._app.read(_waiting, visit.school.id, visit.me.member.id, visit.language)
        return Page("approvals.html", {"found": found})

    async def show(self, visit: Visit) -> Reply:
        return await self._page(visit, Form({}))

    async def _page(self, visit: Visit, form: Form, status: int = 200) -> Reply:
        reader = Reader(
            visit.school,
            visit.me.member.id,
            visit.actor,
            visit.language,
            clear=visit.may(Action.SEE_WHOLE_PHONES),
            may_let_go=visit.may(Action.EXECUTE_PAYMENT),
        )
        one, shown = await self._app.read(_one, ApprovalId(id_in(visit, "id")), reader)
        return Page("approval.html", {"one": one, "shown": shown, "form": form}, status)

    async def decide(self, visit: Visit) -> Reply:
        """A yes or a no to what was shown, and to nothing else."""
        code = visit.text("code")[:40]
        wish = Decide(
            approval=ApprovalId(id_in(visit, "id")),
            verdict=Verdict.APPROVE if visit.text("verdict") == "approve" else Verdict.REJECT,
            actor=visit.actor,
            seen=_hash(visit.text("seen")),
            code=code,
            reason=visit.text("reason")[:120],
            trace=self._app.ids.new().hex,
        )
        done = Go(LIST, "approved" if wish.verdict is Verdict.APPROVE else "rejected")
        return await self._proven(visit, code, decide, wish) or done

    async def _proven(
        self, visit: Visit, code: str, use_case: Callable[[Tx, Wish], Decided | Executed], wish: Wish
    ) -> Reply | None:
        """Carry out what a code may prove, its tries counted: the page again with what stands in the way, or None."""
        if code:
            await limits.allow(self._app.memory, "staff:approve", visit.me.member.id.hex, CODES)
        done = await attempt(visit, self._app.write(use_case, wish), AT_CODE)
        if not isinstance(done, Done):
            return await self._page(visit, done[0], 422)
        if done.answer.problem is not None:
            return await self._page(visit, refused(visit, done.answer.problem, AT_CODE), 422)
        if code:
            await limits.forgive(self._app.memory, "staff:approve", visit.me.member.id.hex)
        return None

    async def send_code(self, visit: Visit) -> Reply:
        """To the reader's own phone, mail or chat, for this and nothing else."""
        id_ = ApprovalId(id_in(visit, "id"))
        way = Way.TELEGRAM if visit.text("by") == Way.TELEGRAM.value else Way.MESSAGE
        code = figures(self._app.random.below(NUMBERS))
        wish = SendCode(id_, visit.actor, code, way, trace=self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(send_code, wish), {})
        if not isinstance(done, Done):
            return await self._page(visit, done[0], 422)
        return Go(f"{LIST}/{id_}", "code_sent" if way is Way.MESSAGE else "code_sent_chat")

    async def execute(self, visit: Visit) -> Reply:
        """Let an approved payment out of a fund go: never who asked, and with a code where one is asked for."""
        id_, code = ApprovalId(id_in(visit, "id")), visit.text("code")[:40]
        approval = await self._app.read(_meant, visit.school.id, id_)
        trace = self._app.ids.new().hex
        wish = ExecutePayment(FundPaymentId(approval.subject.id), visit.actor, code, visit.agent, trace)
        return await self._proven(visit, code, execute_payment, wish) or Go(f"{LIST}/{id_}", "let_go")

    async def call_back(self, visit: Visit) -> Reply:
        """Have back what was let go and waits still."""
        id_ = ApprovalId(id_in(visit, "id"))
        payout = await self._app.read(_payout_under, visit.school.id, id_)
        wish = CallBack(payout, visit.actor, self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(call_back, wish), {})
        return Go(f"{LIST}/{id_}", "called_back") if isinstance(done, Done) else await self._page(visit, done[0], 422)

    # --- asking for a refund ---

    async def refund_form(self, visit: Visit) -> Reply:
        return await self._refund_page(visit, Form({}), self._app.ids.new().hex)

    async def _refund_page(self, visit: Visit, form: Form, intent: str) -> Reply:
        payment, clear = PaymentId(id_in(visit, "id")), visit.may(Action.SEE_WHOLE_PHONES)
        shown, most = await self._app.read(_refundable, visit.school.id, payment, clear=clear)
        return Page("refund.html", {"one": shown.payment, "most": most, "form": form, "intent": intent}, form.status)

    async def refund(self, visit: Visit) -> Reply:
        """Somebody else says yes to it. The same form sent twice asks once."""
        try:
            wish = self._wish(visit)
        except (NotAnAmount, FractionRefused, NotAPhone) as error:
            return await self._refund_page(visit, refused(visit, error, _PLACES), visit.text("intent"))
        done = await attempt(visit, self._app.write(request_refund, wish), _PLACES)
        if not isinstance(done, Done):
            return await self._refund_page(visit, done[0], visit.text("intent"))
        return Go(LIST, "refund_asked")

    def _wish(self, visit: Visit) -> RequestRefund:
        typed, phone, school = visit.text("amount"), visit.text("phone"), visit.school
        country = COUNTRIES[school.country]
        return RequestRefund(
            payment=PaymentId(id_in(visit, "id")),
            amount=parse_typed(typed, school.currency) if typed else None,
            reason=visit.text("reason"),
            actor=visit.actor,
            trace=self._app.ids.new().hex,
            payee=Msisdn.parse(phone, country_code=country.calling_code) if phone else None,
            intent=f"web:{visit.me.member.id.hex}:{visit.text('intent')[:40]}",
        )


_PLACES: dict[type[DomainError], str] = {
    NotAnAmount: "amount",
    FractionRefused: "amount",
    RefundTooLarge: "amount",
    NotAPhone: "phone",
    PayeeUnknown: "phone",
}


def _hash(text: str) -> ContentHash:
    try:
        return ContentHash(bytes.fromhex(text[:64]))
    except ValueError:
        return ContentHash(b"")


# --- what the pages ask the books ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """An approval as one reader sees it. `why` says why they may not decide it; empty when they may."""

    approval: Approval
    name: str
    amount: str
    """As people read it; of a variance the difference with its sign."""
    asked_by: str
    why: str
    said: tuple[tuple[str, Decision], ...]


def _seen(tx: Tx, approval: Approval, reader: StaffId, language: str) -> Seen:
    person = approvals.person(tx, reader)
    assert person is not None, "whoever is signed in works here"
    obstacle = to_decide(approval, person, now=tx.now)
    why = words.refusal(refusal(obstacle, approval, by=last_hand(tx, approval)), language) if obstacle else ""
    owner = OWNERS.get(approval.subject.kind)
    names = {member.id: member.name for member in organisations.staff_of(tx, approval.organisation)}
    return Seen(
        approval,
        owner.named(tx, approval.subject.id) if owner else "",
        _amount(tx, approval),
        names.get(approval.requester, "") if approval.requester else "",
        why,
        tuple((names.get(decision.person.staff, ""), decision) for decision in approval.decisions),
    )


def _waiting(tx: Tx, organisation: OrganisationId, reader: StaffId, language: str) -> list[Seen]:
    return [_seen(tx, one, reader, language) for one in approvals.listed(tx, organisation, limit=MOST_LISTED)]


def _amount(tx: Tx, approval: Approval) -> str:
    if approval.amount is None:
        return ""
    if approval.subject.kind is not SubjectKind.VARIANCE:
        return money(approval.amount)
    one = treasury.variance(tx, approval.subject.id)
    assert one is not None, "variances are never removed"
    return f"{'+' if one.difference.minor > 0 else ''}{money(one.difference)}"


_HIDDEN = frozenset({"payment", "number", "attempt"})
"""Facts of the content that stand elsewhere on the page, or say nothing to people."""
_OF_A_PAYMENT = frozenset({SubjectKind.REFUND, SubjectKind.SUSPENSE, SubjectKind.REALLOCATION})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, and what their role may."""

    school: Organisation
    staff: StaffId
    actor: Actor
    language: str
    clear: bool
    """Whether they may see whole phones."""
    may_let_go: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is approved and what the books say of it, as the chat's card has it."""

    facts: tuple[tuple[str, str], ...]
    payment: str
    """The payment that is given back, or placed elsewhere."""
    brief: tuple[tuple[str, bool], ...]
    """Each line, and whether it is worth a second look; empty once it is over."""
    money: str
    """Where the money is that was let go; empty where none was."""
    may_let_go: bool
    may_call_back: bool
    """Whether the reader can have the money back that was let go and waits still."""
    has_chat: bool
    """Whether a code can reach the reader there."""


def _one(tx: Tx, id_: ApprovalId, reader: Reader) -> tuple[Seen, Known]:
    approval = _meant(tx, reader.school.id, id_)
    owner = OWNERS.get(approval.subject.kind)
    content = owner.content(tx, approval.subject.id, lock=False) if owner else None
    seen = _seen(tx, approval, reader.staff, reader.language)
    facts = content.facts if content else {}
    said = words.words(reader.language)["approvals"]
    shown = [
        (said.get(f"fact_{name}", name.replace("_", " ")), _fact(tx, name, value, approval, reader))
        for name, value in sorted(facts.items())
        if value and name not in _HIDDEN and value != seen.name
    ]
    lines = brief(tx, approval, content) if content and approval.state in OPEN else []
    payout = payout_under(tx, approval.id)
    known = Known(
        tuple(shown),
        facts.get("payment", "") if approval.subject.kind in _OF_A_PAYMENT else "",
        tuple((said[fact.key].format(**_values(fact)), fact.warns) for fact in lines),
        _money(tx, approval, reader.language),
        _may_let_go(tx, approval, reader),
        may_call_back=payout is not None and may_call_back(tx, payout, reader.actor),
        has_chat=reader.staff in reached(tx, reader.school.id),
    )
    return seen, known


def _meant(tx: Tx, organisation: OrganisationId, id_: ApprovalId) -> Approval:
    approval = approvals.load(tx, id_)
    if approval is None or approval.organisation != organisation:
        raise NotFound("approval", "")
    return approval


def _fact(tx: Tx, name: str, value: str, approval: Approval, reader: Reader) -> str:
    if name == "fund":
        fund = treasury.fund(tx, UUID(value))
        return fund.name if fund else ""
    if name == "not_before":
        return words.moment_in(datetime.fromisoformat(value), reader.language, reader.school.time_zone)
    if name in ("original", "adjusted") and approval.amount is not None:
        return words.sum_of(value, approval.amount.currency.code)
    return covered(value, clear=reader.clear)


def _values(fact: Fact) -> dict[str, str]:
    return {name: money(value) if isinstance(value, Money) else str(value) for name, value in fact.values.items()}


def _money(tx: Tx, approval: Approval, language: str) -> str:
    gone = let_go(tx, approval)
    if gone is None:
        return ""
    day = words.day(gone.on, language) if gone.on else ""
    why = reasons("fund_payment_told")[gone.reason.value][language] if gone.reason else ""
    text = words.words(language)["approvals"][f"money_{gone.going.value}"]
    return text.format(day=day, receipt=gone.receipt, why=why)


def _payout_under(tx: Tx, organisation: OrganisationId, id_: ApprovalId) -> PayoutId:
    found = payout_under(tx, _meant(tx, organisation, id_).id)
    if found is None:
        raise NotFound("payout", "")
    return found.id


def _may_let_go(tx: Tx, approval: Approval, reader: Reader) -> bool:
    """Whether the form is offered; the use case asks again."""
    if approval.subject.kind is not SubjectKind.PAYOUT or approval.state is not State.APPROVED or not reader.may_let_go:
        return False
    person = approvals.person(tx, reader.staff)
    return person is not None and to_execute(approval, person, now=tx.now, has_code=True) is None


def _refundable(tx: Tx, organisation: OrganisationId, payment: PaymentId, *, clear: bool) -> tuple[PaymentShown, Money]:
    stored = payment_store.load(tx, payment)
    shown = listing.payment_shown(tx, payment, clear=clear)
    most = most_refundable(tx, payment)
    if stored is None or stored.payment.organisation != organisation or shown is None or most is None:
        raise NotFound("payment", "")
    return shown, most
