"""Scheduled work: once per due time over all replicas, caught up after downtime without a burst (NOT-5). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from core.ids import OrganisationId


class RunState(Enum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Due:
    """One job of one organisation at the time for which it was planned."""

    job: str
    organisation: OrganisationId
    at: datetime
    """When it was due, UTC; it may run later. The run's identity: the same due time is one run."""
    since: datetime | None = None
    """The due time of the last run that was done: what came after it is this run's to cover. None for the first."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the books say of one due time."""

    state: RunState
    attempts: int
    until: datetime
    """Running: its worker has died when this passes. Failed: when it may be tried again."""


MOST_ATTEMPTS = 6
LEASE = timedelta(minutes=10)
"""Longer than any run may take."""


def may_take(run: Run | None, *, now: datetime) -> bool:
    """May a worker take this due time? A new one, one whose worker died, or one that failed and has waited."""
    if run is None:
        return True
    return run.state is not RunState.DONE and run.until <= now and run.attempts < MOST_ATTEMPTS


def patience(attempts: int) -> timedelta:
    """How long a run that failed for the `attempts`th time waits: 1, 2, 4, 8, 16 minutes."""
    return timedelta(minutes=2 ** (attempts - 1))
