"""Chasing loans: before an instalment is due, on its day, and in four steps after it; silent once it is paid (LOAN-3).

chase_loans     every evening, in one transaction with what it noted as told: a repeat tells nothing twice
still_asked     asked when a message leaves: it names what is asked then, or is not sent
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.ids import CustomerAccountId
from core.loans.chasing import ChasePolicy, LoanChase, Step, chase_of
from core.loans.fold import position
from core.loans.states import LoanState
from core.messages import LoanLate, LoanReminder, LoanStep, Message
from core.money import Money
from core.promises import PromiseState
from core.schedule import Due as DueTime
from storage import loan_schedules, loan_stories, organisations, outbox, promises
from storage import loans as store
from storage.loans import Loan, Told
from storage.organisations import Organisation
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.loans.officers import tell_late
from usecases.schedule import complete

if TYPE_CHECKING:
    from usecases.truth import Queued

USUAL = ChasePolicy()
_BEFORE = frozenset({Step.SOON, Step.TODAY})
LONGEST_OFFICER = 18


def chase_loans(tx: Tx, due: DueTime) -> str:
    """Queue what borrowers are to be told today. Who has promised is left in peace until the day is over."""
    organisation = organisations.by_id(tx, due.organisation)
    running = store.of_organisation(tx, organisation.id, states=[LoanState.ACTIVE])
    today = organisation.local_day(tx.now)
    stories = loan_stories.stories(tx, [loan.account for loan in running])
    found: list[tuple[Loan, LoanChase]] = []
    for loan in running:
        if _is_promised(tx, loan.account):
            continue
        told = [(on, Step(step)) for on, step in loan_schedules.chased(tx, loan.account)]
        chase = chase_of(position(stories[loan.account], today), told, USUAL)
        if chase is not None:
            found.append((loan, chase))
    report = f"{len(found)} borrowers of {len(running)}"
    if not complete(tx, due, report):
        return "done before"
    code = organisations.code_of(tx, organisation.id)
    for loan, chase in found:
        loan_schedules.note_chased(tx, loan.account, *chase.told_as)
        message = _message(organisation, loan, chase, code)
        if isinstance(message, LoanLate):
            tell_late(tx, loan, message.amount, message.due_on)
        facts = MessageFacts(message, accounts=(loan.account,))
        outbox.put(tx, [Out(organisation.id, Kind.SMS, message.event, facts)])
    return report


def _is_promised(tx: Tx, account: CustomerAccountId) -> bool:
    last = promises.last_of(tx, [account]).get(account)
    return last is not None and last.state is PromiseState.OPEN


def _message(organisation: Organisation, loan: Loan, chase: LoanChase, code: str) -> LoanReminder | LoanLate:
    amount = Money(chase.minor, loan.asked.currency)
    kind = LoanReminder if chase.step in _BEFORE else LoanLate
    officer = loan.officer_name[:LONGEST_OFFICER].strip()
    step = LoanStep(chase.step.value)
    return kind(organisation.name, amount, loan.number, chase.due_on, step, officer, code)


def still_asked(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """With what is asked for now; None once it was paid, promised, or the loan has ended."""
    return [_asked_now(tx, one) for one in queued]


def _asked_now(tx: Tx, one: Queued) -> Message | None:
    message, (account, *_) = one.message, one.facts.accounts
    assert isinstance(message, LoanReminder | LoanLate)
    loan = store.load(tx, account)
    told = loan.told if loan is not None and loan.state is LoanState.ACTIVE else None
    if told is None or _is_promised(tx, account):
        return None
    if isinstance(message, LoanLate):
        return replace(message, amount=told.late, due_on=told.late_since) if told.late_since else None
    is_next = told.next_on == message.due_on and told.next
    # On the day itself the next instalment that is told is already the one after it.
    return replace(message, amount=told.next) if is_next else message if _due_today(told, message) else None


def _due_today(told: Told, message: LoanReminder) -> bool:
    return message.due_on == told.on and told.due.minor > 0
