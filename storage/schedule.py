"""What was run when: one row a job, organisation and due time. The key has the last word on "once"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from core.ids import OrganisationId
from core.schedule import MOST_ATTEMPTS, Due, Run, RunState
from storage.fast import Change, Insert, Query
from storage.tables import job_runs, organisations
from storage.tx import Tx


def last_due(tx: Tx, jobs: Sequence[str]) -> dict[tuple[str, OrganisationId], datetime]:
    """The newest due time of each of these jobs everywhere, whatever became of it."""
    found = ((organisation, dict(zip(jobs, dues, strict=True))) for organisation, *dues in _last(tuple(jobs))(tx))
    return {(job, organisation): due_at for organisation, dues in found for job, due_at in dues.items() if due_at}


@cache
def _last(jobs: tuple[str, ...]) -> Query:
    """One step into the key for each: a year of a job that runs every few minutes is a hundred thousand rows."""
    newest = [
        sa.select(sa.func.max(job_runs.c.due_at))
        .where(job_runs.c.job == sa.bindparam(f"job_{nth}", job), job_runs.c.organisation_id == organisations.c.id)
        .scalar_subquery()
        .label(f"due_{nth}")
        for nth, job in enumerate(jobs)
    ]
    return Query(sa.select(organisations.c.id, *newest))


def ever_run(tx: Tx) -> set[tuple[str, OrganisationId]]:
    """Every job that was ever due, and where."""
    rows = tx.connection.execute(sa.select(job_runs.c.job, job_runs.c.organisation_id).distinct())
    return {(job, organisation) for job, organisation in rows}


def unfinished(tx: Tx) -> list[Due]:
    """Runs that failed, or whose worker died, and that may be taken now; the oldest first."""
    return [Due(job, organisation, due_at) for job, organisation, due_at in _UNFINISHED(tx, now=tx.now)]


_UNFINISHED = Query(
    sa.select(job_runs.c.job, job_runs.c.organisation_id, job_runs.c.due_at)
    .where(
        job_runs.c.state != sa.literal_column("'done'"),
        job_runs.c.until <= sa.bindparam("now"),
        job_runs.c.attempts < sa.literal_column(str(MOST_ATTEMPTS)),
    )
    .order_by(job_runs.c.due_at, job_runs.c.job, job_runs.c.organisation_id)
)
_IS = (
    (job_runs.c.job == sa.bindparam("which"))
    & (job_runs.c.organisation_id == sa.bindparam("whose"))
    & (job_runs.c.due_at == sa.bindparam("at"))
)
_THIS = ("which", "whose", "at")


def find(tx: Tx, due: Due) -> Run | None:
    rows = _FIND(tx, which=due.job, whose=due.organisation, at=due.at)
    return Run(RunState(rows[0][0]), *rows[0][1:]) if rows else None


_FIND = Query(sa.select(job_runs.c.state, job_runs.c.attempts, job_runs.c.until).where(_IS))


def take(tx: Tx, due: Due, *, seen: Run | None, until: datetime) -> bool:
    """Mark it running. False when another process was faster."""
    this, running = (due.job, due.organisation, due.at), RunState.RUNNING.value
    if seen is None:
        return bool(_BEGIN(tx, [(*this, running, 1, until, tx.now, None, "")]))
    return bool(_AGAIN(tx, [(*this, seen.attempts, seen.state.value, running, seen.attempts + 1, until, tx.now)]))


_BEGIN = Insert(job_runs, or_ignore=True)
_AGAIN = Change(
    sa.update(job_runs)
    .where(
        _IS,
        job_runs.c.attempts == sa.bindparam("seen_attempts"),
        job_runs.c.state == sa.bindparam("seen_state"),
    )
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=job_runs.c[name].type)
            for name in ("state", "attempts", "until", "started_at")
        }
    ),
    *(*_THIS, "seen_attempts", "seen_state", "new_state", "new_attempts", "new_until", "new_started_at"),
)


def finish(tx: Tx, due: Due, *, state: RunState, until: datetime, report: str) -> bool:
    """End a run that is running. False when it is not."""
    return bool(_FINISH(tx, [(due.job, due.organisation, due.at, state.value, until, report, tx.now)]))


_FINISH = Change(
    sa.update(job_runs)
    .where(_IS, job_runs.c.state == sa.literal_column(f"'{RunState.RUNNING.value}'"))
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=job_runs.c[name].type)
            for name in ("state", "until", "report", "finished_at")
        }
    ),
    *(*_THIS, "new_state", "new_until", "new_report", "new_finished_at"),
)


def pass_over(tx: Tx, jobs: Sequence[str], everywhere: Sequence[OrganisationId], report: str) -> int:
    """Whatever was due until now counts as tried for the last time, not as done: the next run covers it. How many rows."""
    known = {(job, organisation) for job, organisation in ever_run(tx) if job not in jobs}
    known |= {(job, organisation) for job in jobs for organisation in everywhere}
    rows = [
        {
            "job": job,
            "organisation_id": organisation,
            "due_at": tx.now,
            "state": RunState.FAILED.value,
            "attempts": MOST_ATTEMPTS,
            "until": tx.now,
            "started_at": tx.now,
            "finished_at": tx.now,
            "report": report,
        }
        for job, organisation in sorted(known)
    ]
    if rows:
        unfinished_ones = sa.update(job_runs).where(job_runs.c.state != RunState.DONE.value)
        tx.connection.execute(unfinished_ones.values(state=RunState.FAILED.value, attempts=MOST_ATTEMPTS))
        tx.connection.execute(sa.insert(job_runs), rows)
    return len(rows)


def last_done(tx: Tx, due: Due) -> datetime | None:
    """The due time of the last run before this one that was done."""
    found: datetime | None = _LAST_DONE(tx, which=due.job, whose=due.organisation, at=due.at)[0][0]
    return found


_LAST_DONE = Query(
    sa.select(sa.func.max(job_runs.c.due_at)).where(
        job_runs.c.job == sa.bindparam("which"),
        job_runs.c.organisation_id == sa.bindparam("whose"),
        job_runs.c.state == sa.literal_column(f"'{RunState.DONE.value}'"),
        job_runs.c.due_at < sa.bindparam("at"),
    )
)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run, as operators list it."""

    job: str
    organisation: OrganisationId
    due_at: datetime
    state: RunState
    attempts: int
    started_at: datetime
    finished_at: datetime | None
    report: str


def newest_runs(tx: Tx) -> list[RunLine]:
    """The newest run of each job and organisation."""
    newest = (
        sa.select(job_runs.c.job, job_runs.c.organisation_id, sa.func.max(job_runs.c.due_at).label("due_at"))
        .group_by(job_runs.c.job, job_runs.c.organisation_id)
        .subquery()
    )
    rows = tx.connection.execute(
        sa.select(job_runs)
        .join(
            newest,
            sa.and_(
                newest.c.job == job_runs.c.job,
                newest.c.organisation_id == job_runs.c.organisation_id,
                newest.c.due_at == job_runs.c.due_at,
            ),
        )
        .order_by(job_runs.c.job, job_runs.c.organisation_id)
    )
    return [
        RunLine(
            row.job,
            row.organisation_id,
            row.due_at,
            RunState(row.state),
            row.attempts,
            row.started_at,
            row.finished_at,
            row.report,
        )
        for row in rows
    ]
