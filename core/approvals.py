"""One approval for everything that needs a second person: refunds, payouts, variances, replenishments, suspense, reallocations
(OUT-3).

What is approved is a hash of the content. Whatever changes the payee, the account, the amount or the purpose makes another
hash, and the approval dies. A person is all the marks that are known of them (their phones, their Telegram id): two accounts
that share one are one person, who cannot be maker and checker, nor two checkers, nor the one who is paid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, NewType
from uuid import UUID

from core.errors import Bug, DomainError
from core.ids import OrganisationId, StaffId
from core.money import Money
from core.permissions import Role

ApprovalId = NewType("ApprovalId", UUID)
ContentHash = NewType("ContentHash", bytes)
"""SHA-256 of everything that is being approved."""
Mark = NewType("Mark", bytes)
"""A blind index of something that tells one person from another: a phone, a Telegram id."""

LASTS = timedelta(hours=72)
"""A request that nobody decided, or an approval that nobody carried out, is over after so long."""


class SubjectKind(Enum):
    """What can be approved."""

    REFUND = "refund"
    PAYOUT = "payout"
    VARIANCE = "variance"
    REPLENISHMENT = "replenishment"
    SUSPENSE = "suspense"
    REALLOCATION = "reallocation"
    WRITE_OFF = "write_off"
    LOAN = "loan"
    STATEMENT = "statement"


INSIDE = frozenset({SubjectKind.SUSPENSE, SubjectKind.REALLOCATION})
"""What moves money within the books alone: up to a limit it is one person's act (`Tier.people` 0)."""


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    id: UUID


# --- what is approved ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """All that a checker says yes to. `facts` name what a change of which must kill the approval: payee, account, purpose…"""

    organisation: OrganisationId
    subject: Subject
    amount: Money | None
    facts: Mapping[str, str]

    @property
    def hash(self) -> ContentHash:
        return content_hash(self)


def content_hash(content: Content) -> ContentHash:
    """The same for the same content, whatever the order of its facts; another for any other.

    Each name and value is written behind its length, so that no two contents are written alike.
    """
    amount = ("", "") if content.amount is None else (str(content.amount.minor), content.amount.currency.code)
    head = ("karani approval 1", content.organisation.hex, content.subject.kind.value, content.subject.id.hex, *amount)
    hasher = hashlib.sha256()
    for text in (*head, *(text for fact in sorted(content.facts.items()) for text in fact)):
        written = text.encode()
        hasher.update(f"{len(written)}:".encode() + written)
    return ContentHash(hasher.digest())


# --- who ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who acts, as the person that they are. `marks` are those of all accounts that they hold."""

    staff: StaffId
    role: Role
    marks: frozenset[Mark]
    is_disabled: bool = False

    def is_among(self, marks: Iterable[Mark]) -> bool:
        return not self.marks.isdisjoint(marks)


def one_person(own: Iterable[Mark], accounts: Sequence[frozenset[Mark]]) -> frozenset[Mark]:
    """All marks of the person who has `own`: those of every account that shares one with them, and so on."""
    found = frozenset(own)
    while True:
        wider = found.union(*(marks for marks in accounts if not marks.isdisjoint(found)))
        if wider == found:
            return found
        found = wider


# --- how many, of which roles -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many different people must say yes, who may, and whether whoever carries it out proves it with a code (OUT-4)."""

    people: int
    roles: frozenset[Role]
    code: bool = True

    def __post_init__(self) -> None:
        if self.people < 1 or not self.roles:
            raise Bug("nothing is approved by nobody")


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and with `up_to` (minor units; None: any amount) so many people of these roles are enough. Of what stays inside the
    books, `people` 0 means that whoever may do it needs nobody else."""

    up_to: int | None
    people: int
    roles: frozenset[Role]
    kind: SubjectKind | None = None
    """None is for every kind that has no tiers of its own."""


CHECKERS = frozenset({Role.MANAGER, Role.TREASURER, Role.CFO})


def default_tiers(unit: int) -> tuple[Tier, ...]:
    """Of an organisation that says nothing: one checker up to 50,000 shillings or francs, above that two; variances are the
    CFO's; what stays inside the books takes nobody else up to 50,000, above that one. `unit` is how many minor units make a
    shilling or franc."""
    return (
        Tier(50_000 * unit, 1, CHECKERS),
        Tier(None, 2, CHECKERS),
        Tier(None, 1, frozenset({Role.CFO}), SubjectKind.VARIANCE),
        Tier(50_000 * unit, 0, CHECKERS, SubjectKind.SUSPENSE),
        Tier(None, 1, CHECKERS, SubjectKind.SUSPENSE),
        Tier(50_000 * unit, 0, CHECKERS, SubjectKind.REALLOCATION),
        Tier(None, 1, CHECKERS, SubjectKind.REALLOCATION),
    )


def tiers_of(own: Sequence[Tier], unit: int) -> tuple[Tier, ...]:
    """An organisation's own tiers, or the default. Tiers for every kind are about what leaves: what stays inside the books keeps
    its default limit until the organisation names it, and is decided by who decides about the most of all else."""
    if not own:
        return default_tiers(unit)
    named = {tier.kind for tier in own}
    roles = next((tier.roles for tier in own if tier.kind is None and tier.up_to is None), CHECKERS)
    kept = [replace(tier, roles=roles) for tier in default_tiers(unit) if tier.kind in INSIDE - named]
    return (*own, *kept)


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What one organisation asks for: set by an admin in the set-up file, never for a single payment."""

    tiers: tuple[Tier, ...]
    code_above: int = 0
    """Above this amount (minor units) whoever carries it out proves it with a code."""
    lasts: timedelta = LASTS

    def takes_another(self, kind: SubjectKind, amount: Money) -> bool:
        """Does so much of it take a second person? False below the limit of what stays inside the books."""
        return self._tier(kind, amount).people > 0

    def requires(self, kind: SubjectKind, amount: Money | None) -> Requirement:
        """Without an amount the highest tier holds, and a code is asked for."""
        tier = self._tier(kind, amount)
        return Requirement(tier.people, tier.roles, amount is None or amount.minor > self.code_above)

    def _tier(self, kind: SubjectKind, amount: Money | None) -> Tier:
        own = [tier for tier in self.tiers if tier.kind is kind]
        return _tier(own or [tier for tier in self.tiers if tier.kind is None], amount)


def _tier(tiers: Sequence[Tier], amount: Money | None) -> Tier:
    limited = sorted((tier for tier in tiers if tier.up_to is not None), key=lambda tier: tier.up_to or 0)
    for tier in limited:
        if amount is not None and amount.minor <= (tier.up_to or 0):
            return tier
    last = next((tier for tier in tiers if tier.up_to is None), None)
    if last is None:
        raise Bug("no tier for the highest amounts")
    return last


# --- states -------------------------------------------------------------------------------------------------------------


class State(Enum):
    PENDING = "pending"
    APPROVED = "approved"
    """Enough people said yes; it can be carried out, once."""
    EXECUTED = "executed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"
    """What was approved is not what is there any more."""


NEXT: dict[State | None, frozenset[State]] = {
    None: frozenset({State.PENDING}),
    State.PENDING: frozenset({State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.VOID}),
    State.APPROVED: frozenset({State.EXECUTED, State.WITHDRAWN, State.EXPIRED, State.VOID}),
    State.EXECUTED: frozenset(),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.VOID: frozenset(),
}

OPEN = frozenset({State.PENDING, State.APPROVED})


class Verdict(Enum):
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's yes or no. It is never changed."""

    person: Person
    verdict: Verdict
    reason: str
    at: datetime
    origin: str = ""
    """Channel and address."""


@dataclass(frozen=True, slots=True)
class Approval:
    id: ApprovalId
    organisation: OrganisationId
    subject: Subject
    content: ContentHash
    requirement: Requirement
    requester: StaffId | None
    """None when a customer asked: then their phone is among `interested`."""
    interested: frozenset[Mark]
    """The requester's marks and the payee's: nobody who has one of them may decide or carry out."""
    requested_at: datetime
    expires_at: datetime
    amount: Money | None = None
    state: State = State.PENDING
    decisions: tuple[Decision, ...] = ()
    executor: StaffId | None = None
    version: int = 1
    own: frozenset[Mark] = field(default=frozenset())
    """The requester's marks alone: a part of `interested`."""

    @property
    def yes(self) -> int:
        """How many have said yes."""
        return sum(decision.verdict is Verdict.APPROVE for decision in self.decisions)

    @property
    def missing(self) -> int:
        """How many must say yes still."""
        return max(0, self.requirement.people - self.yes)


# --- who may, and why not -----------------------------------------------------------------------------------------------


class Obstacle(Enum):
    """Why this person may not do this to this approval now."""

    OVER = "over"
    """It was decided, withdrawn or carried out already."""
    EXPIRED = "expired"
    CONTENT_CHANGED = "content_changed"
    """What they were shown, or what is there now, is not what was asked to be approved."""
    NOT_ENTITLED = "not_entitled"
    OWN_REQUEST = "own_request"
    OWN_MONEY = "own_money"
    """They are the one who is paid."""
    DECIDED_BEFORE = "decided_before"
    """They have decided already, perhaps with another account of theirs."""
    NOT_APPROVED = "not_approved"
    """Somebody must still say yes before it can be carried out."""
    CODE_MISSING = "code_missing"


@dataclass(eq=False)
class ApprovalOver(DomainError):
    """Somebody was quicker. `by` is who, empty when nobody is to be named."""

    code: ClassVar[str] = "approval_over"
    by: str = ""


@dataclass(eq=False)
class ApprovalExpired(DomainError):
    code: ClassVar[str] = "approval_expired"


@dataclass(eq=False)
class ContentChanged(DomainError):
    """What was shown is not what would be done: look at it anew."""

    code: ClassVar[str] = "content_changed"


@dataclass(eq=False)
class NotEntitled(DomainError):
    """The person's role decides nothing of this kind, or nothing of this amount."""

    code: ClassVar[str] = "not_entitled"


@dataclass(eq=False)
class OwnRequest(DomainError):
    """Whoever asks is never who approves."""

    code: ClassVar[str] = "own_request"


@dataclass(eq=False)
class OwnMoney(DomainError):
    """Nobody approves what they are paid themselves."""

    code: ClassVar[str] = "own_money"


@dataclass(eq=False)
class DecidedBefore(DomainError):
    """One person counts once, with however many accounts."""

    code: ClassVar[str] = "decided_before"


@dataclass(eq=False)
class NotApproved(DomainError):
    """So many people must still say yes."""

    code: ClassVar[str] = "not_approved"
    missing: int


@dataclass(eq=False)
class CodeMissing(DomainError):
    """It takes a one-time code of the person who carries it out."""

    code: ClassVar[str] = "code_missing"


def refusal(obstacle: Obstacle, approval: Approval, *, by: str = "") -> DomainError:
    """The obstacle as an error that doors have words for. `by`: who decided, when it is over."""
    errors: dict[Obstacle, DomainError] = {
        Obstacle.OVER: ApprovalOver(by),
        Obstacle.EXPIRED: ApprovalExpired(),
        Obstacle.CONTENT_CHANGED: ContentChanged(),
        Obstacle.NOT_ENTITLED: NotEntitled(),
        Obstacle.OWN_REQUEST: OwnRequest(),
        Obstacle.OWN_MONEY: OwnMoney(),
        Obstacle.DECIDED_BEFORE: DecidedBefore(),
        Obstacle.NOT_APPROVED: NotApproved(approval.missing),
        Obstacle.CODE_MISSING: CodeMissing(),
    }
    return errors[obstacle]


def to_decide(approval: Approval, person: Person, *, now: datetime) -> Obstacle | None:
    """What keeps this person from deciding now: None when they may. What a door asks before it offers a button."""
    return _over(approval, State.PENDING, now) or _person(approval, person) or _again(approval, person)


def to_execute(approval: Approval, person: Person, *, now: datetime, has_code: bool) -> Obstacle | None:
    """What keeps this person from carrying it out now. `has_code`: they proved themselves for exactly this content."""
    if approval.state is State.PENDING and now < approval.expires_at:
        return Obstacle.NOT_APPROVED
    over = _over(approval, State.APPROVED, now) or _person(approval, person)
    if over is None and approval.requirement.code and not has_code:
        return Obstacle.CODE_MISSING
    return over


def to_withdraw(approval: Approval, person: Person, *, now: datetime) -> Obstacle | None:
    """Only whoever asked may take it back, and only before it was carried out."""
    if approval.state not in OPEN:
        return Obstacle.OVER
    if now >= approval.expires_at:
        return Obstacle.EXPIRED
    return None if person.staff == approval.requester or person.is_among(approval.own) else Obstacle.NOT_ENTITLED


def _over(approval: Approval, wanted: State, now: datetime) -> Obstacle | None:
    if approval.state is State.EXPIRED:
        return Obstacle.EXPIRED
    if approval.state is State.VOID:
        return Obstacle.CONTENT_CHANGED
    if approval.state is not wanted:
        return Obstacle.OVER
    return Obstacle.EXPIRED if now >= approval.expires_at else None


def _person(approval: Approval, person: Person) -> Obstacle | None:
    if person.is_disabled or person.role not in approval.requirement.roles:
        return Obstacle.NOT_ENTITLED
    return to_hand_over(approval, person)


def to_hand_over(approval: Approval, person: Person) -> Obstacle | None:
    """What keeps this person from handing over what was approved, whoever said yes: it is never who asked, nor who is paid."""
    if person.staff == approval.requester or person.is_among(approval.own):
        return Obstacle.OWN_REQUEST
    return Obstacle.OWN_MONEY if person.is_among(approval.interested) else None


def _again(approval: Approval, person: Person) -> Obstacle | None:
    for decision in approval.decisions:
        if decision.person.staff == person.staff or person.is_among(decision.person.marks):
            return Obstacle.DECIDED_BEFORE
    return None


# --- events -------------------------------------------------------------------------------------------------------------


def decided(approval: Approval, decision: Decision, *, seen: ContentHash) -> Approval:
    """The approval after a yes or no. `seen` is the hash of what the person was shown. Raises what stands in the way."""
    obstacle = to_decide(approval, decision.person, now=decision.at)
    if obstacle is None and seen != approval.content:
        obstacle = Obstacle.CONTENT_CHANGED
    if obstacle is not None:
        raise refusal(obstacle, approval)
    after = replace(approval, decisions=(*approval.decisions, decision), version=approval.version + 1)
    if decision.verdict is Verdict.REJECT:
        return replace(after, state=State.REJECTED)
    return after if after.missing else replace(after, state=State.APPROVED)


def executed(approval: Approval, person: Person, *, seen: ContentHash, has_code: bool, now: datetime) -> Approval:
    """The approval is used, once. `seen` is the hash of what is about to be done. Raises what stands in the way."""
    obstacle = to_execute(approval, person, now=now, has_code=has_code)
    if obstacle is None and seen != approval.content:
        obstacle = Obstacle.CONTENT_CHANGED
    if obstacle is not None:
        raise refusal(obstacle, approval)
    return replace(approval, state=State.EXECUTED, executor=person.staff, version=approval.version + 1)


def ended(approval: Approval, state: State) -> Approval:
    """Withdrawn, expired or void. Raises `ApprovalOver` when it is over already."""
    if state not in NEXT[approval.state]:
        raise ApprovalOver()
    return replace(approval, state=state, version=approval.version + 1)
