"""Sealing the books: every so often what was written since is covered by one more link of the chain (SEC-3)."""

from __future__ import annotations

from dataclasses import dataclass

from storage import seals
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class SealSome:
    """Seal the oldest rows that no seal covers, at most this many entries and as many changes.

    It happens in the writer between payments, so it takes small bites; `thorough` looks from the beginning of the books
    instead of where the last seal ended (once a day is plenty).
    """

    most: int = 200
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed: no `number` when there was nothing. `more` asks to be called again."""

    number: int | None
    rows: int
    more: bool


def seal(tx: Tx, wish: SealSome) -> Sealed:
    """One more seal over entries, with all that belongs to them, and over the audit trail."""
    waiting = seals.unsealed(tx, most=wish.most, thorough=wish.thorough)
    if not waiting.entries and not waiting.changes:
        return Sealed(None, 0, more=False)
    entries = seals.digests_of_entries(tx, [id_.hex for id_ in waiting.entries])
    changes = seals.digests_of_changes(tx, [id_.hex for id_ in waiting.changes])
    made = seals.add(
        tx,
        [
            *((id_, seals.ENTRY, entries[id_.hex]) for id_ in waiting.entries),
            *((id_, seals.CHANGE, changes[id_.hex]) for id_ in waiting.changes),
        ],
    )
    return Sealed(made.number, made.count, more=waiting.more)
