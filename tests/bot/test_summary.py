"""The day's summary comes into the chats of those who hear of it and are linked (NOT-1)."""

from __future__ import annotations

from core.permissions import Role
from core.schedule import Due
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town
from usecases.schedule import begin_run
from usecases.summary import summarise_day


async def test_the_summary_is_read_in_the_chat_as_well(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO, linked=False)
        await town.world.students({"SK1024": 4_000})
        await town.world.arrives(town.world.notice("SK1024", 1_500))
        before = town.sees(ESTHER)

        due = Due("daily_summary", town.world.organisation, town.world.clock.now())
        await town.world.app.write(begin_run, due)
        await town.world.app.write(summarise_day, due)
        await town.settles()

        assert "1,500" in town.sees(DANIEL)
        assert town.sees(ESTHER) == before
        assert town.world.rows("SELECT kind, count(*) FROM outbox WHERE event = 'daily_summary' GROUP BY kind") == [
            ("chat", 1),
            ("sms", 2),
        ]
