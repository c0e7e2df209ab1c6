"""Much money is given to its owner, or moved, from the chat: one asks, another says yes with a code, all see it (OUT-3, TG-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.permissions import Role
from core.phones import Msisdn
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, ChatTown, chat_town
from tests.bot.test_approvals import signs_up

PAYER = Msisdn("254712345678")


@asynccontextmanager
async def office(url: DatabaseUrl) -> AsyncIterator[ChatTown]:
    """A cashier, a manager and a CFO; much money without its owner, much with the wrong one, and a little."""
    async with chat_town(url) as town:
        await town.world.students({"SK1024": 4_000, "SK1025": 9_000})
        await town.world.arrives(
            town.world.notice("nobody", 60_000, payer=PAYER, receipt="UKL0000001"),
            town.world.notice("SK1024", 70_000, payer=PAYER, receipt="UKL0000002"),
            town.world.notice("who", 500, payer=PAYER, receipt="UKL0000003"),
        )
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        yield town


async def gives(town: ChatTown, to: str) -> str:
    await town.says(ESTHER, "UKL0000001")
    await town.presses(ESTHER, town.offers(ESTHER)[0])
    await town.presses(ESTHER, "Give to its owner")
    await town.says(ESTHER, to)
    await town.says(ESTHER, "The mother <called>")
    return await town.presses(ESTHER, "Yes, do it")


async def test_much_is_asked_for_shown_with_its_facts_and_given_with_the_second_yes(
    sqlite_database: DatabaseUrl,
) -> None:
    async with office(sqlite_database) as town:
        daniel = await signs_up(town, DANIEL, "daniel")

        await gives(town, "sk 1025")

        said = [post["text"] for post in town.telegram.view(ESTHER)["messages"] if post["from"] == "bot"]
        assert any(text.startswith("KSh 60,000 to SK1025: so much takes a second person.") for text in said)
        assert town.sees(DANIEL) == (
            "Suspense UKL0000001: KSh 60,000\n"
            "Asked for by Esther Mutheu\n"
            "from: suspense\n"
            "reason: The mother <called>\n"
            "to: SK1025 Student SK1025\n"
            "· Too few of this kind in 90 days to say what is usual (0)\n"
            "Waits for 1 more yes of: chief of finance, manager, treasurer"
        )
        assert town.offers(ESTHER) == ["Take it back"]
        assert await town.world.owes("SK1025") == 9_000_00
        number = town.newest(RUTH)["id"]
        await town.presses(DANIEL, "Approve")
        await town.says(DANIEL, daniel.code)

        assert "Approved and carried out" in town.post(RUTH, number)["text"]
        assert "to: SK1025 Student SK1025" in town.post(RUTH, number)["text"]
        assert await town.world.owes("SK1025") == -51_000_00
        assert town.world.broken_laws() == []


async def test_a_manager_does_not_move_much_alone(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        ruth, daniel = await signs_up(town, RUTH, "ruth"), await signs_up(town, DANIEL, "daniel")
        await town.says(DANIEL, "UKL0000002")
        await town.presses(DANIEL, town.offers(DANIEL)[0])
        await town.presses(DANIEL, "Move it")
        await town.says(DANIEL, "SK1025")
        await town.says(DANIEL, "the sister's number")

        await town.presses(DANIEL, "Yes, do it")
        said = [post["text"] for post in town.telegram.view(DANIEL)["messages"] if post["from"] == "bot"]
        assert any(text.startswith("KSh 70,000 to be moved to SK1025") for text in said)
        assert "from: SK1024 70000.00" in town.sees(RUTH)
        assert town.offers(DANIEL) == ["Take it back"]
        await town.presses(RUTH, "Approve")
        await town.says(RUTH, daniel.code)  # somebody else's code
        assert await town.world.owes("SK1024") == -66_000_00
        await town.world.clock.advance(30)
        await town.says(RUTH, ruth.code)

        assert (await town.world.owes("SK1024"), await town.world.owes("SK1025")) == (4_000_00, -61_000_00)


async def test_who_asked_takes_it_back_and_nobody_is_offered_it_any_more(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await gives(town, "SK1025")
        number = town.newest(DANIEL)["id"]

        await town.presses(ESTHER, "Take it back")

        assert "Approve" not in str(town.post(DANIEL, number).get("buttons"))
        assert await town.world.suspense() == 60_500_00


async def test_of_several_at_once_each_that_is_too_much_waits(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "/menu")
        await town.presses(ESTHER, "Money that waits")
        await town.presses(ESTHER, "Several at once")
        await town.says(ESTHER, "UKL0000001 SK1025\nUKL0000003 SK1025")

        await town.presses(ESTHER, "Yes, give these 2")

        said = [post["text"] for post in town.telegram.view(ESTHER)["messages"] if post["from"] == "bot"]
        assert (
            "Done by Esther Mutheu:\n… KSh 60,000 to SK1025 waits for somebody else's yes\n✓ KSh 500 to SK1025" in said
        )
        assert await town.world.owes("SK1025") == 8_500_00
