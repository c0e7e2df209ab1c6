"""When scheduled work is due, in each organisation's own time, and the worker that runs it (NOT-5).

APScheduler's triggers say when; time itself comes from the clock port, so months pass in a test as they do on the wall. After
downtime only the newest due time of a job runs, and is told what it has to cover (`Due.since`): no burst.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from core.ids import OrganisationId
from core.schedule import Due
from jobs.pulling import pull_missed
from storage import organisations, schedule
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.app import App
from usecases.arrears import chase_arrears
from usecases.chats import forget_old_chats
from usecases.loans.chasing import chase_loans
from usecases.loans.planned import ask_planned
from usecases.loans.telling import TellDue, tell_due
from usecases.schedule import EndRun, begin_run, end_run
from usecases.summary import summarise_day

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

log = structlog.get_logger()

LOOKS_BACK = timedelta(days=32)
"""A due time older than this is not caught up with: longer than the rarest job's pause."""

Work = Callable[[App, Due], Awaitable[str]]
"""Does the work of one due time and says in a line what it did. It may be run again for the same due time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Scheduled work. `when` is a crontab line in the organisation's own time: `0 14 * * *` is daily at 14:00."""

    name: str
    when: str
    work: Work


@lru_cache(maxsize=1_024)
def _trigger(when: str, time_zone: str) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # not before it is needed: it takes a tenth of a second

    return CronTrigger.from_crontab(when, timezone=time_zone)


def newest_due(when: str, time_zone: str, *, after: datetime, now: datetime) -> datetime | None:
    """The last due time later than `after` and not later than `now`, UTC; None when there is none."""
    for back in _STEPS_BACK:  # from shortly before now: what is due every few minutes is due often within a day
        found, at = None, next_due(when, time_zone, after=max(after, now - back))
        while at <= now:
            found, at = at, next_due(when, time_zone, after=at)
        if found or now - back <= after:
            return found
    return None


_STEPS_BACK = (timedelta(minutes=10), timedelta(days=1), LOOKS_BACK, timedelta(days=100_000))


def next_due(when: str, time_zone: str, *, after: datetime) -> datetime:
    """The first due time later than `after`, UTC."""
    since, until = _last_found.get((when, time_zone), (after, after))
    if since <= after < until:
        return until
    at: datetime | None = _trigger(when, time_zone).get_next_fire_time(None, after + timedelta(microseconds=1))
    assert at is not None, "a crontab line is due for ever"
    found = at.astimezone(UTC)
    _last_found[when, time_zone] = (after, found)
    return found


_last_found: dict[tuple[str, str], tuple[datetime, datetime]] = {}
"""For each line and zone a span without a due time, but for its end: whoever looks every second asks within it."""


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Looks now and then what has become due, and runs it, each job apart: one that fails or is slow harms no other."""

    app: App
    jobs: Sequence[Job]

    async def round(self) -> int:
        """Run what is due. Always zero: there is nothing to be had by looking again at once."""
        plan = await self.app.read(_plan, [job.name for job in self.jobs])
        now = self.app.clock.now()
        await asyncio.gather(*(self._run(job, due) for job, due in self._due(plan, now)))
        return 0

    def _due(self, plan: _Plan, now: datetime) -> Iterator[tuple[Job, Due]]:
        by_name = {job.name: job for job in self.jobs}
        for due in plan.unfinished:
            if due.job in by_name:
                yield by_name[due.job], due
        for organisation, created_at in plan.organisations:
            for job in self.jobs:
                after = max(plan.last.get((job.name, organisation.id), created_at), now - LOOKS_BACK)
                if at := newest_due(job.when, organisation.time_zone, after=after, now=now):
                    yield job, Due(job.name, organisation.id, at)

    async def _run(self, job: Job, due: Due) -> None:
        taken = await self.app.write(begin_run, due)
        if taken is None:
            return
        try:
            report, done = await job.work(self.app, taken), True
        except Exception as error:
            log.exception("job_failed", job=job.name, due=due.at.isoformat())
            report, done = type(error).__name__, False
        await self.app.write(end_run, EndRun(taken, done, report))
        log.info("job_run", job=job.name, due=due.at.isoformat(), done=done, report=report)


@dataclass(frozen=True, slots=True)
class _Plan:
    last: dict[tuple[str, OrganisationId], datetime]
    unfinished: list[Due]
    organisations: list[tuple[Organisation, datetime]]


def _plan(tx: Tx, jobs: Sequence[str]) -> _Plan:
    """All that a round wants to know, in one read."""
    return _Plan(schedule.last_due(tx, jobs), schedule.unfinished(tx), organisations.with_birthdays(tx))


async def _summary(app: App, due: Due) -> str:
    return await app.write(summarise_day, due)


async def _arrears(app: App, due: Due) -> str:
    return await app.write(chase_arrears, due)


async def _forget_chats(app: App, due: Due) -> str:
    return f"{await app.write(forget_old_chats, None)} rows"


async def _loans(app: App, due: Due) -> str:
    wish, told = TellDue(due.organisation), 0
    while found := await app.write(tell_due, wish):
        told += found
    return f"{told} loans"


async def _loan_reminders(app: App, due: Due) -> str:
    return await app.write(chase_loans, due)


async def _planned_payments(app: App, due: Due) -> str:
    return await app.write(ask_planned, due)


JOBS = (
    Job("planned_payments", "0 9 * * *", _planned_payments),
    Job("loan_reminders", "30 18 * * *", _loan_reminders),
    Job("loans", "10 0 * * *", _loans),
    Job("arrears", "0 14 * * *", _arrears),
    Job("daily_summary", "0 18 * * *", _summary),
    Job("forget_chats", "40 3 * * *", _forget_chats),
    Job("pull_missed", "*/5 * * * *", pull_missed),
)
"""What is done when, everywhere."""
