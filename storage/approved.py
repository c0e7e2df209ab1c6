"""What `karani verify` asks of approvals and refunds: each with its history and what was booked of it. They are few beside
payments, so they are read whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage.tables import (
    approval_decisions,
    approvals,
    changes,
    entries,
    ledger_accounts,
    payments,
    payouts,
    postings,
    refunds,
)
from storage.tx import Tx

Row = Any
History = dict[UUID, tuple[int, str | None]]
"""By subject: how many rows, and the state to which the last one led."""


def histories(tx: Tx, kind: str) -> History:
    """Of every subject of a kind."""
    rows = tx.connection.execute(
        sa.select(changes.c.subject_id, changes.c.to_state)
        .where(changes.c.subject_kind == kind)
        .order_by(changes.c.subject_id, changes.c.sequence)
    )
    found: History = {}
    for subject, state in rows:
        found[subject] = (found.get(subject, (0, None))[0] + 1, state)
    return found


def all_approvals(tx: Tx) -> list[Row]:
    return list(tx.connection.execute(sa.select(approvals).order_by(approvals.c.id)))


def verdicts(tx: Tx) -> Counter[tuple[UUID, str]]:
    """How many said what, by approval."""
    rows = tx.connection.execute(
        sa.select(approval_decisions.c.approval_id, approval_decisions.c.verdict, sa.func.count()).group_by(
            approval_decisions.c.approval_id, approval_decisions.c.verdict
        )
    )
    return Counter({(id_, verdict): int(count) for id_, verdict, count in rows})


@dataclass(frozen=True, slots=True)
class RefundsSeen:
    """All refunds, their payments by id, and how much each has taken from where its payment went, less what was given back."""

    refunds: list[Row]
    payments: dict[UUID, Row]
    taken: Counter[str]
    approved: dict[UUID, int | None]
    """By refund: the sum of the approval that was carried out."""
    paid: dict[UUID, int]
    """By refund: what payouts that stand paid have sent for it."""


def refunds_seen(tx: Tx) -> RefundsSeen:
    found = list(tx.connection.execute(sa.select(refunds).order_by(refunds.c.id)))
    mine = sa.select(refunds.c.payment_id)
    of = tx.connection.execute(
        sa.select(payments.c.id, payments.c.status, payments.c.minor).where(payments.c.id.in_(mine))
    )
    owed = tx.connection.execute(
        sa.select(entries.c.key, postings.c.minor)
        .join(postings, postings.c.entry_id == entries.c.id)
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .where(entries.c.kind.in_(["refund_taken", "refund_given_back"]), ledger_accounts.c.code == "liability:refunds")
    )
    taken: Counter[str] = Counter()
    for key, minor in owed:
        taken[key.split(":")[1]] -= int(minor)
    done = tx.connection.execute(
        sa.select(approvals.c.subject_id, approvals.c.minor).where(
            approvals.c.subject_kind == "refund", approvals.c.state == "executed"
        )
    )
    left = tx.connection.execute(
        sa.select(payouts.c.subject_id, sa.func.sum(payouts.c.minor).label("minor"))
        .where(payouts.c.subject_kind == "refund", payouts.c.state == "paid")
        .group_by(payouts.c.subject_id)
    )
    return RefundsSeen(
        found,
        {row.id: row for row in of},
        taken,
        {row.subject_id: row.minor for row in done},
        {row.subject_id: int(row.minor) for row in left},
    )
