"""How facts are written on a small screen: money, days, names. Everything comes out in one-septet characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from core import gsm7
from core.money import Money


class Name(str):
    """Text that may be shortened when a screen is too full: names of people, classes and organisations.

    Plain `str` facts (amounts, references, receipt numbers) are shown whole or not at all.
    """

    __slots__ = ()


Facts = Mapping[str, str]
"""What the placeholders of a text stand for."""


def plain(text: str) -> str:
    """One line of one-septet characters, so that its length is its length on the air."""
    if not gsm7.is_basic(text):
        text = gsm7.to_gsm7(text, extended=False)
    return " ".join(text.split()) if "\n" in text or "\r" in text or "  " in text else text


def name(text: str) -> Name:
    """A name as the screen can show it."""
    return Name(plain(text))


def money(amount: Money) -> str:
    """`KSh 2,500`, or `KSh 2,500.50` when there are cents."""
    currency = amount.currency
    units, coins = divmod(abs(amount.minor), currency.unit)
    sign = "-" if amount.minor < 0 else ""
    tail = f".{coins:0{currency.decimals}d}" if coins else ""
    return f"{currency.symbol} {sign}{units:,}{tail}"


def day(on: date) -> str:
    """`30/09/26`: day first, as all four languages write it."""
    return f"{on.day:02d}/{on.month:02d}/{on.year % 100:02d}"


def shorten(text: str, limit: int) -> str:
    """The first letters of a name and two dots, within `limit` characters."""
    return text if len(text) <= limit else text[: limit - 2].rstrip() + ".."


def shorten_front(text: str, limit: int) -> str:
    """Two dots and the last letters of a name, within `limit` characters."""
    return text if len(text) <= limit else ".." + text[len(text) - limit + 2 :].lstrip()


def names(facts: Iterable[Facts]) -> set[Name]:
    """Every name in them, once."""
    return {value for line in facts for value in line.values() if type(value) is Name}


def shortened(facts: Sequence[Facts], limit: int) -> list[Facts]:
    """The same facts with their names cut to `limit`. Brothers who would look alike keep the ends of their names instead."""
    whole = names(facts)
    heads = [shorten(value, limit) for value in whole]
    cut = {
        value: shorten_front(value, limit) if heads.count(head) > 1 else head
        for value, head in zip(whole, heads, strict=True)
    }
    return [
        {key: cut.get(value, value) if type(value) is Name else value for key, value in line.items()} for line in facts
    ]
