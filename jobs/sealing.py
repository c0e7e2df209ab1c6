"""The worker that seals the books: small bites between payments, until nothing is unsealed."""

from __future__ import annotations

from dataclasses import dataclass

from usecases.app import App
from usecases.sealing import SealSome, seal


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals what was written since the last seal (SEC-3)."""

    app: App

    async def round(self) -> int:
        """How many rows are waiting no more; zero lets the worker rest."""
        sealed = await self.app.write(seal, SealSome())
        return sealed.rows if sealed.more else 0
