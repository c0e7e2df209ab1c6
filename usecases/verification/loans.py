"""Loans: each is told again, and the books, the schedule and the lists must say what its story says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from core.ids import CustomerAccountId
from core.ledger import JournalEntry
from core.loans.entries import loan_moved
from core.loans.events import Movement, corrections
from core.loans.fold import Position, position
from core.loans.schedule import Row
from core.loans.states import GIVEN, LoanState, told_state
from storage import handovers, loan_schedules, loan_stories, organisations
from storage import loans as store
from storage import verification as books
from storage.loans import Loan
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.loans.telling import books_of
from usecases.verification.findings import Finding

AT_ONCE = 500
"""How many loans are read at a time."""
Booked = tuple[UUID, Movement]
"""A movement, and the entry that posted it."""


def loans(tx: Tx) -> Iterator[Finding]:
    """What happened to a loan until it was told last gives what its books, its schedule and its row say."""
    for organisation in organisations.all_organisations(tx):
        found = store.of_organisation(tx, organisation.id)
        stories = loan_stories.stories(tx, [loan.account for loan in found])
        yield from _sent(tx, found)
        yield from _handed_over(tx, organisation, found)
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            accounts = [loan.account for loan in some]
            booked, schedules = loan_stories.booked_by_entry(tx, accounts), loan_schedules.schedules(tx, accounts)
            yield from _posted(tx, some, booked)
            for loan in some:
                until = loan.told.on if loan.told else organisation.local_day(tx.now)
                moved = [movement for _, movement in booked[loan.account]]
                yield from _loan(loan, position(stories[loan.account], until), moved, schedules[loan.account][1])


def _loan(loan: Loan, now: Position, moved: Sequence[Movement], rows: Sequence[Row]) -> Iterator[Finding]:
    account = loan.account
    for wrong in corrections(now.movements, [one for one in moved if one.on <= now.on]):
        what = f"{loan.number}: on {wrong.on} its books lack {wrong.owed + wrong.recovered} of {wrong.kind.value}"
        yield Finding("loan_movements", str(account), what)
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


def _posted(tx: Tx, some: Sequence[Loan], booked: Mapping[CustomerAccountId, Sequence[Booked]]) -> Iterator[Finding]:
    """Each movement is what its entry posted."""
    expected: list[tuple[Loan, UUID, Movement, JournalEntry]] = []
    for loan in some:
        counted: Counter[tuple[date, str]] = Counter()
        for entry, movement in booked[loan.account]:
            counted[movement.on, movement.kind.value] += 1
            number = counted[movement.on, movement.kind.value]
            expected.append((loan, entry, movement, loan_moved(books_of(loan), movement, number=number)))
    posted = books.posted_under(tx, [should.key for *_, should in expected])
    for loan, entry, movement, should in expected:
        found = posted.get(should.key)
        lines = {posting.account.id.hex: posting.minor for posting in should.postings}
        if found is None or found.moved != lines or found.value_on != movement.on:
            what = f"{loan.number}: {movement.kind.value} of {movement.on} is not what was posted"
            yield Finding("loan_movements", str(entry), what)
