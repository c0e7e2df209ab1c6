"""What waits for a second person: seen, and decided with a code; and asking for a refund (OUT-1, OUT-3, OUT-4)."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from core.approvals import (
    Approval,
    ApprovalId,
    CodeMissing,
    ContentHash,
    Decision,
    Verdict,
    refusal,
    to_decide,
)
from core.codes import NUMBERS, CodeOld, CodesBlocked, CodeSpent, figures
from core.errors import DomainError, NotFound
from core.ids import OrganisationId, PaymentId, StaffId
from core.money import FractionRefused, Money, NotAnAmount, parse_typed
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn, NotAPhone
from core.refunds import PayeeUnknown, RefundTooLarge
from core.sign_in import WrongCode
from storage import approvals, listing, organisations
from storage import payments as payment_store
from storage.listing import PaymentShown
from storage.tx import Tx
from usecases import limits
from usecases.approvals import Decide, last_hand
from usecases.deciding import decide, send_code
from usecases.owners import OWNERS
from usecases.refunds.asking import RequestRefund, most_refundable, request_refund
from usecases.second_factor import SendCode
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
        desk.get("/staff/payments/{id}/refund", doors.refund_form, needs=Action.REQUEST_REFUND),
        desk.post("/staff/payments/{id}/refund", doors.refund, needs=Action.REQUEST_REFUND),
    ]


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
        id_, clear = ApprovalId(id_in(visit, "id")), visit.may(Action.SEE_WHOLE_PHONES)
        one, facts = await self._app.read(_one, visit.school.id, id_, visit.me.member.id, visit.language, clear=clear)
        return Page("approval.html", {"one": one, "facts": facts, "form": form}, status)

    async def decide(self, visit: Visit) -> Reply:
        """A yes or a no to what was shown, and to nothing else."""
        code = visit.text("code")[:40]
        if code:
            await limits.allow(self._app.memory, "staff:approve", visit.me.member.id.hex, CODES)
        wish = Decide(
            approval=ApprovalId(id_in(visit, "id")),
            verdict=Verdict.APPROVE if visit.text("verdict") == "approve" else Verdict.REJECT,
            actor=visit.actor,
            seen=_hash(visit.text("seen")),
            code=code,
            reason=visit.text("reason")[:120],
            trace=self._app.ids.new().hex,
        )
        done = await attempt(visit, self._app.write(decide, wish), AT_CODE)
        if not isinstance(done, Done):
            return await self._page(visit, done[0], 422)
        if done.answer.problem is not None:
            return await self._page(visit, refused(visit, done.answer.problem, AT_CODE), 422)
        if code:
            await limits.forgive(self._app.memory, "staff:approve", visit.me.member.id.hex)
        return Go(LIST, "approved" if wish.verdict is Verdict.APPROVE else "rejected")

    async def send_code(self, visit: Visit) -> Reply:
        """To the reader's own phone or mail, for this and nothing else."""
        id_ = ApprovalId(id_in(visit, "id"))
        code = figures(self._app.random.below(NUMBERS))
        wish = SendCode(id_, visit.actor, code, trace=self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(send_code, wish), {})
        if not isinstance(done, Done):
            return await self._page(visit, done[0], 422)
        return Go(f"{LIST}/{id_}", "code_sent")

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
        names.get(approval.requester, "") if approval.requester else "",
        why,
        tuple((names.get(decision.person.staff, ""), decision) for decision in approval.decisions),
    )


def _waiting(tx: Tx, organisation: OrganisationId, reader: StaffId, language: str) -> list[Seen]:
    return [_seen(tx, one, reader, language) for one in approvals.listed(tx, organisation, limit=MOST_LISTED)]


def _one(
    tx: Tx, organisation: OrganisationId, id_: ApprovalId, reader: StaffId, language: str, *, clear: bool
) -> tuple[Seen, dict[str, str]]:
    approval = approvals.load(tx, id_)
    if approval is None or approval.organisation != organisation:
        raise NotFound("approval", "")
    owner = OWNERS.get(approval.subject.kind)
    facts = dict(owner.content(tx, approval.subject.id, lock=False).facts) if owner else {}
    if not clear and facts.get("payee", "").isdigit():
        facts["payee"] = Msisdn(facts["payee"]).masked
    return _seen(tx, approval, reader, language), {
        **dict.fromkeys(("payee", "payment", "from", "to", "reason"), ""),
        **facts,
    }


def _refundable(tx: Tx, organisation: OrganisationId, payment: PaymentId, *, clear: bool) -> tuple[PaymentShown, Money]:
    stored = payment_store.load(tx, payment)
    shown = listing.payment_shown(tx, payment, clear=clear)
    most = most_refundable(tx, payment)
    if stored is None or stored.payment.organisation != organisation or shown is None or most is None:
        raise NotFound("payment", "")
    return shown, most
