"""A loan is told again: what the books should hold by its story, less what they hold, is posted, each part on its own day.

Called wherever money comes to a loan or leaves it, whenever something is decided about it, and every night. Told twice it
does nothing the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.application import CustomerAccount
from core.ids import CustomerAccountId, OrganisationId
from core.ledger import JournalEntry
from core.loans.entries import LoanBooks, loan_moved
from core.loans.events import Movement, corrections
from core.loans.fold import Position, position
from core.loans.forecast import Forecast, required
from core.loans.states import GIVEN, LoanState, told_state
from core.money import Money
from core.payments import Payment
from core.permissions import Actor, ActorKind
from storage import customer_accounts, ledger, loan_schedules, loan_stories, organisations
from storage import loans as store
from storage.loans import Loan, Told
from storage.tx import Tx
from storage.types import in_order
from usecases.noting import note_of

BY_ITS_STORY = Actor(ActorKind.SYSTEM, "loans", "story")


def tell_loans(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, Told]:
    """Bring those of these accounts that are loans up to date with their stories. In one order with everybody else who
    touches accounts, so that nobody waits in a circle."""
    lent = store.among(tx, accounts)
    if not lent:
        return {}
    customer_accounts.standings(tx, lent, lock=True)
    return _tell_all(tx, list(store.load_all(tx, lent, lock=True).values()))


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
    return _tell_all(tx, [loan])[loan.account]


def _tell_all(tx: Tx, loans: Sequence[Loan]) -> dict[CustomerAccountId, Told]:
    """Each by its own story; read and written by set, as many as they are."""
    accounts = [loan.account for loan in loans]
    days = {
        id_: organisations.by_id(tx, id_).local_day(tx.now) for id_ in in_order({one.organisation for one in loans})
    }
    stories, booked = loan_stories.stories(tx, accounts), loan_stories.booked(tx, accounts)
    found = [(loan, position(stories[loan.account], days[loan.organisation])) for loan in loans]
    _book(tx, [(loan, corrections(now.movements, booked[loan.account])) for loan, now in found], booked)
    _schedule(tx, found)
    told = {loan.account: _told(now, loan, required(stories[loan.account], now.on)) for loan, now in found}
    store.save_told(tx, told.items())
    for loan, now in found:
        _follow(tx, loan, now)
    return told


def _schedule(tx: Tx, found: Sequence[tuple[Loan, Position]]) -> None:
    """A new version where a story asks for other instalments than were written down last."""
    written = loan_schedules.schedules(tx, [loan.account for loan, _ in found])
    for loan, now in found:
        version, rows = written[loan.account]
        if now.run.rows and now.run.rows != rows:
            loan_schedules.add_schedule(tx, loan.account, version + 1, now.run.rows)


def value_day(payment: Payment, accounts: Iterable[CustomerAccount], today: date) -> date:
    """When money that is moved or assigned now counts: for a loan, on the day on which it came, as if it had been right from
    the first day."""
    is_lent = any(account.is_loan for account in accounts)
    return payment.value_on if is_lent else today


def books_of(loan: Loan) -> LoanBooks:
    return LoanBooks(loan.organisation, loan.account, loan.asked.currency, loan.fee.minor)


def _book(
    tx: Tx,
    changes: Iterable[tuple[Loan, Iterable[Movement]]],
    booked: Mapping[CustomerAccountId, Sequence[Movement]],
) -> None:
    journal: list[JournalEntry] = []
    moved: list[tuple[CustomerAccountId, Movement]] = []
    for loan, movements in changes:
        numbers = Counter((movement.on, movement.kind) for movement in booked[loan.account])
        for movement in movements:
            number = numbers[movement.on, movement.kind] + 1
            journal.append(loan_moved(books_of(loan), movement, number=number))
            moved.append((loan.account, movement))
    ids = ledger.post(tx, journal)
    loan_stories.book(tx, [(id_, account, movement) for id_, (account, movement) in zip(ids, moved, strict=True)])


def _told(now: Position, loan: Loan, coming: Forecast) -> Told:
    run, late = now.run, now.run.oldest_late(now.on)
    currency = loan.asked.currency
    following = coming.payments[0] if coming.payments else None
    return Told(
        on=now.on,
        given_on=next((movement.on for movement in now.movements if movement.kind.value == "disbursed"), None),
        principal=Money(run.principal, currency),
        interest=Money(run.interest, currency),
        penalty=Money(run.penalty, currency),
        payoff=Money(now.payoff, currency),
        late=Money(now.late if late else 0, currency),
        late_since=late.due_on if late else None,
        next_on=following.on if following else None,
        next=Money(following.minor if following else 0, currency),
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
