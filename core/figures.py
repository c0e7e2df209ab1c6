"""How sums and days are written for people, on every page, in every message and on paper alike."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from core.money import Money


def money(amount: Money) -> str:
    """`KSh 1,500`, with cents only where there are any: `KSh 1,500.50`."""
    whole, coins = divmod(abs(amount.minor), amount.currency.unit)
    sign = "-" if amount.minor < 0 else ""
    cents = f".{coins:0{amount.currency.decimals}d}" if coins else ""
    return f"{sign}{amount.currency.symbol} {whole:,}{cents}"


@lru_cache(maxsize=1_024)
def day_in(day: date, language: str) -> str:
    """`18 Jan 2027`, `18 janv. 2027`: short, in the language, the month in letters so that nobody takes it for the day."""
    from babel.dates import format_date

    return format_date(day, "d MMM y", locale=language)
