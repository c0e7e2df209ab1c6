"""A loan's whole life over the real doors, as docs/walks.md tells it: the officer's chat hears each of its turns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from core.phones import Msisdn
from sandbox.lender import NEWCOMER, OFFICERS
from sandbox.office import telegram_id
from sandbox.school import NAIROBI
from storage.database import DatabaseUrl
from tests.stories.story import Moved, Story, told
from usecases.verification import verify

PETER = telegram_id(Msisdn(OFFICERS[0][1]))


class Borrower:
    """The newcomer, and the officer beside them."""

    def __init__(self, story: Story) -> None:
        self.story = story

    async def texts(self, words: str) -> str:
        await self.story.town.phones.text(NEWCOMER, "20881", words)
        await self.story.passes(10)
        return self.story.inbox(NEWCOMER)[-1]

    async def is_given(self, number: str) -> None:
        """The officer presses his buttons, and the money comes."""
        chat = self.story.town.telegram
        for words in (number, "Say yes"):
            post = next(one for one in self.posts() if words in one["text"] and one.get("buttons"))
            chat.press(PETER, post["id"], "Approve", by=PETER)
            await self.story.passes(10)
        await self.story.passes(60)

    def posts(self) -> list[dict[str, Any]]:
        """The bot's, the newest first."""
        return [one for one in reversed(self.story.town.telegram.view(PETER)["messages"]) if one["from"] == "bot"]

    def chat(self, words: str = "Zawadi") -> list[str]:
        return [one["text"].partition(": ")[2] for one in reversed(self.posts()) if f": {words}" in one["text"]]

    async def evening(self, days: int) -> None:
        """It is half past six, so many days later; the schedule looks now and then."""
        clock = cast(Moved, self.story.world.clock)
        here = clock.now().astimezone(NAIROBI) + timedelta(days=days)
        clock.move_to(here.replace(hour=18, minute=30, second=5))
        await self.story.passes(45)


async def test_borrowed_paid_to_the_wrong_loan_moved_promised_chased_and_ended_early(
    sqlite_database: DatabaseUrl,
) -> None:
    async with told(sqlite_database, lends=True) as story:
        me = Borrower(story)
        assert "LOAN-000013" in await story.dial(NEWCOMER, "1", "1", "5000", "1", "Zawadi Atieno", "1")
        await story.passes(10)
        await me.is_given("LOAN-000013")
        await me.texts("apply stock 3000 for 3 months")
        assert "LOAN-000014" in await me.texts("yes")
        await me.is_given("LOAN-000014")

        await story.town.phones.paybill(NEWCOMER, "600200", "l0an-oooo14", "1365")
        await story.passes(20)
        assert "1,365 received for LOAN-000014" in story.inbox(NEWCOMER)[-1]
        code = story.inbox(NEWCOMER)[-1].split("(")[1].split(")")[0]
        assert "from LOAN-000014 to LOAN-000013" in await me.texts(f"move {code} LOAN-000013")
        assert "now counts for LOAN-000013" in await me.texts("yes")
        assert "We will not remind you" in await me.texts("promise 500 LOAN-000013 23/11")
        await me.evening(3)
        assert "promised by 23 Nov 2026, did not come" in story.inbox(NEWCOMER)[-1]
        await me.evening(12)
        assert "was due on 5 Dec 2026" in story.inbox(NEWCOMER)[-1]
        for loans in ("1", "2"):  # where one loan is left, paying it comes first
            await story.dial(NEWCOMER, loans, "1", "1", "2", "1")
            await story.passes(10)
            await story.enters_pin(NEWCOMER)
            await story.passes(20)

        heard = [one.split("\n")[0] for one in me.chat()]
        assert await story.world.app.read(verify) == []
    who = "Zawadi Atieno"
    assert heard == [
        "KSh 5,000",
        "KSh 3,000",
        f"{who} paid KSh 1,365 for LOAN-000014. KSh 1,635 ends it today.",
        f"{who} paid KSh 1,365 for LOAN-000013. KSh 3,635 ends it today.",
        f"{who} promises KSh 500 for LOAN-000013 by 23 Nov 2026.",
        f"{who} promised KSh 500 for LOAN-000013 by 23 Nov 2026; it did not come.",
        f"{who} is late with KSh 1,365 for LOAN-000013 since 5 Dec 2026.",
        f"{who} paid KSh 3,883 for LOAN-000013. It is repaid.",
        f"{who} paid KSh 3,060 for LOAN-000014. It is repaid.",
    ]
