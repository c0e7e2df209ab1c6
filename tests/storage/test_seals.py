"""The books are sealed in small bites, each once, in one chain, whoever seals."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.ledger import GENESIS, chain
from storage import seals
from storage.schema import open_vault
from storage.seals import SETTLES_IN
from storage.tables import changes, entries, sealed
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import World, keyring
from usecases.sealing import Sealed, SealSome, seal
from usecases.verification import verify


async def seals_all(world: World, *, most: int = 500, thorough: bool = False) -> list[Sealed]:
    made = []
    while (one := await world.app.write(seal, SealSome(most, thorough))).number is not None:
        made.append(one)
    return made


def ids(world: World, query: sa.Select[Any]) -> set[UUID]:
    with world.reads.connect() as connection:
        return {row[0] for row in connection.execute(query)}


def everything(world: World) -> set[UUID]:
    return ids(world, sa.select(entries.c.id)) | ids(world, sa.select(changes.c.id))


async def settled(world: World) -> None:
    await world.clock.advance(SETTLES_IN.total_seconds() + 1)


async def test_all_that_was_written_is_sealed_once_in_small_bites(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    await world.arrives(*(world.notice("KV10", 100 + number) for number in range(20)))
    await settled(world)

    made = await seals_all(world, most=8)

    assert ids(world, sa.select(sealed.c.row_id)) == everything(world)
    assert [one.number for one in made] == list(range(1, len(made) + 1))
    assert max(one.rows for one in made) <= 16
    assert [one.more for one in made][-2:] == [True, False]
    assert await seals_all(world) == []


async def test_a_seal_covers_the_digests_that_it_lists_and_the_seal_before_it(world: World) -> None:
    await settled(world)
    await seals_all(world)
    await world.students({"KV10": 4_000})
    await settled(world)
    await seals_all(world)

    with world.reads.connect() as connection:
        listed = connection.execute(sa.select(sealed).order_by(sealed.c.seal, sealed.c.position)).all()
        last = seals.last(Tx(connection, world.clock.now(), world.ids.new, open_vault(connection, keyring())))

    first = chain(GENESIS, [row.digest for row in listed if row.seal == 1])
    assert last is not None
    assert last.hash == chain(first, [row.digest for row in listed if row.seal == 2])


async def test_a_row_that_was_committed_very_late_is_sealed_when_one_looks_from_the_beginning(
    world: World,
) -> None:
    await world.students({"KV10": 4_000})
    late = world.ids.new()
    await world.clock.advance(1)
    await world.arrives(world.notice("KV10", 100))
    await settled(world)
    await seals_all(world)
    another = sa.create_engine(world.url.driver)
    with another.begin() as connection:
        row = connection.execute(sa.select(changes).limit(1)).one()
        connection.execute(sa.insert(changes).values({**row._mapping, "id": late, "sequence": 77}))
    another.dispose()

    assert await seals_all(world) == []
    assert [one.rows for one in await seals_all(world, thorough=True)] == [1]
    assert late in ids(world, sa.select(sealed.c.row_id))


async def test_on_postgresql_what_may_still_be_joined_by_older_rows_waits(world: World) -> None:
    await settled(world)
    await seals_all(world)

    await world.arrives(world.notice("nobody", 100))
    at_once = await seals_all(world)
    await world.clock.advance(SETTLES_IN / timedelta(seconds=1) + 1)
    later = await seals_all(world)

    assert (bool(at_once), bool(later)) == ((True, False) if world.url.is_sqlite else (False, True))
    assert ids(world, sa.select(sealed.c.row_id)) == everything(world)


@pytest.mark.postgres
async def test_of_two_processes_that_seal_at_once_one_goes_first_and_the_chain_is_one(world: World) -> None:
    await world.students({"KV10": 4_000})
    await world.arrives(*(world.notice("KV10", 100 + number) for number in range(20)))
    await settled(world)
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.app.write(seal, SealSome(5)), lambda: rival.world.app.write(seal, SealSome(5))
        )

    assert sorted([mine.number, theirs.number]) == [1, 2]
    await seals_all(world)
    assert await world.app.read(verify) == []
