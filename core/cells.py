"""What people write into a cell: texts, phones, amounts and days, with what spreadsheets make of them.

Each reader gives its value or raises `BadCell` with the code of what is wrong; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.callers import LANGUAGES
from core.mail import LONGEST, MailAddress, NotAMailAddress
from core.money import MOST_MINOR, Currency, Money
from core.phones import Msisdn, NotAPhone
from core.references import Reference

Cell = str | int | float | bool | date | datetime | None
"""As a spreadsheet holds it; a CSV file holds texts only."""


@dataclass(eq=False)
class BadCell(Exception):
    """This cell cannot be taken. `code` is the key of its words; `facts` stand in them."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


_GARBLED = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf\u2018-\u201d€™š›œžŸ]")
"""UTF-8 that somebody read as Windows' own code page, and saved."""
_ERROR = re.compile(r"#(n/?a|ref!|value!|name\?|div/0!|null!|num!|spill!|formula!)", re.IGNORECASE)
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
_KEPT_INVISIBLE = "\u200c\u200d"
"""Joiners that some scripts need."""


def text_of(cell: Cell, *, longest: int = 100) -> str:
    """The cell as one clean line; empty for nothing. Raises `BadCell` for what no name or number is made of."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        raise BadCell("became_date", {"value": cell.strftime("%d/%m/%Y")})
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unicodedata.normalize("NFC", str(cell)).replace("\u00a0", " ").replace("\u202f", " ").strip(" \t")
    text = text.removeprefix("\ufeff")
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
        text = text[1:]  # what we, and Excel, put before a text that only looks like a formula
    if len(text) > longest:
        raise BadCell("too_long", {"limit": str(longest)})
    if "\n" in text or "\r" in text:
        raise BadCell("line_break")
    if any(unicodedata.category(one) in _INVISIBLE and one not in _KEPT_INVISIBLE for one in text.replace("\t", " ")):
        raise BadCell("control_character")
    if _ERROR.fullmatch(text):
        raise BadCell("formula_error", {"value": text})
    if _GARBLED.search(text):
        raise BadCell("garbled")
    return " ".join(text.split())


_RUNS = ("=", "+", "-", "@")
_POWER = re.compile(r"([0-9])(?:[.,]([0-9]+))?e\+?([0-9]{1,2})", re.IGNORECASE)
"""`2.54712E+11`: how a spreadsheet shows a long number in a narrow column."""


def name_of(cell: Cell) -> str:
    """A person's name: letters, no figures."""
    text = text_of(cell, longest=80)
    if text.startswith(_RUNS):
        raise BadCell("formula")
    if text and not any(one.isalpha() for one in text):
        raise BadCell("name_without_letters")
    if sum(one.isdigit() for one in text) > 2:
        raise BadCell("name_with_figures")
    return text


def class_of(cell: Cell) -> str:
    text = text_of(cell, longest=40)
    if text.startswith(_RUNS):
        raise BadCell("formula")
    return text


LONGEST_NUMBER = 20
"""What a phone's menu lets payers type as an account."""


def number_of(cell: Cell) -> str:
    """A student's number, as the school writes it."""
    text = text_of(cell, longest=LONGEST_NUMBER)
    if text.startswith(_RUNS):
        raise BadCell("formula")
    if _POWER.fullmatch(text):
        raise BadCell("scientific")
    if isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
        raise BadCell("number_unreadable")
    if text and not Reference.read(text).exact:
        raise BadCell("number_unreadable")
    return text


_LANGUAGES = {
    **{code: code for code in LANGUAGES},
    **dict.fromkeys(("english", "kiingereza", "icyongereza", "anglais", "eng"), "en"),
    **dict.fromkeys(("swahili", "kiswahili", "igiswahili"), "sw"),
    **dict.fromkeys(("kinyarwanda", "ikinyarwanda", "kinya"), "rw"),
    **dict.fromkeys(("french", "francais", "français", "kifaransa", "igifaransa"), "fr"),
}


def language_of(cell: Cell) -> str | None:
    text = text_of(cell).casefold()
    if text and text not in _LANGUAGES:
        raise BadCell("language_unknown", {"known": ", ".join(LANGUAGES)})
    return _LANGUAGES.get(text)


# --- phones -------------------------------------------------------------------------------------------------------------

_SEVERAL = re.compile(r"[/;,&|]|\bor\b|\band\b|\bau\b|\bna\b|\bet\b|\bou\b")
SHORTEST_PHONE, LONGEST_PHONE = 9, 13


def phone_of(cell: Cell, *, country_code: str) -> Msisdn | None:
    """A phone in any spelling, also one whose leading zero or plus a spreadsheet took; None for an empty cell."""
    text = text_of(cell, longest=60)
    if not text or text in ("-", "--", "n/a", "nil", "none"):
        return None
    if power := _POWER.fullmatch(text):
        digits, places = power[1] + (power[2] or ""), int(power[3])
        if len(digits) != places + 1:
            raise BadCell("scientific")  # its last figures are lost
        text = digits
    if isinstance(cell, float) and not cell.is_integer():
        raise BadCell("phone_unreadable")
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
    if _SEVERAL.search(text.casefold()) and len(digits) > LONGEST_PHONE:
        raise BadCell("phones_several")
    if any(one.isalpha() for one in text):
        raise BadCell("phone_unreadable")
    if len(digits) < SHORTEST_PHONE:
        raise BadCell("phone_short", {"digits": str(len(digits))})
    if len(digits.lstrip("0")) > LONGEST_PHONE:
        raise BadCell("phone_long", {"digits": str(len(digits))})
    try:
        return Msisdn.parse(unicodedata.normalize("NFKC", text), country_code=country_code)
    except NotAPhone:
        raise BadCell("phone_unreadable") from None


# --- mail ---------------------------------------------------------------------------------------------------------------


def mail_of(cell: Cell) -> MailAddress | None:
    """An address of mail, also with `mailto:` before it or in brackets; None for an empty cell."""
    text = text_of(cell, longest=LONGEST + 20).strip("<>").removeprefix("mailto:")
    if not text or text.casefold() in ("-", "--", "n/a", "nil", "none"):
        return None
    if text.count("@") > 1:
        raise BadCell("mails_several")
    try:
        return MailAddress.parse(text)
    except NotAMailAddress:
        raise BadCell("mail_unreadable") from None


# --- amounts ------------------------------------------------------------------------------------------------------------

_CURRENCY = {
    Currency.KES: r"kes|kshs?|shs?|k\.?sh",
    Currency.TZS: r"tzs|tshs?|shs?",
    Currency.UGX: r"ugx|ushs?|shs?",
    Currency.RWF: r"rwf|frw|rf|frs?|f",
}
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:\.[0-9]{1,2})?")
_GROUPED_BY_DOTS = re.compile(r"[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]{1,2}|(?:\.[0-9]{3}){2,}|(?: [0-9]{3})+,[0-9]{1,2})")
_PLAIN = re.compile(r"[0-9]{1,13}(?:[.,][0-9]{1,2})?")
_UNCLEAR = re.compile(r"[0-9]{1,3}\.[0-9]{3}")


def amount_of(cell: Cell, currency: Currency) -> Money:
    """A balance: positive is owed; negative, in brackets or marked CR is held for the family. Zero for an empty cell."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _money(Decimal(repr(cell)), currency)
    text = text_of(cell, longest=40).casefold().replace("\u2212", "-")
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1].strip()
    if marked := re.fullmatch(r"(.*[^a-z])(cr|dr)\.?", text):
        sign, text = (-1 if marked[2] == "cr" else 1), marked[1].strip()
    words = _CURRENCY[currency]
    text = re.sub(rf"^(-?)\s*(?:{words})(?![a-z])\.?\s*", r"\1", text)
    text = re.sub(rf"\s*(?:(?<![a-z])(?:{words})\.?|/=|/-)$", "", text).strip()
    if text.startswith("-") and text != "-":
        sign, text = -sign, text[1:].strip()
    if text in ("", "-", "nil"):
        return Money(0, currency)
    if _POWER.fullmatch(text):
        raise BadCell("scientific")
    if _UNCLEAR.fullmatch(text):
        raise BadCell("amount_unclear")
    if _GROUPED.fullmatch(text):
        return _money(sign * Decimal(re.sub(r"[, ']", "", text)), currency)
    if _GROUPED_BY_DOTS.fullmatch(text):
        return _money(sign * Decimal(re.sub(r"[. ]", "", text).replace(",", ".")), currency)
    if _PLAIN.fullmatch(text):
        return _money(sign * Decimal(text.replace(",", ".")), currency)
    raise BadCell("amount_unreadable", {"currency": currency.code})


def _money(amount: Decimal, currency: Currency) -> Money:
    if not amount.is_finite() or abs(amount) * currency.unit > MOST_MINOR:
        raise BadCell("amount_too_large")
    scaled = amount * currency.unit
    if scaled != int(scaled):
        raise BadCell("amount_fraction", {"currency": currency.code, "decimals": str(currency.decimals)})
    return Money(int(scaled), currency)


# --- days ---------------------------------------------------------------------------------------------------------------

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ t]00:00(?::00)?)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4}|[0-9]{2})")
_NAMED = re.compile(r"([0-9]{1,2})[ -]([^\W\d_]{3,10})\.?[ -]([0-9]{4})")
_MONTHS = {
    name: month
    for month, names in enumerate(
        ("jan", "feb fev", "mar", "apr avr", "may mai", "jun juin", "jul juil", "aug aou", "sep", "oct", "nov", "dec"),
        1,
    )
    for name in names.split()
}
_SERIAL_START = date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)
"""Excel's count of days, from 2000 to 2099: a day whose cell lost its format."""


def day_of(cell: Cell, *, today: date) -> date | None:
    """A day in the past; day before month, as East Africa writes. None for an empty cell."""
    found = _day(cell)
    if found is not None and found > today:
        raise BadCell("date_in_future")
    if found is not None and found.year < 1990:
        raise BadCell("date_too_old")
    return found


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell).casefold()
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit() and len(text) == 5 and int(text) in _SERIALS:
            return _SERIAL_START + timedelta(days=int(text))
        if iso := _ISO.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if first := _DAY_FIRST.fullmatch(text):
            year = int(first[3]) + (2000 if len(first[3]) == 2 else 0)
            return date(year, int(first[2]), int(first[1]))
        if named := _NAMED.fullmatch(text):
            bare = unicodedata.normalize("NFKD", named[2]).encode("ascii", "ignore").decode()
            month = _MONTHS.get(bare[:4]) or _MONTHS.get(bare[:3])
            if month:
                return date(int(named[3]), month, int(named[1]))
    except ValueError:
        pass  # there is no such day
    raise BadCell("date_unreadable")
