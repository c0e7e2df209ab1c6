"""The worker that ends what nobody decided, or carried out, in time."""

from __future__ import annotations

from dataclasses import dataclass

from core.permissions import Actor, ActorKind
from storage import approvals
from storage.tx import Tx
from usecases.app import App
from usecases.deciding import expire

JOB = Actor(ActorKind.SYSTEM, "expire_approvals", "job")


@dataclass(frozen=True, slots=True)
class Expiring:
    """Ends approvals whose time is over (OUT-3), a hundred at a time. Safe to repeat, also by several processes."""

    app: App

    async def round(self) -> int:
        """How many ended. An idle round costs no write."""
        return await self.app.write(expire, JOB) if await self.app.read(_are_expired) else 0


def _are_expired(tx: Tx) -> bool:
    return approvals.are_expired(tx, tx.now)
