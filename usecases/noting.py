"""Rows of the audit trail about what a school rests on: who changed what, from what, why (SEC-3)."""

from __future__ import annotations

from uuid import UUID

from core.ids import OrganisationId
from core.permissions import Actor
from storage import audit
from storage.audit import Change
from storage.tx import Tx


def note(tx: Tx, actor: Actor, organisation: OrganisationId, action: str, reason: str) -> None:
    """Something that concerns the organisation as a whole."""
    note_of(tx, actor, organisation, action, "organisation", organisation, reason=reason)


def note_of(
    tx: Tx,
    actor: Actor,
    organisation: OrganisationId,
    action: str,
    kind: str,
    subject: UUID,
    *,
    before: str | None = None,
    after: str | None = None,
    reason: str = "",
) -> None:
    """A change of one subject, with what it was and what it is from now on."""
    sequence = audit.next_sequence(tx, subject)
    audit.record(tx, [(Change(organisation, action, kind, subject, sequence, before, after, reason), actor)])
