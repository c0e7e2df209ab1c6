"""Pretend schools of any number: each the example school's shape with its own names, numbers and paybill."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from core.phones import Msisdn
from sandbox.school import Family, SchoolPlan, Student, kivuli_hill

MOST_SCHOOLS = 90
"""Short codes and blocks of phones that cannot meet."""
ZONES = ("Africa/Nairobi", "Pacific/Auckland", "Africa/Kigali", "Africa/Lagos")
"""Whose day a school's is: at home, on the other side of the world, and one and two hours to the west."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # neither I nor O: people write them as 1 and 0
_HILLS = ("Kivuli", "Mlima", "Bahari", "Umoja", "Nyota", "Tumaini", "Jua", "Upepo", "Maua", "Chemchemi")


def school(nth: int, now: datetime, *, students: int, has_chat: bool = False) -> SchoolPlan:
    """The `nth` school at `now` (aware), with about so many students and nothing paid yet, and an office with a bot or without."""
    plan = kivuli_hill(now)
    families = _first(plan.families, students)
    hill = f"{_HILLS[nth % len(_HILLS)]} {nth + 1}"
    return replace(
        plan,
        slug=f"school-{nth}",
        name=f"{hill} Primary School",
        sender=f"{_HILLS[nth % len(_HILLS)].upper()}{nth}",
        time_zone=ZONES[nth % len(ZONES)],
        families=tuple(_moved(family, nth) for family in families),
        payments=(),
        characters=(),
        agreements=None,
        has_chat=has_chat,
        **reached_at(nth),
    )


class Reached(TypedDict):
    """Where a place is called, paid and texted, and whether it texts at night."""

    ussd_code: str
    shortcode: str
    number: str
    texts_at_night: bool


def reached_at(place: int) -> Reached:
    """No two places can be taken for each other."""
    return Reached(
        ussd_code=f"*384*{70_500 + place}#",
        shortcode=str(600_200 + place),
        number=str(20_900 + place),
        texts_at_night=place % 2 == 0,
    )


def _first(families: tuple[Family, ...], students: int) -> list[Family]:
    """The first families that have that many students among them."""
    chosen: list[Family] = []
    for family in families:
        if sum(len(each.students) for each in chosen) >= students:
            break
        chosen.append(family)
    return chosen


def _moved(family: Family, nth: int) -> Family:
    """The same people with this school's numbers, except that every seventh family has children in the school before as
    well: one phone, two schools."""
    prefix = _LETTERS[nth // len(_LETTERS)] + _LETTERS[nth % len(_LETTERS)]
    block = nth - 1 if nth % 2 and int(family.guardians[0].msisdn.digits) % 7 == 0 else nth
    return Family(
        tuple(replace(each, msisdn=Msisdn(f"2547{block:02d}{each.msisdn.digits[-6:]}")) for each in family.guardians),
        tuple(Student(f"{prefix}{each.number[2:]}", each.name, each.class_name) for each in family.students),
    )
