"""Loans on the staff's pages: who owes what and since when, one loan with its story, and what comes next (LOAN-1, LOAN-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from aiohttp import web

from core import codes
from core.approvals import ApprovalId
from core.errors import NotFound
from core.ids import CustomerAccountId, OrganisationId, StaffId
from core.loans.events import Disbursed, Repaid, Restructured, Waived, WrittenOff, in_order
from core.loans.states import LoanState
from core.money import Money
from core.permissions import Action
from storage import loan_schedules, loan_stories
from storage import loans as store
from storage.loans import Loan
from storage.tx import Tx
from usecases import limits
from usecases.loans.giving import (
    CallOff,
    GiveByHand,
    SendLoan,
    SendLoanCode,
    call_off,
    give_by_hand,
    send_again,
    send_loan_code,
)
from usecases.loans.lending import Shown, show
from usecases.loans.portfolio import OfficersFigures, figures, seen_by
from web.staff.approvals import AT_CODE, CODES
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, refused

LIST = "/staff/loans"
MOST_LISTED = 200
_USUAL = (LoanState.APPLIED, LoanState.APPROVED, LoanState.DISBURSING, LoanState.ACTIVE)
"""What is looked at where nothing else is asked for: what waits, and what runs."""


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    one = f"{LIST}/{{id}}"
    return [
        desk.get(LIST, doors.all, needs=Action.SEE_LOANS),
        desk.get(one, doors.show, needs=Action.SEE_LOANS),
        desk.post(f"{one}/send", doors.send, needs=Action.DISBURSE),
        desk.post(f"{one}/code", doors.send_code, needs=Action.DISBURSE),
        desk.post(f"{one}/give", doors.give, needs=Action.DISBURSE),
        desk.post(f"{one}/call-off", doors.call_off, needs=Action.LEND),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    async def all(self, visit: Visit) -> Reply:
        """By state and officer, the latest first; a loan officer sees their own."""
        asked = {name: visit.asked(name, 40) for name in ("state", "officer")}
        states = [LoanState(asked["state"])] if asked["state"] in _STATES else list(_USUAL)
        found = await self._app.read(_listed, visit.school.id, seen_by(visit.actor), states, asked["officer"])
        lines = await self._app.read(figures, visit.school, seen_by(visit.actor))
        facts = {
            "found": found[:MOST_LISTED],
            "more": max(0, len(found) - MOST_LISTED),
            "asked": asked,
            "states": _STATES,
            "officers": [line for line in lines if line.officer],
            "all": _of_all(lines),
        }
        return Page("loans.html", facts)

    async def show(self, visit: Visit) -> Reply:
        return await self._page(visit, Form({}))

    async def _page(self, visit: Visit, form: Form) -> Reply:
        one = await self._one(visit)
        loan = one.shown.loan
        steps = {
            "send": loan.state is LoanState.APPROVED and loan.payee_index is not None and visit.may(Action.DISBURSE),
            "give": loan.state is LoanState.APPROVED and visit.may(Action.DISBURSE),
            "call_off": loan.state is LoanState.APPROVED and visit.may(Action.LEND),
        }
        return Page("loan.html", {"one": one, "loan": loan, "steps": steps, "form": form}, form.status)

    async def _one(self, visit: Visit) -> Seen:
        account = CustomerAccountId(id_in(visit, "id"))
        return await self._app.read(_seen, visit.school.id, account, seen_by(visit.actor))

    async def send(self, visit: Visit) -> Reply:
        """Try once more to pay the borrower's phone, proven by a code."""
        number, code = (await self._one(visit)).shown.loan.number, visit.text("code")[:40]
        if code:
            await limits.allow(self._app.memory, "staff:approve", visit.me.member.id.hex, CODES)
        wish = SendLoan(visit.school.id, number, visit.actor, self._app.ids.new().hex, code)
        done = await attempt(visit, self._app.write(send_again, wish), AT_CODE)
        if not isinstance(done, Done):
            return await self._page(visit, done[0])
        if done.answer.problem is not None:
            return await self._page(visit, refused(visit, done.answer.problem, AT_CODE))
        if done.answer.proven:
            await limits.forgive(self._app.memory, "staff:approve", visit.me.member.id.hex)
        return Go(_at(visit), "loan_sent")

    async def send_code(self, visit: Visit) -> Reply:
        """To the reader's own phone, for sending this loan and nothing else."""
        number, code = (await self._one(visit)).shown.loan.number, codes.figures(self._app.random.below(codes.NUMBERS))
        wish = SendLoanCode(visit.school.id, number, visit.actor, code, self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(send_loan_code, wish), {})
        return Go(_at(visit), "code_sent") if isinstance(done, Done) else await self._page(visit, done[0])

    async def give(self, visit: Visit) -> Reply:
        """The borrower has it in their hand since today."""
        number = (await self._one(visit)).shown.loan.number
        done = await attempt(visit, self._app.write(give_by_hand, GiveByHand(visit.school.id, number, visit.actor)), {})
        return Go(_at(visit), "loan_given") if isinstance(done, Done) else await self._page(visit, done[0])

    async def call_off(self, visit: Visit) -> Reply:
        """It is not given after all."""
        number = (await self._one(visit)).shown.loan.number
        wish = CallOff(visit.school.id, number, visit.text("reason")[:120], visit.actor, self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(call_off, wish), {})
        return Go(_at(visit), "loan_called_off") if isinstance(done, Done) else await self._page(visit, done[0])


_STATES = tuple(state.value for state in LoanState)


def _at(visit: Visit) -> str:
    return f"{LIST}/{id_in(visit, 'id')}"


# --- what the pages ask the books ---------------------------------------------------------------------------------------


def _listed(
    tx: Tx, organisation: OrganisationId, own: StaffId | None, states: Sequence[LoanState], officer: str
) -> list[Loan]:
    """The latest first, then by number."""
    wanted = own
    if own is None and len(officer) == 32 and officer.isalnum():
        wanted = StaffId(UUID(hex=officer)) if all(each in "0123456789abcdef" for each in officer) else None
    found = store.of_organisation(tx, organisation, states=states, officer=wanted)
    return sorted(found, key=lambda loan: -(loan.told.days_late if loan.told else 0))


def _of_all(lines: Sequence[OfficersFigures]) -> OfficersFigures:
    return lines[-1]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a loan's story: a word of the page, its day, and the sum, where there is one."""

    word: str
    on: date
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A loan as its page shows it."""

    shown: Shown
    payoff: Money
    late: Money
    held: Money
    rows: tuple[tuple[date, Money], ...]
    """The schedule that holds now."""
    coming: tuple[tuple[date, Money], ...]
    """What is still asked for, if it is paid as it should be."""
    story: tuple[Told, ...]
    approval: ApprovalId | None


def _seen(tx: Tx, organisation: OrganisationId, account: CustomerAccountId, own: StaffId | None) -> Seen:
    """Of a loan officer's own; another's is not found."""
    loan = store.load(tx, account)
    if loan is None or loan.organisation != organisation or own not in (None, loan.officer):
        raise NotFound("loan", "")
    shown, currency = show(tx, organisation, loan.number), loan.asked.currency

    def sum_of(minor: int) -> Money:
        return Money(minor, currency)

    _, rows = loan_schedules.schedule_of(tx, account)
    return Seen(
        shown,
        payoff=sum_of(shown.now.payoff),
        late=sum_of(shown.now.late if shown.now.days_late else 0),
        held=sum_of(shown.now.run.credit),
        rows=tuple((row.due_on, sum_of(row.total)) for row in rows),
        coming=tuple((one.on, sum_of(one.minor)) for one in shown.coming.payments),
        story=tuple(_story(tx, loan)),
        approval=shown.waiting[0].id if shown.waiting else None,
    )


def _story(tx: Tx, loan: Loan) -> list[Told]:
    told = [Told("asked", loan.applied_on, loan.asked)]
    for event in in_order(loan_stories.story(tx, loan.account)):
        match event:
            case Disbursed(on=on):
                told.append(Told("given", on, loan.sent))
            case Repaid(on=on, minor=minor):
                told.append(Told("paid", on, Money(minor, loan.asked.currency)))
            case Waived(on=on, minor=minor):
                told.append(Told("waived", on, Money(minor, loan.asked.currency)))
            case Restructured(on=on):
                told.append(Told("restructured", on, None))
            case WrittenOff(on=on):
                told.append(Told("given_up", on, None))
    return told
