"""What a checker should know before saying yes: figures that anybody can recompute from the books (TG-1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median_low

from core.money import Money

USUAL_DAYS = timedelta(days=90)
"""How far back the usual amount looks."""
LEAST_USUAL = 3
"""Fewer say nothing of what is usual."""
SAME_DAYS = timedelta(days=7)
"""How far back the same payee and sum is looked for."""
CHANGED_DAYS = timedelta(days=14)
"""How long a change of who is paid is worth telling."""
FAR_FROM_USUAL = 30
"""Tenths: three times the usual amount is worth a warning."""


def usual(amounts: Sequence[Money]) -> Money | None:
    """The middle one of what was paid before, the lower of two; None when that is too little to go by."""
    if len(amounts) < LEAST_USUAL:
        return None
    return Money(median_low([amount.minor for amount in amounts]), amounts[0].currency)


def times_in_tenths(amount: Money, usual_amount: Money) -> int:
    """How many tenths of the usual this is, rounded down. 42 means 4.2 times."""
    return amount.minor * 10 // usual_amount.minor
