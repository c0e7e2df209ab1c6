"""A failed payment's phone is asked again from the chat: after a look, by a button that acts once (PAY-13)."""

from __future__ import annotations

from core.permissions import Role
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town

PAYER = "254712345678"
PROMPTS = "SELECT count(*) FROM outbox WHERE kind = 'prompt'"


async def test_a_cashier_asks_again_and_the_button_acts_once(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.students({"SK1024": 4_000})
        payment = await town.world.prompts(PAYER, {"SK1024": 1_500}, request_id="ws_1")
        await town.world.fails("ws_1")
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.AUDITOR)
        for who in (ESTHER, DANIEL, RUTH):
            await town.says(who, str(payment))
            await town.presses(who, town.offers(who)[0])
        assert "Ask again" not in town.offers(RUTH)

        sure = await town.presses(ESTHER, "Ask again")
        await town.presses(DANIEL, "Ask again")
        message = town.newest(ESTHER)["id"]
        done = await town.presses(ESTHER, "Yes, do it")
        theirs = await town.presses(DANIEL, "Yes, do it")
        for data in town.telegram.data_of(ESTHER, message):
            town.telegram.forge(ESTHER, message, data)
        await town.settles()

        assert sure == "Ask 254712***678 once more for KSh 1,500, for SK1024?"
        assert done == "✓ The phone is being asked for KSh 1,500 again, by Esther Mutheu."
        assert theirs.startswith("✓ The phone is being asked for KSh 1,500 again")
        assert town.world.rows(PROMPTS) == [(2,)]
        assert town.world.rows("SELECT origin FROM changes WHERE action = 'asked_again'") == [("telegram",)]
        await town.says(ESTHER, str(payment))
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        assert "Ask again" not in town.offers(ESTHER)


async def test_at_night_the_chat_says_when(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.students({"SK1024": 4_000})
        payment = await town.world.prompts(PAYER, {"SK1024": 1_500}, request_id="ws_1")
        await town.world.fails("ws_1")
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.world.clock.advance(13 * 3_600)

        await town.says(ESTHER, str(payment))
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        await town.presses(ESTHER, "Ask again")

        assert town.notice(ESTHER) == "It is night there. Try from 07:00."
        assert town.world.rows(PROMPTS) == [(1,)]
