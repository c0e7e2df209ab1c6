"""Whoever was reset or left has nothing in hand any more, on both databases: no page, no chat, no program of theirs."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from core.approvals import OwnRequest
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import StaffPhoneTaken, UserNameTaken
from storage import audit, chats, organisations
from storage import staff as store
from storage.tables import approval_decisions
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.approving import office
from tests.usecases.signing import Person, enrolled, fresh_link
from tests.world import TESTER, World
from usecases.chats import IssueLink, LinkChat, issue_link, link_chat
from usecases.setup import ProviderAccountEntry
from usecases.sign_in import session_now
from usecases.staff import AddStaff, Disable, Reset, add_staff, disable, reset
from usecases.tokens import IssueToken, bearer, issue_token

PHONE = Msisdn("254700900001")
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


# --- their number -------------------------------------------------------------------------------------------------------


def has_his_number(world: World, *, name: str = "Joe Kip", role: Role = Role.CFO, user_name: str = "joe") -> AddStaff:
    """Somebody is added by the phone that was Joseph's."""
    return AddStaff(world.organisation, name, role, PHONE, user_name, fresh_link(), TESTER)


async def left(world: World) -> Person:
    joseph = await at_work(world)
    await world.app.write(disable, Disable(joseph.staff, TESTER))
    return joseph


@pytest.mark.parametrize(
    "name, role, user_name", [("Joe Kip", Role.CFO, "joe"), ("Joseph Mutheu", Role.REQUESTER, "j.m")]
)
async def test_nobody_at_work_is_taken_over_by_their_phone(world: World, name: str, role: Role, user_name: str) -> None:
    joseph = await at_work(world)
    before = await told(world, joseph)

    with pytest.raises(StaffPhoneTaken) as refused:
        await world.app.write(add_staff, has_his_number(world, name=name, role=role, user_name=user_name))

    assert refused.value.name == "Joseph Mutheu"
    member = await world.app.read(organisations.staff_by_id, joseph.staff)
    assert member is not None
    assert (member.name, member.role, member.user_name) == ("Joseph Mutheu", Role.REQUESTER, "joseph")
    assert await world.app.read(session_now, "cookie") is not None
    assert len(await acting_for(world, "till", "sheet")) == 2
    assert await told(world, joseph) == before


async def test_whoever_was_set_up_without_a_sign_in_gets_one_as_they_are(world: World) -> None:
    ruth = await world.staff(Role.REQUESTER, PHONE.digits, "Ruth Akinyi")

    with pytest.raises(StaffPhoneTaken):
        await world.app.write(add_staff, has_his_number(world, name="Ruth Akinyi", role=Role.CFO))
    with pytest.raises(StaffPhoneTaken):
        await world.app.write(add_staff, has_his_number(world, name="Joe Kip", role=Role.REQUESTER))
    staff = await world.app.write(add_staff, has_his_number(world, name="Ruth Akinyi ", role=Role.REQUESTER))

    assert staff.hex == ruth.name


async def test_the_number_of_somebody_who_left_is_a_new_persons(world: World) -> None:
    joseph = await left(world)

    newcomer = await world.app.write(add_staff, has_his_number(world))

    assert newcomer != joseph.staff
    everybody = {one.id: one for one in await world.app.read(organisations.staff_of, world.organisation)}
    was, now = everybody[joseph.staff], everybody[newcomer]
    assert (was.name, was.role, was.user_name, was.is_disabled) == ("Joseph Mutheu", Role.REQUESTER, "joseph", True)
    assert (now.name, now.role, now.user_name, now.is_disabled) == ("Joe Kip", Role.CFO, "joe", False)
    assert await acting_for(world, "till", "sheet") == []
    assert await world.app.read(chats.member_of, world.organisation, CHAT) is None
    assert await world.app.read(store.phone_owner, world.organisation, PHONE) == newcomer
    assert [one.change.action for one in await world.app.read(audit.history, newcomer)] == ["staff_added"]


async def test_the_user_name_of_somebody_who_left_stays_theirs(world: World) -> None:
    await left(world)

    with pytest.raises(UserNameTaken):
        await world.app.write(add_staff, has_his_number(world, user_name="joseph"))


async def test_who_left_does_not_come_back_while_another_has_their_number(world: World) -> None:
    joseph = await left(world)
    newcomer = await world.app.write(add_staff, has_his_number(world))

    with pytest.raises(StaffPhoneTaken) as refused:
        await world.app.write(reset, Reset(joseph.staff, fresh_link(), TESTER))
    assert refused.value.name == "Joe Kip"

    await world.app.write(disable, Disable(newcomer, TESTER))
    await world.app.write(reset, Reset(joseph.staff, fresh_link(), TESTER))
    assert await world.app.read(store.phone_owner, world.organisation, PHONE) == joseph.staff


async def test_whoever_has_the_number_of_somebody_who_left_approves_nothing_of_theirs(world: World) -> None:
    at, joseph = office(world), await at_work(world)
    await at.asks(Actor(ActorKind.STAFF, joseph.staff.hex, "test", Role.REQUESTER))
    await world.app.write(disable, Disable(joseph.staff, TESTER))
    newcomer = await world.app.write(add_staff, has_his_number(world))

    with pytest.raises(OwnRequest):
        await at.says(Actor(ActorKind.STAFF, newcomer.hex, "test", Role.CFO))

    decided = sa.insert(approval_decisions).values(
        approval_id=at.approval.id,
        staff_id=newcomer,
        number=1,
        role="cfo",
        verdict="approve",
        reason="",
        content_hash=at.approval.content,
        origin="by hand",
        at=world.clock.now(),
    )
    with pytest.raises(sa.exc.IntegrityError, match="approval_decisions_other"):
        await world.app.write(lambda tx, row: tx.connection.execute(row), decided)  # the database says no by itself
    world.bugs.clear()


async def test_the_database_keeps_one_person_at_work_a_number(world: World) -> None:
    joseph = await left(world)
    await world.app.write(add_staff, has_his_number(world))

    def lets_him_in(tx: Tx, command: None) -> None:
        store.change(tx, joseph.staff, disabled_at=None)

    with pytest.raises(sa.exc.IntegrityError):
        await world.app.write(lets_him_in, None)
    world.bugs.clear()


async def test_of_two_who_add_the_same_number_at_once_one_is_refused(world: World) -> None:
    with rival_of(world) as rival:
        answers = await rival.overlap(
            lambda: world.app.write(add_staff, has_his_number(world)),
            lambda: rival.world.app.write(add_staff, has_his_number(world, name="Jane", user_name="jane")),
        )

    assert [type(answer) for answer in answers] == [UUID, StaffPhoneTaken]
    everybody = await world.app.read(organisations.staff_of, world.organisation)
    assert [one.name for one in everybody] == ["Joe Kip"]
