"""What somebody asked to place, and others agreed to, is placed: as if one person had done it, in the transaction of the last yes."""

from __future__ import annotations

from uuid import UUID

from core.application import Strategy
from core.approvals import Approval, Content, State, SubjectKind
from core.errors import NotFound
from core.permissions import Actor
from core.placements import Placement
from core.treasury import Ruling
from storage import payments as payment_store
from storage import placements as store
from storage.tx import Tx
from usecases import approvals
from usecases.placements import content_now, rule
from usecases.reallocation import Reallocate, move
from usecases.suspense import AssignSuspense, give


class PlacementOwner:
    """Answers for money that is given to its owner, or moved to another account, with a second person's yes."""

    at_once = True

    def named(self, tx: Tx, subject: UUID) -> str:
        one = store.load(tx, subject)
        return one.receipt if one else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        """Its payment's row is locked: all who place or take back its money wait for it."""
        one = _found(tx, subject)
        if lock:
            payment_store.load(tx, one.payment, lock=True)
            one = _found(tx, subject)
        return content_now(tx, one)

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        """The money goes where it was asked to go, or the yes is taken back with the reason why not."""
        subject = approval.subject.id
        used = approvals.execute(tx, approval, self.content(tx, subject), by=by, has_code=has_code, trace=trace)
        assert used.state is State.EXECUTED, "its payment is locked, and it was just compared"
        one = _found(tx, subject)
        rule(tx, one, Ruling.APPROVED, by)
        _place(tx, one, approval, by, trace)
        return used

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        """The money stays where it is."""
        rule(tx, _found(tx, approval.subject.id), Ruling.REJECTED, by)


def _found(tx: Tx, subject: UUID) -> Placement:
    one = store.load(tx, subject)
    if one is None:
        raise NotFound("placement", subject.hex)
    return one


def _place(tx: Tx, one: Placement, approval: Approval, by: Actor, trace: str) -> None:
    """The payment's own history names the approval: who asked, and everybody who agreed."""
    stored = payment_store.load(tx, one.payment, lock=True)
    assert stored is not None, "payments are never removed"
    why = f"{one.why} approval:{approval.id.hex}".strip()
    if one.kind is SubjectKind.SUSPENSE:
        give(tx, stored, AssignSuspense(one.payment, one.reference, by, trace, why=why))
    else:
        move(tx, stored.payment, Reallocate(one.payment, one.reference, by, trace, why), Strategy.STAFF)
