"""Petty cash in the chat: what the funds hold, a requisition in four lines, and letting an approved payment go (OUT-2, OUT-5)."""

from __future__ import annotations

from uuid import UUID

from bot.telegram.menu import Act, back
from bot.telegram.papers import LEDGER
from bot.telegram.visit import Key, Room, Visit
from bot.telegram.words import refused, told
from core.approvals import Approval, ApprovalId, State, SubjectKind, to_execute
from core.errors import DomainError, NotFound
from core.figures import day_in
from core.money import Money, parse_typed
from core.organisations import COUNTRIES
from core.payouts import Payee, Payout, held_up
from core.permissions import TABLE, Action
from core.phones import Msisdn
from core.treasury import Fund, FundPaymentId, check_request, payment_number
from storage import approvals, treasury
from storage.chats import Facts
from usecases.calling_back import CallBack, call_back, may_call_back
from usecases.chats import KEPT_FOR, chat_actor
from usecases.fund_news import payout_under
from usecases.rights import require_for
from usecases.treasury import ExecutePayment, RequestFundPayment, execute_payment, request_payment

LINES = 4
"""Of a requisition: the phone and name, the sum, what for, why."""


def funds(visit: Visit, _: Facts) -> None:
    """Every fund with what it holds; each can be asked for money by who has the right."""
    require_for(visit.tx, visit.actor, Action.SEE_FUNDS, visit.organisation, what="organisation", name="")
    found = treasury.funds_of(visit.tx, visit.organisation)
    lines = [visit.word("funds" if found else "funds_none"), *(_line(visit, fund) for fund in found)]
    rows = [[Key(visit.word("key_ledger", name=fund.name), LEDGER, {"fund": fund.id.hex})] for fund in found]
    if visit.may(Action.REQUEST_PAYMENT):
        rows += [
            [Key(visit.word("key_requisition", name=fund.name), "requisition", {"fund": fund.id.hex})] for fund in found
        ]
    visit.show("\n".join(lines), [*rows, back(visit)])


def _line(visit: Visit, fund: Fund) -> str:
    low = "⚠ " if fund.missing else ""
    return low + visit.word(
        "fund", name=fund.name, balance=fund.balance, spendable=fund.spendable, reorder=fund.reorder
    )


def ledger(visit: Visit, facts: Facts) -> None:
    """A fund's entries as a workbook, into this chat. Payees' names are whole in it: so never into a group."""
    fund = _fund(visit, facts, Action.SEE_FUNDS)
    visit.require_private()
    visit.room.paper(LEDGER, fund.id, visit.word("paper_ledger", name=fund.name))


# --- asking -------------------------------------------------------------------------------------------------------------


def requisition(visit: Visit, facts: Facts) -> None:
    fund = _fund(visit, facts)
    visit.ask("requisition", facts, visit.word("ask_requisition", name=fund.name, most=fund.most))


def typed(visit: Visit, facts: Facts, text: str) -> None:
    """Who is paid, how much, what for, why: once more before it is asked for. What is wrong is said, and asked for again."""
    fund = _fund(visit, facts)
    try:
        wanted = _read(visit, fund, text)
    except DomainError as error:
        visit.ask("requisition", facts, refused(error, visit.language))
        return
    sum_ = Money(int(wanted["minor"]), fund.balance.currency)
    shown = {"phone": wanted["phone"], "payee": wanted["name"], "purpose": wanted["purpose"], "why": wanted["why"]}
    told_ = visit.word("requisition_sure", amount=sum_, fund=fund.name, after=fund.balance - sum_, **shown)
    yes = Key(visit.word("key_yes"), "requisition_now", {**facts, **wanted}, once=True)
    visit.say(told_, [[yes, Key(visit.word("key_no"), "menu", once=True)]])


def _read(visit: Visit, fund: Fund, text: str) -> Facts:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != LINES:
        raise NotFound("line", visit.word("plain", text=text[:40]))
    phone, _, name = lines[0].partition(",")
    country = COUNTRIES[visit.room.organisation.country].calling_code
    msisdn = Msisdn.parse(phone, country_code=country)
    amount = parse_typed(lines[1], fund.balance.currency)
    purpose = lines[2].lower().replace(" ", "_")
    check_request(fund, amount, purpose, lines[3])
    return {
        "phone": msisdn.digits,
        "name": name.strip(),
        "minor": str(amount.minor),
        "purpose": purpose,
        "why": lines[3],
    }


def requisition_now(visit: Visit, facts: Facts) -> None:
    fund = _fund(visit, facts)
    wish = RequestFundPayment(
        visit.organisation,
        fund.id,
        Payee(Msisdn(facts["phone"]), facts["name"]),
        Money(int(facts["minor"]), fund.balance.currency),
        facts["purpose"],
        facts["why"],
        visit.actor,
        trace=visit.room.trace,
    )
    payment = request_payment(visit.tx, wish)
    visit.show(
        visit.word("requisition_asked", name=payment_number(payment.number), amount=payment.amount), [back(visit)]
    )


def _fund(visit: Visit, facts: Facts, action: Action = Action.REQUEST_PAYMENT) -> Fund:
    require_for(visit.tx, visit.actor, action, visit.organisation, what="organisation", name="")
    fund = treasury.fund(visit.tx, UUID(facts["fund"]))
    if fund is None or fund.organisation != visit.organisation:
        raise NotFound("fund", facts["fund"])
    return fund


# --- letting it go ------------------------------------------------------------------------------------------------------


def execute_key(room: Room, approval: Approval) -> list[Key]:
    """The button for who may let an approved payment go now: not who asked, and not who is paid."""
    if approval.subject.kind is not SubjectKind.PAYOUT or approval.state is not State.APPROVED:
        return []
    member = room.member
    if member is None or member.role not in TABLE[Action.EXECUTE_PAYMENT]:
        return []
    person = approvals.person(room.tx, member.id)
    if person is None or to_execute(approval, person, now=room.tx.now, has_code=True) is not None:
        return []
    named = {"approval": approval.id.hex, "payment": approval.subject.id.hex, "seen": approval.content.hex()}
    return [Key(told(room.language, "key_execute"), "execute", named)]


def execute(visit: Visit, facts: Facts) -> None:
    approval = approval_meant(visit, facts)
    amount = visit.word("sum", amount=approval.amount) if approval.amount else ""
    if not approval.requirement.code:
        _let_go(visit, facts, "")
        return
    kind = visit.word(f"kind_{approval.subject.kind.value}")
    by_sms = [[Key(visit.word("key_send_code"), "send_code", facts)]]
    visit.ask("execute_code", facts, visit.word("ask_code", kind=kind, amount=amount), by_sms)


def execute_code(visit: Visit, facts: Facts, text: str) -> None:
    visit.room.delete(visit.number)
    _let_go(visit, facts, text)


def _let_go(visit: Visit, facts: Facts, code: str) -> None:
    wish = ExecutePayment(
        FundPaymentId(UUID(facts["payment"])), visit.actor, code, agent="telegram", trace=visit.room.trace
    )
    done = execute_payment(visit.tx, wish)
    if done.problem is not None:
        visit.say(refused(done.problem, visit.language))
        visit.ask("execute_code", facts, visit.word("ask_code_again"))
        return
    named = {"name": payment_number(done.payment.number), "amount": done.payment.amount}
    later = done.payment.not_before
    if later is not None and later > visit.tx.now:
        day = day_in(visit.room.organisation.local_day(later), visit.language)
        visit.say(visit.word("executed_for", **named, day=day))
        return
    visit.say(visit.word("executed", **named))


# --- calling it back ----------------------------------------------------------------------------------------------------


def call_back_key(room: Room, approval: Approval) -> list[Key]:
    """The button for what was let go and waits still, as the page offers it."""
    if room.member is None:
        return []
    payout = payout_under(room.tx, approval.id)
    if payout is None or not may_call_back(room.tx, payout, chat_actor(room.member)):
        return []
    named = {"approval": approval.id.hex}
    # Nobody knows when float comes; for its day it is known.
    until = room.tx.now + KEPT_FOR if held_up(payout) else payout.next_at
    return [Key(told(room.language, "key_call_back"), "call_back", named, until=until)]


def call_back_sure(visit: Visit, facts: Facts) -> None:
    payout = _let_go_under(visit, facts)
    sure = visit.word("call_back_sure", name=payout.remarks, amount=payout.amount)
    yes = Key(visit.word("key_yes"), "call_back_now", facts, once=True)
    visit.say(sure, [[yes, Key(visit.word("key_no"), "menu", once=True)]])


def call_back_now(visit: Visit, facts: Facts) -> None:
    """It asks once more whether the money can still come back: a worker may have taken it since."""
    payout = _let_go_under(visit, facts)
    call_back(visit.tx, CallBack(payout.id, visit.actor, visit.room.trace))
    visit.show(visit.word("called_back", amount=payout.amount), [back(visit)])


def _let_go_under(visit: Visit, facts: Facts) -> Payout:
    payout = payout_under(visit.tx, approval_meant(visit, facts).id)
    if payout is None:
        raise NotFound("payout", "")
    return payout


def approval_meant(visit: Visit, facts: Facts) -> Approval:
    """The approval that a button is about. Raises `NotFound` for one of another organisation."""
    approval = approvals.load(visit.tx, ApprovalId(UUID(facts["approval"])))
    if approval is None or approval.organisation != visit.organisation:
        raise NotFound("approval", facts["approval"])
    return approval


ACTS: dict[str, Act] = {
    "call_back": call_back_sure,
    "call_back_now": call_back_now,
    "funds": funds,
    LEDGER: ledger,
    "requisition": requisition,
    "requisition_now": requisition_now,
    "execute": execute,
}
QUESTIONS = {"requisition": typed, "execute_code": execute_code}
