"""Borrowing by phone: what may be had is shown with its whole cost, and what was shown is what is asked for (LOAN-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.errors import NotFound
from core.loans.products import LimitRule
from core.loans.states import LoanState
from core.organisations import Kind
from core.phones import Msisdn
from dialogue.program import Program
from dialogue.world import QuoteLoan
from storage import callers
from storage.database import DatabaseUrl
from tests.usecases.lending import BODA, Lender, lender
from tests.usecases.signing import PASSPHRASES
from tests.world import TESTER, kes, open_world
from usecases.commands import AskLoan
from usecases.loans.asking import LendingSeen, ask_loan, lending_seen, quote_seen
from usecases.loans.lending import Applied, LoanRefused, OfferChanged, SetProduct, set_product
from usecases.verification import verify

ASHA = Msisdn("254712345678")


@pytest.fixture
async def at(sqlite_database: DatabaseUrl) -> AsyncIterator[Lender]:
    world = open_world(sqlite_database)
    yield await lender(world)
    assert await world.app.read(verify) == []
    world.close()
    assert world.bugs == []


async def asks(at: Lender, shillings: int = 6_000, *, intent: str = "ussd:1", **changed: Any) -> Applied:
    """As somebody does who was shown the cost of today."""
    shown = await at.world.app.read(quote_seen, at.world.organisation, ASHA, "BODA", kes(shillings), 6)
    wish = AskLoan(
        at.world.organisation, "BODA", kes(shillings), 6, shown.total, ASHA, name="Asha Wanjiku", intent=intent
    )
    return await at.world.app.write(ask_loan, replace(wish, **changed))


async def sees(at: Lender) -> LendingSeen:
    return await at.world.app.read(lending_seen, at.world.organisation, ASHA)


async def test_what_is_shown_before_the_yes_is_what_the_loan_is(at: Lender) -> None:
    before = await sees(at)
    shown = await at.world.app.read(quote_seen, at.world.organisation, ASHA, "BODA", kes(6_000), 6)

    asked = await asks(at)
    waits = await sees(at)
    await at.decides(asked, by=at.officer)
    await at.gives(asked.number)
    runs = await sees(at)

    (offer,) = before.offers
    assert (before.loans, offer.least, offer.most, offer.terms) == ((), kes(1_000), kes(10_000), (1, 3, 6))
    assert (shown.sent, shown.count, shown.to_phone) == (kes(5_900), 6, False)
    assert (waits.loans[0].state, waits.loans[0].coming, waits.offers, waits.why) == (
        LoanState.APPLIED,
        (),
        (),
        "waiting",
    )
    (loan,) = runs.loans
    assert (loan.number, loan.name, loan.payoff, loan.late) == ("LOAN-000001", "Boda loan", kes(6_000), kes(0))
    assert (
        (loan.coming[0][0], loan.coming[-1][0])
        == (shown.first_on, shown.last_on)
        == (
            date(2026, 12, 21),
            date(2027, 5, 21),
        )
    )
    assert sum(amount.minor for _, amount in loan.coming) == shown.total.minor
    assert loan.coming[0][1] == shown.each
    assert runs.offers[0].most == kes(4_000)


async def test_a_line_that_dropped_asks_once(at: Lender) -> None:
    first = await asks(at)

    assert await asks(at) == first  # the gateway repeats
    assert await asks(at, intent="ussd:2") == first  # dialled again
    with pytest.raises(LoanRefused):
        await asks(at, 5_000, intent="ussd:3")


async def test_what_costs_something_else_since_it_was_shown_is_not_asked_for(at: Lender) -> None:
    with pytest.raises(OfferChanged):
        await asks(at, total=kes(6_000))

    assert (await sees(at)).loans == ()


async def test_somebody_new_gives_their_name(at: Lender) -> None:
    with pytest.raises(NotFound):
        await asks(at, name="")

    await asks(at)

    assert (await at.sees("LOAN-000001")).loan.borrower_name == "Asha Wanjiku"


async def test_what_has_ended_is_not_shown_and_the_limit_has_grown(at: Lender) -> None:
    number = await at.lends(ASHA.digits, 6_000, 1)
    await at.repays(number, 6_000, ASHA.digits)

    seen = await sees(at)

    assert (seen.loans, seen.offers[0].most) == ((), kes(12_500))


async def test_a_first_limit_below_the_least_offers_nothing(at: Lender) -> None:
    small = replace(BODA, limit=LimitRule(first_minor=50_000))
    await at.world.app.write(set_product, SetProduct(at.world.organisation, small, TESTER))

    assert await sees(at) == LendingSeen((), (), "new")


async def test_the_phone_knows_who_lends(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    await world.school(kinds=(Kind.SCHOOL, Kind.LENDER))
    await world.app.write(set_product, SetProduct(world.organisation, BODA, TESTER))
    program = Program(world.app, PASSPHRASES, public_url="https://karani.example")

    (relation,) = (await program.caller(ASHA, "*384*70421#")).relations
    again = await world.app.read(callers.relation, world.organisation, ASHA)
    offers = (await program.find_loans(world.organisation, ASHA)).offers
    shown = await program.quote_loan(QuoteLoan(world.organisation, ASHA, "BODA", kes(2_000), 3))
    wish = AskLoan(world.organisation, "BODA", kes(2_000), 3, shown.total, ASHA, "Asha", "ussd:1")
    asked = await program.ask_loan(wish)

    assert relation.lends
    assert again is not None
    assert again.lends
    assert [offer.code for offer in offers] == ["BODA"]
    assert asked.number == "LOAN-000001"
    world.close()
