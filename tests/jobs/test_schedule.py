"""Scheduled work: once per due time, in the organisation's own time, caught up without a burst."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.permissions import Role
from core.phones import Msisdn
from core.schedule import LEASE, MOST_ATTEMPTS, Due
from jobs.schedule import JOBS, Job, Scheduling, newest_due
from storage.organisations import StaffMember, add_staff
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import START, World
from usecases.app import App
from usecases.schedule import EndRun, begin_run, end_run
from usecases.summary import summarise_day

EVENING = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
"""18:00 in Nairobi, on the day on which these tests begin (9:00 there)."""
MANAGER, CASHIER = Msisdn.parse("254711000001"), Msisdn.parse("254711000002")
DAY = timedelta(days=1)


class Diary:
    """A job that notes what it was asked for, and fails as often as it was told."""

    def __init__(self, failures: int = 0) -> None:
        self.ran: list[Due] = []
        self.failures = failures
        self.jobs: tuple[Job, ...] = (Job("diary", "0 18 * * *", self.work),)

    async def work(self, app: App, due: Due) -> str:
        self.ran.append(due)
        if len(self.ran) <= self.failures:
            raise ConnectionError("the world is down")
        return f"run {len(self.ran)}"


def runs(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT state, attempts, report FROM job_runs ORDER BY due_at")


async def at(world: World, moment: datetime, diary: Diary) -> None:
    await world.clock.advance((moment - world.clock.now()).total_seconds())
    await Scheduling(world.app, diary.jobs).round()


async def test_a_job_runs_at_its_hour_of_the_organisations_day_and_once(world: World) -> None:
    diary = Diary()

    await at(world, EVENING - timedelta(seconds=1), diary)
    assert diary.ran == []

    await at(world, EVENING, diary)
    await at(world, EVENING + timedelta(hours=2), diary)

    assert [due.at for due in diary.ran] == [EVENING]
    assert runs(world) == [("done", 1, "run 1")]


async def test_after_a_week_of_downtime_it_runs_once_and_knows_what_it_has_to_cover(world: World) -> None:
    diary = Diary()
    await at(world, EVENING, diary)

    await at(world, EVENING + 7 * DAY + timedelta(hours=5), diary)

    assert [due.at for due in diary.ran] == [EVENING, EVENING + 7 * DAY]
    assert [due.since for due in diary.ran] == [None, EVENING]


async def test_a_job_that_fails_is_tried_again_later_and_not_for_ever(world: World) -> None:
    diary = Diary(failures=100)
    await at(world, EVENING, diary)

    await at(world, EVENING + timedelta(seconds=59), diary)
    assert len(diary.ran) == 1

    for minutes in range(1, 120):
        await at(world, EVENING + timedelta(minutes=minutes), diary)
    assert len(diary.ran) == MOST_ATTEMPTS
    assert runs(world) == [("failed", MOST_ATTEMPTS, "ConnectionError")]


async def test_a_job_that_failed_twice_is_done_at_last(world: World) -> None:
    diary = Diary(failures=2)

    for minutes in range(10):
        await at(world, EVENING + timedelta(minutes=minutes), diary)

    assert runs(world) == [("done", 3, "run 3")]


async def test_one_job_that_fails_harms_no_other(world: World) -> None:
    good, bad = Diary(), Diary(failures=1)
    good.jobs = (Job("bad", "0 18 * * *", bad.work), Job("good", "0 18 * * *", good.work))

    await at(world, EVENING, good)

    assert len(good.ran) == 1


async def test_a_worker_that_died_is_followed_by_another_when_its_lease_is_over(world: World) -> None:
    due = Due("diary", world.organisation, EVENING)
    await world.clock.advance((EVENING - START).total_seconds())
    assert await world.app.write(begin_run, due) is not None
    diary = Diary()

    await at(world, EVENING + LEASE - timedelta(seconds=1), diary)
    assert diary.ran == []
    await at(world, EVENING + LEASE, diary)

    assert [one.at for one in diary.ran] == [EVENING]


async def test_of_two_processes_one_runs_it(world: World) -> None:
    due = Due("diary", world.organisation, EVENING)
    with rival_of(world) as rival:
        taken = await rival.overlap(
            lambda: world.app.write(begin_run, due), lambda: rival.world.app.write(begin_run, due)
        )

    assert sorted(one is not None for one in taken) == [False, True], taken


async def test_what_was_ended_stays_ended(world: World) -> None:
    due = Due("diary", world.organisation, EVENING)
    await world.app.write(begin_run, due)
    await world.app.write(end_run, EndRun(due, True, "fine"))

    await world.app.write(end_run, EndRun(due, False, "too late"))
    await world.app.write(end_run, EndRun(Due("other", world.organisation, EVENING), False, "never begun"))

    assert await world.app.write(begin_run, due) is None
    assert runs(world) == [("done", 1, "fine")]


async def test_a_job_that_is_gone_from_the_program_is_left_alone(world: World) -> None:
    await at(world, EVENING, Diary(failures=1))
    other = Diary()
    other.jobs = (Job("another", "0 18 * * *", other.work),)

    await at(world, EVENING + timedelta(minutes=5), other)

    assert len(other.ran) == 1


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 60 * 24 * 20))  # noqa: DTZ001
def test_the_newest_due_time_is_the_last_one_that_has_come(start: datetime, minutes: int) -> None:
    after = start.replace(tzinfo=UTC)
    now = after + timedelta(minutes=minutes)

    found = newest_due("0 14 * * *", "Africa/Nairobi", after=after, now=now)

    if found is None:
        assert now - after < DAY
    else:
        assert after < found <= now < found + DAY
        assert (found.hour, found.minute) == (11, 0)


# --- the day's summary --------------------------------------------------------------------------------------------------


@pytest.fixture
async def staffed(world: World) -> World:
    """Its manager hears of the day; its cashier does not."""

    def hire(tx: Tx, command: None) -> None:
        for name, role, phone in (("Mary", Role.MANAGER, MANAGER), ("Juma", Role.CASHIER, CASHIER)):
            add_staff(tx, StaffMember(world.ids.new(), world.organisation, name, role, phone))  # type: ignore[arg-type]

    await world.app.write(hire, None)
    return world


async def test_the_evening_tells_the_manager_what_the_day_brought(staffed: World) -> None:
    await staffed.students({"KV10": 4_000})
    await staffed.arrives(staffed.notice("KV10", 1_500), staffed.notice("nobody", 200))
    await staffed.clock.advance((EVENING - START).total_seconds() - 60)
    await staffed.arrives(staffed.notice("KV10", 300))

    await staffed.clock.advance(120)
    await Scheduling(staffed.app, JOBS).round()
    await staffed.arrives(staffed.notice("KV10", 9))
    await Scheduling(staffed.app, JOBS).round()

    assert staffed.rows("SELECT report FROM job_runs WHERE job = 'daily_summary'") == [("3 payments, 1 told",)]
    assert staffed.rows("SELECT count(*) FROM outbox WHERE event = 'daily_summary'") == [(1,)]


async def test_the_next_day_begins_at_midnight_of_the_organisation(staffed: World) -> None:
    await staffed.students({"KV10": 4_000})
    midnight = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    await staffed.clock.advance((midnight - START).total_seconds() - 1)
    await staffed.arrives(staffed.notice("KV10", 100))
    await staffed.clock.advance(2)
    await staffed.arrives(staffed.notice("KV10", 200))

    await staffed.clock.advance(20 * 3600)
    await Scheduling(staffed.app, JOBS).round()

    assert staffed.rows("SELECT report FROM job_runs WHERE job = 'daily_summary'") == [("1 payments, 1 told",)]


async def test_a_summary_that_was_cut_before_its_run_was_ended_is_not_told_twice(staffed: World) -> None:
    due = Due("daily_summary", staffed.organisation, EVENING)
    await staffed.clock.advance((EVENING - START).total_seconds())
    taken = await staffed.app.write(begin_run, due)
    assert taken is not None

    await staffed.app.write(summarise_day, taken)
    again = await staffed.app.write(summarise_day, taken)

    assert again == "done before"
    assert staffed.rows("SELECT count(*) FROM outbox WHERE event = 'daily_summary'") == [(1,)]
