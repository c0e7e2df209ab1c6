"""Ids increase; chance repeats under a seed and only there."""

from __future__ import annotations

from datetime import UTC, datetime

from runtime.chance import SeededRandom, SystemRandom
from runtime.clock import VirtualClock
from runtime.ids import SeededIds, UuidV7

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def test_real_ids_are_version_7_and_increase() -> None:
    ids = UuidV7()

    made = [ids.new() for _ in range(5_000)]

    assert made == sorted(set(made))
    assert {made_id.version for made_id in made} == {7}


async def test_seeded_ids_are_version_7_increase_with_the_clock_and_repeat_with_the_seed() -> None:
    async def story(seed: int) -> list[str]:
        clock = VirtualClock(START)
        ids = SeededIds(clock, seed=seed)
        made = []
        for _ in range(300):
            made += [str(ids.new()) for _ in range(5)]
            await clock.advance(0.0007)
        return made

    first, again, other = await story(1), await story(1), await story(2)

    assert first == again != other
    assert first == sorted(set(first))
    ids = SeededIds(VirtualClock(START), seed=1)
    one = ids.new()
    assert (one.version, one.int >> 80) == (7, int(START.timestamp() * 1000))


def test_seeded_chance_repeats_and_real_chance_does_not() -> None:
    one, two = SeededRandom(7), SeededRandom(7)

    assert [one.below(10) for _ in range(50)] == [two.below(10) for _ in range(50)]
    assert one.token(16) == two.token(16)
    assert SystemRandom().token(16) != SystemRandom().token(16)
    assert {SystemRandom().below(3) for _ in range(200)} == {0, 1, 2}
