"""What the one procedure of approval asks of whoever owns a kind of subject."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from core.approvals import Approval, Content
from core.permissions import Actor
from storage.tx import Tx


class Owner(Protocol):
    """Answers for one kind of subject: knows what it is now, and what follows from a yes or a no."""

    @property
    def at_once(self) -> bool:
        """Is it carried out by whoever says the last yes, in the same transaction? Then that one gives the code."""
        ...

    def named(self, tx: Tx, subject: UUID) -> str:
        """What people call it, `RF-000012`: for lists and messages. Empty when nobody knows it."""
        ...

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        """What the subject is now, its row locked; without the lock only to be shown. Raises `NotFound`."""
        ...

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """Enough people said yes: the approval as it is after what follows from that (`usecases.approvals.execute`)."""
        ...

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """It was refused, withdrawn, has expired or died."""
        ...
