"""Linking, keeping updates, keeping house: the transactions below the chat."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
import sqlalchemy as sa

from core.chats import MOST_TRIES, ChatLinkSpent
from core.errors import NotFound, NotPermitted
from core.ids import ProviderAccountId, StaffId
from core.organisations import Kind
from core.permissions import Actor, Role
from storage import chats, organisations
from storage.database import DatabaseUrl
from storage.tables import chat_people
from storage.tx import Tx
from tests.world import TESTER, World
from usecases.chats import (
    KEPT_FOR,
    Broken,
    IssueLink,
    KeepUpdate,
    LinkChat,
    Unlink,
    follow_in_chats,
    forget_old_chats,
    issue_link,
    keep_update,
    link_chat,
    put_update_off,
    unlink,
)
from usecases.setup import ProviderAccountEntry, SetUp, set_up
from usecases.staff import Disable, disable
from usecases.verification import verify


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


@pytest_asyncio.fixture
async def bot(world: World) -> ProviderAccountId:
    entry = ProviderAccountEntry("telegram", "kivuli_bot", "sandbox", "key-of-the-bot", {"token": "1:x"})
    wish = SetUp("kivuli", "Kivuli Primary School", (Kind.SCHOOL,), "KE", "en", (), (entry,), TESTER)
    await world.app.write(set_up, wish)
    (found,) = [one for one in await world.app.read(organisations.connections) if one.account.provider == "telegram"]
    return found.account.id


def staff_id(actor: Actor) -> StaffId:
    return StaffId(UUID(actor.name))


async def test_ones_own_link_or_an_admins_and_nobody_elses(world: World, bot: ProviderAccountId) -> None:
    esther = await world.staff(Role.CASHIER)
    daniel = await world.staff(Role.MANAGER, phone="254700900002", name="Daniel Koech")
    boss = await world.staff(Role.ADMIN, phone="254700900003", name="Ruth Cherono")

    for who in (esther, boss):
        issued = await world.app.write(issue_link, IssueLink(staff_id(esther), "token", who))
        assert issued.address("token") == "https://t.me/kivuli_bot?start=token"
    with pytest.raises(NotPermitted):
        await world.app.write(issue_link, IssueLink(staff_id(esther), "token", daniel))
    with pytest.raises(NotFound):
        await world.app.write(issue_link, IssueLink(StaffId(world.ids.new()), "token", boss))


async def test_who_was_disabled_meanwhile_is_not_linked(world: World, bot: ProviderAccountId) -> None:
    esther = await world.staff(Role.CASHIER)
    await world.app.write(disable, Disable(staff_id(esther), TESTER))

    with pytest.raises(NotFound):
        await world.app.write(issue_link, IssueLink(staff_id(esther), "token", TESTER))
    with pytest.raises(ChatLinkSpent):
        await world.app.write(link_chat, LinkChat(world.organisation, "token", 5))


async def test_ending_a_link_that_is_none_changes_nothing(world: World, bot: ProviderAccountId) -> None:
    esther = await world.staff(Role.CASHIER)

    assert await world.app.write(unlink, Unlink(staff_id(esther), TESTER)) is None
    assert world.rows("SELECT count(*) FROM changes WHERE action = 'chat_unlinked'") == [(0,)]


async def test_an_update_on_which_our_work_breaks_is_tried_some_times_and_then_left_for_people(
    world: World, bot: ProviderAccountId
) -> None:
    assert await world.app.write(keep_update, KeepUpdate(bot, 1, b"{}", "trace"))
    assert not await world.app.write(keep_update, KeepUpdate(bot, 1, b"{}", "trace"))
    assert await world.app.write(keep_update, KeepUpdate(bot, 2, b"?", "trace", is_read=False))

    broken = Broken(bot, 1, timedelta(seconds=1))
    waits = [await world.app.write(put_update_off, broken) for _ in range(MOST_TRIES + 1)]

    assert waits == [True] * (MOST_TRIES - 1) + [False, False]
    assert world.rows("SELECT number, state FROM chat_updates ORDER BY number") == [(1, "failed"), (2, "unread")]


async def test_what_is_of_no_use_any_more_is_forgotten(world: World, bot: ProviderAccountId) -> None:
    await world.app.write(keep_update, KeepUpdate(bot, 2, b"?", "trace", is_read=False))
    assert await world.app.write(forget_old_chats, None) == 0
    await world.clock.advance((KEPT_FOR + timedelta(days=1)).total_seconds())

    assert await world.app.write(forget_old_chats, None) == 1


async def test_without_a_bot_nothing_is_queued_for_chats(world: World) -> None:
    await world.app.write(lambda tx, _: follow_in_chats(tx, world.organisation, world.ids.new(), ""), None)

    assert world.rows("SELECT count(*) FROM outbox") == [(0,)]
    assert await world.app.read(chats.bot_of, world.organisation) is None


async def test_a_chat_that_was_linked_behind_the_programs_back_is_named(world: World, bot: ProviderAccountId) -> None:
    esther = await world.staff(Role.CASHIER)
    daniel = await world.staff(Role.MANAGER, phone="254700900002", name="Daniel Koech")
    await world.app.write(issue_link, IssueLink(staff_id(esther), "token", TESTER))
    await world.app.write(link_chat, LinkChat(world.organisation, "token", 5))
    assert await world.app.read(verify) == []

    def steals(tx: Tx, _: None) -> None:
        """Esther's chat becomes Daniel's, and bears another's number."""
        mine = sa.update(chat_people).where(chat_people.c.staff_id == staff_id(esther))
        tx.connection.execute(mine.values(staff_id=staff_id(daniel), user_sealed=tx.vault.seal_text("6")))

    await world.app.write(steals, None)

    assert [(one.table, one.id, one.what) for one in await world.app.read(verify)] == [
        ("chat_people", daniel.name, "is not the chat account under which it is found"),
        ("chat_people", daniel.name, "the trail does not tell that this chat was linked"),
    ]
