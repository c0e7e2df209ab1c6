"""Money that nobody's account fits is told at once in the chats of those who can find its owner; a storm by its number (PAY-7)."""

from __future__ import annotations

from core.permissions import Role
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town


async def test_waiting_money_is_told_at_once_and_a_storm_by_its_number(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.REQUESTER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO, linked=False)
        await town.world.students({"SK1024": 4_000})
        before = town.sees(ESTHER), town.sees(DANIEL)

        async def told() -> int:
            return int(town.world.rows("SELECT count(*) FROM outbox WHERE event = 'money_waits'")[0][0])

        await town.world.arrives(town.world.notice("SK1024", 1_500))
        await town.settles()
        assert (town.sees(ESTHER), await told()) == (before[0], 0)

        await town.world.arrives(town.world.notice("ADM 9", 700, receipt="UKL4R7TX12"))
        await town.settles()
        assert town.sees(ESTHER).endswith("KSh 700 waits for its owner (ADM 9, UKL4R7TX12).")
        assert town.sees(DANIEL) == before[1]

        for number in range(8):
            await town.world.arrives(town.world.notice("ADM 9", 100 + number))
        assert await told() == 5
        await town.world.arrives(town.world.notice("ADM 9", 900))
        await town.settles()
        assert "10 payments wait for their owners, the last KSh 900" in town.sees(ESTHER)
        assert await told() == 6
