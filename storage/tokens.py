"""Tokens of the staff API: given, recognised, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.ids import StaffId
from storage.tables import api_tokens
from storage.tx import Tx

_INDEX = "api token"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token may be used for, and for whom; never the token itself."""

    id: UUID
    staff: StaffId
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


def add(tx: Tx, staff: StaffId, token: str, *, name: str, scopes: Iterable[str]) -> UUID:
    id_ = tx.new_id()
    tx.connection.execute(
        sa.insert(api_tokens).values(
            id=id_,
            staff_id=staff,
            token_index=tx.vault.index(_INDEX, token),
            name=name,
            scopes=" ".join(sorted(scopes)),
            created_at=tx.now,
        )
    )
    return id_


def found(tx: Tx, token: str) -> Token | None:
    """Whose token this is; None for one that is nobody's (any more)."""
    mine = sa.and_(api_tokens.c.token_index == tx.vault.index(_INDEX, token), api_tokens.c.revoked_at.is_(None))
    row = tx.connection.execute(sa.select(api_tokens).where(mine)).one_or_none()
    return _token(row) if row is not None else None


def of_staff(tx: Tx, staff: StaffId) -> list[Token]:
    """Every token that they were ever given, the oldest first."""
    query = sa.select(api_tokens).where(api_tokens.c.staff_id == staff).order_by(api_tokens.c.id)
    return [_token(row) for row in tx.connection.execute(query)]


def revoke(tx: Tx, staff: StaffId) -> int:
    """All of somebody's tokens are worth nothing from now on. How many."""
    mine = sa.and_(api_tokens.c.staff_id == staff, api_tokens.c.revoked_at.is_(None))
    return tx.connection.execute(sa.update(api_tokens).where(mine).values(revoked_at=tx.now)).rowcount


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(row.id, row.staff_id, row.name, frozenset(row.scopes.split()), row.created_at, row.revoked_at)
