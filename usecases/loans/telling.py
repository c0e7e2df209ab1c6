"""A loan is told again: what the books should hold by its story, less what they hold, is posted, each part on its own day.

Called wherever money comes to a loan or leaves it, whenever something is decided about it, and every night. Told twice it
does nothing the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.application import CustomerAccount
from core.ids import CustomerAccountId, OrganisationId
from core.loans.entries import LoanBooks, loan_moved
from core.loans.events import Movement, corrections
from core.loans.fold import Position, position
from core.loans.forecast import required
from core.loans.states import GIVEN, LoanState, told_state
from core.money import Money
from core.payments import Payment
from core.permissions import Actor, ActorKind
from storage import customer_accounts, ledger, organisations
from storage import loans as store
from storage.loans import Loan, Told
from storage.tx import Tx
from usecases.noting import note_of

BY_ITS_STORY = Actor(ActorKind.SYSTEM, "loans", "story")


def tell_loans(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, Told]:
    """Bring those of these accounts that are loans up to date with their stories. In one order with everybody else who
    touches accounts, so that nobody waits in a circle."""
    lent = store.among(tx, accounts)
    if not lent:
        return {}
    customer_accounts.standings(tx, lent, lock=True)
    told = {}
    for account in lent:
        loan = store.load(tx, account, lock=True)
        assert loan is not None
        told[account] = tell(tx, loan)
    return told


@dataclass(frozen=True, slots=True)
class TellDue:
    """The night has passed: interest, penalties and lateness of each loan that runs, at most `limit` of them."""

    organisation: OrganisationId
    limit: int = 200


def tell_due(tx: Tx, wish: TellDue) -> int:
    """How many were told; fewer than `limit` when all are. Safe to repeat."""
    today = organisations.by_id(tx, wish.organisation).local_day(tx.now)
    return len(tell_loans(tx, store.stale(tx, wish.organisation, today, limit=wish.limit)))


def tell(tx: Tx, loan: Loan) -> Told:
    """The story of one loan until today, in the books. The caller holds the locks."""
    today = organisations.by_id(tx, loan.organisation).local_day(tx.now)
    story = store.story(tx, loan.account)
    now = position(story, today)
    _book(tx, loan, corrections(now.movements, booked := store.booked(tx, loan.account)), booked)
    version, rows = store.schedule_of(tx, loan.account)
    if now.run.rows and now.run.rows != rows:
        store.add_schedule(tx, loan.account, version + 1, now.run.rows)
    coming = required(story, today).payments
    told = _told(now, loan, coming[0].on if coming else None, coming[0].minor if coming else 0)
    store.save_told(tx, loan.account, told)
    _follow(tx, loan, now)
    return told


def value_day(payment: Payment, accounts: Iterable[CustomerAccount], today: date) -> date:
    """When money that is moved or assigned now counts: for a loan, on the day on which it came, as if it had been right from
    the first day."""
    is_lent = any(account.is_loan for account in accounts)
    return payment.value_on if is_lent else today


def books_of(loan: Loan) -> LoanBooks:
    return LoanBooks(loan.organisation, loan.account, loan.asked.currency, loan.fee.minor)


def _book(tx: Tx, loan: Loan, changes: Iterable[Movement], booked: list[Movement]) -> None:
    numbers = Counter((movement.on, movement.kind) for movement in booked)
    new = [(movement, numbers[movement.on, movement.kind] + 1) for movement in changes]
    ids = ledger.post(tx, [loan_moved(books_of(loan), movement, number=number) for movement, number in new])
    store.book(tx, loan.account, [(id_, movement) for id_, (movement, _) in zip(ids, new, strict=True)])


def _told(now: Position, loan: Loan, next_on: date | None, next_minor: int) -> Told:
    run, late = now.run, now.run.oldest_late(now.on)
    currency = loan.asked.currency
    return Told(
        on=now.on,
        given_on=next((movement.on for movement in now.movements if movement.kind.value == "disbursed"), None),
        principal=Money(run.principal, currency),
        interest=Money(run.interest, currency),
        penalty=Money(run.penalty, currency),
        payoff=Money(now.payoff, currency),
        late=Money(now.late if late else 0, currency),
        late_since=late.due_on if late else None,
        next_on=next_on,
        next=Money(next_minor, currency),
        due=Money(now.due, currency),
        held=Money(run.credit, currency),
        worst_late=run.worst_late,
    )


def _follow(tx: Tx, loan: Loan, now: Position) -> None:
    """The state of a loan that was given is what its story says."""
    if now.run.terms is None or loan.state not in GIVEN:
        return
    after = told_state(now)
    if after is not loan.state:
        change_state(tx, loan, after, BY_ITS_STORY, reason="its story")


def change_state(tx: Tx, loan: Loan, after: LoanState, actor: Actor, *, reason: str) -> None:
    """Save it, with a row in the loan's history."""
    store.save_state(tx, loan.account, after)
    note_of(
        tx,
        *(actor, loan.organisation, f"loan_{after.value}", "loan", loan.account),
        before=loan.state.value,
        after=after.value,
        reason=reason,
    )
