"""Days as people text them: `FRI`, `kesho`, `Ijumaa`, `ku wa gatanu`, `la semaine prochaine`, `3/12`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class DayWish:
    """A day, as far as a text says which. Exactly one of the three is set."""

    ahead: int | None = None
    """So many days from today; below zero in the past."""
    weekday: int | None = None
    """0 is Monday: the next such day."""
    month_day: tuple[int, int] | None = None
    """Month and day; month 0 when only the day of the month was said."""

    @property
    def is_future(self) -> bool:
        return self.ahead is None or self.ahead > 0

    def __str__(self) -> str:
        if self.ahead is not None:
            return f"{self.ahead:+d}"
        if self.weekday is not None:
            return _SHORT[self.weekday]
        month, day = self.month_day or (0, 0)
        return f"{month:02d}-{day:02d}"


_SHORT = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def meant(wish: DayWish, today: date) -> date | None:
    """The day that is meant on `today`, the organisation's own: never today for a weekday, the next for a day without a
    year. None when there is no such day."""
    if wish.ahead is not None:
        return today + timedelta(days=wish.ahead)
    if wish.weekday is not None:
        return today + timedelta(days=(wish.weekday - today.weekday() - 1) % 7 + 1)
    month, day = wish.month_day or (0, 0)
    first = today.year * 12 + today.month - 1
    months = [first + at for at in range(3)] if month == 0 else [(today.year + at) * 12 + month - 1 for at in range(2)]
    for number in months:
        with contextlib.suppress(ValueError):
            found = date(number // 12, number % 12 + 1, day)
            if found >= today:
                return found
    return None


_AHEAD: dict[tuple[str, ...], int] = {
    tuple(phrase.split()): ahead
    for ahead, phrases in {
        0: "today|leo|uyu munsi|aujourd hui|aujourdhui",
        1: "tomorrow|tmrw|tomorow|tommorow|kesho|ejo|ejo hazaza|demain",
        2: "day after tomorrow|kesho kutwa|keshokutwa|ejobundi|apres demain",
        7: "next week|in a week|wiki ijayo|cyumweru gitaha|icyumweru gitaha|semaine prochaine",
        -1: "yesterday|jana|ejo hashize|hier",
        -2: "juzi|avant hier",
    }.items()
    for phrase in phrases.split("|")
}
_WEEKDAYS: dict[tuple[str, ...], int] = {
    tuple(phrase.split()): day
    for day, phrases in enumerate(
        (
            "monday|mon|jumatatu|ku wa mbere|kuwa mbere|lundi",
            "tuesday|tue|tues|jumanne|ku wa kabiri|kuwa kabiri|mardi",
            "wednesday|wed|jumatano|ku wa gatatu|kuwa gatatu|mercredi",
            "thursday|thu|thur|thurs|alhamisi|ku wa kane|kuwa kane|jeudi",
            "friday|fri|ijumaa|ku wa gatanu|kuwa gatanu|vendredi",
            "saturday|sat|jumamosi|ku wa gatandatu|kuwa gatandatu|samedi",
            "sunday|sun|jumapili|ku cyumweru|dimanche",
        )
    )
    for phrase in phrases.split("|")
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januari janvier mutarama",
            "february feb februari fevrier gashyantare",
            "march machi mars werurwe",
            "april apr aprili avril mata",
            "may mei mai gicurasi",
            "june juni juin kamena",
            "july julai juillet nyakanga",
            "august aug agosti aout kanama",
            "september sept septemba septembre nzeri",
            "october oct oktoba octobre ukwakira",
            "november nov novemba novembre ugushyingo",
            "december dec desemba decembre ukuboza",
        ),
        start=1,
    )
    for name in names.split()
}
_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-](?:20)?[0-9]{2})?", re.ASCII)
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|er)", re.ASCII)
_BEFORE_A_DAY = frozenset(["tarehe", "le"])
_LONGEST = 4
DAY_WORDS = frozenset(word for table in (_AHEAD, _WEEKDAYS) for phrase in table for word in phrase)


def at(words: Sequence[str], start: int) -> tuple[DayWish, int] | None:
    """The day whose words begin at `start`, and where they end."""
    if words[start] == "mon" and words[start + 1 : start + 2] and words[start + 1].isalpha():
        return None  # French: my
    for length in range(min(_LONGEST, len(words) - start), 0, -1):
        phrase = tuple(words[start : start + length])
        if phrase in _AHEAD:
            return DayWish(ahead=_AHEAD[phrase]), start + length
        if phrase in _WEEKDAYS:
            return DayWish(weekday=_WEEKDAYS[phrase]), start + length
    word = words[start]
    following = words[start + 1] if start + 1 < len(words) else ""
    if (found := _DATE.fullmatch(word)) and (wish := _of_month(int(found[2]), int(found[1]))):
        return wish, start + 1
    if word in _BEFORE_A_DAY and (number := re.fullmatch(r"[0-9]{1,2}", following)):
        month = _MONTHS.get(words[start + 2], 0) if start + 2 < len(words) else 0
        wish = _of_month(month, int(number[0]))
        return (wish, start + (3 if month else 2)) if wish else None
    if following in _MONTHS and (number := re.fullmatch(r"[0-9]{1,2}", word)):
        wish = _of_month(_MONTHS[following], int(number[0]))
        return (wish, start + 2) if wish else None
    if ordinal := _ORDINAL.fullmatch(word):
        month = _MONTHS.get(following, 0)
        wish = _of_month(month, int(ordinal[1]))
        return (wish, start + (2 if month else 1)) if wish else None
    return None


def _of_month(month: int, day: int) -> DayWish | None:
    return DayWish(month_day=(month, day)) if 0 <= month <= 12 and 1 <= day <= 31 else None
