"""M-Pesa's zone-less times: always East Africa Time, UTC+3 without daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EAST_AFRICA = timedelta(hours=3)


def read_time(text: str) -> datetime | None:
    """`20261120081542` as an aware UTC moment, or None when it is no such time."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}").replace(tzinfo=UTC) - EAST_AFRICA
    except (ValueError, OverflowError):
        return None


def write_time(moment: datetime) -> str:
    """An aware moment as M-Pesa writes it: `20261120081542`."""
    return (moment.astimezone(UTC) + EAST_AFRICA).strftime("%Y%m%d%H%M%S")
