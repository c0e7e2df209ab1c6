"""Virtual time moves only when told, and then in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Bug
from runtime.clock import AdvancedClock, SystemClock, VirtualClock

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


async def test_sleepers_wake_in_order_of_their_hour_and_see_that_hour() -> None:
    clock, woke = VirtualClock(START), []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append((name, clock.now() - START))

    tasks = [asyncio.ensure_future(sleeper(name, s)) for name, s in (("b", 20), ("a", 10), ("c", 20.5), ("d", 99))]
    await clock.advance(30)

    assert woke == [
        ("a", timedelta(seconds=10)),
        ("b", timedelta(seconds=20)),
        ("c", timedelta(seconds=20.5)),
    ]
    assert clock.now() == START + timedelta(seconds=30)
    assert clock.next_wake_s() == 69
    tasks[3].cancel()


async def test_what_a_sleeper_starts_happens_before_the_next_one_wakes() -> None:
    clock, story = VirtualClock(START), []

    async def parent() -> None:
        await clock.sleep(1)
        child = asyncio.ensure_future(chain(40))
        await clock.sleep(1)
        story.append("parent again")
        await child

    async def chain(steps: int) -> None:
        for _ in range(steps):
            await clock.sleep(0)
        story.append("chain done")

    async def other() -> None:
        await clock.sleep(1.5)
        story.append("other")

    tasks = [asyncio.ensure_future(parent()), asyncio.ensure_future(other())]
    await clock.advance(5)
    await asyncio.gather(*tasks)

    assert story == ["chain done", "other", "parent again"]


async def test_a_sleeper_that_was_cancelled_is_passed_over() -> None:
    clock = VirtualClock(START)
    task = asyncio.ensure_future(clock.sleep(5))
    await clock.advance(1)
    task.cancel()

    await clock.advance(10)

    assert task.cancelled()
    assert clock.next_wake_s() is None


async def test_time_does_not_go_back_and_has_one_mover() -> None:
    clock = VirtualClock(START)

    async def meddler() -> None:
        await clock.advance(1)

    with pytest.raises(Bug):
        await clock.advance(-1)
    task = asyncio.ensure_future(meddler())
    await clock.advance(2)

    with pytest.raises(Bug):
        await task


@given(st.lists(st.integers(min_value=1, max_value=10**9), max_size=20))
def test_time_in_small_steps_is_time_in_one_step(steps_us: list[int]) -> None:
    async def story() -> VirtualClock:
        clock = VirtualClock(START)
        for step in steps_us:
            await clock.advance(step / 1_000_000)
        return clock

    clock = asyncio.run(story())

    assert clock.now() == START + timedelta(microseconds=sum(steps_us))
    assert clock.monotonic() == sum(steps_us) / 1_000_000


async def test_the_machines_clock_is_aware_and_goes_on() -> None:
    clock = SystemClock()
    began, at = clock.monotonic(), clock.now()

    await clock.sleep(0.001)

    assert clock.monotonic() > began
    assert at.tzinfo is UTC
    assert clock.now() > at


def test_a_clock_that_was_moved_on_stays_ahead_of_the_machine_and_never_goes_back(tmp_path: Path) -> None:
    file, machine = tmp_path / "ahead", SystemClock()
    clock = AdvancedClock(file)
    assert abs(clock.now() - machine.now()) < timedelta(seconds=1)

    until = machine.now() + timedelta(days=3)
    clock.move_to(until)
    clock.move_to(until - timedelta(days=1))

    assert until <= clock.now() < until + timedelta(minutes=1)
    assert clock.monotonic() - machine.monotonic() > timedelta(days=2).total_seconds()
    assert AdvancedClock(file).now() >= until  # the next start finds it
    assert [each.name for each in tmp_path.iterdir()] == ["ahead"]


@pytest.mark.parametrize("torn", ["", "12x", "-5", "\x00\x00"])
def test_a_torn_file_is_no_hour(tmp_path: Path, torn: str) -> None:
    """The story: a machine went down while the hour was written, and the demo did not start again."""
    file = tmp_path / "ahead"
    file.write_text(torn)

    assert AdvancedClock(file).now() - SystemClock().now() < timedelta(seconds=1)
