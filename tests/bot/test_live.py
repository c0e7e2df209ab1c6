"""One message a chat that follows the day: written anew when it would say something else, in Telegram's pace (ANA-1)."""

from __future__ import annotations

from bot.telegram.live import Following
from core.permissions import Role
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, GROUP
from tests.bot.test_payments import office


async def test_the_live_message_follows_what_comes_and_is_silent_otherwise(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(DANIEL, "/menu")
        first = await town.presses(DANIEL, "Today, live")
        assert "3 payments, KSh 3,100\nWaiting for their owner: 2\nTo be decided: 0" in first
        number = town.newest(DANIEL)["id"]
        following = Following(town.world.app)

        await town.world.clock.advance(10)
        await following.round()
        await town.settles()
        assert not town.post(DANIEL, number).get("edited")

        await town.world.arrives(town.world.notice("SK1024", 500, receipt="UKL0000009"))
        await following.round()
        await following.round()
        await town.settles()
        assert "4 payments, KSh 3,600" in town.post(DANIEL, number)["text"]
        await town.presses(DANIEL, "Newest payments", message=number)
        assert "4 payments, KSh 3,600" in town.post(DANIEL, number)["text"]


async def test_a_group_hears_four_times_a_minute_and_who_lost_the_right_nothing(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        following = Following(town.world.app)
        for who, chat in ((ESTHER, ESTHER), (DANIEL, GROUP)):
            await town.says(who, "/menu", in_=chat)
            await town.presses(who, "Today, live", in_=chat)
        private, group = town.newest(ESTHER)["id"], town.newest(GROUP)["id"]
        await town.world.staff(Role.REQUESTER, phone=f"254{ESTHER}", name="Esther Mutheu")

        await town.world.arrives(town.world.notice("SK1024", 500, receipt="UKL0000009"))
        await following.round()
        await town.settles()
        assert "3 payments" in town.post(GROUP, group)["text"]
        await town.world.clock.advance(15)
        await following.round()
        await town.settles()

        assert "4 payments" in town.post(GROUP, group)["text"]
        assert "3 payments" in town.post(ESTHER, private)["text"]
