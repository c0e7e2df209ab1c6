"""Which story is wished for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import msgspec

from core.money import Money
from simulation.places import MOST_LENDERS
from simulation.schools import MOST_SCHOOLS
from simulation.weather import Faults

MONTH = timedelta(days=30)

Count = Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which story is told. The same wish gives the same story on any machine."""

    seed: int = 1
    months: Count = 1
    organisations: Annotated[int, msgspec.Meta(ge=1, le=MOST_SCHOOLS)] = 1
    students: Count = 300
    faults: Faults = Faults.SOME
    acts: Annotated[int, msgspec.Meta(ge=1, le=300)] = 3
    """What each person tries to do in a month, on average."""
    office: Annotated[int, msgspec.Meta(ge=0, le=300)] = 3
    """How often each school's office has money asked for in a month, on average; 0 for schools without one."""

    lenders: Annotated[int, msgspec.Meta(ge=0, le=MOST_LENDERS)] = 0
    """Beside the schools, each with twelve borrowers and people who decide. Without any the story is as it was before they came."""

    @property
    def command(self) -> str:
        """The line that tells it again."""
        return (
            f"karani simulate --seed {self.seed} --months {self.months} --organisations {self.organisations}"
            f" --students {self.students} --faults {self.faults.value} --acts {self.acts} --office {self.office}"
            + (f" --lenders {self.lenders}" if self.lenders else "")
        )


@dataclass(frozen=True, slots=True)
class Told:
    """How far a story has come, and what came of it."""

    wish: Wish
    day: int
    steps: int
    intents: int
    payments: int
    moved: Money
    texts: int
    faults: dict[str, int]
    looks: int
    """How often the cheap laws were checked."""
    recounts: int
    """How often everything was recounted."""
    broken: tuple[str, ...] = ()
    """The laws that the last step broke. A story ends there."""
    trace: str = ""
    """One number for all that happened; only at the end."""
    took_s: float = 0
    """By the wall's clock: the one fact here that differs from machine to machine."""

    @property
    def school_months(self) -> float:
        """In schools of 300 students (PERFORMANCE P16)."""
        return self.day / MONTH.days * self.wish.organisations * self.wish.students / 300

    @property
    def school_months_a_minute(self) -> float:
        return self.school_months * 60 / self.took_s if self.took_s else 0.0
