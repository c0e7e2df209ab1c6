"""Asking for a yes and giving it: one procedure for refunds, payouts and everything else that needs a second person (OUT-3).

Whoever owns a subject asks for its approval here (`request`), and hands over, whenever somebody decides or carries out, what
the subject is at that moment: when that is not what was asked for, the approval dies. Doors do not call these functions; they
call `usecases/deciding.py`, which knows the owner of each kind of subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core import approvals as rules
from core.approvals import (
    Approval,
    ApprovalId,
    Content,
    ContentHash,
    Decision,
    Mark,
    Obstacle,
    Person,
    State,
    SubjectKind,
    Verdict,
    refusal,
    to_decide,
)
from core.errors import NotFound, NotPermitted
from core.ids import StaffId
from core.messages import ApprovalWaits, Message
from core.money import zero
from core.permissions import Action, Actor, ActorKind
from storage import approvals, audit, organisations
from storage.audit import Change
from storage.tx import Tx
from usecases.chats import News, follow_in_chats, reached, tell_staff

EXPIRED_AT_ONCE = 100
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks that `content` be approved. `customer`: their marks, when it is no member of staff; `payee`: the marks of
    whoever is paid."""

    content: Content
    actor: Actor
    customer: frozenset[Mark] = frozenset()
    payee: frozenset[Mark] = frozenset()
    reason: str = ""
    trace: str = ""
    news: Message | None = None
    """Told to everybody who may decide, in place of the text that something waits."""
    within: str = ""
    """What several requests belong to, a file for example: of all of them one text tells that something waits."""


def request(tx: Tx, wish: Request) -> Approval:
    """Ask for it. What its amount requires is fixed here: a later change of the policy makes it neither easier nor harder.

    The caller has asked whether the actor may; the database refuses a second open approval of one subject."""
    content = wish.content
    policy = organisations.approval_policy(tx, content.organisation)
    requester = person_of(tx, wish.actor) if wish.actor.kind is ActorKind.STAFF else None
    own = requester.marks if requester else wish.customer
    approval = Approval(
        id=ApprovalId(tx.new_id()),
        organisation=content.organisation,
        subject=content.subject,
        content=content.hash,
        requirement=policy.requires(content.subject.kind, content.amount),
        requester=requester.staff if requester else None,
        interested=own | wish.payee,
        requested_at=tx.now,
        expires_at=tx.now + policy.lasts,
        amount=content.amount,
        own=own,
    )
    approvals.add(tx, approval)
    _tell(tx, approval, None, wish.actor, "approval_requested", wish.reason, wish.trace)
    _tell_who_may(tx, approval, wish)
    return approval


def _tell_who_may(tx: Tx, approval: Approval, wish: Request) -> None:
    """Who may decide it and has no chat hears of it by SMS, once; of news, everybody who may does. Whether it waits still is
    asked when that is sent (`usecases/asking.py`)."""
    staff = who_may(tx, approval)
    if wish.news is None:
        chatting = reached(tx, approval.organisation)
        staff = [one for one in staff if one not in chatting]
    members = organisations.staff_by_ids(tx, staff)
    message = wish.news or _waits(tx, approval)
    key = f"asked:{wish.within or approval.id.hex}"
    news = News(approval.organisation, message, key, approval.id, wish.trace)
    tell_staff(tx, news, [members[one] for one in staff])


def _waits(tx: Tx, approval: Approval) -> ApprovalWaits:
    organisation = organisations.by_id(tx, approval.organisation)
    amount = approval.amount or zero(organisation.currency)
    code = organisations.code_of(tx, organisation.id)
    return ApprovalWaits(organisation.name, approval.subject.kind, "", amount, code)


@dataclass(frozen=True, slots=True)
class Decide:
    """Yes or no. `seen` is the hash of what the person was shown; None where nothing was shown but the subject as it is."""

    approval: ApprovalId
    verdict: Verdict
    actor: Actor
    seen: ContentHash | None = None
    code: str = ""
    """Of the authenticator, or as it was sent: asked for when the last yes carries it out at once."""
    prove: bool = False
    """The door does not know who types (a command line): a code is asked for whatever the decision."""
    reason: str = ""
    trace: str = ""


def decide(tx: Tx, wish: Decide, current: Content) -> Approval:
    """Count a yes or a no. `current` is the subject as it is now. The approval that comes back may be void: then nothing was
    decided, and the caller says so. Raises what keeps this person from deciding, naming who was quicker."""
    approval = approvals.load(tx, wish.approval, lock=True)
    person = person_of(tx, wish.actor)
    if approval is None:
        raise NotFound("approval", wish.approval.hex)
    require_own(tx, person, approval)
    obstacle = to_decide(approval, person, now=tx.now)
    if obstacle is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))
    if current.hash != approval.content:
        return void(tx, approval, wish.actor, trace=wish.trace)
    decision = Decision(person, wish.verdict, wish.reason.strip()[:LONGEST_REASON], tx.now, wish.actor.origin)
    after = rules.decided(approval, decision, seen=approval.content if wish.seen is None else wish.seen)
    approvals.save(tx, approval, after)
    action = "approval_given" if wish.verdict is Verdict.APPROVE else "approval_refused"
    _tell(tx, after, approval.state, wish.actor, action, decision.reason, wish.trace)
    return after


def execute(tx: Tx, approval: Approval, current: Content, *, by: Actor, has_code: bool, trace: str = "") -> Approval:
    """Use an approval, once, for exactly what was approved. `approval` was loaded with its lock. Raises what stands in the
    way; a void one comes back when the content has changed."""
    person = person_of(tx, by)
    require_own(tx, person, approval)
    if approval.state in rules.OPEN and current.hash != approval.content:
        return void(tx, approval, by, trace=trace)
    try:
        after = rules.executed(approval, person, seen=current.hash, has_code=has_code, now=tx.now)
    except rules.ApprovalOver:
        raise refusal(Obstacle.OVER, approval, by=last_hand(tx, approval)) from None
    approvals.save(tx, approval, after)
    _tell(tx, after, approval.state, by, "approval_executed", "", trace)
    return after


def void(tx: Tx, approval: Approval, actor: Actor, *, trace: str = "") -> Approval:
    """What was to be approved is another thing now: the approval dies, whoever has said yes to it."""
    return _end(tx, approval, State.VOID, actor, "approval_void", "the content has changed", trace)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Whoever asked takes it back. `customer`: their marks, when it is no member of staff."""

    approval: ApprovalId
    actor: Actor
    customer: frozenset[Mark] = frozenset()
    reason: str = ""
    trace: str = ""


def withdraw(tx: Tx, wish: Withdraw) -> Approval:
    """Take a request back, before it was carried out. Only whoever asked can."""
    approval = approvals.load(tx, wish.approval, lock=True)
    if approval is None:
        raise NotFound("approval", wish.approval.hex)
    if wish.actor.kind is ActorKind.STAFF:
        person = person_of(tx, wish.actor)
        require_own(tx, person, approval)
    else:
        person = Person(StaffId(UUID(int=0)), next(iter(approval.requirement.roles)), wish.customer)
    if (obstacle := rules.to_withdraw(approval, person, now=tx.now)) is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))
    return _end(tx, approval, State.WITHDRAWN, wish.actor, "approval_withdrawn", wish.reason, wish.trace)


def expire(tx: Tx, actor: Actor) -> list[Approval]:
    """What nobody decided or carried out in time is over. Some at a time; safe to repeat. Its owners are told by the caller."""
    return [
        _end(tx, approval, State.EXPIRED, actor, "approval_expired", "", "")
        for approval in approvals.expired(tx, limit=EXPIRED_AT_ONCE)
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open approval as one person sees it: `obstacle` is why they may not decide it, None when they may."""

    approval: Approval
    obstacle: Obstacle | None


def waiting_for(tx: Tx, member: StaffId, *, kinds: frozenset[SubjectKind] | None = None) -> list[Waiting]:
    """A query: the open approvals of a person's organisation, the oldest first, and which of them they may decide."""
    found = approvals.person(tx, member)
    at = organisations.staff_by_id(tx, member)
    if found is None or at is None:
        return []
    return [
        Waiting(approval, to_decide(approval, found, now=tx.now))
        for approval in approvals.listed(tx, at.organisation)
        if kinds is None or approval.subject.kind in kinds
    ]


def who_may(tx: Tx, approval: Approval) -> list[StaffId]:
    """A query: all who may decide this now, for whoever tells them of it."""
    found = []
    for member in organisations.staff_of(tx, approval.organisation):
        person = approvals.person(tx, member.id)
        if person is not None and to_decide(approval, person, now=tx.now) is None:
            found.append(member.id)
    return found


def person_of(tx: Tx, actor: Actor) -> Person:
    """Who acts. Only members of staff are known as persons: a system user of the machine decides nothing (`--as` names one).
    Raises `NotPermitted`."""
    person = None
    if actor.kind is ActorKind.STAFF:
        person = approvals.person(tx, StaffId(UUID(actor.name)))
    if person is None:
        raise NotPermitted(Action.DECIDE.value)
    return person


def require_own(tx: Tx, person: Person, approval: Approval) -> None:
    """Raise `NotFound` for an approval of another organisation than the person's own, of which they may not even know."""
    member = organisations.staff_by_id(tx, person.staff)
    if member is None or member.organisation != approval.organisation:
        raise NotFound("approval", approval.id.hex)


def last_hand(tx: Tx, approval: Approval) -> str:
    """The name of whoever decided or carried out last; empty when nobody did."""
    who = approval.executor or (approval.decisions[-1].person.staff if approval.decisions else None)
    member = organisations.staff_by_id(tx, who) if who else None
    return member.name if member else ""


def _end(tx: Tx, approval: Approval, state: State, actor: Actor, action: str, reason: str, trace: str) -> Approval:
    after = rules.ended(approval, state)
    approvals.save(tx, approval, after)
    _tell(tx, after, approval.state, actor, action, reason[:LONGEST_REASON], trace)
    return after


def _tell(tx: Tx, approval: Approval, before: State | None, actor: Actor, action: str, reason: str, trace: str) -> None:
    """A row of the approval's own history: it counts with the approval's version, so it cannot fork or skip."""
    what = approval.subject
    change = Change(
        organisation=approval.organisation,
        action=action,
        subject_kind="approval",
        subject=approval.id,
        sequence=approval.version,
        from_state=before.value if before else None,
        to_state=approval.state.value,
        reason=f"{what.kind.value} {what.id.hex} {reason}".strip(),
        trace=trace,
    )
    audit.record(tx, [(change, actor)])
    follow_in_chats(tx, approval.organisation, approval.id, trace)
