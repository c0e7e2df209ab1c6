"""Which time to ask a provider about when confirmations may have been missed (PAY-4): windows that overlap and never skip. Pure.

A mark says up to when everything was surely read. It moves only after a whole window was read and written down; each window
begins well before the mark, because a provider may list a payment late, and may read our times in another zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

REACH = timedelta(hours=47, minutes=30)
"""How far back a provider tells (Daraja: 48 hours; source: protocols, section 10), less a margin for clocks."""
OVERLAP = timedelta(hours=4)
"""How much of what was read already is read again: more than the three hours by which East African times are misread as UTC."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time to ask about, both ends aware UTC."""

    since: datetime
    until: datetime
    gap_since: datetime | None = None
    """When the mark is out of reach: from here to `since` only a statement can tell."""


def window(mark: datetime | None, now: datetime) -> Window:
    """What to ask about at `now`, when everything up to `mark` was read (None: nothing yet)."""
    reach = now - REACH
    if mark is None:
        return Window(reach, now)
    return Window(max(mark - OVERLAP, reach), now, gap_since=mark if mark < reach else None)
