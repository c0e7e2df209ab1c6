"""The worker that ends what nobody decided, or carried out, in time, and forgets codes that are over."""

from __future__ import annotations

from dataclasses import dataclass

from core.permissions import Actor, ActorKind
from storage import approvals
from storage.codes import to_forget
from storage.tx import Tx
from usecases.app import App
from usecases.deciding import expire
from usecases.second_factor import forget_codes

JOB = Actor(ActorKind.SYSTEM, "expire_approvals", "job")


@dataclass(frozen=True, slots=True)
class Expiring:
    """Ends approvals whose time is over (OUT-3), a hundred at a time. Safe to repeat, also by several processes."""

    app: App

    async def round(self) -> int:
        """How many ended. An idle round costs no write."""
        over, codes = await self.app.read(_what_is_over)
        ended = await self.app.write(expire, JOB) if over else 0
        return ended + (await self.app.write(forget_codes, None) if codes else 0)


def _what_is_over(tx: Tx) -> tuple[bool, bool]:
    """Approvals, and codes."""
    return approvals.are_expired(tx, tx.now), bool(to_forget(tx, limit=1))
