"""One-time codes that were sent, and what came of those that were typed (OUT-4). No code stands anywhere."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.approvals import ApprovalId, ContentHash
from core.codes import CODES, DAY, CodeId, Proof, SentCode, Way, binding
from core.ids import StaffId
from storage.tables import approval_codes, approval_proofs, loan_handovers
from storage.tx import Tx


def _proof(tx: Tx, code: SentCode, typed: str) -> bytes:
    return tx.vault.pepper("code", binding(code, typed))


def add(tx: Tx, code: SentCode, typed: str) -> None:
    """A fresh code; older ones of the same person for the same approval are worth nothing from now on."""
    mine = sa.and_(approval_codes.c.approval_id == code.approval, approval_codes.c.staff_id == code.staff)
    tx.connection.execute(sa.update(approval_codes).where(mine).values(is_replaced=True))
    tx.connection.execute(
        sa.insert(approval_codes).values(
            id=code.id,
            approval_id=code.approval,
            staff_id=code.staff,
            content_hash=code.content,
            proof=_proof(tx, code, typed),
            way=code.way.value,
            sent_at=code.sent_at,
            expires_at=code.expires_at,
            tries=0,
            is_replaced=False,
        )
    )


def newest(tx: Tx, approval: ApprovalId, staff: StaffId) -> SentCode | None:
    """The code that counts for a person and an approval, locked."""
    row = tx.connection.execute(
        sa.select(approval_codes)
        .where(approval_codes.c.approval_id == approval, approval_codes.c.staff_id == staff)
        .order_by(approval_codes.c.sent_at.desc(), approval_codes.c.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    return _code(row) if row is not None else None


def _code(row: sa.Row[Any]) -> SentCode:
    return SentCode(
        row.id,
        row.approval_id,
        row.staff_id,
        ContentHash(bytes(row.content_hash)),
        row.sent_at,
        row.expires_at,
        row.tries,
        row.used_at,
        bool(row.is_replaced),
        Way(row.way),
    )


def is_it(tx: Tx, code: SentCode, typed: str) -> bool:
    """Was this code sent? It is not used up."""
    kept = tx.connection.scalar(sa.select(approval_codes.c.proof).where(approval_codes.c.id == code.id))
    return hmac.compare_digest(bytes(kept or b""), _proof(tx, code, typed))


def use(tx: Tx, code: SentCode, typed: str) -> bool:
    """Count the try first, then compare: is it the one? A right one is used up."""
    mine = approval_codes.c.id == code.id
    if is_it(tx, code, typed):
        used = sa.update(approval_codes).where(mine, approval_codes.c.used_at.is_(None)).values(used_at=tx.now)
        return tx.connection.execute(used).rowcount == 1
    tx.connection.execute(sa.update(approval_codes).where(mine).values(tries=approval_codes.c.tries + 1))
    return False


def sent_to(tx: Tx, staff: StaffId) -> list[datetime]:
    """When codes were sent to somebody within the last day."""
    query = sa.select(approval_codes.c.sent_at).where(
        approval_codes.c.staff_id == staff, approval_codes.c.sent_at > tx.now - DAY
    )
    return list(tx.connection.execute(query).scalars())


# --- what was typed -----------------------------------------------------------------------------------------------------


def note(
    tx: Tx,
    proof: Proof,
    approval: ApprovalId,
    staff: StaffId,
    content: ContentHash,
    *,
    code: CodeId | None,
    origin: str,
) -> None:
    """A code was typed: for ever, who, for what, from where, and whether it was right."""
    tx.connection.execute(
        sa.insert(approval_proofs).values(
            id=tx.new_id(),
            approval_id=approval,
            staff_id=staff,
            content_hash=content,
            proof=proof.value,
            code_id=code,
            origin=origin,
            at=tx.now,
        )
    )


def wrong_today(tx: Tx, staff: StaffId) -> int:
    """How many wrong codes somebody typed within the last day."""
    query = sa.select(sa.func.count()).where(
        approval_proofs.c.staff_id == staff,
        approval_proofs.c.proof == Proof.WRONG.value,
        approval_proofs.c.at > tx.now - DAY,
    )
    return int(tx.connection.scalar(query) or 0)


def proven_at(
    tx: Tx,
    approval: ApprovalId,
    staff: StaffId,
    content: ContentHash,
    *,
    proofs: frozenset[Proof] = CODES,
    by_chat: bool = True,
) -> tuple[Proof, datetime] | None:
    """When somebody last proved themselves for exactly this, and how. Without `by_chat`, codes that the bot sent do not count."""
    way = sa.select(approval_codes.c.way).where(approval_codes.c.id == approval_proofs.c.code_id).scalar_subquery()
    row = tx.connection.execute(
        sa.select(approval_proofs.c.proof, approval_proofs.c.at)
        .where(
            sa.true() if by_chat else sa.func.coalesce(way, "") != Way.TELEGRAM.value,
            approval_proofs.c.approval_id == approval,
            approval_proofs.c.staff_id == staff,
            approval_proofs.c.content_hash == content,
            approval_proofs.c.proof.in_([proof.value for proof in proofs]),
        )
        .order_by(approval_proofs.c.at.desc())
        .limit(1)
    ).one_or_none()
    return (Proof(row.proof), row.at) if row is not None else None


def unspent(tx: Tx, approval: ApprovalId, staff: StaffId, content: ContentHash) -> UUID | None:
    """The newest right code that somebody typed for exactly this, while no loan was handed over with it."""
    spent = sa.select(loan_handovers.c.proof_id).where(loan_handovers.c.proof_id == approval_proofs.c.id)
    query = sa.select(approval_proofs.c.id).where(
        approval_proofs.c.approval_id == approval,
        approval_proofs.c.staff_id == staff,
        approval_proofs.c.content_hash == content,
        approval_proofs.c.proof.in_([proof.value for proof in CODES]),
        ~spent.exists(),
    )
    found: UUID | None = tx.connection.scalar(
        query.order_by(approval_proofs.c.at.desc(), approval_proofs.c.id.desc()).limit(1)
    )
    return found


# --- forgetting ---------------------------------------------------------------------------------------------------------


def to_forget(tx: Tx, *, limit: int) -> Sequence[CodeId]:
    """Codes that are over and whose messages still say them."""
    query = sa.select(approval_codes.c.id).where(
        approval_codes.c.forgotten_at.is_(None), approval_codes.c.expires_at <= tx.now
    )
    return list(
        tx.connection.execute(query.order_by(approval_codes.c.expires_at, approval_codes.c.id).limit(limit)).scalars()
    )


def forgotten(tx: Tx, codes: Sequence[CodeId]) -> None:
    tx.connection.execute(sa.update(approval_codes).where(approval_codes.c.id.in_(codes)).values(forgotten_at=tx.now))
