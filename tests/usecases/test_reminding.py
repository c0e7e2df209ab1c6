"""Staff have families of whoever is late reminded, once a day, and never against their word or a STOP (PAY-11)."""

from datetime import timedelta

import pytest

from core.errors import NotPermitted
from core.permissions import Role
from tests.rivals import rival_of
from tests.usecases.test_arrears import afternoons, days_ago, owes_since, queued, told
from tests.world import TESTER, World, kes
from usecases.promises import AgreePromise, agree_promise
from usecases.reminding import Remind, late, remind


async def reminds(world: World, late_days: int = 1, group: str = "") -> list[tuple[str, int, str]]:
    wish = Remind(world.organisation, TESTER, late_days, group)
    shown = await world.app.read(late, wish)
    done = await world.app.write(remind, wish)
    assert done == shown
    return [(one.student.number, one.amount.minor // 100, one.fate.value) for one in done]


async def test_all_who_are_late_are_reminded_once_a_day(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000, KV20=2_000)
    await owes_since(world, days_ago(-9), KV30=3_000)  # not due yet

    first, again = await reminds(world), await reminds(world)
    assert first == [("KV10", 1_000, "told"), ("KV20", 2_000, "told")]
    assert again == [("KV10", 1_000, "today"), ("KV20", 2_000, "today")]
    assert queued(world) == ["arrears_warning"] * 2
    await world.clock.advance(86_400)
    assert await reminds(world) == first

    notes = world.rows("SELECT reason FROM changes WHERE action = 'reminders_sent' ORDER BY at")
    assert notes == [("2 students at least 1 days late",)] * 2
    assert world.broken_laws() == []


async def test_only_of_one_class_or_only_the_latest(world: World) -> None:
    await owes_since(world, days_ago(40), KV10=1_000)
    await owes_since(world, days_ago(9), KV20=2_000)

    assert await reminds(world, group="Class KV20") == [("KV20", 2_000, "told")]
    assert await reminds(world, late_days=30) == [("KV10", 1_000, "told")]
    notes = world.rows("SELECT reason FROM changes WHERE action = 'reminders_sent' ORDER BY reason")
    assert notes == [("1 students at least 1 days late, Class KV20",), ("1 students at least 30 days late",)]


async def test_what_the_daily_run_told_today_is_not_told_again(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    await afternoons(world)

    assert await reminds(world) == [("KV10", 1_000, "today")]
    assert queued(world) == ["arrears_warning"]


async def test_who_has_promised_is_left_in_peace_also_between_the_asking_and_the_sending(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000, KV20=2_000)
    await promises(world, "KV10")
    assert await reminds(world) == [("KV10", 1_000, "promised"), ("KV20", 2_000, "told")]
    await promises(world, "KV20")

    assert await told(world) == []


async def promises(world: World, number: str) -> None:
    on = world.clock.now().date() + timedelta(days=3)
    await world.app.write(agree_promise, AgreePromise(world.organisation, number, kes(500), on, TESTER))


async def test_it_names_what_is_owed_when_it_leaves(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000)
    await reminds(world)
    await world.arrives(world.notice("KV10", 400))

    assert await told(world) == [("arrears_warning", 600, str(days_ago(9)))]


async def test_only_who_may_has_families_reminded(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000)
    auditor = await world.staff(Role.AUDITOR)

    with pytest.raises(NotPermitted):
        await world.app.write(remind, Remind(world.organisation, auditor))
    with pytest.raises(NotPermitted):
        await world.app.read(late, Remind(world.organisation, auditor))
    assert queued(world) == []


async def test_two_who_press_at_the_same_moment_remind_once(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000)
    wish = Remind(world.organisation, TESTER)

    with rival_of(world) as rival:
        await rival.overlap(lambda: world.app.write(remind, wish), lambda: rival.world.app.write(remind, wish))

    assert queued(world) == ["arrears_warning"]
