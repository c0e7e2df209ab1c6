"""People who keep their word to the shilling: what they promised, by its day, in parts too, and in its last hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.ports import Random
from core.promises import OFFERED_DAYS
from simulation.errands import CHOOSES_DAY, GIVES_WORD, line_for, lines_on
from simulation.people import Person
from simulation.remembered import Dialogue

_SUM = re.compile(r"KSh ([0-9,]+)(?![.0-9])")
LAST_HOURS = timedelta(hours=4)
"""Before midnight at the school: half of them come then."""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody promised on a phone."""

    number: str
    """The student's."""
    amount: int
    """In shillings."""
    until: datetime
    """The end of the day, where the school is."""


def promised(told: Dialogue, who: Person) -> Word | None:
    """The word that was given in this dialogue, as its last page tells it; None where none was given, or for whom is not clear."""
    if len(told.screens) != len(told.typed) + 1 or len(told.typed) < 2:
        return None
    said, before = told.screens[-1], lines_on(told.screens[-2])
    if line_for(GIVES_WORD, before) != told.typed[-1]:
        return None
    days = [
        OFFERED_DAYS[int(key) - 1]
        for page, key in zip(told.screens, told.typed, strict=False)
        if line_for(CHOOSES_DAY, lines_on(page)) and key in ("1", "2", "3", "4")
    ]
    children = [student for student in who.family.students if student.name in said]
    sums = _SUM.findall(said)
    if not days or len(children) != 1 or len(sums) != 1:
        return None
    zone = ZoneInfo(who.school.time_zone)
    on: date = told.began_at.astimezone(zone).date() + timedelta(days=days[-1])
    ends = datetime.combine(on + timedelta(days=1), time(0), zone)
    return Word(children[0].number, int(sums[0].replace(",", "")), ends)


def parts_of(word: Word, now: datetime, random: Random) -> list[tuple[datetime, int]]:
    """When they pay how much of it: together it is the sum, and the last comes some minutes before the day ends."""
    latest_s = int((word.until - now).total_seconds()) - 900
    earliest_s = max(latest_s - int(LAST_HOURS.total_seconds()), 0) if random.below(2) else 0
    moments = sorted(earliest_s + random.below(latest_s - earliest_s) for _ in range(1 + random.below(2)))
    first = word.amount if len(moments) == 1 else 1 + random.below(word.amount)
    amounts = [first, word.amount - first][: len(moments)]
    return [(now + timedelta(seconds=s), amount) for s, amount in zip(moments, amounts, strict=True) if amount]
