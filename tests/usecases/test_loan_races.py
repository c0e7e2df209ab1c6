"""Loans under crashes, repetitions and rivals: on both databases, because locks and constraints have the last word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.rivals import rival_of
from tests.usecases.lending import lender
from tests.usecases.test_crashes import Crash, Cut, everything
from tests.world import World, kes
from usecases.collection import record_arrivals
from usecases.loans.giving import GiveByHand, give_by_hand
from usecases.loans.telling import TellDue, tell_due
from usecases.reallocation import Reallocate, reallocate

ASHA, BEN = "254712345678", "254712345679"


async def test_a_crash_at_any_statement_of_a_move_leaves_nothing_and_the_repeat_gives_the_uncut_result(
    world: World, monkeypatch: pytest.MonkeyPatch, proving: bool
) -> None:
    at = await lender(world)
    wrong, right = await at.lends(ASHA), await at.lends(BEN)
    lost = await at.repays(wrong, 1_500)
    await at.days_pass(40)
    before, cut, statement = everything(world), Cut(world, monkeypatch), 0
    stride = 1 if proving else 9

    wish = Reallocate(lost, right, at.boss, "trace")
    while await crashes_while(world, lambda: world.app.write(reallocate, wish), cut, statement):
        assert everything(world) == before
        statement += stride
    cut.forget()

    assert statement > 20
    assert (await at.owed(right))[0] == kes(4_500).minor
    assert (await at.owed(wrong))[2] > 0


async def crashes_while(world: World, does: Callable[[], Coroutine[Any, Any, Any]], cut: Cut, statement: int) -> bool:
    """Does the process go down when it comes to that statement? False when there is none such any more: then it is done."""
    cut.seen, cut.at = 0, statement
    real = world.writer.step
    gone: list[BaseException] = []

    def step() -> int:
        try:
            return real()
        except Crash as crash:
            gone.append(crash)
            work.cancel()
            return 0

    work = asyncio.ensure_future(does())
    world.writer.step = step  # type: ignore[method-assign]
    await asyncio.wait([work])
    world.writer.step = real  # type: ignore[method-assign]
    cut.at = None
    return bool(gone)


async def test_told_twice_it_is_told_once(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    notice = world.notice(number, 700)
    await world.arrives(notice, notice)
    await at.days_pass(40)
    before = everything(world)

    await world.app.write(record_arrivals, world.arrival(notice))
    await at.night()

    after = everything(world)
    assert {name for name in after if after[name] != before[name]} <= {"exchanges"}


async def test_two_processes_that_repay_one_loan_at_once_lose_nothing(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: at.repays(number, 1_000),
            lambda: rival.world.app.write(record_arrivals, world.arrival(world.notice(number, 2_000))),
        )

    assert (await at.owed(number))[0] == kes(3_000).minor


async def test_two_processes_in_one_night_charge_once(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    await world.clock.advance(40 * 86_400)
    wish = TellDue(world.organisation)

    with rival_of(world) as rival:
        await rival.overlap(lambda: world.app.write(tell_due, wish), lambda: rival.world.app.write(tell_due, wish))

    assert await at.owed(number) == (600_000, 12_000, 10_712)


async def test_two_who_give_one_loan_give_it_once(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)
    await at.decides(asked)
    wish = GiveByHand(world.organisation, asked.number, at.boss)

    with rival_of(world) as rival:
        answers = await rival.overlap(
            lambda: world.app.write(give_by_hand, wish), lambda: rival.world.app.write(give_by_hand, wish)
        )

    assert sorted(type(answer).__name__ for answer in answers) == ["Loan", "LoanNotThere"]
    assert (await world.balances())["asset:cash"] == -kes(5_900).minor
