"""What is decided about a loan that runs: penalties let off, a new schedule, giving up what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.approvals import Approval, Content, Mark, Subject, SubjectKind
from core.errors import NotFound
from core.ids import CustomerAccountId, OrganisationId, StaffId
from core.loans.events import Restructured, Waived, WrittenOff
from core.loans.products import Terms
from core.loans.states import LoanNotThere, LoanState
from core.money import Money
from core.permissions import Action, Actor
from storage import loan_stories, organisations, people
from storage import loans as store
from storage.loans import Loan
from storage.tx import Tx
from usecases import approvals
from usecases.loans.naming import loan_named
from usecases.loans.telling import tell
from usecases.noting import note_of
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class WaivePenalty:
    """Let the borrower off `amount` of penalties, as far as there are any."""

    organisation: OrganisationId
    number: str
    amount: Money
    reason: str
    actor: Actor


def waive_penalty(tx: Tx, wish: WaivePenalty) -> Loan:
    """Counts from today. Raises `LoanNotThere` for a loan that does not run, `NotFound` where no penalty is owed."""
    loan, today = _running(tx, wish.organisation, wish.number, wish.actor)
    before = tell(tx, loan)
    if wish.amount.minor <= 0 or before.penalty.minor == 0:
        raise NotFound("penalty", loan.number)
    loan_stories.tell_event(tx, loan.account, Waived(today, min(wish.amount, before.penalty).minor))
    after = tell(tx, loan)
    note_of(
        tx,
        *(wish.actor, loan.organisation, "penalty_waived", "loan", loan.account),
        before=before.penalty.plain(),
        after=after.penalty.plain(),
        reason=wish.reason,
    )
    return _again(tx, loan)


@dataclass(frozen=True, slots=True)
class Restructure:
    """All that is owed today is to be paid in so many instalments from now on, at the loan's own rate."""

    organisation: OrganisationId
    number: str
    instalments: int
    reason: str
    actor: Actor


def restructure(tx: Tx, wish: Restructure) -> Loan:
    """A new schedule begins today. Its principal is what the story says is owed, also when that changes later."""
    loan, today = _running(tx, wish.organisation, wish.number, wish.actor)
    before = tell(tx, loan)
    old = loan.terms
    terms = Terms(
        principal=before.payoff if before.payoff.minor else old.principal,
        method=old.method,
        rate=old.rate,
        every=old.every,
        instalments=wish.instalments,
        round_to_minor=old.round_to_minor,
        penalty=old.penalty,
        order=old.order,
        early=old.early,
    )
    loan_stories.tell_event(tx, loan.account, Restructured(today, terms))
    tell(tx, loan)
    note_of(
        tx,
        *(wish.actor, loan.organisation, "loan_restructured", "loan", loan.account),
        before=before.payoff.plain(),
        after=f"{wish.instalments} instalments",
        reason=wish.reason,
    )
    return _again(tx, loan)


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Give up what is still owed, if other people agree."""

    organisation: OrganisationId
    number: str
    reason: str
    actor: Actor
    trace: str = ""


def ask_write_off(tx: Tx, wish: WriteOff) -> Approval:
    """Ask for it: what is given up is what is owed on the day of the last yes."""
    loan, _ = _running(tx, wish.organisation, wish.number, wish.actor)
    told = tell(tx, loan)
    note_of(
        tx,
        *(wish.actor, loan.organisation, "write_off_asked", "loan", loan.account),
        after=told.payoff.plain(),
        reason=wish.reason,
    )
    own = frozenset({Mark(people.msisdn_index(tx, one.msisdn)) for one in people.phones_of(tx, loan.borrower)})
    return approvals.request(
        tx, approvals.Request(write_off_of(loan), wish.actor, payee=own, reason=wish.reason, trace=wish.trace)
    )


def write_off_of(loan: Loan) -> Content:
    """What is given up: up to the whole loan. What the borrower pays meanwhile makes it less, and needs no new yes."""
    facts = {"number": loan.number, "borrower": loan.borrower_name, "principal": str(loan.terms.principal)}
    return Content(loan.organisation, Subject(SubjectKind.WRITE_OFF, loan.account), loan.terms.principal, facts)


@dataclass(frozen=True, slots=True)
class WriteOffOwner:
    """What follows from a yes to giving a loan up."""

    at_once: bool = True

    def named(self, tx: Tx, subject: UUID) -> str:
        loan = store.load(tx, CustomerAccountId(subject))
        return loan.number if loan else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        loan = store.load(tx, CustomerAccountId(subject), lock=lock)
        if loan is None:
            raise NotFound("loan", subject.hex)
        return write_off_of(loan)

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        loan = store.load(tx, CustomerAccountId(approval.subject.id), lock=True)
        assert loan is not None
        after = approvals.execute(tx, approval, write_off_of(loan), by=by, has_code=has_code, trace=trace)
        today = organisations.by_id(tx, loan.organisation).local_day(tx.now)
        loan_stories.tell_event(tx, loan.account, WrittenOff(today))
        tell(tx, loan)
        return after

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """The loan goes on as it was."""


@dataclass(frozen=True, slots=True)
class GiveToOfficer:
    """Somebody else looks after the loan from now on."""

    organisation: OrganisationId
    number: str
    officer: StaffId
    actor: Actor


def give_to_officer(tx: Tx, wish: GiveToOfficer) -> Loan:
    loan = loan_named(tx, wish.organisation, wish.number, lock=True)
    require_for(tx, wish.actor, Action.LEND, loan.organisation, what="loan", name=wish.number)
    member = organisations.staff_by_id(tx, wish.officer)
    if member is None or member.organisation != loan.organisation:
        raise NotFound("staff", wish.officer.hex)
    store.give_to(tx, loan.account, wish.officer)
    note_of(
        tx,
        *(wish.actor, loan.organisation, "loan_officer_set", "loan", loan.account),
        before=loan.officer_name,
        after=member.name,
    )
    return _again(tx, loan)


def _running(tx: Tx, organisation: OrganisationId, number: str, actor: Actor) -> tuple[Loan, date]:
    loan = loan_named(tx, organisation, number, lock=True)
    require_for(tx, actor, Action.LEND, loan.organisation, what="loan", name=number)
    if loan.state is not LoanState.ACTIVE:
        raise LoanNotThere(loan.number, loan.state.value)
    return loan, organisations.by_id(tx, loan.organisation).local_day(tx.now)


def _again(tx: Tx, loan: Loan) -> Loan:
    found = store.load(tx, loan.account)
    assert found is not None
    return found
