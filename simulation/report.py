"""A story told for the command line: on a database of its own unless one is named, and told again shorter when a law broke."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from simulation.story import tell
from simulation.wish import MONTH, Told, Wish
from storage.database import DatabaseUrl

MOST_ATTEMPTS = 6
"""How often a broken story is told again, each time with less in it."""


async def told_and_shrunk(
    wishes: Mapping[str, Any], database: str | None, progress: Callable[[Told], None], *, shorter: bool = True
) -> tuple[Told, Told | None]:
    """Tell it; if a law broke and `shorter` is wanted, look for a shorter story that breaks one too. Raises
    `msgspec.ValidationError` for a wish that is no story."""
    wish = msgspec.convert(wishes, Wish)
    with _database(database) as url:
        told = await tell(url, wish, progress)
    return told, await _shorter(told) if told.broken and shorter else None


async def _shorter(told: Told) -> Told | None:
    """Halve what a story has of one thing after the other, as long as some law still breaks."""
    months = min(told.wish.months, told.day // MONTH.days + 1)
    best = replace(told.wish, months=months)
    found: Told | None = None
    for attempt, smaller in enumerate(_smaller(best)):
        if attempt >= MOST_ATTEMPTS:
            break
        with _database(None) as url:
            again = await tell(url, smaller)
        if again.broken:
            best, found = smaller, again
    return found


def _smaller(wish: Wish) -> Iterator[Wish]:
    if wish.organisations > 1:
        yield replace(wish, organisations=1)
    if wish.lenders > 1:
        yield replace(wish, lenders=1)
    for part in (8, 4, 2):
        if wish.students // part:
            yield replace(wish, organisations=1, students=wish.students // part)


@contextmanager
def _database(named: str | None) -> Iterator[DatabaseUrl]:
    """The named database, which must be empty, or one that is gone afterwards."""
    if named is not None:
        yield DatabaseUrl(named)
        return
    with tempfile.TemporaryDirectory(prefix="karani-simulate-") as folder:
        yield DatabaseUrl(f"sqlite:///{folder}/karani.db")
