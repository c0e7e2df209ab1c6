"""Who is told of a loan's next instalment, and of what is late, and when (LOAN-3). Each step is told once an instalment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.loans.fold import Position


class Step(Enum):
    """What a borrower is told, in the order of its gravity."""

    SOON = "soon"
    """An instalment is due in some days."""
    TODAY = "today"
    LATE = "late"
    """The first word about what is late."""
    LATER = "later"
    GRAVE = "grave"
    FINAL = "final"
    """The last word before others speak."""


@dataclass(frozen=True, slots=True)
class ChasePolicy:
    """In days. Raises ValueError when a graver step does not come later."""

    soon: int = 2
    """Before an instalment is due; 0 for none."""
    late: int = 1
    later: int = 7
    grave: int = 30
    final: int = 60

    def __post_init__(self) -> None:
        if not (0 <= self.soon <= 30 and 0 < self.late < self.later < self.grave < self.final <= 1_000):
            raise ValueError("reminder 0 to 30 days before, then four steps, each later than the one before")

    def of_lateness(self, days: int) -> Step | None:
        """The gravest step that so many days late have reached."""
        steps = ((self.final, Step.FINAL), (self.grave, Step.GRAVE), (self.later, Step.LATER), (self.late, Step.LATE))
        return next((step for least, step in steps if days >= least), None)


Told = tuple[date, Step]
"""The due day of an instalment, and what was told of it."""


@dataclass(frozen=True, slots=True)
class LoanChase:
    """One text to the borrower of one loan. `minor` is what to pay; `due_on` since when, or when."""

    step: Step
    minor: int
    due_on: date

    @property
    def told(self) -> Told:
        return self.due_on, self.step

    @property
    def told_as(self) -> tuple[date, str]:
        """As it is kept."""
        return self.due_on, self.step.value


def chase_of(position: Position, told: Collection[Told], policy: ChasePolicy) -> LoanChase | None:
    """What the borrower is told today: of what is late, else of the next instalment, unless it was told before.

    Whoever was not told in time is told today's step, not each one that was missed.
    """
    run, on = position.run, position.on
    late = run.oldest_late(on)
    if late is not None:
        step = policy.of_lateness((on - late.due_on).days)
        found = LoanChase(step, position.late, late.due_on) if step else None
    else:
        found = _before_due(position, policy)
    return found if found is not None and found.told not in told else None


def _before_due(position: Position, policy: ChasePolicy) -> LoanChase | None:
    run, on = position.run, position.on
    row = next((row for row in run.rows if row.due_on >= on), None)
    if row is None or (row.due_on - on).days > policy.soon or not run.is_running:
        return None
    step = Step.TODAY if row.due_on == on else Step.SOON
    ahead = run.copy()
    ahead.advance(row.due_on)
    asked = ahead.asked_by(row.due_on)
    return LoanChase(step, asked, row.due_on) if asked else None
