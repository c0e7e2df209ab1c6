"""Secret keys are changed while payments arrive; nothing is lost, and what is needed is never called unneeded (SEC-2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import sqlalchemy as sa

from cli import keys
from cli.keys import KeyLine, KeysArgs, RotateLine
from cli.operator import Operator
from core.errors import Overloaded
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from runtime.chance import SeededRandom
from storage import rotation
from storage.database import DatabaseUrl
from storage.memory import SealedKeyValue
from storage.tables import APPEND_ONLY, metadata, payments, wrapped_keys
from storage.vault import Keyring
from tests.world import World, open_world
from usecases.rotation import Resealed, reseal
from usecases.verification import verify

OLD, NEW = b"a key for tests only", b"the key of next year"
SYSTEM = Operator(Actor(ActorKind.OPERATOR, "tester", "cli"))
PHONES = ["254712345678", "254733000111", "254799000222"]


def ring(*secrets: bytes) -> Keyring:
    return Keyring(secrets, SeededRandom(5).token)


class Desk:
    """What a command works with."""

    def __init__(self, world: World) -> None:
        self.app = world.app
        self.config: Any = None
        self.press: Any = None

    async def rewire(self) -> None:
        """Nothing is wired."""


def line_by_line(world: World) -> AsyncGenerator[RotateLine, None]:
    return keys.rotate_keys(Desk(world), KeysArgs(), SYSTEM)


async def listed(world: World) -> list[KeyLine]:
    return [line async for line in keys.list_keys(Desk(world), KeysArgs(), SYSTEM)]


async def paid(world: World, shillings: int) -> None:
    payer = Msisdn.parse(PHONES[shillings % 3])
    await world.arrives(world.notice("KV10", shillings, payer=payer, name="ASHA WANJIRU"))


async def some_payments(world: World) -> None:
    await world.students({"KV10": 90_000}, guardians={"KV10": PHONES})
    for shillings in range(100, 112):
        await paid(world, shillings)
    await world.prompts(PHONES[0], {"KV10": 100}, request_id="ws_CO_1")


async def test_keys_are_rotated_while_payments_arrive(world: World, database: DatabaseUrl, monkeypatch: Any) -> None:
    monkeypatch.setattr(keys, "ROWS", 3)
    monkeypatch.setattr(keys, "VALUES", 2)
    await some_payments(world)
    restarted = open_world(database, seed=2, clock=world.clock, keys=ring(NEW, OLD))
    restarted.organisation, restarted.account = world.organisation, world.account

    steps = 0
    async for _ in line_by_line(restarted):
        steps += 1
        restarted._receipts = world._receipts
        await paid(restarted, 200 + steps)

    first, second = await listed(restarted)
    assert (first.role, first.needed, second.role, second.needed, second.values) == ("seals", True, "opens", False, 0)
    assert first.values > 50
    alone = open_world(database, seed=3, clock=world.clock, keys=ring(NEW))
    assert [line.role for line in await listed(alone)] == ["seals"]
    assert await alone.app.read(verify) == []
    assert alone.broken_laws() == []
    sealed = [bytes(row[0]) for row in world.rows("SELECT msisdn_sealed FROM phones")]
    assert {alone.vault.open_text(value) for value in sealed} == set(PHONES)
    assert len(world.rows("SELECT 1 FROM changes WHERE action = 'keys_rotated'")) == 1
    restarted.close()
    alone.close()


async def test_a_rotation_that_was_broken_off_is_taken_up_again(world: World, database: DatabaseUrl) -> None:
    await some_payments(world)
    restarted = open_world(database, seed=2, clock=world.clock, keys=ring(NEW, OLD))
    cut = line_by_line(restarted)
    await anext(cut)
    await cut.aclose()
    assert (await listed(restarted))[1].needed

    lines = [line async for line in line_by_line(restarted)]

    assert sum(line.resealed for line in lines) > 0
    assert not (await listed(restarted))[1].needed
    assert sum([line.resealed async for line in line_by_line(restarted)]) == 0
    restarted.close()


async def test_a_value_that_is_newer_than_what_was_read_stays(world: World, database: DatabaseUrl) -> None:
    await some_payments(world)
    restarted = open_world(database, seed=2, clock=world.clock, keys=ring(NEW, OLD))
    place = next(place for place in rotation.places() if place.table is payments)
    read = await restarted.app.read(rotation.page, place, None, most=1)
    newer = world.vault.seal(b"newer")

    def changed(tx: Any, command: None) -> None:
        tx.connection.execute(sa.update(payments).where(payments.c.id == read.old[0].row[0]).values(payer_sealed=newer))

    await world.app.write(changed, None)

    assert await restarted.app.write(reseal, read.old) == Resealed(0, 0)
    assert newer in [bytes(value) for (value,) in world.rows("SELECT payer_sealed FROM payments")]
    restarted.close()


async def test_a_key_that_was_forgotten_is_named_and_what_rests_on_it_is_left_alone(
    world: World, database: DatabaseUrl
) -> None:
    await some_payments(world)

    def rewrapped(tx: Any, command: None) -> None:
        for name, sealed in tx.connection.execute(sa.select(wrapped_keys)).all():
            again = ring(NEW).seal(world.vault.open(bytes(sealed)))
            tx.connection.execute(sa.update(wrapped_keys).where(wrapped_keys.c.name == name).values(key_sealed=again))

    await world.app.write(rewrapped, None)
    forgetful = open_world(database, seed=2, clock=world.clock, keys=ring(NEW))

    lines = {line.table: line async for line in line_by_line(forgetful)}
    _, missing = await listed(forgetful)

    assert (lines["payments"].resealed, lines["payments"].closed) == (0, 13)
    assert (missing.key, missing.role, missing.needed) == (ring(OLD).ids[0], "missing", True)
    assert any(where == "payments.payer_sealed 13" for where in missing.where)
    forgetful.close()


async def test_the_rotation_waits_while_payments_need_all_of_the_writer(
    world: World, database: DatabaseUrl, monkeypatch: Any
) -> None:
    await some_payments(world)
    restarted = open_world(database, seed=2, clock=world.clock, keys=ring(NEW, OLD))
    put = restarted.writer.put
    refused: list[int] = []

    def full(use_case: Any, command: Any) -> Any:
        if len(refused) < 3:
            refused.append(1)
            raise Overloaded
        return put(use_case, command)

    monkeypatch.setattr(restarted.writer, "put", full)
    rotating = asyncio.ensure_future(_all(restarted))
    for _ in range(10):
        await world.clock.advance(1)
    await rotating

    assert len(refused) == 3
    assert not (await listed(restarted))[1].needed
    restarted.close()


async def _all(world: World) -> list[RotateLine]:
    return [line async for line in line_by_line(world)]


def test_no_append_only_table_has_a_sealed_column() -> None:
    """It could not be sealed anew, so its key would be needed for ever."""
    assert {place.table.name for place in rotation.places()} & set(APPEND_ONLY) == set()
    assert len(rotation.places()) >= 7


def test_every_sealed_column_says_so_by_its_name() -> None:
    names = [column.name for table in metadata.tables.values() for column in table.columns]

    assert [name for name in names if "sealed" in name and not name.endswith(("_sealed", "sealed_at"))] == []


async def test_what_processes_share_tells_their_server_nothing(world: World, redis_url: str) -> None:
    from redis.asyncio import Redis

    from runtime.keyvalue import RedisKeyValue

    raw = RedisKeyValue(redis_url, prefix="test:sealed:")
    memory = SealedKeyValue(raw, world.vault)
    await memory.put("session:254712345678", b"Amani owes 4,000", ttl_s=60)
    assert await memory.put_if_absent("lock:254712345678", b"1", ttl_s=60)
    assert not await memory.put_if_absent("lock:254712345678", b"1", ttl_s=60)

    client = Redis.from_url(redis_url)
    names = [name async for name in client.scan_iter("test:sealed:*")]
    values: list[Any] = [await client.get(name) for name in names]
    told = b" ".join([*names, *(bytes(value or b"") for value in values)])
    assert len(names) == 2
    assert b"712345" not in told
    assert b"Amani" not in told
    assert await memory.get("session:254712345678") == b"Amani owes 4,000"

    await client.set(names[0], b"not ours", keepttl=True)
    await client.set(names[1], b"not ours", keepttl=True)
    assert await memory.get("session:254712345678") is None
    await memory.delete("session:254712345678")
    await memory.delete("lock:254712345678")
    assert await memory.get("lock:254712345678") is None
    await client.aclose()
    await raw.close()
