"""Money arrives: each coin is credited once, whoever tells of it."""

import asyncio

from core.phones import MaskedMsisdn, Msisdn, hashed
from tests.world import World, kes
from usecases.collection import record_arrivals


async def test_a_confirmation_sent_twice_is_credited_once(world: World) -> None:
    await world.students({"KV10": 4_000})
    notice = world.notice("KV10", 1_500)

    first = await world.app.write(record_arrivals, world.arrival(notice))
    again = await world.app.write(record_arrivals, world.arrival(notice))

    assert first.is_new
    assert not again.is_new
    assert (await world.balances())["asset:receivable:KV10"] == kes(2_500).minor


async def test_a_hashed_payer_with_one_child_needs_no_reference(world: World) -> None:
    await world.students({"KV10": 4_000}, guardians={"KV10": ["0712345678"]})
    notice = world.notice("", 1_500, payer=hashed(Msisdn.parse("0712345678")))

    await world.app.write(record_arrivals, world.arrival(notice))

    assert (await world.balances())["asset:receivable:KV10"] == kes(2_500).minor


async def test_a_masked_payer_is_not_believed_without_a_matching_amount(world: World) -> None:
    await world.students({"KV10": 4_000}, guardians={"KV10": ["0712345678"]})
    masked = MaskedMsisdn("2547", "678")

    odd = world.arrival(world.notice("", 1_500, payer=masked, name="Guardian"))
    whole = world.arrival(world.notice("", 4_000, payer=masked, name="Guardian"))
    await asyncio.gather(world.app.write(record_arrivals, odd), world.app.write(record_arrivals, whole))

    assert await world.suspense() == kes(1_500).minor
    assert (await world.balances())["asset:receivable:KV10"] == 0
