"""Buttons are bound to person, chat and message, end, and act once: whatever is pressed, forged, replayed or forwarded (TG-2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.telegram.desk import TakeUp, take_up
from core.chats import BUTTONS_FOR
from core.permissions import Role
from storage import chats
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, GROUP, STRANGER, ChatTown, chat_town
from tests.bot.test_payments import office
from tests.rivals import rival_of

YES, NO = "Yes, do it", "No"


async def asks_to_give(town: ChatTown, who: int, receipt: str, account: str) -> int:
    """Somebody is one press away from giving money to its owner; the message that offers it."""
    await town.says(who, receipt)
    await town.presses(who, town.offers(who)[0])
    await town.presses(who, "Give to its owner")
    await town.says(who, account)
    await town.says(who, "because")
    return int(town.newest(who)["id"])


async def forges(town: ChatTown, chat: int, number: int, data: str, *, by: int) -> str:
    town.telegram.forge(chat, number, data, by=by)
    await town.settles()
    return town.notice(chat)


async def test_whatever_is_wrong_with_a_press_is_said_and_changes_nothing(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        number = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        yes, _no = town.telegram.data_of(ESTHER, number)
        await town.says(DANIEL, "/menu")
        theirs = int(town.newest(DANIEL)["id"])
        await town.says(DANIEL, "/menu", in_=GROUP)
        shown = int(town.newest(GROUP)["id"])

        assert await forges(town, DANIEL, theirs, yes, by=DANIEL) == "This is a copy. Use the first message."
        assert await forges(town, ESTHER, theirs + 900, yes, by=ESTHER) == "This is a copy. Use the first message."
        assert await forges(town, GROUP, shown, yes, by=ESTHER) == "This is a copy. Use the first message."
        assert await forges(town, ESTHER, number, yes, by=DANIEL) == "This button is for somebody else."
        assert await forges(town, ESTHER, number, yes[:-1] + "_", by=ESTHER) == "This button is too old. Send /menu."
        assert await forges(town, ESTHER, number, "", by=ESTHER) == "This button is too old. Send /menu."
        assert "do not know you" in await forges(town, ESTHER, number, yes, by=STRANGER)
        await town.world.clock.advance(BUTTONS_FOR.total_seconds())
        assert await forges(town, ESTHER, number, yes, by=ESTHER) == "Offered too long ago. Send /menu."
        assert await town.world.suspense() == 1_600_00


async def test_two_people_who_press_in_the_same_instant_have_one_effect_and_the_late_one_is_told_who(
    database: DatabaseUrl,
) -> None:
    async with office(database) as town:
        first = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        second = await asks_to_give(town, DANIEL, "UKL0000002", "SK1025")

        town.telegram.press(ESTHER, first, YES)
        town.telegram.press(DANIEL, second, YES)
        await town.world.clock.advance(0)
        await asyncio.gather(town.workers()[0].round(), town.workers()[0].round())
        await town.settles()

        given_ = [await town.world.owes(number) for number in ("SK1024", "SK1025")]
        assert given_ == [1_800_00, 9_000_00]
        assert town.sees(ESTHER).startswith("✓ KSh 700 given to SK1024 by Esther Mutheu")
        assert town.notice(DANIEL) == "Not found: UKL0000002."
        assert town.world.broken_laws() == []


async def test_in_a_group_the_second_to_press_learns_who_was_first(sqlite_database: DatabaseUrl) -> None:
    async with office(sqlite_database) as town:
        await town.says(ESTHER, "UKL0000002")
        await town.says(ESTHER, "/menu", in_=GROUP)
        await town.presses(ESTHER, "Newest payments", in_=GROUP)
        await town.presses(ESTHER, next(one for one in town.offers(GROUP) if "nobody" in one), in_=GROUP)
        await town.presses(ESTHER, "Give to its owner", in_=GROUP)
        await town.says(ESTHER, "SK1024", in_=GROUP)
        await town.says(ESTHER, "because", in_=GROUP)
        number = int(town.newest(GROUP)["id"])
        (yes, _) = town.telegram.data_of(GROUP, number)

        await forges(town, GROUP, number, yes, by=DANIEL)
        late = await forges(town, GROUP, number, yes, by=ESTHER)

        assert late == "Already done, by Daniel Koech."
        assert "by Daniel Koech" in town.sees(GROUP)
        assert await town.world.suspense() == 900_00


PRESSES = st.lists(
    st.tuples(
        st.sampled_from([ESTHER, DANIEL, STRANGER]),
        st.sampled_from([ESTHER, DANIEL, GROUP]),
        st.sampled_from(["yes", "no", "made up", "other's", "late"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def test_any_interleaving_of_presses_replays_and_forgeries_has_one_effect_by_an_entitled_person(
    sqlite_template: Path, sqlite_copy: Callable[[Path], DatabaseUrl], proving: bool
) -> None:
    """The model: money is given at most once, and only by a press of Esther, in her chat, at her message, in time."""

    @settings(
        max_examples=300 if proving else 4,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(PRESSES)
    def holds(presses: list[tuple[int, int, str, bool]]) -> None:
        asyncio.run(_lives_through(sqlite_copy(sqlite_template), presses))

    holds()


async def _lives_through(url: DatabaseUrl, presses: list[tuple[int, int, str, bool]]) -> None:
    async with chat_town(url) as town:
        await town.world.students({"SK1024": 4_000})
        await town.world.arrives(town.world.notice("nobody", 700, receipt="UKL0000002"))
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.AUDITOR)
        await town.says(DANIEL, "/menu")
        number = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        yes, no = town.telegram.data_of(ESTHER, number)
        other = town.telegram.data_of(DANIEL, town.newest(DANIEL)["id"])[0]
        named = {"yes": yes, "no": no, "made up": "A" * 22, "other's": other, "late": yes}
        is_open, is_given, is_late = True, False, False
        for who, chat, what, at_the_message in presses:
            if what == "late" and not is_late:
                await town.world.clock.advance(BUTTONS_FOR.total_seconds())
                is_late = True
            town.telegram.forge(chat, number if at_the_message else number + 50, named[what], by=who)
            counts = who == chat == ESTHER and at_the_message and is_open and not is_late
            if counts and what in ("yes", "no"):
                is_open, is_given = False, is_given or what == "yes"
            await town.settles()
        assert await town.world.suspense() == (0 if is_given else 700_00)
        assert town.world.rows("SELECT count(*) FROM changes WHERE action = 'suspense_assigned'") == [(int(is_given),)]


async def updates_waiting(town: ChatTown) -> list[TakeUp]:
    """What was told and not taken up yet, in its order."""
    await town.world.clock.advance(0)
    return [TakeUp(*one) for one in await town.world.app.read(chats.pending_updates, limit=10)]


@pytest.mark.postgres
async def test_two_processes_take_two_presses_up_in_the_same_instant_and_one_counts(
    database: DatabaseUrl,
) -> None:
    if database.is_sqlite:
        pytest.skip("one process owns a SQLite file")
    async with office(database) as town:
        first = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        second = await asks_to_give(town, DANIEL, "UKL0000002", "SK1025")
        town.telegram.press(ESTHER, first, YES)
        town.telegram.press(DANIEL, second, YES)
        mine, theirs = await updates_waiting(town)

        with rival_of(town.world) as rival:
            came = await rival.overlap(
                lambda: town.world.app.write(take_up, mine), lambda: rival.world.app.write(take_up, theirs)
            )

        assert came == ("give_now", "not_found")
        assert [await town.world.owes(number) for number in ("SK1024", "SK1025")] == [1_800_00, 9_000_00]
        assert town.world.broken_laws() == []


@pytest.mark.postgres
async def test_two_processes_take_the_same_press_up_and_it_has_one_effect(database: DatabaseUrl) -> None:
    if database.is_sqlite:
        pytest.skip("one process owns a SQLite file")
    async with office(database) as town:
        number = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        town.telegram.press(ESTHER, number, YES)
        (press,) = await updates_waiting(town)

        with rival_of(town.world) as rival:
            came = await rival.overlap(
                lambda: town.world.app.write(take_up, press), lambda: rival.world.app.write(take_up, press)
            )

        assert came == ("give_now", "known")
        assert await town.world.suspense() == 900_00


async def test_a_crash_before_the_commit_leaves_the_press_waiting_and_the_repeat_is_the_uncut_result(
    sqlite_database: DatabaseUrl,
) -> None:
    async with office(sqlite_database) as town:
        number = await asks_to_give(town, ESTHER, "UKL0000002", "SK1024")
        town.telegram.press(ESTHER, number, YES)
        (press,) = await updates_waiting(town)

        def crash() -> None:
            raise RuntimeError("the power is cut")

        town.world.writer.before_commit = crash
        with pytest.raises(RuntimeError):
            await town.world.app.write(take_up, press)
        town.world.writer.before_commit = lambda: None
        town.world.bugs.clear()
        assert await town.world.suspense() == 1_600_00
        assert await updates_waiting(town) == [press]
        await town.settles()

        assert await town.world.suspense() == 900_00
        assert town.sees(ESTHER).startswith("✓ KSh 700 given to SK1024")
