"""Who may speak in the chat: linked by a one-time deep link, known by role, refused politely otherwise (TG-1)."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.errors import NotFound
from core.ids import StaffId
from core.permissions import Role
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, GROUP, STRANGER, chat_town
from tests.world import TESTER
from usecases.staff import Disable, disable


async def test_a_stranger_is_refused_politely_and_changes_nothing(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        answer = await town.says(STRANGER, "/menu")

        assert "I do not know you here" in answer
        assert "Kivuli Primary School" in answer
        assert town.offers(STRANGER) == []
        assert town.world.rows("SELECT came_to FROM chat_updates") == [("stranger",)]


async def test_a_link_makes_the_chat_the_persons_own_once(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        esther = await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER, linked=False)
        token = await town.link(esther)

        welcome = await town.says(ESTHER, f"/start {token}")
        again = await town.says(STRANGER, f"/start {token}")

        assert welcome.startswith("Welcome, Esther Mutheu.")
        assert "cashier of Kivuli" in welcome
        assert again == "This link was used or is too old. Ask for another."
        trail = town.world.rows(
            "SELECT action, origin FROM changes WHERE action IN ('chat_link_issued', 'chat_linked') ORDER BY id"
        )
        assert trail == [("chat_link_issued", "test"), ("chat_linked", "telegram")]
        assert town.world.rows("SELECT event FROM outbox WHERE kind = 'sms'") == [("access_changed",)]


async def test_a_link_is_good_for_ten_minutes_and_the_newest_only(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        esther = await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER, linked=False)
        first = await town.link(esther)
        second = await town.link(esther)
        await town.world.clock.advance(timedelta(minutes=10).total_seconds())

        assert "too old" in await town.says(ESTHER, f"/start {first}")
        assert "too old" in await town.says(ESTHER, f"/start {second}")


async def test_one_chat_account_is_one_person(database: DatabaseUrl) -> None:
    async with chat_town(database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        daniel = await town.hires(DANIEL, "Daniel Koech", Role.MANAGER, linked=False)
        token = await town.link(daniel)

        refused = await town.says(ESTHER, f"/start {token}")
        accepted = await town.says(DANIEL, f"/start {token}")

        assert refused == "This Telegram account belongs to somebody else here."
        assert accepted.startswith("Welcome, Daniel Koech.")


async def test_a_link_is_not_taken_in_a_group(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        esther = await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER, linked=False)
        token = await town.link(esther)

        assert "private chat" in await town.says(ESTHER, f"/start {token}", in_=GROUP)
        assert "Welcome" in await town.says(ESTHER, f"/start {token}")


async def test_the_link_ends_by_oneself_by_blocking_the_bot_and_by_leaving(database: DatabaseUrl) -> None:
    async with chat_town(database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        daniel = await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)

        await town.says(ESTHER, "/me")
        await town.presses(ESTHER, "End the link")
        goodbye = await town.presses(ESTHER, "Yes, end it")
        assert goodbye == "Done: this chat is not linked any more. Goodbye, Esther."
        assert "do not know you" in await town.says(ESTHER, "/menu")

        await town.world.app.write(disable, Disable(StaffId(UUID(daniel.name)), TESTER))
        assert "do not know you" in await town.says(DANIEL, "/menu")

        ruth = await town.hires(700900003, "Ruth Cherono", Role.CFO)
        town.telegram.block(700900003)
        await town.settles()
        assert town.world.rows("SELECT count(*) FROM chat_people") == [(0,)]
        assert ruth.role is Role.CFO


async def test_a_person_speaks_the_language_that_they_choose(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)

        await town.presses(ESTHER, "Language")
        answer = await town.presses(ESTHER, "Kiswahili")

        assert answer == "Kivuli Primary School\nUngependa kufanya nini, Esther?"
        assert "Msaada" in town.offers(ESTHER)


async def test_without_a_bot_there_is_no_link(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        other = await town.world.other_school("hilltop")
        somebody = await other.staff(Role.MANAGER, phone="254700900009", name="Jane Wanjala")

        with pytest.raises(NotFound):
            await town.link(somebody)


async def test_telegram_may_be_down_while_people_write_and_answers_follow_once(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        before = len(town.telegram.view(ESTHER)["messages"])

        town.telegram.mood = Mood(down=True)
        town.telegram.say(ESTHER, "/menu")
        await town.settles()
        assert len(town.telegram.view(ESTHER)["messages"]) == before + 1
        town.telegram.mood = Mood()
        await town.world.clock.advance(120)
        await town.settles()

        assert [post["text"] for post in town.telegram.view(ESTHER)["messages"][before + 1 :]] == [
            "Kivuli Primary School\nWhat would you like to do, Esther?"
        ]
