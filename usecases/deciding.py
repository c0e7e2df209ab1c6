"""Saying yes or no, whatever it is about and through whichever door: the one use case behind every button (TG-2).

Each kind of subject has an owner, who knows what it is now and what follows. Rows are locked in one order: the subject, then
its approval. What must stay written although the answer is no (a wrong code, an approval that died) is an answer with its
`problem`, not an error: an error would take it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.approvals import (
    OPEN,
    Approval,
    ApprovalId,
    CodeMissing,
    ContentChanged,
    State,
    SubjectKind,
    Verdict,
    refusal,
    to_decide,
)
from core.codes import SentCode
from core.errors import Bug, DomainError, NotFound
from core.permissions import Actor
from core.phones import Msisdn
from storage import approvals as store
from storage.tx import Tx
from usecases import approvals, second_factor
from usecases.approvals import Decide, Withdraw, last_hand, person_of
from usecases.owners import OWNERS
from usecases.ownership import Owner
from usecases.second_factor import SendCode

Owners = Mapping[SubjectKind, Owner]


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it. `problem` says why nothing was decided, although something was written down."""

    approval: Approval
    problem: DomainError | None = None


def decide(tx: Tx, wish: Decide, owners: Owners = OWNERS) -> Decided:
    """A yes or a no. The first valid one counts; who is late is told who was quicker. Raises what stands in the way."""
    approval, owner = _meant(tx, wish.approval, owners)
    current = owner.content(tx, approval.subject.id)
    approval = _locked(tx, wish.approval)
    asks = wish.prove or needs_code(approval, owner, wish.verdict)
    if asks and (wrong := _proven(tx, approval, wish)) is not None:
        return Decided(approval, wrong)
    after = approvals.decide(tx, wish, current)
    if after.state is State.APPROVED:
        after = owner.approved(tx, after, wish.actor, has_code=asks, trace=wish.trace)
    elif after.state not in OPEN:
        owner.ended(tx, after, wish.actor, trace=wish.trace)
    return Decided(after, ContentChanged() if after.state is State.VOID else None)


def needs_code(approval: Approval, owner: Owner, verdict: Verdict) -> bool:
    """Does this yes take a code? The last one does, where it carries the subject out at once."""
    is_last_yes = verdict is Verdict.APPROVE and approval.missing == 1
    return owner.at_once and is_last_yes and approval.requirement.code


def _proven(tx: Tx, approval: Approval, wish: Decide) -> DomainError | None:
    """Why the code proves nothing; None when it does. Nobody spends a code on what they may not decide."""
    person = person_of(tx, wish.actor)
    approvals.require_own(tx, person, approval)
    if (obstacle := to_decide(approval, person, now=tx.now)) is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))
    if not wish.code:
        raise CodeMissing
    return second_factor.check(tx, approval, person, wish.code, origin=wish.actor.origin)


def send_code(tx: Tx, wish: SendCode, owners: Owners = OWNERS) -> SentCode:
    """Send who may decide this a code for it: good for five minutes, for them and for exactly this. Its text says what for."""
    approval, owner = _meant(tx, wish.approval, owners)
    content = owner.content(tx, approval.subject.id)
    payee = content.facts.get("payee", "")
    shown = Msisdn(payee).masked if payee.isdecimal() else payee[:30]
    name, kind = owner.named(tx, approval.subject.id), approval.subject.kind
    return second_factor.send_code(
        tx, replace(wish, name=f"{kind.value} {name}" if kind in _NAMED_AFTER else name, payee=shown)
    )


_NAMED_AFTER = frozenset({SubjectKind.VARIANCE, SubjectKind.REPLENISHMENT})
"""Called by the payment or the fund that they are about: a code for them is not taken for one of that."""


def withdraw(tx: Tx, wish: Withdraw, owners: Owners = OWNERS) -> Approval:
    """Whoever asked takes it back."""
    approval, owner = _meant(tx, wish.approval, owners)
    owner.content(tx, approval.subject.id)
    after = approvals.withdraw(tx, wish)
    owner.ended(tx, after, wish.actor, trace=wish.trace)
    return after


def expire(tx: Tx, actor: Actor, owners: Owners = OWNERS) -> int:
    """End what nobody decided in time. How many; safe to repeat."""
    ended = approvals.expire(tx, actor)
    for approval in ended:
        owners[approval.subject.kind].ended(tx, approval, actor, trace="")
    return len(ended)


def _meant(tx: Tx, id_: ApprovalId, owners: Owners) -> tuple[Approval, Owner]:
    approval = store.load(tx, id_)
    if approval is None:
        raise NotFound("approval", id_.hex)
    owner = owners.get(approval.subject.kind)
    if owner is None:
        raise Bug(f"nobody owns a {approval.subject.kind.value}")
    return approval, owner


def _locked(tx: Tx, id_: ApprovalId) -> Approval:
    approval = store.load(tx, id_, lock=True)
    assert approval is not None, "approvals are never removed"
    return approval
