"""What one process keeps for itself, several keep in Redis: the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.errors import Unavailable
from core.limits import Rule
from core.ports import KeyValue
from runtime.clock import VirtualClock
from runtime.keyvalue import MemoryKeyValue, RedisKeyValue

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def keyvalue(request: pytest.FixtureRequest) -> AsyncIterator[KeyValue]:
    if request.param == "memory":
        yield MemoryKeyValue(VirtualClock(START))
        return
    redis = RedisKeyValue(request.getfixturevalue("redis_url"), prefix=f"test:{request.node.name}:")
    yield redis
    await redis.close()


async def test_a_value_is_kept_replaced_and_deleted(keyvalue: KeyValue) -> None:
    assert await keyvalue.get("session") is None
    await keyvalue.put("session", b"\x00one", ttl_s=60)
    assert await keyvalue.get("session") == b"\x00one"
    await keyvalue.put("session", b"two", ttl_s=60)
    assert await keyvalue.get("session") == b"two"
    await keyvalue.delete("session")
    await keyvalue.delete("session")
    assert await keyvalue.get("session") is None


async def test_several_are_kept_and_found_together(keyvalue: KeyValue) -> None:
    await keyvalue.put_many([("session", b"\x00one", 60), ("last", b"session", 60)])

    assert await keyvalue.get_many(["last", "nothing", "session"]) == [b"session", None, b"\x00one"]


@pytest.mark.redis
async def test_those_who_wait_share_a_trip_and_each_gets_its_own_answer(redis_url: str) -> None:
    redis = RedisKeyValue(redis_url, prefix="test:trips:")
    impatient = asyncio.ensure_future(redis.get("3"))
    await asyncio.gather(*(redis.put(str(n), b"%d" % n, ttl_s=60) for n in range(600)))
    impatient.cancel()

    found = await asyncio.gather(*(redis.get(str(n)) for n in range(600)))

    assert found == [b"%d" % n for n in range(600)]
    await redis.close()


@pytest.mark.redis
async def test_a_trip_of_everything_at_once_gives_each_what_it_asked_for(redis_url: str) -> None:
    redis = RedisKeyValue(redis_url, prefix="test:mixed:")
    await redis.put_many([("a", b"1", 60), ("b", b"2", 60), ("short", b"3", 60)])

    answers = await asyncio.gather(
        redis.get_many(["b", "none", "a"]),
        redis.put_if_absent("lock", b"x", ttl_s=60),
        redis.put_many([("c", b"\x00", 60), ("short", b"4", 0)]),
        redis.take("bucket", Rule(most=1, per_s=3600)),
        redis.get("b"),
        redis.delete("a"),
        redis.get_many([]),
        redis.put_many([]),
    )

    assert answers == [[b"2", None, None], True, None, 0, b"2", None, [], None]
    assert await redis.get_many(["a", "c", "lock"]) == [None, b"\x00", b"x"]
    await redis.close()


async def test_only_the_first_takes_an_absent_key(keyvalue: KeyValue) -> None:
    assert await keyvalue.put_if_absent("lock", b"a", ttl_s=60)
    assert not await keyvalue.put_if_absent("lock", b"b", ttl_s=60)
    assert await keyvalue.get("lock") == b"a"
    await keyvalue.delete("lock")
    assert await keyvalue.put_if_absent("lock", b"b", ttl_s=60)


async def test_a_value_is_forgotten_when_its_time_is_over() -> None:
    clock = VirtualClock(START)
    keyvalue = MemoryKeyValue(clock)
    await keyvalue.put("token", b"t", ttl_s=10)

    await clock.advance(9.9)
    assert await keyvalue.get("token") == b"t"
    await clock.advance(0.1)

    assert await keyvalue.get("token") is None
    assert await keyvalue.put_if_absent("token", b"u", ttl_s=1)


async def test_a_bucket_gives_what_it_holds_and_then_says_how_long_to_wait(keyvalue: KeyValue) -> None:
    rule = Rule(most=3, per_s=3600)

    waits = [await keyvalue.take("phone", rule) for _ in range(5)]

    assert waits[:3] == [0, 0, 0]
    assert all(1_190_000 < wait <= 1_200_000 for wait in waits[3:])
    assert await keyvalue.take("another", rule) == 0
    await keyvalue.delete("phone")
    assert await keyvalue.take("phone", rule) == 0


async def test_many_at_once_get_no_more_than_the_bucket_holds(keyvalue: KeyValue) -> None:
    rule = Rule(most=7, per_s=3600)

    waits = await asyncio.gather(*(keyvalue.take("crowd", rule) for _ in range(40)))

    assert waits.count(0) == 7


async def test_a_flood_of_addresses_pushes_out_no_conversation() -> None:
    keyvalue = MemoryKeyValue(VirtualClock(START), most=10)
    await keyvalue.put("session", b"kept", ttl_s=300)

    for n in range(50):
        await keyvalue.take(f"address {n}", Rule(most=1, per_s=60))

    assert await keyvalue.get("session") == b"kept"
    assert await keyvalue.take("address 49", Rule(most=1, per_s=60)) > 0


async def test_a_full_memory_forgets_the_expired_first_and_then_the_longest_unwritten() -> None:
    clock = VirtualClock(START)
    keyvalue = MemoryKeyValue(clock, most=10)
    await keyvalue.put("kept", b"", ttl_s=1000)
    for n in range(9):
        await keyvalue.put(f"short {n}", b"", ttl_s=1)
    await clock.advance(2)
    await keyvalue.put("new", b"", ttl_s=1000)
    assert await keyvalue.get("kept") == b""

    for n in range(20):
        await keyvalue.put(f"long {n}", b"", ttl_s=1000)

    assert await keyvalue.get("kept") is None
    assert await keyvalue.get("long 19") == b""


async def test_a_redis_that_does_not_answer_is_unavailable() -> None:
    redis = RedisKeyValue("redis://127.0.0.1:1/0", timeout_s=0.2)

    with pytest.raises(Unavailable):
        await redis.get("key")
    with pytest.raises(Unavailable):
        await redis.put("key", b"", ttl_s=1)
    with pytest.raises(Unavailable):
        await redis.delete("key")
    with pytest.raises(Unavailable):
        await redis.take("key", Rule(most=1, per_s=1))
    await redis.close()
