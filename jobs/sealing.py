"""The worker that seals the books: small bites between payments, until nothing is unsealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from usecases.app import App
from usecases.sealing import SealSome, seal

THOROUGH_EVERY = timedelta(days=1)


@dataclass(slots=True)
class Sealing:
    """Seals what was written since the last seal (SEC-3). Once a day it looks from the beginning of the books: with
    several processes, a late commit may lie before what is sealed already."""

    app: App
    _thorough_at: datetime | None = None

    async def round(self) -> int:
        """How many rows are waiting no more; zero lets the worker rest."""
        now = self.app.clock.now()
        thorough = self._thorough_at is None or now - self._thorough_at >= THOROUGH_EVERY
        sealed = await self.app.write(seal, SealSome(thorough=thorough))
        if thorough and not sealed.more:
            self._thorough_at = now
        return sealed.rows if sealed.more else 0
