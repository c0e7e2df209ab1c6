"""Who works here: added, enrolled, given another role, reset, disabled; and never by themselves."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import StaffId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import LINK_FOR, LinkUsed, NotOneself, UserNameTaken, WrongCode
from storage import audit, organisations, staff
from storage.database import DatabaseUrl
from storage.tx import Tx
from tests.usecases.signing import PASSPHRASES, RECOVERY, Person, added, enrolled, fresh_link
from tests.world import START, TESTER, World
from usecases.sign_in import Refused, SignedIn, session_now
from usecases.staff import (
    AddStaff,
    ChangeRole,
    Disable,
    Enrol,
    Reset,
    SpeakTo,
    add_staff,
    change_role,
    choose_language,
    disable,
    enrol,
    enrolment,
    reset,
)


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


def acting(person: Person, role: Role = Role.ADMIN) -> Actor:
    return Actor(ActorKind.STAFF, person.staff.hex, "web 127.0.0.1", role)


async def role_of(world: World, person: Person) -> Role:
    member = await world.app.read(organisations.staff_by_id, person.staff)
    assert member is not None
    return member.role


async def test_an_open_link_shows_whom_it_is_for(world: World) -> None:
    esther = await added(world)

    found = await world.app.read(enrolment, esther.link.token)

    assert found is not None
    assert (found.staff, found.user_name, found.name) == (esther.staff, "esther", "Esther Mutheu")
    assert (found.organisation, found.secret, found.language) == ("Kivuli Primary School", esther.link.secret, "en")


async def test_a_link_is_used_once(world: World) -> None:
    esther = await enrolled(world)

    assert await world.app.read(enrolment, esther.link.token) is None
    with pytest.raises(LinkUsed):
        await esther.enrols()


async def test_a_link_is_good_for_three_days(world: World) -> None:
    esther = await added(world)
    await world.clock.advance((LINK_FOR - timedelta(seconds=1)).total_seconds())
    assert await world.app.read(enrolment, esther.link.token) is not None

    await world.clock.advance(1)

    assert await world.app.read(enrolment, esther.link.token) is None


async def test_a_link_of_somebody_disabled_is_none(world: World) -> None:
    esther = await added(world)

    def only_disabled(tx: Tx, command: None) -> None:
        staff.change(tx, esther.staff, disabled_at=tx.now)

    await world.app.write(only_disabled, None)

    assert await world.app.read(enrolment, esther.link.token) is None


@pytest.mark.parametrize("code", ["000000", "", RECOVERY[0]])
async def test_a_wrong_code_leaves_the_link_open(world: World, code: str) -> None:
    esther = await added(world)
    hash_ = await PASSPHRASES.hashed(b"x" * 32)

    with pytest.raises(WrongCode):
        await world.app.write(enrol, Enrol(esther.link.token, hash_, code, RECOVERY, "127.0.0.1"))

    assert await world.app.read(enrolment, esther.link.token) is not None


async def test_a_new_link_makes_the_old_one_and_all_sessions_void(world: World) -> None:
    esther = await enrolled(world)
    await esther.signs_in(token="cookie")
    admin = await enrolled(world, "rose", Role.ADMIN, "254700900003")
    before = esther.link
    esther.link = fresh_link()

    await world.app.write(reset, Reset(esther.staff, esther.link, acting(admin)))

    assert await world.app.read(session_now, "cookie") is None
    assert await world.app.read(enrolment, before.token) is None
    assert await esther.signs_in() == Refused("not known")
    await esther.enrols()
    assert isinstance(await esther.signs_in(), SignedIn)


async def test_a_user_name_belongs_to_one_person_over_all_organisations(world: World) -> None:
    await added(world)
    mlima = await world.other_school("mlima")

    with pytest.raises(UserNameTaken):
        await added(mlima, "esther", Role.CASHIER, "254700900002")


async def test_a_change_of_role_is_kept_with_what_it_was(world: World) -> None:
    esther, admin = await enrolled(world), await enrolled(world, "rose", Role.ADMIN, "254700900003")

    await world.app.write(change_role, ChangeRole(esther.staff, Role.MANAGER, acting(admin)))
    await world.app.write(change_role, ChangeRole(esther.staff, Role.MANAGER, acting(admin)))

    *_, last = await world.app.read(audit.history, esther.staff)
    assert (last.change.action, last.change.from_state, last.change.to_state) == ("role_changed", "cashier", "manager")
    assert last.actor == admin.staff.hex
    assert await role_of(world, esther) is Role.MANAGER


Act = Callable[[World, Person, Actor], Awaitable[object]]
ACTS: dict[str, Act] = {
    "role": lambda world, whom, by: world.app.write(change_role, ChangeRole(whom.staff, Role.CFO, by)),
    "disable": lambda world, whom, by: world.app.write(disable, Disable(whom.staff, by)),
    "reset": lambda world, whom, by: world.app.write(reset, Reset(whom.staff, fresh_link(), by)),
    "add": lambda world, whom, by: world.app.write(
        add_staff,
        AddStaff(world.organisation, "X", Role.CFO, Msisdn("254700900003"), "xavier", fresh_link(), by),
    ),
}


@pytest.mark.parametrize("act", ACTS)
async def test_not_even_an_admin_does_it_for_themselves(world: World, act: str) -> None:
    rose = await enrolled(world, "rose", Role.ADMIN, "254700900003")

    with pytest.raises(NotOneself):
        await ACTS[act](world, rose, acting(rose))

    assert await role_of(world, rose) is Role.ADMIN
    assert isinstance(await rose.signs_in(), SignedIn)


@pytest.mark.parametrize("act", ACTS)
async def test_who_is_no_admin_does_not(world: World, act: str) -> None:
    esther, daniel = await enrolled(world), await enrolled(world, "daniel", Role.MANAGER, "254700900003")

    with pytest.raises(NotPermitted):
        await ACTS[act](world, esther, acting(daniel, Role.MANAGER))
    with pytest.raises(NotPermitted):  # the role that a session remembers does not count
        await ACTS[act](world, esther, acting(daniel, Role.ADMIN))


@pytest.mark.parametrize("act", ACTS)
async def test_an_admin_of_another_organisation_finds_nobody(world: World, act: str) -> None:
    esther = await enrolled(world)
    mlima = await world.other_school("mlima")
    stranger = await enrolled(mlima, "mwalimu", Role.ADMIN, "254700900009")

    with pytest.raises(NotFound):
        await ACTS[act](world, esther, acting(stranger))


async def test_disabling_twice_is_written_once(world: World) -> None:
    esther = await enrolled(world)

    await world.app.write(disable, Disable(esther.staff, TESTER))
    await world.app.write(disable, Disable(esther.staff, TESTER))

    trail = [one.change.action for one in await world.app.read(audit.history, esther.staff)]
    assert trail.count("staff_disabled") == 1


async def test_nobody_of_that_id_is_not_found(world: World) -> None:
    esther = await added(world)
    esther.staff = StaffId(world.ids.new())

    with pytest.raises(NotFound):
        await ACTS["disable"](world, esther, TESTER)


async def test_staff_choose_the_language_of_their_pages(world: World) -> None:
    esther = await added(world)

    await world.app.write(choose_language, SpeakTo(esther.staff, "sw"))
    with pytest.raises(NotFound):
        await world.app.write(choose_language, SpeakTo(esther.staff, "de"))

    found = await world.app.read(enrolment, esther.link.token)
    assert found is not None
    assert found.language == "sw"
    assert world.clock.now() == START


async def test_an_actor_whom_the_books_do_not_know_may_do_nothing(world: World) -> None:
    esther = await added(world)

    for name in ("no id", "0" * 32):
        with pytest.raises(NotPermitted):
            await ACTS["disable"](world, esther, Actor(ActorKind.STAFF, name, "test", Role.ADMIN))
