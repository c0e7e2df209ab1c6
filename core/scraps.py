"""What somebody remembers of a payment, read from one line: a code, a sum, a day, a number that was typed (PAY-13). Pure.

Keypads are small and memories short, so every reading that is possible is kept: `1209` is a sum, and the twelfth of
September too. A reading too many does no harm; what may be told is not decided here (`core/tracing.py`).
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from core import receipt_codes
from core.accents import without_accents
from core.money import Currency, Money, NotAnAmount, parse_typed
from core.references import Reference

LONGEST = 100
"""Characters of a line that are looked at."""
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Scrap:
    """Everything that a line can mean."""

    codes: frozenset[str] = frozenset()
    """Providers' codes and ours, in capitals."""
    numbers: frozenset[str] = frozenset()
    """Our receipt numbers, as written: `R000321`."""
    amounts: frozenset[Money] = frozenset()
    days: frozenset[date] = frozenset()
    references: frozenset[str] = frozenset()
    """Canonical keys (`core/references.py`)."""

    @property
    def asked_code(self) -> str:
        """The provider's code that was typed, when exactly one was: what the provider can be asked about; else empty."""
        said = [code for code in self.codes if _IS_PROVIDERS.fullmatch(code)]
        return said[0] if len(said) == 1 else ""


_CODE = re.compile(r"(?=[0-9]*[A-Z])[A-Z0-9]{8,12}", re.ASCII)
"""Ten letters and digits, and what a slip makes of them. One code in twenty has no digit at all."""
_IS_PROVIDERS = re.compile(r"[A-Z][A-L][1-9A-V][A-Z0-9]{7}", re.ASCII)
"""M-Pesa's receipts: letters for year, month and day, then seven letters and digits (protocols: mpesa-daraja, 1)."""
_NUMBER = re.compile(r"R\s?0*([0-9]{1,9})", re.ASCII)
_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-](?:20)?([0-9]{2}))?", re.ASCII)
_ISO = re.compile(r"20([0-9]{2})-([0-9]{2})-([0-9]{2})", re.ASCII)
_BARE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})?", re.ASCII)

_DAYS_AGO = {
    **dict.fromkeys(("today", "leo", "uyumunsi", "none", "aujourdhui", "auj"), 0),
    **dict.fromkeys(("yesterday", "jana", "ejo", "ejohashize", "hier"), 1),
    **dict.fromkeys(("juzi", "ejobundi", "avanthier"), 2),
}
_WEEKDAYS = (
    ("monday", "mon", "jumatatu", "kuwambere", "lundi"),
    ("tuesday", "tue", "jumanne", "kuwakabiri", "mardi"),
    ("wednesday", "wed", "jumatano", "kuwagatatu", "mercredi"),
    ("thursday", "thu", "alhamisi", "kuwakane", "jeudi"),
    ("friday", "fri", "ijumaa", "kuwagatanu", "vendredi"),
    ("saturday", "sat", "jumamosi", "kuwagatandatu", "samedi"),
    ("sunday", "sun", "jumapili", "kucyumweru", "dimanche"),
)
_WEEKDAY = {word: day for day, words in enumerate(_WEEKDAYS) for word in words}


def read_scrap(typed: str, *, currency: Currency, today: date) -> Scrap:
    """Every reading of a line, however hostile; the first hundred characters of it count. `today` is the organisation's."""
    line = unicodedata.normalize("NFKC", typed[:LONGEST])
    words = [word for word in re.split(r"[\s,;]+", line) if word][:MOST_WORDS]
    spans = [line.strip(), *words, *(f"{one} {two}" for one, two in pairwise(words))]
    codes, numbers, amounts, days, references = set(), set(), set(), set(), set()
    for span in spans:
        codes |= _codes(span)
        if number := _NUMBER.fullmatch(span.upper()):
            numbers.add(f"R{int(number[1]):06d}")
        with contextlib.suppress(NotAnAmount):
            amounts.add(parse_typed(span, currency))
        days |= _days(span, today)
        references.add(Reference.read(span).canonical)
    return Scrap(
        frozenset(codes), frozenset(numbers), frozenset(amounts), frozenset(days), frozenset(references - {""})
    )


def _codes(span: str) -> set[str]:
    """A code may stand in two pieces; two words without a figure are two words (`five hundrd`)."""
    squeezed = re.sub(r"[\s-]+", "", span).upper()
    is_words = " " in span and not any(map(str.isdigit, span))
    found = {squeezed} if _CODE.fullmatch(squeezed) and not is_words else set()
    if ours := receipt_codes.read(span):
        found.add(ours)
    return found


def _days(span: str, today: date) -> set[date]:
    plain = "".join(letter for letter in without_accents(span.casefold()) if letter.isalpha())
    if plain in _DAYS_AGO:
        return {today - timedelta(days=_DAYS_AGO[plain])}
    if plain in _WEEKDAY:
        back = (today.weekday() - _WEEKDAY[plain]) % 7
        return {today - timedelta(days=back)}
    if iso := _ISO.fullmatch(span):
        return _day(int(iso[3]), int(iso[2]), iso[1], today)
    found = _DATE.fullmatch(span) or _BARE.fullmatch(span)
    return _day(int(found[1]), int(found[2]), found[3], today) if found else set()


def _day(day: int, month: int, year: str | None, today: date) -> set[date]:
    """Day first, as all four languages write it; without a year, the last such day."""
    for last in (today.year, today.year - 1) if year is None else (2000 + int(year),):
        with contextlib.suppress(ValueError):
            if (found := date(last, month, day)) <= today:
                return {found}
    return set()


_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def is_slip(typed: str, code: str) -> bool:
    """Is `typed` that code with one slip: a wrong, missing or doubled character, two neighbours swapped, look-alikes?"""
    one, two = typed.translate(_ALIKE), code.translate(_ALIKE)
    if one == two:
        return True
    if abs(len(one) - len(two)) > 1:
        return False
    at = next(
        (at for at, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), min(len(one), len(two))
    )
    swapped = one[:at] + one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]
    return one[at + 1 :] == two[at + 1 :] or one[at + 1 :] == two[at:] or one[at:] == two[at + 1 :] or swapped == two
