"""What waits too long to be paid: how old each debt is, and who is told of it today (FEE-4).

A stage is told once for each debt: a reminder before it is due, a warning, and at last that it is critical. Whoever was not
told in time (a night of downtime, a promise that was broken) is told the stage of today, not each one that was missed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from uuid import UUID

from core.ids import CustomerAccountId
from core.money import Currency, Money, total


@dataclass(frozen=True, slots=True)
class Due:
    """What an account still has to pay by a day: an open item, or an instalment in its place."""

    subject: UUID
    """The item or the instalment."""
    account: CustomerAccountId
    amount: Money
    due_on: date


class Bucket(Enum):
    """How many days late."""

    CURRENT = "current"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "90+"


_LAST_DAYS = ((0, Bucket.CURRENT), (30, Bucket.TO_30), (60, Bucket.TO_60), (90, Bucket.TO_90))


def bucket_of(due_on: date, on: date) -> Bucket:
    """A debt is current until the end of the day on which it is due."""
    late = (on - due_on).days
    return next((bucket for last, bucket in _LAST_DAYS if late <= last), Bucket.OVER_90)


def ageing(dues: Sequence[Due], on: date, currency: Currency) -> dict[Bucket, Money]:
    """What is owed in each bucket; together it is all that is owed."""
    return {
        bucket: total([due.amount for due in dues if bucket_of(due.due_on, on) is bucket], currency)
        for bucket in Bucket
    }


class Stage(Enum):
    REMINDER = "reminder"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Policy:
    """An organisation's way to chase its debts, in days. Raises ValueError when critical does not come after the warning."""

    remind: int = 3
    """Before a debt is due; 0 for no reminder."""
    warning: int = 30
    critical: int = 60

    def __post_init__(self) -> None:
        if not (0 <= self.remind <= 60 and 0 < self.warning < self.critical <= 1_000):
            raise ValueError("reminder 0 to 60 days before, warning and then critical 1 to 1000 days after")


def stage_of(due_on: date, on: date, policy: Policy) -> Stage | None:
    """What is to be told of a debt on a day; None between the stages."""
    late = (on - due_on).days
    if late >= policy.critical:
        return Stage.CRITICAL
    if late >= policy.warning:
        return Stage.WARNING
    return Stage.REMINDER if policy.remind and -policy.remind <= late <= 0 else None


Told = tuple[UUID, Stage]
"""A stage of a debt that its family was told of."""


@dataclass(frozen=True, slots=True)
class Chase:
    """One message to the family of one account."""

    account: CustomerAccountId
    stage: Stage
    amount: Money
    due_on: date
    """The oldest day among what it speaks of."""
    notes: tuple[Told, ...]
    """What it tells, so that nothing is told again."""


def overdue(dues: Sequence[Due], on: date) -> list[Due]:
    return [due for due in dues if due.due_on < on]


def chases(dues: Sequence[Due], told: Collection[Told], *, on: date, policy: Policy) -> list[Chase]:
    """What the family of one account, with these dues, is told today: at most one message on what is late, in the gravest
    stage that was not told yet, over all that is late; and one reminder, of what is due on one day."""
    reached = [(due, stage) for due in dues if (stage := stage_of(due.due_on, on, policy)) is not None]
    new = [(due, stage) for due, stage in reached if (due.subject, stage) not in told]
    late = [(due, stage) for due, stage in new if stage is not Stage.REMINDER]
    soon = [(due, stage) for due, stage in new if stage is Stage.REMINDER]
    found = []
    if late:
        grave = Stage.CRITICAL if any(stage is Stage.CRITICAL for _, stage in late) else Stage.WARNING
        found.append(_chase(grave, overdue(dues, on), late))
    if soon:
        # One day's debts; those of a later day are reminded of tomorrow.
        first = min(due.due_on for due, _ in soon)
        now = [(due, stage) for due, stage in soon if due.due_on == first]
        found.append(_chase(Stage.REMINDER, [due for due, _ in now], now))
    return found


def _chase(stage: Stage, speaks_of: Sequence[Due], new: Sequence[tuple[Due, Stage]]) -> Chase:
    amount = total([due.amount for due in speaks_of], speaks_of[0].amount.currency)
    notes = tuple((due.subject, stage) for due, stage in new)
    return Chase(speaks_of[0].account, stage, amount, min(due.due_on for due in speaks_of), notes)
