"""Signing in, as staff do it, and as those try who should not."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.errors import NotFound
from core.messages import AccessChanged, AccessEvent
from core.permissions import Actor, ActorKind
from core.sign_in import IDLE, LONGEST
from storage import audit, staff
from storage.tables import metadata
from storage.tx import Tx
from tests.usecases.signing import PASSPHRASE, RECOVERY, Person, added, enrolled, fresh_link
from tests.world import TESTER, World
from usecases.messages import Claim, claim_messages
from usecases.sign_in import EndSessions, Refused, SignedIn, end_sessions, seen, session_now
from usecases.staff import Disable, Reset, disable, reset


def browser(person: Person) -> Actor:
    return Actor(ActorKind.STAFF, person.staff.hex, "web 127.0.0.1")


async def trail(world: World, subject: UUID) -> list[tuple[str, str]]:
    return [(one.change.action, one.change.reason) for one in await world.app.read(audit.history, subject)]


async def test_name_passphrase_and_code_open_a_session(world: World) -> None:
    esther = await enrolled(world)

    signed = await esther.signs_in(token="cookie")

    assert isinstance(signed, SignedIn)
    session = await world.app.read(session_now, "cookie")
    assert session is not None
    assert (session.id, session.member.id, session.member.user_name) == (signed.session, esther.staff, "esther")
    assert (signed.by_recovery, signed.recovery_codes_left) == (False, 10)
    assert await trail(world, esther.staff) == [
        ("staff_added", ""),
        ("enrolled", ""),
        ("signed_in", "authenticator"),
    ]


@pytest.mark.parametrize("user", ["ESTHER ", "0700 900 001", "+254700900001", "254700900001"])
async def test_a_phone_in_any_spelling_is_as_good_as_the_user_name(world: World, user: str) -> None:
    esther = await enrolled(world)

    assert isinstance(await esther.signs_in(user=user), SignedIn)


async def test_a_phone_with_which_two_sign_in_names_nobody(world: World) -> None:
    esther = await enrolled(world)
    mlima = await world.other_school("mlima")
    await enrolled(mlima, "esther.m")

    assert await esther.signs_in(user="0700900001") == Refused("not known")
    assert isinstance(await esther.signs_in(), SignedIn)


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({"passphrase": "nine green lorry"}, "passphrase"),
        ({"passphrase": ""}, "passphrase"),
        ({"passphrase": "x" * 100_000}, "passphrase"),
        ({"code": "000000"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "abcd-efgh-ijkl-mnop"}, "recovery code"),
        ({"user": "nobody"}, "not known"),
        ({"user": "' OR 1=1 --"}, "not known"),
    ],
)
async def test_what_is_wrong_opens_nothing_and_stays_in_the_trail(
    world: World, wrong: dict[str, str], why: str
) -> None:
    esther = await enrolled(world)

    assert await esther.signs_in(**wrong) == Refused(why)

    assert await world.app.read(session_now, "t") is None
    rows = world.rows("SELECT action, reason FROM changes WHERE action = 'sign_in_refused'")
    assert rows == [("sign_in_refused", why)]


async def test_a_code_is_accepted_once(world: World) -> None:
    esther = await enrolled(world)
    code = esther.code

    assert isinstance(await esther.signs_in(code=code, token="one"), SignedIn)
    assert await esther.signs_in(code=code, token="two") == Refused("code")


async def test_of_two_who_type_the_same_code_at_once_one_comes_in(world: World) -> None:
    esther = await enrolled(world)

    answers = await asyncio.gather(*(esther.signs_in(token=str(at)) for at in range(4)))

    assert sum(isinstance(answer, SignedIn) for answer in answers) == 1


async def test_a_wrong_passphrase_uses_no_code_up(world: World) -> None:
    esther = await enrolled(world)
    await esther.signs_in(passphrase="not mine at all", code=RECOVERY[0])

    signed = await esther.signs_in(code=RECOVERY[0].upper())

    assert isinstance(signed, SignedIn)
    assert (signed.by_recovery, signed.recovery_codes_left) == (True, 9)
    assert await esther.signs_in(code=RECOVERY[0]) == Refused("recovery code")


async def test_who_has_not_enrolled_cannot_sign_in(world: World) -> None:
    esther = await added(world)

    assert await esther.signs_in() == Refused("not known")


async def test_a_hash_that_was_replaced_meanwhile_opens_nothing(world: World) -> None:
    esther = await enrolled(world)
    await world.app.write(reset, Reset(esther.staff, fresh_link(), TESTER))

    assert await esther.signs_in() == Refused("not known")


async def test_who_is_disabled_is_out_at_once_and_stays_out(world: World) -> None:
    esther = await enrolled(world)
    await esther.signs_in(token="cookie")

    await world.app.write(disable, Disable(esther.staff, TESTER))

    assert await world.app.read(session_now, "cookie") is None
    assert await esther.signs_in() == Refused("not known")


async def test_a_disabled_person_with_credentials_is_refused(world: World) -> None:
    esther = await enrolled(world)

    def only_disabled(tx: Tx, command: None) -> None:
        staff.change(tx, esther.staff, disabled_at=tx.now)

    await esther.signs_in(token="cookie")
    await world.clock.advance(30)
    await world.app.write(only_disabled, None)

    assert await esther.signs_in() == Refused("disabled")
    assert await world.app.read(session_now, "cookie") is None


async def test_a_session_that_nobody_uses_ends(world: World) -> None:
    esther = await enrolled(world)
    signed = await esther.signs_in(token="cookie")
    assert isinstance(signed, SignedIn)
    await world.clock.advance(IDLE.total_seconds() - 1)
    await world.app.write(seen, signed.session)
    await world.clock.advance(IDLE.total_seconds() - 1)
    assert await world.app.read(session_now, "cookie") is not None

    await world.clock.advance(1)

    assert await world.app.read(session_now, "cookie") is None


async def test_signing_out_ends_this_session_or_all(world: World) -> None:
    esther = await enrolled(world)
    sessions = []
    for token in ("one", "two", "three"):
        signed = await esther.signs_in(token=token)
        assert isinstance(signed, SignedIn)
        sessions.append(signed.session)
        await world.clock.advance(30)
    me = browser(esther)

    assert await world.app.write(end_sessions, EndSessions(esther.staff, world.organisation, sessions[0], me)) == 1
    assert await world.app.write(end_sessions, EndSessions(esther.staff, world.organisation, sessions[0], me)) == 0
    assert await world.app.read(session_now, "one") is None
    assert await world.app.read(session_now, "two") is not None
    assert await world.app.write(end_sessions, EndSessions(esther.staff, world.organisation, None, me)) == 2
    assert await world.app.read(session_now, "three") is None


async def test_nobody_ends_the_sessions_of_another(world: World) -> None:
    esther, daniel = await enrolled(world), await enrolled(world, "daniel", phone="254700900002")
    await esther.signs_in(token="cookie")

    with pytest.raises(NotFound):
        await world.app.write(end_sessions, EndSessions(esther.staff, world.organisation, None, browser(daniel)))

    assert await world.app.read(session_now, "cookie") is not None


async def test_old_sessions_are_forgotten_and_the_trail_is_not(world: World) -> None:
    esther = await enrolled(world)
    await esther.signs_in(token="old")
    await world.clock.advance(31 * LONGEST.total_seconds())

    await esther.signs_in(token="new")

    assert world.rows("SELECT count(*) FROM staff_sessions") == [(1,)]
    assert [action for action, _ in await trail(world, esther.staff)].count("signed_in") == 2


async def test_the_database_holds_nothing_that_one_could_sign_in_with(world: World) -> None:
    esther = await enrolled(world)
    await esther.signs_in(token="the-cookie-of-esther")

    def everything(tx: Tx) -> bytes:
        rows: list[Any] = []
        for table in metadata.sorted_tables:
            rows += [tuple(row) for row in tx.connection.execute(table.select())]
        return b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)

    found = await world.app.read(everything)

    secrets = [PASSPHRASE, esther.link.secret, esther.link.token, "the-cookie-of-esther", "254700900001"]
    secrets += [code.replace("-", "") for code in RECOVERY]
    assert [secret for secret in secrets if secret.encode() in found] == []


async def test_whose_sign_in_was_touched_is_told_by_phone_at_any_hour(world: World) -> None:
    await world.clock.advance(17 * 3_600)  # two in the morning in Nairobi
    person = await enrolled(world)
    await person.signs_in(code=RECOVERY[0])
    await person.signs_in(token="another")
    await world.app.write(reset, Reset(person.staff, fresh_link(), TESTER))

    told = await world.app.write(claim_messages, Claim(9))

    assert [one.message.what for one in told if isinstance(one.message, AccessChanged)] == [
        AccessEvent.SET_UP,
        AccessEvent.RECOVERY_CODE,
        AccessEvent.RESET,
    ]
    assert {one.message.user_name for one in told if isinstance(one.message, AccessChanged)} == {"esther"}
