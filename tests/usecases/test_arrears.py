"""Families are reminded, warned and told that it is critical, each once, and never of what is paid (FEE-4)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.arrears import Bucket, Policy
from core.errors import NotPermitted
from core.fees import FeeLine
from core.permissions import Actor, ActorKind, Role
from core.schedule import Due
from jobs.schedule import JOBS, Scheduling
from storage import arrears as store
from tests.rivals import rival_of
from tests.usecases.test_reversals import returned
from tests.world import START, TESTER, World, kes
from usecases.arrears import ListArrears, SetPolicy, chase_arrears, in_arrears, set_policy
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.messages import Claim, claim_messages
from usecases.reversals import record_reversal
from usecases.schedule import begin_run

MAMA = "254712345678"
AFTERNOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
"""14:00 in Nairobi."""


async def owes_since(world: World, due_on: date, **shillings: int) -> None:
    """Students of MAMA who were charged for a term that was due then."""
    await world.students(dict.fromkeys(shillings, 0), guardians={number: [MAMA] for number in shillings})
    fees = tuple(
        ClassFees(f"Class {number}", (FeeLine("Tuition", kes(amount)),)) for number, amount in shillings.items()
    )
    name = f"Due {due_on}"
    wish = OpenTerm(world.organisation, name, date(2026, 1, 1), date(2026, 12, 31), due_on, fees, TESTER)
    await world.app.write(open_term, wish)
    await world.app.write(run_invoices, RunInvoices(world.organisation, name, date(2026, 1, 1), TESTER))


async def afternoons(world: World, days: int = 1) -> None:
    """The next `days` times that the clock strikes 14:00 in Nairobi."""
    jobs = [job for job in JOBS if job.name == "arrears"]
    for _ in range(days):
        now = world.clock.now()
        next_one = AFTERNOON + timedelta(days=(now - AFTERNOON) // timedelta(days=1) + 1)
        await world.clock.advance((next_one - now).total_seconds())
        await Scheduling(world.app, jobs).round()


def queued(world: World) -> list[str]:
    return [
        row[0] for row in world.rows("SELECT event FROM outbox ORDER BY created_at, id") if row[0] != "payment_received"
    ]


async def told(world: World) -> list[tuple[str, int, str]]:
    """What leaves now: event, shillings, since when."""
    taken = await world.app.write(claim_messages, Claim(50))
    return sorted(
        (one.message.event, one.message.amount.minor // 100, str(one.message.due_on))  # type: ignore[union-attr]
        for one in taken
        if hasattr(one.message, "due_on")
    )


def days_ago(days: int) -> date:
    return date(2026, 11, 21) - timedelta(days=days)


async def test_a_family_is_reminded_warned_and_told_that_it_is_critical_each_once(world: World) -> None:
    await owes_since(world, days_ago(-3), KV10=1_000)

    for _ in range(9):
        await afternoons(world)
        await world.clock.advance(8 * 86_400)

    assert queued(world) == ["reminder_before_due", "arrears_warning", "arrears_critical"]
    assert world.broken_laws() == []


async def test_the_day_is_the_schools_own_and_the_hour_is_14(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    jobs = [job for job in JOBS if job.name == "arrears"]

    await world.clock.advance((AFTERNOON - START).total_seconds() - 1)
    await Scheduling(world.app, jobs).round()
    before = queued(world)
    await world.clock.advance(1)
    await Scheduling(world.app, jobs).round()

    assert (before, queued(world)) == ([], ["arrears_warning"])


async def test_what_is_paid_is_not_chased_and_what_was_queued_names_what_is_owed_when_it_leaves(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000, KV20=2_000, KV30=400)
    await world.arrives(world.notice("KV30", 400))
    await afternoons(world)
    await world.arrives(world.notice("KV10", 1_000), world.notice("KV20", 500))

    leaves = await told(world)

    assert leaves == [("arrears_warning", 1_500, str(days_ago(30)))]
    assert world.rows("SELECT state, last_error FROM outbox WHERE state = 'skipped'") == [("skipped", "no longer true")]


async def test_a_reversed_payment_is_owed_again_and_told_in_the_stage_that_follows(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    await afternoons(world)
    await world.arrives(world.notice("KV10", 1_000, receipt="UKL1"))
    await world.app.write(record_reversal, returned(world, "UKL1"))

    await world.clock.advance(29 * 86_400)
    await afternoons(world, 2)

    assert [one for one in queued(world) if one.startswith("arrears")] == ["arrears_warning", "arrears_critical"]


async def test_a_reminder_that_waited_beyond_its_day_is_not_sent(world: World) -> None:
    await owes_since(world, days_ago(0), KV10=1_000)
    await afternoons(world)
    assert queued(world) == ["reminder_before_due"]

    await world.clock.advance(2 * 86_400)

    assert await told(world) == []


async def test_the_run_is_done_once_whatever_is_cut_or_repeated(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    due = Due("arrears", world.organisation, AFTERNOON)
    await world.app.write(begin_run, due)

    first = await world.app.write(chase_arrears, due)
    again = await world.app.write(chase_arrears, due)

    assert (first, again) == ("0 reminder, 1 warning, 0 critical, 0 broken", "done before")
    assert queued(world) == ["arrears_warning"]


async def test_of_two_processes_one_chases(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    due = Due("arrears", world.organisation, AFTERNOON)
    await world.app.write(begin_run, due)

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: world.app.write(chase_arrears, due), lambda: rival.world.app.write(chase_arrears, due)
        )

    assert queued(world) == ["arrears_warning"]


async def test_each_school_chooses_its_own_days(world: World) -> None:
    await owes_since(world, days_ago(9), KV10=1_000)
    clerk = Actor(ActorKind.STAFF, "tess", "test", Role.CASHIER)

    with pytest.raises(NotPermitted):
        await world.app.write(set_policy, SetPolicy(world.organisation, Policy(), clerk))
    versions = [
        await world.app.write(set_policy, SetPolicy(world.organisation, policy, TESTER))
        for policy in (Policy(5, 10, 20), Policy(5, 10, 20), Policy(5, 9, 20))
    ]
    await afternoons(world)

    assert versions == [1, 1, 2]
    assert await world.app.read(store.policy_of, world.organisation) == Policy(5, 9, 20)
    assert queued(world) == ["arrears_warning"]
    assert len(world.rows("SELECT 1 FROM changes WHERE action = 'arrears_policy_set'")) == 2


async def test_the_list_shows_who_owes_for_how_long(world: World) -> None:
    await owes_since(world, days_ago(75), KV10=1_000)
    await owes_since(world, days_ago(-5), KV20=300, KV10=500)
    await owes_since(world, days_ago(2), KV30=50)

    late = await world.app.read(in_arrears, ListArrears(world.organisation))
    everybody = await world.app.read(in_arrears, ListArrears(world.organisation, 0))

    assert [(one.student.number, one.owed) for one in late] == [("KV10", kes(1_500)), ("KV30", kes(50))]
    assert late[0].buckets[Bucket.TO_90] == kes(1_000)
    assert late[0].buckets[Bucket.CURRENT] == kes(500)
    assert late[0].group == "Class KV10"
    assert [one.student.number for one in everybody] == ["KV10", "KV30", "KV20"]
    assert everybody[0].oldest_due_on == days_ago(75)
