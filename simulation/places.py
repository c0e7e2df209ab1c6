"""Whom people call, text and pay: schools, and lenders beside them, each with its own names, numbers and paybill."""

from __future__ import annotations

from dataclasses import dataclass

from core.phones import Msisdn
from sandbox.lender import OFFICERS, LenderPlan
from sandbox.school import ENGLISH, SWAHILI, Family, Guardian, SchoolPlan
from simulation.schools import ZONES, reached_at

LENDERS_ZONES = ("Africa/Accra", *ZONES)
"""The evening of the first is night where its borrowers are: what it writes then waits for seven o'clock, and is looked at again."""
MOST_LENDERS = 90
"""Short codes and blocks of phones that cannot meet."""
_FIRST_LENDER = 100
"""Behind the last school."""
_NAMES = ("Akoth", "Baraka", "Chausiku", "Dalmas", "Ekal", "Fadhili", "Gathoni", "Hamisi", "Imali", "Jelagat")


@dataclass(frozen=True, slots=True)
class Lender(LenderPlan):
    """A lender of the town."""

    time_zone: str = LENDERS_ZONES[0]


Place = SchoolPlan | Lender
"""Where people call, text and pay."""


def lender(nth: int) -> Lender:
    """The `nth` lender: ten borrowers, and its two officers, who borrow there too."""
    borrowers = [
        Guardian(f"{name} {nth + 1}", Msisdn(f"25473{nth:02d}00{order:03d}"), SWAHILI if order % 4 == 3 else ENGLISH)
        for order, name in enumerate(_NAMES)
    ]
    officers = [Guardian(name, Msisdn(phone), ENGLISH) for name, phone in OFFICERS]
    return Lender(
        slug=f"lender-{nth}",
        name=f"Soko Credit {nth + 1}",
        sender=f"SOKO{nth}",
        families=tuple(Family((one,), ()) for one in (*borrowers, *officers)),
        characters=(),
        time_zone=LENDERS_ZONES[nth % len(LENDERS_ZONES)],
        **reached_at(_FIRST_LENDER + nth),
    )
