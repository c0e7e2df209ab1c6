"""What was run when: one row a job, organisation and due time. The key has the last word on "once"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import OrganisationId
from core.schedule import MOST_ATTEMPTS, Due, Run, RunState
from storage.tables import job_runs
from storage.tx import Tx


def last_due(tx: Tx) -> dict[tuple[str, OrganisationId], datetime]:
    """The newest due time of each job and organisation, whatever became of it."""
    rows = tx.connection.execute(
        sa.select(job_runs.c.job, job_runs.c.organisation_id, sa.func.max(job_runs.c.due_at)).group_by(
            job_runs.c.job, job_runs.c.organisation_id
        )
    )
    return {(job, organisation): due_at for job, organisation, due_at in rows}


def unfinished(tx: Tx) -> list[Due]:
    """Runs that failed, or whose worker died, and that may be taken now; the oldest first."""
    rows = tx.connection.execute(
        sa.select(job_runs.c.job, job_runs.c.organisation_id, job_runs.c.due_at)
        .where(
            job_runs.c.state != sa.literal_column("'done'"),
            job_runs.c.until <= tx.now,
            job_runs.c.attempts < MOST_ATTEMPTS,
        )
        .order_by(job_runs.c.due_at, job_runs.c.job)
    )
    return [Due(job, organisation, due_at) for job, organisation, due_at in rows]


def find(tx: Tx, due: Due) -> Run | None:
    row = tx.connection.execute(
        sa.select(job_runs.c.state, job_runs.c.attempts, job_runs.c.until).where(_is(due))
    ).one_or_none()
    return None if row is None else Run(RunState(row.state), row.attempts, row.until)


def take(tx: Tx, due: Due, *, seen: Run | None, until: datetime) -> bool:
    """Mark it running. False when another process was faster."""
    if seen is None:
        insert = postgresql.insert if tx.is_postgresql else sqlite.insert
        added = insert(job_runs).values(
            job=due.job,
            organisation_id=due.organisation,
            due_at=due.at,
            state=RunState.RUNNING.value,
            attempts=1,
            until=until,
            started_at=tx.now,
            finished_at=None,
            report="",
        )
        answer = tx.connection.execute(added.on_conflict_do_nothing().returning(job_runs.c.job))
        return answer.one_or_none() is not None
    taken = (
        sa.update(job_runs)
        .where(_is(due), job_runs.c.attempts == seen.attempts, job_runs.c.state == seen.state.value)
        .values(state=RunState.RUNNING.value, attempts=seen.attempts + 1, until=until, started_at=tx.now)
    )
    return bool(tx.connection.execute(taken).rowcount)


def finish(tx: Tx, due: Due, *, state: RunState, until: datetime, report: str) -> bool:
    """End a run that is running. False when it is not."""
    ended = (
        sa.update(job_runs)
        .where(_is(due), job_runs.c.state == RunState.RUNNING.value)
        .values(state=state.value, until=until, report=report, finished_at=tx.now)
    )
    return bool(tx.connection.execute(ended).rowcount)


def pass_over(tx: Tx, jobs: Sequence[str], everywhere: Sequence[OrganisationId], report: str) -> int:
    """Whatever was due until now counts as tried for the last time, not as done: the next run covers it. How many rows."""
    known = {(job, organisation) for job, organisation in last_due(tx) if job not in jobs}
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
    found: datetime | None = tx.connection.scalar(
        sa.select(sa.func.max(job_runs.c.due_at)).where(
            job_runs.c.job == due.job,
            job_runs.c.organisation_id == due.organisation,
            job_runs.c.state == RunState.DONE.value,
            job_runs.c.due_at < due.at,
        )
    )
    return found


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


def _is(due: Due) -> sa.ColumnElement[bool]:
    return sa.and_(
        job_runs.c.job == due.job, job_runs.c.organisation_id == due.organisation, job_runs.c.due_at == due.at
    )
