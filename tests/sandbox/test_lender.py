"""The demo's lender: loans in every state, told by the use cases, and books that hold."""

from __future__ import annotations

from core.loans.states import LoanState
from sandbox.demo import fill_lender
from sandbox.ledger_view import LedgerView
from sandbox.lender import NEWCOMER, LenderPlan
from storage import loans, organisations
from storage.database import DatabaseUrl
from tests.world import open_world
from usecases.loans.asking import lending_seen
from usecases.verification import verify


async def test_a_lender_with_loans_in_every_state_and_books_that_hold(sqlite_database: DatabaseUrl) -> None:
    world, plan = open_world(sqlite_database), LenderPlan()
    for _ in range(2):  # a second start leaves it as visitors made it
        await fill_lender(world.app, plan)
    lender = await world.app.read(organisations.by_slug, plan.slug)
    assert lender is not None

    found = await world.app.read(loans.of_organisation, lender.id)
    offered = await world.app.read(lending_seen, lender.id, NEWCOMER)
    shown = await LedgerView(world.app, [plan], "http://127.0.0.1:1").world()

    assert {loan.state for loan in found} == set(LoanState) - {LoanState.DISBURSING}
    assert sorted(loan.told.days_late for loan in found if loan.told and loan.told.days_late) == [9, 39]
    assert [offer.code for offer in offered.offers] == ["BODA", "STOCK"]
    assert await world.app.read(verify) == []
    (umoja,) = shown.organisations
    assert (umoja.kind, len(umoja.accounts)) == ("lender", len(found))
    assert [person.owed > 0 for person in shown.people if person.organisation == plan.name] == [
        True,
        True,
        False,
        False,
    ]
    world.close()
    assert world.bugs == []
