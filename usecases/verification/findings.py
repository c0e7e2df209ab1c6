"""What verification hands back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from storage.verification import Row


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that is not as it should be: its table, its id (or number), and what is wrong with it."""

    table: str
    id: str
    what: str


def by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """Plain rows by the id in one of their columns, in the order in which they come."""
    found: dict[str, list[Row]] = {}
    of = attrgetter(column)
    for row in rows:
        found.setdefault(of(row), []).append(row)
    return found
