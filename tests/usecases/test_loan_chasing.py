"""Borrowers are told in time, in graver words later, and not once more than is true; officers hear who paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.ids import CustomerAccountId, OrganisationId
from core.messages import LoanLate, LoanReminder
from core.money import Money
from core.permissions import Actor
from core.phones import Msisdn
from core.schedule import Due
from storage import callers
from storage.database import DatabaseUrl
from storage.tables import staff
from storage.tx import Tx
from tests.usecases.lending import Lender, lender
from tests.usecases.test_crashes import Cut
from tests.world import TESTER, World, kes, open_world
from usecases.commands import MakePromise
from usecases.loans.chasing import chase_loans
from usecases.loans.lending import Apply, apply
from usecases.loans.officers import tell_officers
from usecases.messages import Claim, claim_messages
from usecases.promises import make_promise
from usecases.schedule import begin_run

ASHA = "254712345678"


@pytest.fixture
async def world(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    opened = open_world(sqlite_database)
    yield opened
    opened.close()
    assert opened.bugs == []


async def evening(at: Lender) -> list[tuple[str, int]]:
    """What borrowers are told this evening: the step, and how much is asked for."""
    due = Due("loan_reminders", OrganisationId(at.world.organisation), at.world.clock.now())
    taken = await at.world.app.write(begin_run, due)
    assert taken is not None
    await at.world.app.write(chase_loans, taken)
    return await told(at)


async def told(at: Lender) -> list[tuple[str, int]]:
    claimed = await at.world.app.write(claim_messages, Claim(50))
    said = [one.message for one in claimed]
    return [
        (message.step.value, message.amount.minor) for message in said if isinstance(message, LoanReminder | LoanLate)
    ]


async def test_a_borrower_is_told_before_on_and_after_the_day_each_once(world: World) -> None:
    at = await lender(world)
    await at.lends(ASHA, 6_000, 6)
    heard = []
    for days in (27, 1, 1, 1, 1, 6, 1):
        await at.days_pass(days)
        heard.append(await evening(at))

    assert heard == [[], [("soon", 107_115)], [], [("today", 107_115)], [("late", 107_115)], [("later", 117_827)], []]


async def test_who_has_paid_is_not_reminded_not_even_of_what_was_queued(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 6)
    await at.days_pass(31)
    due = Due("loan_reminders", world.organisation, world.clock.now())
    taken = await world.app.write(begin_run, due)
    assert taken is not None
    assert await world.app.write(chase_loans, taken) == "1 borrowers of 1"
    await at.repays(number, 1_200, ASHA)

    assert await told(at) == []


async def test_a_promise_silences_until_its_day_is_over(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 6)
    await at.days_pass(31)
    account = (await at.sees(number)).loan.account
    (relation,) = (await world.app.read(callers.caller, Msisdn.parse(ASHA), "*384*70421#")).relations
    wish = MakePromise(world.organisation, account, Msisdn.parse(ASHA), kes(1_000), date(2026, 12, 25), "ussd")
    await world.app.write(make_promise, wish)

    assert relation.accounts[0].may_promise
    assert await evening(at) == []


async def test_a_borrower_sees_what_ends_the_loan_and_what_comes_next(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 6)

    (relation,) = (await world.app.read(callers.caller, Msisdn.parse(ASHA), "*384*70421#")).relations

    (seen,) = relation.accounts
    assert (seen.reference, seen.holder, seen.owed) == (number, "Boda loan", kes(6_000))
    assert (seen.instalment, seen.due_on) == (Money(107_115, kes(1).currency), date(2026, 12, 21))


async def test_a_late_borrower_sees_the_day_by_which_all_that_is_asked_for_is_wanted(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 6)
    await at.days_pass(41)

    (relation,) = (await world.app.read(callers.caller, Msisdn.parse(ASHA), "*384*70421#")).relations

    told = (await at.sees(number)).loan.told
    assert told is not None
    assert told.late_since == date(2026, 12, 21)
    (seen,) = relation.accounts
    assert (seen.instalment, seen.instalment_by, seen.due_on) == (told.next, told.next_on, told.late_since)


async def test_the_officer_hears_at_once_who_paid(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)

    await at.repays(number, 1_000, ASHA)

    claimed = await world.app.write(claim_messages, Claim(50))
    assert sorted(one.message.event for one in claimed) == ["loan_repaid", "loan_told", "payment_received"]


async def test_an_evening_that_is_repeated_tells_nothing_twice(world: World) -> None:
    at = await lender(world)
    await at.lends(ASHA)
    await at.days_pass(29)
    due = Due("loan_reminders", world.organisation, world.clock.now())
    taken = await world.app.write(begin_run, due)
    assert taken is not None

    first = await world.app.write(chase_loans, taken)
    again = await world.app.write(chase_loans, taken)

    assert (first, again) == ("1 borrowers of 1", "done before")


async def test_what_was_queued_for_a_loan_that_has_ended_is_not_sent(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    await at.days_pass(35)
    taken = await world.app.write(begin_run, Due("loan_reminders", world.organisation, world.clock.now()))
    assert taken is not None
    await world.app.write(chase_loans, taken)
    await at.repays(number, 8_000, ASHA)

    assert await told(at) == []


async def test_no_officer_hears_of_a_loan_that_nobody_looks_after_or_who_has_left(world: World) -> None:
    at = await lender(world)
    wish = Apply(world.organisation, "BODA", kes(5_000), 6, Msisdn.parse(ASHA), TESTER, "Asha")
    asked = await world.app.write(apply, wish)
    await at.decides(asked, by=at.officer)
    await at.gives(asked.number)
    await world.app.write(_leaves, at.officer)

    await at.repays(asked.number, 500, ASHA)

    claimed = await world.app.write(claim_messages, Claim(50))
    assert [one.message.event for one in claimed] == ["loan_told", "payment_received"]

    await at.days_pass(35)
    assert [step for step, _ in await evening(at)] == ["late"]
    account = (await at.sees(asked.number)).loan.account
    word = MakePromise(world.organisation, account, Msisdn.parse(ASHA), kes(500), date(2026, 12, 29), "ussd")
    await world.app.write(make_promise, word)
    assert world.rows("SELECT event FROM outbox WHERE event = 'loan_news'") == []


def _leaves(tx: Tx, officer: Actor) -> None:
    tx.connection.execute(sa.update(staff).where(staff.c.id == UUID(officer.name)).values(disabled_at=tx.now))


async def test_of_money_for_no_loan_no_officer_hears(world: World) -> None:
    at = await lender(world)

    def tells(tx: Tx, command: None) -> None:
        tell_officers(tx, [(CustomerAccountId(tx.new_id()), kes(5))])

    await world.app.write(tells, None)

    assert await told(at) == []


async def test_of_many_payments_at_once_officers_hear_by_as_many_questions_as_of_one(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lender's evening brings hundreds in one commit."""
    world = open_world(sqlite_database)
    at = await lender(world)
    accounts = [(await at.sees(await at.lends(phone))).loan.account for phone in (ASHA, "254712345679")]
    before = len(world.rows("SELECT 1 FROM outbox WHERE event = 'loan_repaid'"))
    asked = Cut(world, monkeypatch)

    async def statements(paid: list[tuple[CustomerAccountId, Money]]) -> int:
        asked.seen = 0
        await world.app.write(tell_officers, paid)
        return asked.seen

    one = await statements([(accounts[0], kes(5))])
    many = await statements([(account, kes(5)) for account in accounts * 3])
    asked.forget()

    assert one == many
    assert len(world.rows("SELECT 1 FROM outbox WHERE event = 'loan_repaid'")) - before == 7
    world.close()
