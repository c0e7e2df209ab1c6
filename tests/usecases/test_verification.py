"""`karani verify` finds nothing in honest books, and names whatever was done to them behind the program's back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.ids import PaymentId
from core.phones import MaskedMsisdn, Msisdn
from runtime.clock import VirtualClock
from storage import schema, seals, verification
from storage.database import DatabaseUrl
from tests.servers import Postgres
from tests.usecases.tampering import ONCE, TWICE
from tests.usecases.tampering.hands import Tampering, behind_the_back
from tests.usecases.test_reversals import reverses
from tests.world import START, TESTER, World, open_world
from usecases.reallocation import Reallocate, reallocate
from usecases.sealing import Sealed, SealSome, seal
from usecases.suspense import AssignSuspense, assign
from usecases.verification import Anchor, Finding, verify


async def founded(url: DatabaseUrl) -> None:
    """A school that has seen a bit of everything, half of it sealed."""
    world = open_world(url)
    await world.school()
    await live(world, "KV1")
    await seals_all(world)
    await live(world, "KV2")
    world.close()
    assert world.bugs == []


@pytest.fixture(scope="module")
def sqlite_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("school") / "karani.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(founded(DatabaseUrl(f"sqlite:///{path}")))
    return path


@pytest.fixture(scope="module")
def pg_school(postgres: Postgres, pg_template: str, worker_id: str) -> Iterator[str]:
    name = f"karani_school_{worker_id}"
    asyncio.run(founded(DatabaseUrl(postgres.create(name, template=pg_template))))
    yield name
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of that school, an hour later; read in tiny pages, so that every pass has many."""
    monkeypatch.setattr(verification, "PAGE", 3)
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_copy")(request.getfixturevalue("sqlite_school"))
    else:
        url = DatabaseUrl(request.getfixturevalue("pg_copy")(request.getfixturevalue("pg_school")))
    world = open_world(url, seed=2, clock=VirtualClock(START + timedelta(hours=1)))
    yield world
    world.close()


async def live(world: World, prefix: str) -> None:
    """Debts, payments known and unknown, credit that meets a new invoice, prompts that are paid, failed and waiting."""
    one, two = f"{prefix}0", f"{prefix}1"
    phone = f"2547{prefix[2:] * 8}"
    await world.students({one: 4_000, two: 2_500}, guardians={one: [phone], two: [phone]})
    await world.arrives(
        world.notice(one, 1_500, payer=Msisdn.parse(phone)),
        world.notice(two, 3_000),
        world.notice("nobody", 700, payer=MaskedMsisdn("2547", "678"), name="Asha"),
        world.notice("", 900),
    )
    waiting = world.rows("SELECT payment_id FROM suspense_items WHERE closed_at IS NULL ORDER BY opened_at, payment_id")
    assigned = AssignSuspense(PaymentId(as_uuid(waiting[0][0])), one, TESTER, "trace")
    await world.app.write(assign, assigned)
    await world.students({two: 1_000})
    (mistaken,) = await world.arrives(world.notice(one, 50))
    await world.app.write(reallocate, Reallocate(mistaken.payment, two, TESTER, "trace"))
    await world.prompts(phone, {one: 100, two: 200}, request_id=f"{prefix}-paid")
    await world.arrives(world.notice(one, 300, payer=Msisdn.parse(phone), request_id=f"{prefix}-paid"))
    await world.prompts(phone, {one: 105}, request_id=f"{prefix}-odd")
    await world.arrives(world.notice(one, 90, payer=Msisdn.parse(phone), request_id=f"{prefix}-odd"))
    await world.arrives(world.notice(one, 20, receipt=f"{prefix}R1"), world.notice("?", 30, receipt=f"{prefix}R2"))
    await reverses(world, f"{prefix}R1")
    await reverses(world, f"{prefix}R2")
    await world.prompts(phone, {one: 110}, request_id=f"{prefix}-failed")
    await world.fails(f"{prefix}-failed")
    await world.asks(phone, {two: 120})
    await world.clock.advance(60)


async def seals_all(world: World, *, most: int = 7) -> list[Sealed]:
    made = []
    while (one := await world.app.write(seal, SealSome(most))).number is not None:
        made.append(one)
    return made


def as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


async def findings(world: World, anchor: Anchor | None = None) -> list[Finding]:
    return await world.app.read(verify, anchor)


# --- honest books -------------------------------------------------------------------------------------------------------


async def test_honest_books_have_no_finding(books: World) -> None:
    assert await findings(books) == []


async def test_nor_when_all_is_sealed(books: World) -> None:
    await seals_all(books)

    assert await findings(books) == []


async def test_nor_when_read_in_pages_of_the_usual_size(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert verification.PAGE == 1_000
    assert await findings(books) == []


async def test_nor_do_empty_ones(database: DatabaseUrl) -> None:
    world = open_world(database)

    assert await findings(world) == []
    world.close()


# --- behind the program's back ------------------------------------------------------------------------------------------


@pytest.mark.sampled
@pytest.mark.parametrize("tampering", ONCE)
async def test_whatever_is_done_behind_the_programs_back_is_named(books: World, tampering: Tampering) -> None:
    table, id_ = behind_the_back(books, tampering)

    found = await findings(books)

    assert (table, str(id_)) in named(found)


@pytest.mark.sampled
@pytest.mark.parametrize("newest", [False, True], ids=["sealed", "unsealed"])
@pytest.mark.parametrize("tampering", TWICE)
async def test_sealed_or_not(books: World, tampering: Any, newest: bool) -> None:
    table, id_ = behind_the_back(books, lambda c: tampering(c, newest=newest))

    found = await findings(books)

    assert (table, str(id_)) in named(found)


async def test_a_lost_trigger_is_named(books: World) -> None:
    name = min(schema.trigger_names(books.engine.dialect.name))
    engine = sa.create_engine(books.url.driver)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if books.url.is_sqlite else " ON applications"))
    engine.dispose()

    assert named(await findings(books)) == {("triggers", name)}


async def test_a_seal_that_was_written_down_vouches_for_what_came_before(books: World) -> None:
    last = await books.app.read(seals.last)
    assert last is not None

    assert await findings(books, Anchor.parse(f"{last.number}:{last.hash.hex()}")) == []
    assert named(await findings(books, Anchor(last.number, bytes(32)))) == {("seals", str(last.number))}
    assert named(await findings(books, Anchor(last.number + 1, last.hash))) == {("seals", str(last.number + 1))}


def named(found: list[Finding]) -> set[tuple[str, str]]:
    """What is named; a posting by its entry."""
    return {(finding.table, finding.id.partition("/")[0]) for finding in found} | {(f.table, f.id) for f in found}
