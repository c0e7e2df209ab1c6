"""Limits at the doors: counted in the shared memory, told in minutes."""

from datetime import UTC, datetime

import pytest

from runtime.clock import VirtualClock
from runtime.keyvalue import MemoryKeyValue
from usecases import limits
from usecases.limits import Rule, TooManyTries

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
RULE = Rule(most=2, per_s=600)


async def test_the_third_try_is_told_when_to_come_back_and_then_served() -> None:
    clock = VirtualClock(START)
    memory = MemoryKeyValue(clock)
    for _ in range(2):
        await limits.allow(memory, "door", "254712345678", RULE)

    with pytest.raises(TooManyTries) as refused:
        await limits.allow(memory, "door", "254712345678", RULE)

    assert refused.value.minutes == 5
    await clock.advance(300)
    await limits.allow(memory, "door", "254712345678", RULE)


async def test_one_persons_tries_at_one_door_are_nobody_elses() -> None:
    memory = MemoryKeyValue(VirtualClock(START))
    for _ in range(2):
        await limits.allow(memory, "door", "254712345678", RULE)

    await limits.allow(memory, "door", "254799000111", RULE)
    await limits.allow(memory, "window", "254712345678", RULE)


async def test_the_right_code_forgives_the_wrong_ones() -> None:
    memory = MemoryKeyValue(VirtualClock(START))
    for _ in range(2):
        await limits.allow(memory, "door", "254712345678", RULE)

    await limits.forgive(memory, "door", "254712345678")

    await limits.allow(memory, "door", "254712345678", RULE)
