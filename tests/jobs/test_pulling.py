"""Pulling what was missed: once, never skipping, whatever the provider's pages are like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotFound, Unavailable
from core.ids import ProviderAccountId
from core.organisations import ProviderAccount
from core.payments import MoneyArrived, MoneyReturned, Paid, Witness
from core.phones import Msisdn
from core.ports import Exchanged, PulledPage, PulledRow
from core.pulling import OVERLAP, REACH, Window
from core.schedule import Due
from jobs.pulling import PullingNow, pull_missed
from storage import exchanges, pulls
from storage.database import DatabaseUrl
from storage.pulls import Pulling
from storage.tx import Tx
from storage.writer import batched
from tests.world import TESTER, World, open_world
from usecases.collection import record_arrivals
from usecases.prompts import Answer, record_answer
from usecases.pulling import RegisterPull, pull_registered, want_pull


@dataclass
class Memory:
    """A provider that remembers, in pages; a rail that only pulls."""

    rows: list[MoneyArrived | MoneyReturned | None] = field(default_factory=list)
    size: int = 2
    asked: list[tuple[Window, int]] = field(default_factory=list)
    fails_after: int | None = None
    knows_offsets: bool = True

    async def pull(self, account: ProviderAccount, window: Window, *, offset: int) -> PulledPage:
        self.asked.append((window, offset))
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            raise Unavailable("mpesa", "down")
        seen = [row for row in self.rows if row is None or window.since <= row.value_at <= window.until]
        start = offset if self.knows_offsets else 0
        return PulledPage(tuple(PulledRow(b'{"a": 1}', row, "" if row else "odd") for row in seen[start:][: self.size]))


@dataclass
class Scene:
    world: World
    memory: Memory

    async def pulls(self) -> str:
        world = self.world
        return await pull_missed(world.app, Due("pull_missed", world.organisation, world.clock.now()))

    def missed(self, reference: str, shillings: int, receipt: str, **facts: object) -> MoneyArrived:
        notice = self.world.notice(reference, shillings, receipt=receipt, witness=Witness.PULL, **facts)  # type: ignore[arg-type]
        self.memory.rows.append(notice)
        return notice

    async def mark(self) -> Pulling:
        (one,) = await self.world.app.read(pulls.all_pulled)
        return one


@pytest.fixture
async def scene(sqlite_database: DatabaseUrl) -> AsyncIterator[Scene]:
    world = open_world(sqlite_database)
    await world.school()
    await world.students({"KV10": 9_000})
    memory = Memory()
    world.app.rails = {world.account.id: memory}  # type: ignore[dict-item]
    await world.app.write(pull_registered, RegisterPull(world.account.id, TESTER))
    yield Scene(world, memory)
    world.close()
    assert world.bugs == []


async def test_what_nobody_told_of_is_credited_over_all_pages_and_once(scene: Scene) -> None:
    for number in range(5):
        scene.missed("KV10", 100, f"UKL{number}")

    assert await scene.pulls() == "600984: 5 read, 5 new"
    assert await scene.pulls() == "600984: 5 read, 0 new"

    assert await scene.world.owes("KV10") == 8_500_00
    assert [offset for _, offset in scene.memory.asked] == [0, 2, 4, 5] * 2
    assert (await scene.mark()).found == 5
    assert scene.world.broken_laws() == []


async def test_a_payment_that_was_told_is_only_witnessed_once_more_however_often_it_is_pulled(scene: Scene) -> None:
    notice = scene.missed("KV10", 100, "UKL1")
    await scene.world.arrives(replace(notice, witness=Witness.CONFIRMATION))

    for _ in range(3):
        await scene.pulls()

    said = scene.world.rows("SELECT operation, outcome FROM exchanges ORDER BY at, id")
    assert said == [("confirmation", "credited"), ("pull", "known")]


async def test_a_pull_that_breaks_off_leaves_the_mark_and_the_next_one_skips_nothing(scene: Scene) -> None:
    for number in range(5):
        scene.missed("KV10", 100, f"UKL{number}")
    scene.memory.fails_after = 1

    with pytest.raises(Unavailable):
        await scene.pulls()
    assert (await scene.mark()).covered_until is None
    scene.memory.fails_after = None
    await scene.pulls()

    assert await scene.world.owes("KV10") == 8_500_00


async def test_after_downtime_the_window_reaches_back_to_the_mark_and_before_it(scene: Scene) -> None:
    await scene.pulls()
    mark = (await scene.mark()).covered_until
    assert mark is not None
    await scene.world.clock.advance(20 * 3600)

    await scene.pulls()

    (window, _) = scene.memory.asked[-1]
    assert window.since == mark - OVERLAP
    assert (await scene.mark()).covered_until == window.until == scene.world.clock.now()


async def test_what_is_out_of_reach_is_owned_up_to_once(scene: Scene) -> None:
    await scene.pulls()
    await scene.world.clock.advance(timedelta(days=5).total_seconds())

    await scene.pulls()
    await scene.pulls()

    (kept,) = await scene.world.app.read(exchanges.unread)
    assert kept.exchange.detail.startswith("pulled: not told between 2026-11-21 06:00 and 2026-11-24 06:30 UTC")
    assert scene.memory.asked[-2][0].since == scene.world.clock.now() - REACH


async def test_a_line_that_cannot_be_read_is_kept_once_and_holds_nothing_up(scene: Scene) -> None:
    scene.memory.rows.append(None)
    scene.missed("KV10", 100, "UKL1")

    for _ in range(3):
        await scene.pulls()

    assert await scene.world.owes("KV10") == 8_900_00
    assert await scene.world.app.read(exchanges.count_unread) == 1


async def test_a_reversal_on_the_same_page_is_booked_after_its_payment_and_once(scene: Scene) -> None:
    world = scene.world
    back = MoneyReturned(
        world.account.id, world.organisation, "mpesa", Witness.PULL, "UKL1", "UKR1", None, world.clock.now()
    )
    scene.memory.rows.append(back)
    scene.missed("KV10", 100, "UKL1")

    for _ in range(3):
        await scene.pulls()

    assert await world.owes("KV10") == 9_000_00
    said = world.rows("SELECT operation, outcome FROM exchanges ORDER BY at, id")
    assert said == [("pull", "credited"), ("pull", "reversed")]
    assert world.broken_laws() == []


async def test_a_provider_that_knows_no_offsets_is_read_once(scene: Scene) -> None:
    scene.memory.knows_offsets = False
    scene.missed("KV10", 100, "UKL1")
    scene.missed("KV10", 100, "UKL2")

    assert await scene.pulls() == "600984: 2 read, 2 new"

    assert len(scene.memory.asked) == 2


async def test_a_provider_that_never_ends_is_not_believed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.pulling.MOST_PAGES", 2)
    for number in range(9):
        scene.missed("KV10", 100, f"UKL{number}")

    with pytest.raises(Unavailable):
        await scene.pulls()

    assert (await scene.mark()).covered_until is None


async def test_an_account_without_a_rail_that_pulls_is_left_alone(scene: Scene) -> None:
    scene.world.app.rails = {}

    assert await scene.pulls() == "600984: nobody to ask"


async def test_who_waits_for_an_answer_does_not_wait_for_the_next_pull(scene: Scene) -> None:
    world = scene.world
    payment = await world.prompts("254712345678", {"KV10": 700}, request_id="ws_1")
    scene.missed("KV10", 700, "UKL1", payer=Msisdn("254712345678"))
    await PullingNow(world.app).round()
    assert scene.memory.asked == []

    await world.app.write(record_answer, Answer(payment, Paid(), Exchanged("stk_query", b"", b"", 200, 1)))
    await PullingNow(world.app).round()
    await PullingNow(world.app).round()

    assert len(scene.memory.asked) == 2
    assert world.rows("SELECT status, receipt FROM payments") == [("completed", "UKL1")]


async def test_a_provider_that_is_down_is_left_alone_for_a_minute_and_then_asked_again(scene: Scene) -> None:
    await scene.world.app.write(want_pull, scene.world.account.id)
    scene.memory.fails_after = 0
    pulling = PullingNow(scene.world.app)

    await pulling.round()
    await pulling.round()
    assert len(scene.memory.asked) == 1
    assert (await scene.mark()).wanted_at is not None
    scene.memory.fails_after = None
    await scene.world.clock.advance(60)
    await pulling.round()

    assert (await scene.mark()).wanted_at is None


async def test_only_an_account_that_exists_is_registered(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await scene.world.app.write(pull_registered, RegisterPull(ProviderAccountId(scene.world.ids.new()), TESTER))


async def test_two_pulls_at_the_same_time_credit_once(scene: Scene) -> None:
    for number in range(5):
        scene.missed("KV10", 100, f"UKL{number}")
    await scene.world.app.write(want_pull, scene.world.account.id)

    await asyncio.gather(scene.pulls(), PullingNow(scene.world.app).round(), scene.pulls())

    assert await scene.world.owes("KV10") == 8_500_00
    assert (await scene.mark()).found == 5
    assert scene.world.broken_laws() == []


async def test_a_page_of_thousands_leaves_room_for_callbacks(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.pulling.AT_ONCE", 2)
    scene.memory.size = 100
    for number in range(7):
        scene.missed("KV10", 100, f"UKL{number}")

    assert await scene.pulls() == "600984: 7 read, 7 new"


async def test_a_line_that_meets_our_own_mistake_is_kept_and_the_rest_is_credited(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(tx: Tx, arrivals: Any) -> Any:
        if any(arrival.notice.receipt == "UKL1" for arrival in arrivals):
            raise RuntimeError("a mistake of ours")
        return record_arrivals(tx, arrivals)

    monkeypatch.setattr("jobs.pulling.record_arrivals", batched(stumbles))
    for number in range(3):
        scene.missed("KV10", 100, f"UKL{number}")

    await scene.pulls()

    assert await scene.world.owes("KV10") == 8_800_00
    assert await scene.world.app.read(exchanges.count_unread) == 1
    scene.world.bugs.clear()
