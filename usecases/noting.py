"""Rows of the audit trail: who changed what, from what, why (SEC-3). Of what a school rests on, and of each payment's life."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from core.ids import OrganisationId, PaymentId
from core.payments import FailReason, MoneyArrived, MoneyReturned, Payment, Status
from core.permissions import Actor, ActorKind
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


def payment_change(after: Payment, before: Status | None, action: str = "", *, reason: str, trace: str) -> Change:
    """The next row in the history of a payment that is `after` now and was `before`. Without an action, what it has come to
    says what happened: `payment_completed`."""
    return Change(
        organisation=after.organisation,
        action=action or f"payment_{after.status._value_}",
        subject_kind="payment",
        subject=after.id,
        sequence=after.version,
        from_state=before.value if before else None,
        to_state=after.status._value_,
        reason=reason,
        trace=trace,
    )


def paid_as(*others: PaymentId) -> str:
    """Why a prompt waits no more: its money is in the books under another payment, or one of these."""
    return f"{FailReason.PAID_TWICE_AS_ONE.value}:{','.join(other.hex for other in others)}"


def decided(payment: Payment, action: str, *, reason: str, trace: str) -> Change:
    """The next row in the history of a payment about which something was decided that leaves its state."""
    return payment_change(
        replace(payment, version=payment.version + 1), payment.status, action, reason=reason, trace=trace
    )


def provider_told(notice: MoneyArrived | MoneyReturned, address: str) -> Actor:
    """Who changed a payment when its provider brought the news."""
    return Actor(ActorKind.PROVIDER, notice.provider, f"{notice.witness._value_} {address}")
