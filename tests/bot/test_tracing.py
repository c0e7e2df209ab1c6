"""`karani trace` goes from an update of Telegram's to what it moved, and back."""

from __future__ import annotations

from core.ids import OrganisationId
from storage.chains import chain
from storage.database import DatabaseUrl
from tests.bot.chat import ESTHER
from tests.bot.test_buttons import YES, asks_to_give
from tests.bot.test_payments import office


async def test_from_the_press_to_the_entry_and_the_payers_message_and_back(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        number = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        await town.presses(ESTHER, YES, message=number)
        ((update,),) = town.world.rows("SELECT number FROM chat_updates WHERE came_to = 'give_now'")

        forwards = await town.world.app.read(chain, str(update))
        backwards = await town.world.app.read(chain, "UKL0000002")

        for found in (forwards, backwards):
            told = {(link.kind, link.what) for link in found}
            assert ("chat_update", f"telegram update {update}") in told
            assert ("change", "payment: suspense_assigned") in told
            assert ("entry", "suspense_assigned") in told
            assert ("message", "sms payment_received") in told
        assert await town.world.app.read(chain, str(update), OrganisationId(town.world.ids.new())) == []
