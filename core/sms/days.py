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
        0: "today|2day|tdy|tday|tonight|leo|leo hii|uyu munsi|none aha|aujourd hui|aujourdhui|ajourd hui|auj|ajd|ojd|aujourdui"
        "|aujourd8",
        1: "tomorrow|tmrw|tmr|tmw|tomorow|tommorow|tommorrow|tomoro|2moro|2morrow|kesho|kexho|ejo|ejo hazaza|demain|dmain|2main|2m1"
        "|dem1|dmn",
        2: "day after tomorrow|kesho kutwa|keshokutwa|ejobundi|ejo bundi|apres demain",
        7: "next week|nxt week|in a week|wiki ijayo|juma lijalo|cyumweru gitaha|icyumweru gitaha|semaine prochaine",
        -1: "yesterday|ystrdy|ysterdy|ystday|yday|yesterdy|ysterday|yestaday|jana|ejo hashize|hier",
        -2: "juzi|avant hier",
    }.items()
    for phrase in phrases.split("|")
}
TODAY_WHOLE = frozenset([("today",), ("leo",), ("leo", "hii"), ("uyu", "munsi"), ("aujourd", "hui")])
"""Today, as it is spelled: what is short for it (`tday`) makes no payment certain."""
_WEEKDAYS: dict[tuple[str, ...], int] = {
    tuple(phrase.split()): day
    for day, phrases in enumerate(
        (
            "monday|mon|mondy|jumatatu|jtatu|jumatatu ijayo|ku wa mbere|kuwa mbere|kuwambere|ku wambere|lundi|lun",
            "tuesday|tue|tues|tusday|jumanne|jnne|ku wa kabiri|kuwa kabiri|kuwakabiri|ku wakabiri|mardi",
            "wednesday|wed|weds|wednsday|wensday|wenesday|jumatano|jtano|ku wa gatatu|kuwa gatatu|kuwagatatu|ku wagatatu|mercredi",
            "thursday|thu|thur|thurs|thursdy|thirsday|alhamisi|alhamis|ku wa kane|kuwa kane|kuwakane|ku wakane|jeudi",
            "friday|fri|friady|firday|fryday|ijumaa|ijuma|ijumma|ku wa gatanu|kuwa gatanu|kuwagatanu|ku wagatanu|vendredi|vendr",
            "saturday|sat|satday|saterday|jumamosi|jmosi|ku wa gatandatu|kuwa gatandatu|kuwagatandatu|ku wagatandatu|samedi",
            "sunday|sun|jumapili|jpili|ku cyumweru|kucyumweru|dimanche",
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
_BEFORE_A_DAY = frozenset(["tarehe", "tar", "tareh", "trh", "tariki", "itariki", "taliki", "italiki", "date", "le"])
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
    if ahead := _after(words, start):
        return ahead
    if (word in _BEFORE_A_DAY or word == "ku") and following in _OF and start + 2 < len(words):
        found_later = at(["tarehe", *words[start + 2 :]], 0)
        return (found_later[0], start + 1 + found_later[1]) if found_later else None
    if (figure := _behind_opening(words, start)) and re.fullmatch(r"[0-9]{1,2}", words[figure]):
        month = _MONTHS.get(words[figure + 1], 0) if figure + 1 < len(words) else 0
        wish = _of_month(month, int(words[figure]))
        return (wish, figure + (2 if month else 1)) if wish else None
    if following in _MONTHS and (number := re.fullmatch(r"[0-9]{1,2}", word)):
        wish = _of_month(_MONTHS[following], int(number[0]))
        return (wish, start + 2) if wish else None
    if ordinal := _ORDINAL.fullmatch(word):
        month = _MONTHS.get(following, 0)
        wish = _of_month(month, int(ordinal[1]))
        return (wish, start + (2 if month else 1)) if wish else None
    return None


_OPENINGS = (*((word,) for word in sorted(_BEFORE_A_DAY)), ("kuwa",), ("ku", "wa"), ("jusqu", "au"))


def _behind_opening(words: Sequence[str], start: int) -> int:
    """Where the figure of a day may stand: behind `tarehe`, `ku wa`, `jusqu'au`; 0 where none does, or a sum's (`le 12 500`)."""
    for phrase in _OPENINGS:
        figure = start + len(phrase)
        if tuple(words[start:figure]) == phrase and figure < len(words):
            is_sum = figure + 1 < len(words) and re.fullmatch(r"[0-9]{3}", words[figure + 1])
            return 0 if is_sum else figure
    return 0


_OF = frozenset(["ya", "the", "of"])
_FROM_NOW = {
    tuple(phrase.split()): days
    for days, phrases in {
        1: "in days|after days|baada ya siku|dans jours|nyuma y iminsi|mu minsi",
        7: "in weeks|after weeks|in wks|baada ya wiki|dans semaines|nyuma y ibyumweru|mu byumweru",
    }.items()
    for phrase in phrases.split("|")
}
_FROM = frozenset(phrase[0] for phrase in _FROM_NOW)
"""`in 2 weeks`, `baada ya wiki 2`: the figure stands before the last word or behind it."""


def _after(words: Sequence[str], start: int) -> tuple[DayWish, int] | None:
    if words[start] not in _FROM:
        return None
    for phrase, days in _FROM_NOW.items():
        end = start + len(phrase) + 1
        said = list(words[start:end])
        figures = [word for word in said if re.fullmatch(r"[1-9][0-9]?", word)]
        if (
            len(said) == len(phrase) + 1
            and len(figures) == 1
            and tuple(word for word in said if word != figures[0]) == phrase
        ):
            return DayWish(ahead=int(figures[0]) * days), end
    return None


def _of_month(month: int, day: int) -> DayWish | None:
    return DayWish(month_day=(month, day)) if 0 <= month <= 12 and 1 <= day <= 31 else None
