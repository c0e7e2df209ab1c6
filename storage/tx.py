"""`Tx`: one transaction as use cases and queries see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from storage.vault import Vault


@dataclass(slots=True)
class Tx:
    """An open transaction: its connection, the one moment at which all of it happens, new ids, and the vault."""

    connection: sa.Connection
    now: datetime
    """Aware UTC; the same for everything in the transaction."""
    new_id: Callable[[], UUID]
    vault: Vault
    slot: int = 0
    """Which of the balance rows this process folds into (`storage.tables.balances`)."""
    queued: dict[str, datetime] = field(default_factory=dict)
    """What this transaction put in the outbox: for each kind, when its first row comes due."""

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"
