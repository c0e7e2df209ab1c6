"""Loan officers in the chat: their own figures, what is late; a manager sees all of them; a school is offered none (LOAN-3)."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core.ids import StaffId
from core.permissions import Role
from core.phones import Msisdn
from core.schedule import Due
from storage.database import DatabaseUrl
from storage.tables import organisations
from storage.tx import Tx
from tests.bot.chat import DANIEL, ESTHER, RUTH, ChatTown, chat_town
from tests.usecases.lending import BODA, Lender
from tests.world import TESTER, kes
from usecases.arrears import chase_arrears
from usecases.commands import MakePromise
from usecases.loans.changing import GiveToOfficer, give_to_officer
from usecases.loans.chasing import chase_loans
from usecases.loans.lending import SetProduct, set_product
from usecases.promises import make_promise
from usecases.schedule import begin_run


def one_yes_is_enough(tx: Tx, _: None) -> None:
    settings = json.loads(tx.connection.scalar(sa.select(organisations.c.settings)) or "")
    settings |= {"code_above_minor": 10**9, "tiers": [{"people": 1, "roles": ["loan_officer", "manager"]}]}
    tx.connection.execute(sa.update(organisations).values(settings=json.dumps(settings)))


async def lends(town: ChatTown) -> Lender:
    await town.world.app.write(one_yes_is_enough, None)
    await town.world.app.write(set_product, SetProduct(town.world.organisation, BODA, TESTER))
    at = Lender(town.world)
    at.officer = await town.hires(ESTHER, "Peter Kamau", Role.LOAN_OFFICER)
    at.boss = await town.hires(DANIEL, "Mary Atieno", Role.MANAGER)
    return at


async def test_an_officer_sees_their_own_loans_and_a_manager_everybodys(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        at = await lends(town)
        ruth = await town.hires(RUTH, "Ruth Cherono", Role.LOAN_OFFICER)
        mine, hers = await at.lends("0712345678", 6_000), await at.lends("0722111222", 2_000)
        wish = GiveToOfficer(town.world.organisation, hers, StaffId(UUID(ruth.name)), at.boss)
        await town.world.app.write(give_to_officer, wish)
        await at.days_pass(40)

        await town.says(ESTHER, "/menu")
        assert await town.presses(ESTHER, "Loans") == (
            "Loans today, collected over 30 days\nPeter Kamau: 1 loans, KSh 6,227.12 out\n"
            "1 late with KSh 1,178.27 · PAR30 0.0 % · PAR60 0.0 % · PAR90 0.0 % · collected 0.0 %"
        )
        late = await town.presses(ESTHER, "Which are late")
        assert late == f"Late loans, the worst first\n{mine} Borrower 678: KSh 1,178.27 since 21 Dec 2026 (10 days)"
        assert "Peter Kamau" in await town.presses(ESTHER, "Loans")

        await town.says(DANIEL, "/menu")
        seen = await town.presses(DANIEL, "Loans")
        assert [line.partition(":")[0] for line in seen.splitlines()[1::2]] == ["Peter Kamau", "Ruth Cherono", "All"]
        assert hers in await town.presses(DANIEL, "Which are late")


async def test_where_nothing_is_late_or_lent_that_is_said(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(RUTH, "Ruth Cherono", Role.MANAGER)
        await town.says(RUTH, "/menu")
        assert "Loans" not in town.offers(RUTH)

        at = await lends(town)
        await town.says(DANIEL, "/menu")
        assert "All: 0 loans, KSh 0 out" in await town.presses(DANIEL, "Loans")
        await at.lends("0712345678", 6_000)
        await town.presses(DANIEL, "Menu")
        assert "1 loans, KSh 6,000 out" in await town.presses(DANIEL, "Loans")
        assert "Which are late" not in town.offers(DANIEL)


async def test_an_officer_hears_of_a_promise_of_one_that_was_missed_and_of_lateness(
    sqlite_database: DatabaseUrl,
) -> None:
    async with chat_town(sqlite_database) as town:
        at = await lends(town)
        number = await at.lends("0712345678", 6_000)
        await at.days_pass(32)
        loan = (await at.sees(number)).loan
        word = MakePromise(
            at.world.organisation, loan.account, Msisdn("254712345678"), kes(500), date(2026, 12, 24), "sms"
        )

        await at.world.app.write(make_promise, word)
        await at.world.app.write(make_promise, word)  # said twice, heard once
        await town.settles()
        heard = [town.sees(ESTHER)]
        await at.days_pass(3)
        for job, work in (("arrears", chase_arrears), ("loan_reminders", chase_loans)):
            due = await at.world.app.write(begin_run, Due(job, at.world.organisation, at.world.clock.now()))
            assert due is not None
            await at.world.app.write(work, due)
            await town.settles()
            heard.append(town.sees(ESTHER))

        assert heard == [
            f"Kivuli Primary School: Borrower 678 promises KSh 500 for {number} by 24 Dec 2026.",
            f"Kivuli Primary School: Borrower 678 promised KSh 500 for {number} by 24 Dec 2026; it did not come.",
            f"Kivuli Primary School: Borrower 678 is late with KSh 1,178.27 for {number} since 21 Dec 2026.",
        ]
        texted = "SELECT event FROM outbox WHERE event = 'loan_news' AND kind = 'sms'"
        assert at.world.rows(texted) == []  # who has a chat reads it there


async def test_an_officer_without_a_chat_hears_of_a_promise_by_sms(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        at = await lends(town)
        at.officer = await town.hires(RUTH, "Ruth Cherono", Role.LOAN_OFFICER, linked=False)
        number = await at.lends("0712345678", 6_000)
        loan = (await at.sees(number)).loan
        word = MakePromise(
            at.world.organisation, loan.account, Msisdn("254712345678"), kes(500), date(2026, 11, 24), "sms"
        )

        await at.world.app.write(make_promise, word)

        assert at.world.rows("SELECT kind FROM outbox WHERE event = 'loan_news'") == [("sms",)]
