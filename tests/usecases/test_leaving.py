"""Whoever was reset or left has nothing in hand any more, on both databases: no page, no chat, no program of theirs."""

from __future__ import annotations

from core.permissions import Actor, Role
from storage import audit, chats
from tests.usecases.signing import Person, enrolled, fresh_link
from tests.world import TESTER, World
from usecases.chats import IssueLink, LinkChat, issue_link, link_chat
from usecases.setup import ProviderAccountEntry
from usecases.sign_in import session_now
from usecases.staff import Disable, Reset, disable, reset
from usecases.tokens import IssueToken, bearer, issue_token

CHAT = 900_001
BOT = ProviderAccountEntry("telegram", "kivuli_karani_bot", "sandbox", "key-of-the-bot", {"token": "1:t"})


async def at_work(world: World) -> Person:
    """Joseph, signed in, with a chat account and a program that acts for him."""
    joseph = await enrolled(world, "joseph", Role.REQUESTER)
    await joseph.signs_in(token="cookie")
    await world.school(more=(BOT,))
    await world.app.write(issue_link, IssueLink(joseph.staff, "link", TESTER))
    await world.app.write(link_chat, LinkChat(world.organisation, "link", CHAT))
    for token in ("till", "sheet"):
        await world.app.write(issue_token, IssueToken(joseph.staff, token, token, frozenset({"write"}), TESTER))
    return joseph


async def acting_for(world: World, *tokens: str) -> list[Actor]:
    """Whom these tokens speak for."""
    found = [await world.app.read(bearer, token, "127.0.0.1") for token in tokens]
    return [one.actor for one in found if one is not None]


async def told(world: World, person: Person) -> list[tuple[str, str]]:
    return [(one.change.action, one.change.reason) for one in await world.app.read(audit.history, person.staff)]


async def test_a_reset_ends_the_programs_that_act_for_somebody(world: World) -> None:
    joseph = await at_work(world)

    await world.app.write(reset, Reset(joseph.staff, fresh_link(), TESTER))

    assert await acting_for(world, "till", "sheet") == []
    assert await world.app.read(session_now, "cookie") is None
    assert await world.app.read(chats.owner, world.organisation, CHAT) is None
    assert (await told(world, joseph))[-2:] == [("tokens_revoked", "2"), ("staff_reset", "")]


async def test_what_acted_for_somebody_disabled_does_not_come_back_with_them(world: World) -> None:
    joseph = await at_work(world)

    await world.app.write(disable, Disable(joseph.staff, TESTER))
    assert await acting_for(world, "till") == []
    await world.app.write(reset, Reset(joseph.staff, fresh_link(), TESTER))

    assert await acting_for(world, "till", "sheet") == []
    assert [action for action, _ in await told(world, joseph)].count("tokens_revoked") == 1
