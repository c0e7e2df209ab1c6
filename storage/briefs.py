"""What the books say about a request before somebody decides it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from core.approvals import Approval, Mark, State
from core.ids import OrganisationId
from core.money import Money
from core.phones import Msisdn
from storage.people import msisdn_index
from storage.tables import approval_people, approvals, changes, phones
from storage.tx import Tx

MOST = 500


def executed_before(tx: Tx, approval: Approval, *, since: datetime) -> list[Money]:
    """The amounts of what was carried out of this kind and currency since then, the newest first."""
    assert approval.amount is not None
    query = (
        sa.select(approvals.c.minor)
        .where(
            approvals.c.organisation_id == approval.organisation,
            approvals.c.subject_kind == approval.subject.kind.value,
            approvals.c.currency == approval.amount.currency.code,
            approvals.c.state == State.EXECUTED.value,
            approvals.c.requested_at >= since,
            approvals.c.id != approval.id,
        )
        .order_by(approvals.c.requested_at.desc())
        .limit(MOST)
    )
    return [Money(minor, approval.amount.currency) for minor in tx.connection.scalars(query)]


_NOT_PAID = (State.REJECTED.value, State.WITHDRAWN.value, State.EXPIRED.value, State.VOID.value)


def same_payee_and_sum(tx: Tx, approval: Approval, payee: Collection[Mark], *, since: datetime) -> int:
    """How many other requests since then are for one of these payees and the same sum, and were not turned down."""
    assert approval.amount is not None
    theirs = sa.select(approval_people.c.approval_id).where(
        approval_people.c.part == "payee", approval_people.c.mark.in_(payee)
    )
    query = (
        sa.select(sa.func.count())
        .select_from(approvals)
        .where(
            approvals.c.id.in_(theirs),
            approvals.c.organisation_id == approval.organisation,
            approvals.c.minor == approval.amount.minor,
            approvals.c.currency == approval.amount.currency.code,
            approvals.c.state.not_in(_NOT_PAID),
            approvals.c.requested_at >= since,
            approvals.c.id != approval.id,
        )
    )
    return int(tx.connection.scalar(query) or 0)


def owner_changed(tx: Tx, organisation: OrganisationId, phone: Msisdn, *, since: datetime) -> datetime | None:
    """When the person behind this phone was last changed by the office; None when not since then, or nobody is known."""
    mine = (phones.c.msisdn_index == msisdn_index(tx, phone)) & (phones.c.organisation_id == organisation)
    contact = tx.connection.scalar(sa.select(phones.c.contact_id).where(mine))
    if contact is None:
        return None
    theirs = sa.select(changes.c.at).where(changes.c.subject_id == contact, changes.c.at >= since)
    found: datetime | None = tx.connection.scalar(theirs.order_by(changes.c.sequence.desc()).limit(1))
    return found
