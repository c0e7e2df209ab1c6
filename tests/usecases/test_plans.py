"""A payment plan: its instalments are due instead of what it covers, and nothing else is chased (FEE-5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import NotFound
from core.phones import Msisdn
from core.plans import PlanNotPossible
from storage import callers
from tests.usecases.test_arrears import MAMA, afternoons, days_ago, owes_since, queued
from tests.usecases.test_reversals import returned
from tests.world import TESTER, World, kes
from usecases.arrears import ListArrears, in_arrears
from usecases.plans import AgreePlan, EndPlan, agree_plan, end_plan, standing_plans
from usecases.reversals import record_reversal
from usecases.verification import verify

TODAY = date(2026, 11, 21)


async def agrees(world: World, **wishes: Any) -> Any:
    return await world.app.write(agree_plan, AgreePlan(world.organisation, "KV10", TESTER, **wishes))


async def left(world: World) -> list[tuple[str, int]]:
    plans = await world.app.read(standing_plans, world.organisation)
    return [(one.student.number, due.amount.minor // 100) for one in plans for due in one.left]


async def test_instalments_are_reminded_of_and_chased_in_place_of_the_debt(world: World) -> None:
    await owes_since(world, days_ago(45), KV10=1_000)
    await agrees(world, parts=((TODAY + timedelta(10), kes(400)), (TODAY + timedelta(50), kes(600))))

    await world.clock.advance(6 * 86_400)
    await afternoons(world, 2)
    before = queued(world)
    await world.arrives(world.notice("KV10", 400))
    for _ in range(6):
        await world.clock.advance(6 * 86_400)
        await afternoons(world)

    assert before == ["reminder_before_due"]
    assert queued(world) == ["reminder_before_due", "reminder_before_due"]
    assert await left(world) == [("KV10", 600)]
    assert world.broken_laws() == []


async def test_an_instalment_that_is_missed_is_chased_by_its_own_day(world: World) -> None:
    await owes_since(world, days_ago(70), KV10=1_000)
    await agrees(world, count=2, first=TODAY)

    listed = await world.app.read(in_arrears, ListArrears(world.organisation))
    await afternoons(world)
    await world.clock.advance(29 * 86_400)
    await afternoons(world)

    assert listed == []
    assert queued(world) == ["reminder_before_due", "arrears_warning", "reminder_before_due"]


async def test_what_is_charged_later_is_due_on_its_own_day_and_what_is_taken_back_comes_last(world: World) -> None:
    await owes_since(world, days_ago(45), KV10=1_000)
    await world.arrives(world.notice("KV10", 100, receipt="UKL1"))
    await agrees(world, count=3, every_days=7)
    await world.app.write(record_reversal, returned(world, "UKL1"))
    await owes_since(world, TODAY + timedelta(90), KV10=250)

    (found,) = await world.app.read(in_arrears, ListArrears(world.organisation, 0))
    caller = await world.app.read(callers.caller, Msisdn.parse(MAMA), "*384*70421#")

    assert await left(world) == [("KV10", 300), ("KV10", 300), ("KV10", 400)]
    assert found.owed == kes(1_250)
    assert found.oldest_due_on == TODAY
    (account,) = caller.relations[0].accounts
    assert (account.owed, account.instalment, account.due_on) == (kes(1_250), kes(300), TODAY)


async def test_another_plan_replaces_it_and_its_end_brings_the_debt_back(world: World) -> None:
    await owes_since(world, days_ago(45), KV10=1_000)
    await agrees(world, count=2)
    await agrees(world, count=4)
    ended = await world.app.write(end_plan, EndPlan(world.organisation, "KV10", TESTER, "moved away"))

    await afternoons(world)

    assert len(ended.instalments) == 4
    assert queued(world) == ["arrears_warning"]
    with pytest.raises(NotFound):
        await world.app.write(end_plan, EndPlan(world.organisation, "KV10", TESTER, "again"))
    assert len(world.rows("SELECT 1 FROM changes WHERE action IN ('plan_agreed', 'plan_ended')")) == 4


@pytest.mark.parametrize("wishes", [{}, {"count": 99}, {"parts": ((TODAY, kes(999)),)}])
async def test_what_does_not_sum_is_refused(world: World, wishes: dict[str, Any]) -> None:
    await owes_since(world, days_ago(45), KV10=1_000)

    with pytest.raises(PlanNotPossible):
        await agrees(world, **wishes)


async def test_who_owes_nothing_needs_no_plan(world: World) -> None:
    await world.students({"KV10": 0})

    with pytest.raises(PlanNotPossible):
        await agrees(world, count=2)


async def test_a_plan_that_was_altered_is_named(world: World) -> None:
    await owes_since(world, days_ago(45), KV10=1_000)
    await agrees(world, count=2)
    assert await world.app.read(verify) == []

    def behind_our_back(tx: Any, _: None) -> None:
        tx.connection.exec_driver_sql("UPDATE plans SET minor = minor + 100")

    await world.app.write(behind_our_back, None)

    assert [finding.table for finding in await world.app.read(verify)] == ["plans"]
