"""What happens to a loan, each with the day on which it counts, and the movements of money that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.loans.products import Terms


@dataclass(frozen=True, slots=True)
class Disbursed:
    """The borrower has the money."""

    on: date
    terms: Terms


@dataclass(frozen=True, slots=True)
class Waived:
    """A lender lets a borrower off penalties, as far as there are any."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Restructured:
    """All that is owed on that day, unpaid interest and penalties included, is the principal of a new schedule."""

    on: date
    terms: Terms
    """`principal` is what was owed when it was agreed; what is owed on that day counts."""


@dataclass(frozen=True, slots=True)
class Repaid:
    """Money that counts for this loan from that day on."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """The lender gives up what is still owed. What comes in afterwards is a recovery."""

    on: date


Event = Disbursed | Waived | Restructured | Repaid | WrittenOff

_IN_A_DAY: dict[type, int] = {Disbursed: 0, Waived: 1, Restructured: 2, Repaid: 3, WrittenOff: 4}
"""In which order the events of one day count, whenever they were told."""


def in_order(events: Sequence[Event]) -> list[Event]:
    """As they count. Events of one kind on one day are interchangeable, so the story is the same whoever tells it."""
    return sorted(events, key=lambda event: (event.on, _IN_A_DAY[type(event)]))


class Kind(Enum):
    """Why a loan's books move."""

    DISBURSED = "disbursed"
    INTEREST = "interest"
    PENALTY = "penalty"
    REPAID = "repaid"
    WAIVED = "waived"
    RESTRUCTURED = "restructured"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Movement:
    """What one kind of event changes on one day, in minor units: what the borrower owes of each part, and (`credit`) what is
    held for them beyond it."""

    on: date
    kind: Kind
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    recovered: int = 0
    """Of what was written off before."""

    @property
    def owed(self) -> int:
        """By how much the borrower owes more."""
        return self.principal + self.interest + self.penalty

    def plus(self, other: Movement) -> Movement:
        return Movement(
            self.on,
            self.kind,
            self.principal + other.principal,
            self.interest + other.interest,
            self.penalty + other.penalty,
            self.recovered + other.recovered,
        )

    @property
    def is_nothing(self) -> bool:
        return not (self.principal or self.interest or self.penalty or self.recovered)

    def __neg__(self) -> Movement:
        return Movement(self.on, self.kind, -self.principal, -self.interest, -self.penalty, -self.recovered)


def netted(movements: Sequence[Movement]) -> tuple[Movement, ...]:
    """One movement a day and kind, none that says nothing, by day: what the books hold in the end."""
    sums: dict[tuple[date, Kind], Movement] = {}
    for movement in movements:
        key = movement.on, movement.kind
        sums[key] = sums[key].plus(movement) if key in sums else movement
    kept = [movement for movement in sums.values() if not movement.is_nothing]
    return tuple(sorted(kept, key=lambda movement: (movement.on, _KINDS.index(movement.kind))))


_KINDS = list(Kind)


def corrections(should: Sequence[Movement], booked: Sequence[Movement]) -> tuple[Movement, ...]:
    """What is to be booked so that the books hold what they should: each on the day that it belongs to, nothing edited."""
    return netted([*should, *(-movement for movement in booked)])
