"""Whose hand let a loan's money go, each time: kept apart from who asked for it and who is paid (OUT-3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.approvals import ApprovalId
from core.ids import CustomerAccountId, OrganisationId, PayoutId, StaffId
from core.permissions import ActorKind
from storage.tables import approvals, changes, loan_handovers
from storage.tx import Tx

BY_HAND = "by hand"
"""How the audit trail tells that a loan was given so."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One letting go of a loan's money. `payout` is None where it was given from hand to hand."""

    account: CustomerAccountId
    approval: ApprovalId
    staff: StaffId
    payout: PayoutId | None
    proof: UUID | None
    """The code that proved that it was them."""
    origin: str
    at: datetime


def add(tx: Tx, handover: Handover) -> None:
    """Write it down, before anything leaves. The database refuses whoever asked for it or is paid."""
    tx.connection.execute(
        sa.insert(loan_handovers).values(
            id=tx.new_id(),
            account_id=handover.account,
            approval_id=handover.approval,
            staff_id=handover.staff,
            payout_id=handover.payout,
            proof_id=handover.proof,
            origin=handover.origin,
            at=handover.at,
        )
    )


@dataclass(frozen=True, slots=True)
class Hands:
    """Who let a loan's money go, each time: by its rows, and by the audit trail. `is_askers`: one of them had asked for it."""

    kept: Counter[UUID]
    told: Counter[UUID]
    is_askers: bool


def of_organisation(tx: Tx, organisation: OrganisationId) -> dict[UUID, Hands]:
    """By loan, of all that was ever let go."""
    found: dict[UUID, Hands] = {}
    rows = tx.connection.execute(
        sa.select(loan_handovers.c.account_id, loan_handovers.c.staff_id, approvals.c.requested_by)
        .join(approvals, approvals.c.id == loan_handovers.c.approval_id)
        .where(approvals.c.organisation_id == organisation)
    )
    for account, staff, asker in rows:
        before = found.get(account, _NOBODY)
        found[account] = Hands(before.kept + Counter([staff]), before.told, before.is_askers or staff == asker)
    for account, actor in tx.connection.execute(_TOLD.where(changes.c.organisation_id == organisation)):
        before = found.get(account, _NOBODY)
        found[account] = Hands(before.kept, before.told + Counter([UUID(actor)]), before.is_askers)
    return found


_NOBODY = Hands(Counter(), Counter(), is_askers=False)
_TOLD = sa.select(changes.c.subject_id, changes.c.actor).where(
    changes.c.subject_kind == "loan",
    changes.c.actor_kind == ActorKind.STAFF.value,
    (changes.c.action == "loan_disbursing") | ((changes.c.action == "loan_active") & (changes.c.reason == BY_HAND)),
)
