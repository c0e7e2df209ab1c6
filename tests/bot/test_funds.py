"""Petty cash from the chat: one asks, another says yes, a third lets it go with a code; all see it (OUT-2, OUT-3, OUT-5)."""

from __future__ import annotations

from core.permissions import Role
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town
from tests.bot.test_approvals import signs_up
from tests.world import TESTER
from usecases.funds import FundEntry, SaveFunds, save_funds

HOUSE = FundEntry("house", "House money", opening=20_000, most=10_000, least=1_000, reorder=12_000, full=20_000)


async def test_one_asks_another_approves_a_third_lets_it_go(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.app.write(save_funds, SaveFunds(town.world.organisation, (HOUSE,), TESTER))
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        ruth = await signs_up(town, RUTH, "ruth")

        await town.says(ESTHER, "/menu")
        held = await town.presses(ESTHER, "Funds")
        assert "House money: KSh 20,000, of which KSh 19,000 may go; filled up at KSh 12,000" in held
        await town.presses(ESTHER, "Ask for money: House money")
        await town.says(ESTHER, "0712 345 678\n900\nfuel")
        await town.says(ESTHER, "0712 345 678, Juma <Garage>\n90,000\nfuel\nthe van")
        sure = await town.says(ESTHER, "0712 345 678, Juma <Garage>\n900\nfuel\nThe school van, to Thika")
        assert "Ask that KSh 900 go to 254712345678 Juma <Garage> for fuel?" in sure
        assert "From House money, which then holds KSh 19,100" in sure
        await town.presses(ESTHER, "Yes, do it")

        page = town.newest(DANIEL)
        assert "House money holds KSh 20,000; after this KSh 19,100" in page["text"]
        assert "name: Juma <Garage>" in page["text"]
        await town.presses(DANIEL, "Approve")
        await town.presses(DANIEL, "Approve", message=town.newest(DANIEL)["id"])
        assert "Approved, to be carried out" in town.post(DANIEL, page["id"])["text"]

        await town.presses(RUTH, "Pay it out")
        await town.says(RUTH, "000000")
        assert "next six figures" in town.sees(RUTH)
        await town.says(RUTH, ruth.code)

        assert "is on its way" in " ".join(post["text"] for post in town.telegram.view(RUTH)["messages"])
        assert "Approved and carried out" in town.post(DANIEL, page["id"])["text"]
        assert town.world.rows("SELECT status FROM fund_payments") == [("executing",)]
        assert town.world.broken_laws() == []
