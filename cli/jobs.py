"""Scheduled work: what is planned, and what became of it when it last ran (NOT-5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.ids import OrganisationId
from core.permissions import Action
from storage import organisations, schedule
from storage.tx import Tx


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


class RunLine(msgspec.Struct, frozen=True):
    """The newest run of one job of one organisation."""

    job: str
    organisation: str
    due: datetime
    state: str
    attempts: int
    started: datetime
    finished: datetime | None
    report: str


async def list_jobs(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[RunLine, None]:
    """A line a job and organisation."""
    operator.require(Action.SEE_JOBS)
    organisation = await operator.scope(opened.app, args.organisation)
    for line in await opened.app.read(_runs, organisation.id if organisation else None):
        yield line


def _runs(tx: Tx, organisation: OrganisationId | None) -> list[RunLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    return [
        RunLine(
            run.job,
            slugs[run.organisation],
            run.due_at,
            run.state.value,
            run.attempts,
            run.started_at,
            run.finished_at,
            run.report,
        )
        for run in schedule.newest_runs(tx)
        if organisation in (None, run.organisation)
    ]


LIST = Command(ListArgs, RunLine, list_jobs)
