"""Callbacks that were turned away at the door, kept in the books a minute at a time (SEC-1).

A flood of them costs memory and disk that do not grow with it: each minute and address is one row with a count, and beyond
some addresses the rest share one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from core.ids import OrganisationId, ProviderAccountId
from storage.exchanges import Exchange, Outcome
from usecases import inbox
from usecases.app import App

MOST_ROWS = 32
"""Of one minute."""
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Refusal:
    """From where, for what, and why; whose account was meant, where the key was known."""

    address: str
    operation: str
    why: str
    provider: str = ""
    organisation: OrganisationId | None = None
    account: ProviderAccountId | None = None


@dataclass(slots=True)
class Refusals:
    """What was turned away since the last flush."""

    counted: Counter[Refusal] = field(default_factory=Counter)

    def note(self, refusal: Refusal) -> None:
        if refusal not in self.counted and len(self.counted) >= MOST_ROWS:
            refusal = Refusal(OTHERS, "", refusal.why)
        self.counted[refusal] += 1

    async def flush(self, app: App) -> int:
        """Write down what there is; what cannot be written now is tried again with the next minute's. How many rows."""
        counted, self.counted = self.counted, Counter()
        done = 0
        for refusal, count in counted.items():
            try:
                await app.write(inbox.keep, _exchange(refusal, count))
                done += 1
            except Exception:
                self.counted[refusal] += count
        return done


def _exchange(refusal: Refusal, count: int) -> Exchange:
    return Exchange(
        provider=refusal.provider,
        direction="in",
        operation=refusal.operation,
        request=b"",
        outcome=Outcome.REFUSED,
        organisation=refusal.organisation,
        provider_account=refusal.account,
        address=refusal.address,
        detail=f"{refusal.why}, {count} times" if count > 1 else refusal.why,
    )
