"""Sums as people text them: `1,500/=`, `Ksh 2k`, `3 000`, `elfu mbili`, `ibihumbi bibiri`, `two thousand`, `deux mille`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = """
    kes ksh kshs sh shs bob tzs tsh tshs ugx ush ushs rwf frw frs fr f franc francs fbu bif cdf fc shilling shillings shilingi
    shilling amafaranga /= /-
"""
MARKS = frozenset(_MARKS.split())
"""What stands before or after a sum. Each is of some country; that it is the organisation's own is asked where it counts."""

_MARK = "kes|kshs?|shs?|bob|tzs|tshs?|ugx|ushs?|rwf|frw|frs?|rf|fbu|bif|cdf|fc|f|/=|/-|="
_FIGURES = re.compile(
    rf"(?P<before>{_MARK})?\.?(?P<whole>[0-9]{{1,3}}(?:[,.'][0-9]{{3}})+|[0-9]{{1,12}})(?:[.,](?P<coins>[0-9]{{1,2}}))?"
    rf"(?P<thousands>k|mille|mil)?(?P<after>{_MARK})?(?:/=|/-)?"
)
MOST = 10**10


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that may be an amount. `plain`: written in figures, as nobody could read otherwise; `marked`: with the word of
    a currency."""

    value: int
    plain: bool
    marked: bool
    digits: str = ""
    """As typed, when it was nothing but digits: then it may be a number of something else."""
    marks: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    """The two figures that it was put together from, where they may be two things as well (`loan 124 500`)."""


def figures(token: str) -> Sum | None:
    """The sum that one token is. None also for a fraction: nobody's phone can be asked for it."""
    match = _FIGURES.fullmatch(token)
    if match is None:
        return None
    whole, coins = match["whole"], match["coins"] or ""
    digits = re.sub(r"[,.']", "", whole)
    marks = tuple(mark for mark in (match["before"], match["after"]) if mark)
    marked = bool(marks) or token.endswith(("/=", "/-"))
    if match["thousands"]:
        value = int(digits) * 1_000 + (int(coins.ljust(3, "0")) if coins else 0)
        return Sum(value, plain=False, marked=marked, marks=marks) if value <= MOST else None
    if coins.strip("0") or not 0 < int(digits) <= MOST:
        return None
    is_plain = "." not in whole and "'" not in whole and not (coins and "," in token[match.end("whole") :])
    return Sum(int(digits), plain=is_plain, marked=marked, digits=token if token.isdigit() else "", marks=marks)


def with_cents(token: str) -> tuple[int, int] | None:
    """Whole and cents of a fraction (`1,500.50`): what an answer may repeat, and nobody's phone is asked for."""
    match = _FIGURES.fullmatch(token)
    if match is None or match["thousands"] or not (match["coins"] or "").strip("0"):
        return None
    whole = int(re.sub(r"[,.']", "", match["whole"]))
    return (whole, int(match["coins"].ljust(2, "0"))) if whole else None


# --- words --------------------------------------------------------------------------------------------------------------

_UNITS = {
    word: number
    for number, words in {
        1: "one moja rimwe un une imwe kimwe",
        2: "two mbili kabiri bibiri abiri ebyiri deux babiri wawili",
        3: "three tatu gatatu bitatu atatu itatu trois",
        4: "four nne kane bine ane ine quatre",
        5: "five tano gatanu bitanu atanu itanu cinq",
        6: "six sita gatandatu bitandatu atandatu itandatu",
        7: "seven saba karindwi birindwi arindwi irindwi sept",
        8: "eight nane umunani munani inani huit",
        9: "nine tisa icyenda neuf",
        10: "ten kumi icumi cumi dix ashu",
        11: "eleven onze",
        12: "twelve douze",
        13: "thirteen treize",
        14: "fourteen quatorze",
        15: "fifteen quinze",
        16: "sixteen seize",
        17: "seventeen",
        18: "eighteen",
        19: "nineteen",
        20: "twenty ishirini makumyabiri makumyabili vingt vingts vint ving",
        30: "thirty thelathini trente",
        40: "forty arobaini arubaini quarante",
        50: "fifty hamsini cinquante finje chwani",
        60: "sixty sitini soixante",
        70: "seventy sabini septante",
        80: "eighty themanini thamanini huitante octante",
        90: "ninety tisini nonante",
        500: "jero",
    }.items()
    for word in words.split()
}
_TIMES_AFTER = {
    "hundred": 100,
    "cent": 100,
    "cents": 100,
    "thousand": 1_000,
    "thou": 1_000,
    "mille": 1_000,
    "milles": 1_000,
    "mil": 1_000,
    "k": 1_000,
    "million": 1_000_000,
}
"""Follow what they multiply: `five hundred`, `cinq cents`."""
_TIMES_BEFORE = {
    "mia": 100,
    "soo": 100,
    "elfu": 1_000,
    "alfu": 1_000,
    "elf": 1_000,
    "elufu": 1_000,
    "thao": 1_000,
    "ngiri": 1_000,
    "buku": 1_000,
    "laki": 100_000,
    "milioni": 1_000_000,
    "ijana": 100,
    "magana": 100,
    "igihumbi": 1_000,
    "ibihumbi": 1_000,
    "miliyoni": 1_000_000,
    "mirongo": 10,
    "makumi": 10,
}
"""Stand before what multiplies them: `elfu mbili`, `magana atanu`."""
_THOUSANDS_OF_HUNDREDS = frozenset(["ibihumbi"])
"""What takes hundreds behind it for how often: `ibihumbi ijana`."""
_OF_THOUSANDS = frozenset(
    ("kimwe", "bibiri", "bitatu", "bine", "bitanu", "bitandatu", "birindwi", "umunani", "icyenda")
)
"""Units that agree with `ibihumbi`: `ibihumbi mirongo ine na bitanu` is forty-five thousand."""
_AND = frozenset(["and", "na", "et", "n", "u"])
_HALF = frozenset(["nusu", "igice", "unusu"])
"""Half of what was said last: `elfu mbili na nusu`."""
NUMBER_WORDS = frozenset({*_UNITS, *_TIMES_AFTER, *_TIMES_BEFORE}) - {"k"}
_FIGURE = re.compile(r"[1-9][0-9]{0,2}")
_HOW_OFTEN = frozenset(word for word in _UNITS if len(word) > 3)
_LONG_TIMES = frozenset(word for word in _TIMES_BEFORE if len(word) > 3)
_ENGLISH_TIMES = frozenset(["hundred", "thousand"])


def expected_at(words: Sequence[str], at: int) -> frozenset[str]:
    """The number's words that may stand there and that the number is not whole without: how often, behind what is multiplied
    (`elfu kumi`, `kumi na mbili`); what is multiplied, before how often; in English behind it (`five hundred`)."""
    before, behind = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    is_joined = before in _AND and at > 1 and words[at - 2] in NUMBER_WORDS
    wanted: frozenset[str] = _LONG_TIMES if behind in _UNITS else frozenset()
    if before in _TIMES_BEFORE or is_joined:
        wanted |= _HOW_OFTEN
    elif before in _UNITS or _FIGURE.fullmatch(before):
        wanted |= _ENGLISH_TIMES
    return wanted


def words_at(words: Sequence[str], start: int) -> tuple[int | None, int]:
    """The number whose words begin at `start`, and where they end: at `start` when no such word stands there. A figure may be
    one of them (`elfu 2`, `5 thousand`). None when the words make no number together (`five six hundred`)."""
    end = start
    while end < len(words) and (_is_of_number(words, end, start) or (end > start and words[end] in _AND)):
        end += 1
    while end > start and words[end - 1] in _AND:
        end -= 1
    said = _said(words[start:end])
    value = _bantu(said) if any(word in _TIMES_BEFORE for word in said) else _european(said)
    if value is not None and words[start:end] == ["million"] and words[max(start - 2, 0) : start] == ["half", "a"]:
        value //= 2
    return (value if value is not None and 0 < value <= MOST else None), end


def _said(words: Sequence[str]) -> list[str]:
    """Without what joins them; `elfu na mia tano` is one thousand and five hundred."""
    said: list[str] = []
    for word in words:
        if word not in _AND:
            said.append(word)
        elif said and _TIMES_BEFORE.get(said[-1]) == 1_000:
            said.append("moja")
    return said


_SEVERAL = frozenset(_TIMES_BEFORE) - {"igihumbi"}
"""`5 elfu`. `igihumbi` is one thousand: `loan 124 igihumbi`."""
_TIMES = frozenset([*_TIMES_BEFORE, "hundred", "thousand", "thou", "mille", "milles", "mil", "million"])


def _is_of_number(words: Sequence[str], at: int, start: int) -> bool:
    word = words[at]
    if word in NUMBER_WORDS:
        return True
    before = words[at - 1] if at > start else ""
    if word == "k":
        return before in _UNITS
    if word in _HALF:
        return at - 1 > start and before in _AND
    if not _FIGURE.fullmatch(word):
        return False
    following = words[at + 1] if at + 1 < len(words) else ""
    if before in _TIMES_BEFORE:
        return True
    behind = words[at + 2] if at + 2 < len(words) else ""
    is_before = following in _SEVERAL and behind not in _UNITS and not _FIGURE.fullmatch(behind)
    return before not in NUMBER_WORDS and ((following in _TIMES and following not in _TIMES_BEFORE) or is_before)


def _unit(word: str) -> int | None:
    return int(word) if word.isdigit() else _UNITS.get(word)


def _european(said: Sequence[str]) -> int | None:
    """`two thousand five hundred`, `quatre-vingt mille`; None when the words do not make one number."""
    total = part = 0
    for at, word in enumerate(said):
        if word in _TIMES_AFTER:
            times = _TIMES_AFTER[word]
            if times == 100:
                part = max(part, 1) * 100
            else:
                total, part = total + max(part, 1) * times, 0
        elif word in ("vingt", "vingts") and at and said[at - 1] == "quatre":
            part = part - 4 + 80
        else:
            unit = _unit(word)
            if unit is None:
                return None
            last = part % 100
            # Only a smaller part may follow: `twenty five`, `soixante dix`, `dix huit`; `five six` is two numbers.
            is_ten = last == 10 and 7 <= unit <= 9
            if last and not (
                is_ten or (last >= 20 and last % 10 == 0 and unit < 20 and (unit < 10 or last in (60, 80)))
            ):
                return None
            part += unit
    return total + part


def _bantu(said: Sequence[str]) -> int | None:
    """`elfu moja na mia tano`, `ibihumbi bitanu na magana abiri`: the multiplier first, then how often; `5 elfu` too."""
    total, at, scale = _times_first(said)
    while at < len(said):
        part = _part(said, at, scale)
        if part is None:
            return None
        value, at, scale = part
        total += value
    return total


def _times_first(said: Sequence[str]) -> tuple[int, int, int]:
    """`kumi na mbili elfu`: how often first. What it is, where it ends, and below what the rest stays."""
    count, end = _count(said, 0, most=99)
    behind = said[end + 1] if end + 1 < len(said) else ""
    if count < 10 or said[end : end + 1] not in (["elfu"], ["alfu"]) or behind in _UNITS:
        return 0, 0, MOST
    return count * 1_000, end + 1, 1_000


def _part(said: Sequence[str], at: int, scale: int) -> tuple[int, int, int] | None:
    """One part of it, where it ends, and below what the next one stays. None for what cannot follow."""
    word, following = said[at], _TIMES_BEFORE.get(said[at + 1], 0) if at + 1 < len(said) else 0
    if word in _HALF:
        return (scale // 2, at + 1, 1) if 1_000 <= scale < MOST else None
    if times := _TIMES_BEFORE.get(word):
        return _times(said, at, times) if times < scale else None
    if word.isdigit() and following:
        return (int(word) * following, at + 2, following) if following < scale else None
    unit = _unit(word)
    if unit is None or unit >= scale:
        return None
    return unit, at + 1, 10 if unit >= 10 and unit % 10 == 0 else 1


def _times(said: Sequence[str], at: int, times: int) -> tuple[int, int, int] | None:
    word, following = said[at], said[at + 1] if at + 1 < len(said) else ""
    if times == 1_000 and word != "igihumbi" and _TIMES_BEFORE.get(following) == 100:
        if word not in _THOUSANDS_OF_HUNDREDS:
            return None  # `elfu mia tano`: half a million, or fifteen hundred without its `moja`
        count, end = _hundreds(said, at + 1)
    else:
        count, end = _count(said, at + 1, most=9 if times <= 100 else 999)
    return max(count, 1) * times, end, times


def _hundreds(said: Sequence[str], at: int) -> tuple[int, int]:
    """`ijana na bitanu`, `magana abiri na mirongo itanu`: how many thousands. `ijana` is one hundred, and a unit is added to it."""
    more, end = _count(said, at + 1, most=9)
    if said[at] == "ijana" and more > 1:
        more, end = 1, at + 1
    tens, end = _count(said, end, most=99)
    return max(more, 1) * 100 + tens, end


_TENS = frozenset(["mirongo", "makumi"])


def _count(said: Sequence[str], at: int, *, most: int) -> tuple[int, int]:
    """How often: one word, or tens with a unit after them (`ishirini na tano`)."""
    if at < len(said) and said[at] in _TENS and most > 9 and at + 1 < len(said) and said[at + 1] in _UNITS:
        tens, at = _UNITS[said[at + 1]] * 10, at + 2
        more = _UNITS[said[at]] if at < len(said) and said[at] in _OF_THOUSANDS else 0
        return tens + more, at + (more > 0)
    count = _unit(said[at]) if at < len(said) else None
    if count is None or count > most:
        return 0, at
    at += 1
    if count >= 10 and count % 10 == 0 and at < len(said) and _UNITS.get(said[at], 10) < 10:
        return count + _UNITS[said[at]], at + 1
    return count, at
