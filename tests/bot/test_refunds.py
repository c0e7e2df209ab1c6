"""A refund from the chat: one asks, another says yes with a code, the money is on its way, all see it (OUT-1, TG-1)."""

from __future__ import annotations

from core.permissions import Role
from core.phones import MaskedMsisdn, Msisdn
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town
from tests.bot.test_approvals import signs_up

PAYER = Msisdn("254712345678")


async def test_one_asks_another_says_yes_with_a_code_and_all_see_it(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.students({"SK1024": 4_000})
        await town.world.arrives(town.world.notice("SK1024", 1_500, payer=PAYER, receipt="UKL0000001"))
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        daniel = await signs_up(town, DANIEL, "daniel")

        await town.says(ESTHER, "UKL0000001")
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        await town.presses(ESTHER, "Pay it back")
        assert "more than the KSh 1,500" in await town.says(ESTHER, "9,000")
        await town.says(ESTHER, "600/=")
        await town.says(ESTHER, "paid twice & sorry")
        asked = await town.presses(ESTHER, "Yes, do it")

        page = town.sees(DANIEL)
        assert page.startswith("Refund RF-000001: KSh 600\nAsked for by Esther Mutheu\n")
        assert "reason: paid twice & sorry" in page
        assert "· Goes back to the phone that paid" in page
        number = town.newest(RUTH)["id"]
        await town.presses(DANIEL, "Approve")
        await town.says(DANIEL, daniel.code)

        assert asked
        assert "✓ Daniel Koech said yes (telegram)" in town.post(RUTH, number)["text"]
        assert "Approved and carried out" in town.post(RUTH, number)["text"]
        assert town.world.rows("SELECT state FROM refunds") == [("paying",)]
        assert await town.world.owes("SK1024") == 3_100_00
        assert town.world.broken_laws() == []


async def test_where_the_provider_hid_who_paid_the_phone_is_asked_for(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.students({"SK1024": 4_000})
        hidden = town.world.notice("SK1024", 1_500, payer=MaskedMsisdn("2547", "678"), receipt="UKL0000001")
        await town.world.arrives(hidden)
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)

        await town.says(ESTHER, "UKL0000001")
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        await town.presses(ESTHER, "Pay it back")
        await town.says(ESTHER, "600")
        await town.says(ESTHER, "paid twice")
        assert await town.presses(ESTHER, "Yes, do it") == "To which phone? The payer's number is hidden."
        assert "12" in await town.says(ESTHER, "12")
        assert "Refund RF-000001: KSh 600" in await town.says(ESTHER, "0712 345 678")

        assert town.world.rows("SELECT state FROM refunds") == [("requested",)]
