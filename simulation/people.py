"""Who lives in the town: guardians and their neighbours, each with a temper that falls to them by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.phones import Msisdn
from core.ports import Random
from dialogue.conversation import first_language
from sandbox.school import Family, Guardian, SchoolPlan
from simulation.places import Place

_NEIGHBOURS_EVERY = 8
"""For so many families there is one person who is no guardian and knows a child's number."""
_NEIGHBOURS = ("Zablon Mworia", "Tabitha Ekal", "Crispin Lopeyok", "Dorcas Ewoi", "Ezra Nakuwa", "Felistus Achuka")
"""Nobody at any school bears one of these first names."""


@dataclass(frozen=True, slots=True)
class Temper:
    """How a family pays and errs, in parts of a hundred."""

    uses_menu: int
    """Dials, rather than paying from the wallet's own menu."""
    slips: int
    cancels: int
    doubles: int
    texts: int
    errands: int
    """Dials for something else than to pay: to promise, to ask, to look something up."""
    is_poor: bool = False
    """Has little in the wallet, pays in small sums, and so owes when a day comes."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone, a school (or a lender) and a temper. A neighbour's `family` is one whose child they pay for."""

    guardian: Guardian
    family: Family
    school: Place
    temper: Temper
    is_neighbour: bool = False


def people_of(plan: SchoolPlan, random: Random) -> list[Person]:
    """Everybody who may call this school."""
    found = [
        Person(guardian, family, plan, temper_of(random)) for family in plan.families for guardian in family.guardians
    ]
    return found + [_neighbour(nth, plan, random) for nth in range(0, len(plan.families), _NEIGHBOURS_EVERY)]


def _neighbour(nth: int, plan: SchoolPlan, random: Random) -> Person:
    """Whose masked number is that of a guardian: same beginning, same end. They seldom get the child's number right."""
    family = plan.families[nth]
    alike = family.guardians[0].msisdn.digits
    msisdn = Msisdn(f"{alike[:6]}9{alike[7:]}" if alike[6] != "9" else f"{alike[:6]}8{alike[7:]}")
    name = _NEIGHBOURS[nth // _NEIGHBOURS_EVERY % len(_NEIGHBOURS)]
    temper = replace(temper_of(random), uses_menu=20 + random.below(20), slips=50 + random.below(40))
    return Person(Guardian(name, msisdn, first_language(msisdn)), family, plan, temper, is_neighbour=True)


def temper_of(random: Random) -> Temper:
    """Somebody's temper, by chance."""
    return Temper(
        uses_menu=30 + random.below(60),
        slips=random.below(20),
        cancels=random.below(15),
        doubles=random.below(10),
        texts=random.below(10),
        errands=10 + random.below(30),
        is_poor=random.below(2) == 0,
    )


def names_of(people: Sequence[Person]) -> dict[Msisdn, str]:
    """How M-Pesa calls each of them."""
    return {person.guardian.msisdn: person.guardian.name for person in people}
