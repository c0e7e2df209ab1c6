"""What a lender and each officer look at: loans with their lateness, the figures over them, and what-if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.ids import OrganisationId, StaffId
from core.loans.events import Repaid
from core.loans.fold import position
from core.loans.forecast import WhatIf, what_if
from core.loans.portfolio import Portfolio, portfolio
from core.loans.states import GIVEN, LoanNotThere, LoanState
from core.money import Money
from core.permissions import Actor, ActorKind, Role
from storage import loan_stories, organisations
from storage import loans as store
from storage.loans import Loan
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.loans.naming import loan_named

PERIOD_DAYS = 30
"""Over how many days, with today, the collection rate is reckoned."""


def seen_by(actor: Actor) -> StaffId | None:
    """Whose loans this actor sees: a loan officer their own, everybody else all (None)."""
    is_officer = actor.kind is ActorKind.STAFF and actor.role is Role.LOAN_OFFICER
    return StaffId(UUID(actor.name)) if is_officer else None


def listed(
    tx: Tx, organisation: OrganisationId, officer: StaffId | None, states: Sequence[LoanState], *, late: bool = False
) -> list[Loan]:
    """A query: loans by number; `late` leaves only those with something late, the worst first."""
    found = store.of_organisation(tx, organisation, states=states, officer=officer)
    if not late:
        return found
    behind = [loan for loan in found if loan.told is not None and loan.told.late_since is not None]
    return sorted(behind, key=lambda loan: (loan.told.late_since if loan.told else None) or date.max)


@dataclass(frozen=True, slots=True)
class OfficersFigures:
    """`officer` None: of loans that nobody looks after. The last line of a list is of all, with `name` empty."""

    officer: StaffId | None
    name: str
    figures: Portfolio


def figures(tx: Tx, organisation: Organisation, officer: StaffId | None) -> list[OfficersFigures]:
    """A query: the portfolio by officer as of today, then over all of them; only their own for one officer."""
    today = organisation.local_day(tx.now)
    since = today - timedelta(days=PERIOD_DAYS - 1)
    found = store.of_organisation(tx, organisation.id, states=GIVEN, officer=officer)
    told = loan_stories.stories(tx, [loan.account for loan in found])
    places = {loan.account: position(told[loan.account], today) for loan in found}
    officers = dict.fromkeys((loan.officer, loan.officer_name) for loan in found)
    lines = [
        OfficersFigures(
            id_,
            name or "-",
            portfolio(
                [places[loan.account] for loan in found if loan.officer == id_],
                since=since,
                currency=organisation.currency,
            ),
        )
        for id_, name in sorted(officers, key=lambda one: one[1])
    ]
    whole = portfolio(list(places.values()), since=since, currency=organisation.currency)
    return [*lines, OfficersFigures(None, "", whole)]


def ask_what_if(
    tx: Tx, organisation: OrganisationId, number: str, amount: Money, on: date | None
) -> tuple[Loan, WhatIf]:
    """A query: what one more payment would change. Raises `LoanNotThere` for a loan that does not run."""
    loan = loan_named(tx, organisation, number)
    if loan.state is not LoanState.ACTIVE:
        raise LoanNotThere(loan.number, loan.state.value)
    today = organisations.by_id(tx, organisation).local_day(tx.now)
    pays = Repaid(max(on or today, today), amount.minor)
    return loan, what_if(loan_stories.story(tx, loan.account), pays, today)
