"""Who may decide is told that something waits, in words that are still true when they leave (NOT-1, NOT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.approvals import Approval, ApprovalId, to_decide
from core.messages import ApprovalWaits, Message
from core.phones import Msisdn
from storage import approvals, staff
from storage.tx import Tx
from usecases.owners import OWNERS

if TYPE_CHECKING:
    from usecases.truth import Queued


def still_waits(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """With the name of what waits. Nobody is told of what was decided meanwhile, or what they may not decide any more."""
    return [_named(tx, one) if _waits(tx, one) else None for one in queued]


def _waits(tx: Tx, one: Queued) -> bool:
    reader = staff.phone_owner(tx, one.organisation, Msisdn(one.facts.msisdn))
    person = approvals.person(tx, reader) if reader else None
    return person is not None and to_decide(_meant(tx, one), person, now=tx.now) is None


def _named(tx: Tx, one: Queued) -> Message:
    if not isinstance(one.message, ApprovalWaits):
        return one.message
    subject = _meant(tx, one).subject
    return replace(one.message, subject=OWNERS[subject.kind].named(tx, subject.id))


def _meant(tx: Tx, one: Queued) -> Approval:
    assert one.facts.subject is not None, "it is about a request"
    approval = approvals.load(tx, ApprovalId(one.facts.subject))
    assert approval is not None, "approvals are never removed"
    return approval
