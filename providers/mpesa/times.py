"""M-Pesa's zone-less times: always East Africa Time, UTC+3 without daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

EAST_AFRICA = timedelta(hours=3)


def read_time(text: str) -> datetime | None:
    """`20261120081542` as an aware UTC moment, or None when it is no such time."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}").replace(tzinfo=UTC) - EAST_AFRICA
    except (ValueError, OverflowError):
        return None


def read_pulled(text: str, *, receipt: str, now: datetime) -> datetime | None:
    """The time of a pulled row as an aware UTC moment, or None when it is no such time.

    An offset is believed (`2025-01-24T10:56:11+03:00` was captured in production). A `Z` is not: most values that bear one
    are East Africa Time all the same. It is honest UTC only when the day in the receipt's first letters says so.
    """
    text = text.strip()
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return None
    if said.tzinfo is not None and said.utcoffset():
        return said.astimezone(UTC)
    said = said.replace(tzinfo=UTC)
    try:
        local = said - EAST_AFRICA
        honest = _day_letters((said + EAST_AFRICA).date()) == receipt[:3].upper()
    except OverflowError:
        return None
    return said if honest and said <= now and _day_letters(said.date()) != receipt[:3].upper() else local


def _day_letters(day: date) -> str:
    """A receipt's first three characters: year from L for 2017, month from A, day 1-9 and then from A (a habit of M-Pesa's)."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return (
        f"{letters[(day.year - 2006) % 26]}{letters[day.month - 1]}{day.day if day.day < 10 else letters[day.day - 10]}"
    )


def write_pulled(moment: datetime) -> str:
    """An aware moment as a pull is asked with: `2026-11-20 08:15:42`, East Africa Time."""
    return (moment.astimezone(UTC) + EAST_AFRICA).strftime("%Y-%m-%d %H:%M:%S")


def write_time(moment: datetime) -> str:
    """An aware moment as M-Pesa writes it: `20261120081542`."""
    return (moment.astimezone(UTC) + EAST_AFRICA).strftime("%Y%m%d%H%M%S")
