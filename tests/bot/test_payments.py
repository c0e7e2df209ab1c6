"""The office finds payments in the chat, gives waiting money to its owner and moves what went wrong (PAY-7, PAY-11, PAY-12)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.permissions import Role
from core.phones import Msisdn
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, GROUP, RUTH, ChatTown, chat_town

PAYER = Msisdn("254712345678")


@asynccontextmanager
async def office(url: DatabaseUrl) -> AsyncIterator[ChatTown]:
    """A cashier, a manager and an auditor; one payment with its owner, two without."""
    async with chat_town(url) as town:
        await town.world.students({"SK1024": 4_000, "SK1025": 9_000})
        await town.world.arrives(
            town.world.notice("SK1024", 1_500, payer=PAYER, name="Asha <b>Mwangi</b>", receipt="UKL0000001"),
            town.world.notice("nobody", 700, payer=PAYER, receipt="UKL0000002"),
            town.world.notice("who knows & co", 900, payer=PAYER, receipt="UKL0000003"),
        )
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.AUDITOR)
        yield town


async def test_a_payment_is_found_by_whatever_one_has_of_it(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        for text in ("ukl0000001", "R000001", "0712 345 678", "sk-1024", "Student SK1024"):
            await town.says(ESTHER, text)
            assert any("SK1024" in label for label in town.offers(ESTHER)), text
        await town.says(ESTHER, "who knows & co")
        assert town.offers(ESTHER)[0].startswith("KSh 900")

        assert "I found no payment for UKL9" in await town.says(ESTHER, "UKL9")
        assert "no payment for <x>" in await town.says(ESTHER, "<x>")


async def test_a_payments_page_masks_the_phone_for_who_may_not_see_it_and_in_groups(
    sqlite_database: DatabaseUrl,
) -> None:
    async with office(sqlite_database) as town:
        pages = {}
        for who, chat in ((ESTHER, ESTHER), (DANIEL, DANIEL), (DANIEL, GROUP)):
            if chat == GROUP:
                await town.says(who, "/menu", in_=GROUP)
                await town.presses(who, "Newest payments", in_=GROUP)
                label = next(label for label in town.offers(GROUP) if "SK1024" in label)
                pages[chat] = await town.presses(who, label, in_=GROUP)
            else:
                await town.says(who, "UKL0000001")
                pages[chat] = await town.presses(who, town.offers(who)[0])

        assert "254712***678" in pages[ESTHER]
        assert "254712345678 Asha <b>Mwangi</b>" in pages[DANIEL]
        assert "254712***678" in pages[GROUP]
        assert "254712345678" not in str(town.telegram.view(GROUP))


async def test_history_and_exchanges_are_shown_and_secrets_are_not(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(RUTH, "UKL0000001")
        await town.presses(RUTH, town.offers(RUTH)[0])

        history = await town.presses(RUTH, "History")
        await town.presses(RUTH, "Back")
        said = await town.presses(RUTH, "Exchanges")

        assert "payment_completed" in history
        assert '{"raw":true}' in said


async def test_waiting_money_is_given_to_its_owner_with_a_reason_and_once(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "/menu")
        await town.presses(ESTHER, "Money that waits")
        await town.presses(ESTHER, next(label for label in town.offers(ESTHER) if "nobody" in label))
        await town.presses(ESTHER, "Give to its owner")
        assert "surely means nobody" in await town.says(ESTHER, "SK9999 <&>")
        await town.says(ESTHER, "sk 1025")
        sure = await town.says(ESTHER, "The mother called & said so")
        assert sure.startswith("Give KSh 700 to Student SK1025, SK1025?\nReason: The mother called & said so")
        message = town.newest(ESTHER)["id"]
        done = await town.presses(ESTHER, "Yes, do it")

        assert done.startswith("✓ KSh 700 given to SK1025 by Esther Mutheu.")
        assert await town.world.owes("SK1025") == 8_300_00
        (row,) = town.world.rows("SELECT origin, reason FROM changes WHERE action = 'suspense_assigned'")
        assert row == ("telegram", "staff:SK1025 The mother called & said so")
        for data in town.telegram.data_of(ESTHER, message):
            town.telegram.forge(ESTHER, message, data)
        await town.settles()
        assert await town.world.owes("SK1025") == 8_300_00
        assert town.world.broken_laws() == []


async def test_a_manager_moves_a_payment_and_a_cashier_is_not_offered_it(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "UKL0000001")
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        assert "Move it" not in town.offers(ESTHER)

        await town.says(DANIEL, "UKL0000001")
        await town.presses(DANIEL, town.offers(DANIEL)[0])
        await town.presses(DANIEL, "Move it")
        await town.says(DANIEL, "SK1025")
        assert "Move all of KSh 1,500 to Student SK1025" in await town.says(DANIEL, "typed the sister's number")
        done = await town.presses(DANIEL, "Yes, do it")

        assert done.startswith("✓ KSh 1,500 moved to SK1025 by Daniel Koech")
        assert (await town.world.owes("SK1024"), await town.world.owes("SK1025")) == (4_000_00, 7_500_00)


async def test_several_are_given_at_once_after_a_look_each_by_itself(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "/menu")
        await town.presses(ESTHER, "Money that waits")
        await town.presses(ESTHER, "Several at once")
        look = await town.says(ESTHER, "UKL0000002 SK1024\nUKL0000003 SK1025\nUKL0000001 SK1025\n<b> nobody")
        assert look.startswith("2 of 4 can be given:\n✓ KSh 700 of UKL0000002 to Student SK1024, SK1024")
        assert look.count("✗") == 2

        await town.says(DANIEL, "UKL0000003")
        await town.presses(DANIEL, town.offers(DANIEL)[0])
        await town.presses(DANIEL, "Give to its owner")
        await town.says(DANIEL, "SK1024")
        await town.says(DANIEL, "it is his")
        await town.presses(DANIEL, "Yes, do it")
        report = await town.presses(ESTHER, "Yes, give these 2")

        assert report == "Done by Esther Mutheu:\n✓ KSh 700 to SK1024\n✗ SK1025: Not found: UKL0000003."
        assert await town.world.suspense() == 0
        assert town.world.broken_laws() == []


async def test_papers_come_into_the_private_chat_and_never_into_a_group(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "SK1024")
        await town.presses(ESTHER, "Statement SK1024 (PDF)")
        await town.says(ESTHER, "SK1024")
        await town.presses(ESTHER, next(label for label in town.offers(ESTHER) if "1,500" in label))
        await town.presses(ESTHER, "Receipt (PDF)")
        await town.settles()

        files = [post for post in town.telegram.view(ESTHER)["messages"] if "file" in post]
        assert [post["text"] for post in files] == ["Statement of account", "Receipt R000001"]
        assert all(town.telegram.file(ESTHER, post["id"]).startswith(b"%PDF") for post in files)

        await town.says(DANIEL, "/menu", in_=GROUP)
        await town.presses(DANIEL, "Newest payments", in_=GROUP)
        await town.presses(DANIEL, next(label for label in town.offers(GROUP) if "SK1024" in label), in_=GROUP)
        assert "private chat" in await town.presses(DANIEL, "Receipt (PDF)", in_=GROUP)


async def test_who_lost_the_right_meanwhile_is_refused_whatever_the_button_offered(
    sqlite_database: DatabaseUrl,
) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "UKL0000002")
        await town.presses(ESTHER, town.offers(ESTHER)[0])
        await town.presses(ESTHER, "Give to its owner")
        await town.says(ESTHER, "SK1024")
        await town.says(ESTHER, "because")
        await town.world.staff(Role.AUDITOR, phone=f"254{ESTHER}", name="Esther Mutheu")

        assert await town.presses(ESTHER, "Yes, do it") == "You are not allowed to do this."
        assert await town.world.suspense() == 1_600_00
