"""Loans: each is told again, and the books, the schedule and the lists must say what its story says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from core.loans.entries import loan_moved
from core.loans.events import corrections
from core.loans.fold import Position, position
from core.loans.states import GIVEN, LoanState, told_state
from storage import handovers, organisations
from storage import loans as store
from storage import verification as books
from storage.loans import Loan
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.loans.telling import books_of
from usecases.verification.findings import Finding


def loans(tx: Tx) -> Iterator[Finding]:
    """What happened to a loan until it was told last gives what its books, its schedule and its row say."""
    for organisation in organisations.all_organisations(tx):
        found = store.of_organisation(tx, organisation.id)
        stories = store.stories(tx, [loan.account for loan in found])
        yield from _sent(tx, found)
        yield from _handed_over(tx, organisation, found)
        for loan in found:
            until = loan.told.on if loan.told else organisation.local_day(tx.now)
            yield from _loan(tx, organisation, loan, position(stories[loan.account], until))


def _loan(tx: Tx, organisation: Organisation, loan: Loan, now: Position) -> Iterator[Finding]:
    account = loan.account
    booked = store.booked(tx, [account])[account]
    for wrong in corrections(now.movements, [one for one in booked if one.on <= now.on]):
        what = f"{loan.number}: on {wrong.on} its books lack {wrong.owed + wrong.recovered} of {wrong.kind.value}"
        yield Finding("loan_movements", str(account), what)
    yield from _posted(tx, loan)
    _, rows = store.schedule_of(tx, account)
    if now.run.rows and now.run.rows != rows:  # of money that never arrived the last schedule stays as it was
        yield Finding("loan_instalments", str(account), f"{loan.number}: its schedule is not what its terms give")
    if loan.state in GIVEN and told_state(now) is not loan.state:
        yield Finding("loans", str(account), f"{loan.number}: it is {loan.state.value}, by its story it is not")
    if loan.state not in GIVEN and now.run.terms is not None:
        yield Finding("loans", str(account), f"{loan.number}: it is {loan.state.value}, but was given")
    told, run = loan.told, now.run
    if told is not None:
        says = told.principal.minor, told.interest.minor, told.penalty.minor, told.held.minor, told.payoff.minor
        if says != (run.principal, run.interest, run.penalty, run.credit, now.payoff):
            yield Finding("loans", str(account), f"{loan.number}: its row says another sum than its story")


def _sent(tx: Tx, found: Sequence[Loan]) -> Iterator[Finding]:
    """What has left for a borrower is what is on its way: all that arrived is lent, and nothing is lent that did not leave."""
    places = {loan.account: books_of(loan).part("sent").id for loan in found}
    held = books.balances_of(tx, list(places.values()))
    for loan in found:
        expected = loan.sent.minor if loan.state is LoanState.DISBURSING else 0
        if (minor := held.get(places[loan.account], 0)) != expected:
            what = f"{loan.number}: it is {loan.state.value}, {minor} has left for it, and not {expected}"
            yield Finding("loans", str(loan.account), what)


def _handed_over(tx: Tx, organisation: Organisation, found: Sequence[Loan]) -> Iterator[Finding]:
    """Whose hands let a loan go is what its history tells, and none of them had asked for it."""
    hands = handovers.of_organisation(tx, organisation.id)
    for loan in found:
        if (mine := hands.get(loan.account)) is None:
            continue
        if mine.kept != mine.told:
            what = f"{loan.number}: {mine.kept.total()} hands let it go, not those of which its history tells"
            yield Finding("loan_handovers", str(loan.account), what)
        if mine.is_askers:
            yield Finding("loan_handovers", str(loan.account), f"{loan.number}: whoever asked for it let it go")


def _posted(tx: Tx, loan: Loan) -> Iterator[Finding]:
    """Each movement is what its entry posted."""
    places = books_of(loan)
    counted: dict[tuple[date, str], int] = {}
    for entry, movement in store.booked_by_entry(tx, [loan.account])[loan.account]:
        number = counted[movement.on, movement.kind.value] = counted.get((movement.on, movement.kind.value), 0) + 1
        expected = loan_moved(places, movement, number=number)
        found = books.posted_under(tx, [expected.key]).get(expected.key)
        lines = {posting.account.id.hex: posting.minor for posting in expected.postings}
        if found is None or found.moved != lines or found.value_on != movement.on:
            what = f"{loan.number}: {movement.kind.value} of {movement.on} is not what was posted"
            yield Finding("loan_movements", str(entry), what)
