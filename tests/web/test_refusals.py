"""Who is turned away at the door is written down, and a flood of them stays small (SEC-1)."""

from __future__ import annotations

from typing import Any

from cli import hooks
from cli.hooks import LogArgs
from storage.exchanges import Outcome
from tests.usecases.test_erasure import SYSTEM, Desk
from tests.web.door import Door
from web.refusals import MOST_ROWS, OTHERS, Refusal


async def log(door: Door, **wanted: Any) -> list[hooks.CallLine]:
    return [line async for line in hooks.log(Desk(door.world), LogArgs(**wanted), SYSTEM)]


async def test_callers_with_a_wrong_key_stand_in_the_log_once_a_minute_with_their_count(door: Door) -> None:
    for _ in range(3):
        assert (await door.client.post("/hooks/nobody/stk", data=b"{}")).status == 404
    refusals = door.running.hooks.refusals

    assert await refusals.flush(door.world.app) == 1
    assert await refusals.flush(door.world.app) == 0

    (line,) = await log(door, outcome=Outcome.REFUSED)
    assert (line.operation, line.address, line.detail) == ("stk", "127.0.0.1", "unknown key, 3 times")
    assert await log(door, provider="mpesa", outcome=Outcome.REFUSED) == []
    assert [one.at for one in await log(door, address="127.0.0.1", hours=1, operation="stk")] == [line.at]


async def test_a_flood_from_many_places_is_few_rows(door: Door) -> None:
    refusals = door.running.hooks.refusals
    for number in range(10_000):
        refusals.note(Refusal(f"10.0.{number >> 8}.{number & 255}", "stk", "unknown key"))

    assert await refusals.flush(door.world.app) == MOST_ROWS + 1

    lines = await log(door, address=OTHERS)
    assert [line.detail for line in lines] == [f"unknown key, {10_000 - MOST_ROWS} times"]


async def test_what_cannot_be_written_now_is_written_with_the_next_minutes(door: Door) -> None:
    refusals = door.running.hooks.refusals
    refusals.note(Refusal("10.0.0.1", "stk", "not from there", "mpesa", door.world.organisation, door.world.account.id))

    class Full:
        async def write(self, *_: Any) -> None:
            raise TimeoutError

    assert await refusals.flush(Full()) == 0  # type: ignore[arg-type]
    assert await refusals.flush(door.world.app) == 1
    assert [line.organisation for line in await log(door, organisation="kivuli")] == ["kivuli"]
