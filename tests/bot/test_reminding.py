"""The office has late families reminded from the chat: who would hear what, yes, and what came of each (PAY-11)."""

from __future__ import annotations

from core.permissions import Role
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, GROUP, RUTH, ChatTown, chat_town
from tests.usecases.test_arrears import days_ago, owes_since, queued
from tests.usecases.test_reminding import promises


async def office(town: ChatTown) -> None:
    await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
    await town.hires(RUTH, "Ruth Cherono", Role.AUDITOR)
    await owes_since(town.world, days_ago(40), KV10=1_000)
    await owes_since(town.world, days_ago(9), KV20=2_000, KV30=3_000)
    await promises(town.world, "KV30")


async def test_what_would_be_sent_is_shown_first_and_each_student_is_reported(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await office(town)

        await town.says(ESTHER, "/menu")
        shown = await town.presses(ESTHER, "Remind who is late")
        assert (
            "Late by 1+ days: 3 students, KSh 6,000. Families to be texted: 2; have promised: 1; told today: 0" in shown
        )
        assert "✓ KV10 Student KV10: KSh 1,000 since 12 Oct 2026" in shown
        assert "… KV30 Student KV30: KSh 3,000 since 12 Nov 2026, has promised" in shown
        assert "arrears_warning" not in queued(town.world)

        done = await town.presses(ESTHER, "Yes, send texts: 2")
        assert "Esther Mutheu has texts sent to families: 2." in done
        assert queued(town.world).count("arrears_warning") == 2

        await town.says(ESTHER, "/menu")
        again = await town.presses(ESTHER, "Remind who is late")
        assert "Families to be texted: 0; have promised: 1; told today: 2" in again
        assert "told today" in again
        assert not any("Yes, send" in label for label in town.offers(ESTHER))


async def test_only_the_latest_and_nobody_at_last(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await office(town)

        await town.says(ESTHER, "/menu")
        await town.presses(ESTHER, "Remind who is late")
        shown = await town.presses(ESTHER, "Only 30+ days late")
        assert "KV10" in shown
        assert "KV20" not in shown
        await town.presses(ESTHER, "Yes, send texts: 1")
        assert queued(town.world).count("arrears_warning") == 1


async def test_it_is_offered_to_who_may_and_shown_in_no_group(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.says(DANIEL, "/menu")
        assert "Remind who is late" not in town.offers(DANIEL)  # nobody learns here

        await office(town)
        await town.says(RUTH, "/menu")
        assert "Remind who is late" not in town.offers(RUTH)
        await town.says(DANIEL, "/menu", in_=GROUP)
        assert "private chat" in await town.presses(DANIEL, "Remind who is late", in_=GROUP)


async def test_many_are_shown_in_part_and_none_is_said_so(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await owes_since(town.world, days_ago(9), **{f"KV{number}": 1_000 for number in range(10, 30)})

        await town.says(ESTHER, "/menu")
        assert "… and 5 more" in await town.presses(ESTHER, "Remind who is late")
        assert "Nobody is late by 30+ days." in await town.presses(ESTHER, "Only 30+ days late")
