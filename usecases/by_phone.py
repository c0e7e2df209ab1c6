"""Deciding from any phone, when the chat is away or there is no smartphone: the same decision as behind every button (TG-2).

The phone's own number says who it is, a PIN proves it for the one request at hand (`usecases/pins.py`), and a code comes on
top where the policy asks for one. Whoever decides first counts; every chat is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.approvals import (
    OPEN,
    Approval,
    ApprovalId,
    ContentHash,
    SubjectKind,
    Verdict,
    refusal,
    to_decide,
)
from core.codes import figures
from core.errors import NotFound
from core.ids import OrganisationId
from core.money import Money
from core.phones import Msisdn
from storage import approvals as store
from storage import organisations
from storage.redaction import covered
from storage.tx import Tx
from usecases import deciding
from usecases.approvals import Decide, last_hand, person_of, waiting_for
from usecases.briefs import Fact, brief
from usecases.deciding import Decided, Owners
from usecases.owners import OWNERS
from usecases.pins import as_actor, caller, has_pin, require_proven
from usecases.second_factor import SendCode

MOST_LISTED = 20
_HIDDEN = frozenset({"payment", "fund", "number", "attempt"})
"""Facts that say nothing to people, or stand in the head or the brief already."""


@dataclass(frozen=True, slots=True)
class Waits:
    """One request that this phone's owner may decide."""

    approval: ApprovalId
    kind: SubjectKind
    name: str
    """What people call it, `RF-000012`."""
    amount: Money | None


@dataclass(frozen=True, slots=True)
class ToDecide:
    """What waits for somebody's yes, the oldest first."""

    waits: tuple[Waits, ...]
    has_pin: bool


def to_decide_by(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> ToDecide:
    """A query: what waits for the owner of this phone. Raises `NotPermitted`."""
    member = caller(tx, organisation, msisdn)
    mine = [one.approval for one in waiting_for(tx, member.id) if one.obstacle is None]
    return ToDecide(tuple([_waits(tx, approval) for approval in mine[:MOST_LISTED]]), has_pin(tx, member.id))


def _waits(tx: Tx, approval: Approval, owners: Owners = OWNERS) -> Waits:
    owner = owners.get(approval.subject.kind)
    name = owner.named(tx, approval.subject.id) if owner else ""
    return Waits(approval.id, approval.subject.kind, name, approval.amount)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as its decider reads it on a small screen. What is shown is what is approved: `seen`."""

    waits: Waits
    seen: ContentHash
    asked_by: str
    """Empty when a customer asked."""
    facts: tuple[tuple[str, str], ...]
    """Payee, purpose, reason and the like: names and values."""
    brief: tuple[Fact, ...]
    yes: int
    people: int


def look(tx: Tx, organisation: OrganisationId, msisdn: Msisdn, id_: ApprovalId) -> Request:
    """A query: everything about one request. Raises what keeps this person from deciding it."""
    member = caller(tx, organisation, msisdn)
    approval = store.load(tx, id_)
    if approval is None or approval.organisation != organisation:
        raise NotFound("approval", id_.hex)
    if (obstacle := to_decide(approval, person_of(tx, as_actor(member, "ussd")), now=tx.now)) is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))
    content = OWNERS[approval.subject.kind].content(tx, approval.subject.id, lock=False)
    waits = _waits(tx, approval)
    shown = [
        (name, covered(value))
        for name, value in sorted(content.facts.items())
        if value and name not in _HIDDEN and value != waits.name
    ]
    asker = organisations.staff_by_id(tx, approval.requester) if approval.requester else None
    return Request(
        waits,
        approval.content,
        asker.name if asker else "",
        tuple(shown),
        tuple(brief(tx, approval, content)),
        approval.yes,
        approval.requirement.people,
    )


@dataclass(frozen=True, slots=True)
class DecideByPhone:
    """A yes or no, after the PIN. `code`: where the yes carries it out."""

    organisation: OrganisationId
    msisdn: Msisdn
    approval: ApprovalId
    verdict: Verdict
    seen: ContentHash
    reason: str = ""
    code: str = ""
    channel: str = "ussd"
    trace: str = ""


def decide_by_phone(tx: Tx, wish: DecideByPhone, owners: Owners = OWNERS) -> Decided:
    """The decision, if the right PIN was typed for this within five minutes. Raises `NoPin`, and what `deciding.decide` does."""
    member = caller(tx, wish.organisation, wish.msisdn)
    approval = store.load(tx, wish.approval)
    if approval is None or approval.organisation != wish.organisation:
        raise NotFound("approval", wish.approval.hex)
    if approval.state in OPEN:  # who is late is told who was quicker, not about PINs
        require_proven(tx, approval, member.id)
    decision = Decide(
        approval=wish.approval,
        verdict=wish.verdict,
        actor=as_actor(member, wish.channel),
        seen=wish.seen,
        code=wish.code,
        reason=wish.reason,
        trace=wish.trace,
    )
    return deciding.decide(tx, decision, owners)


@dataclass(frozen=True, slots=True)
class TextCode:
    """They have no authenticator at hand: text them a code for it."""

    organisation: OrganisationId
    msisdn: Msisdn
    approval: ApprovalId
    channel: str = "ussd"
    trace: str = ""


def text_code(tx: Tx, wish: TextCode) -> None:
    """By SMS, good for five minutes. It is drawn from a keyed digest of a new id: nobody can tell it before. Raises `NoPin`
    before the PIN was right, `CodeTooSoon`."""
    member = caller(tx, wish.organisation, wish.msisdn)
    approval = store.load(tx, wish.approval)
    if approval is None or approval.organisation != wish.organisation:
        raise NotFound("approval", wish.approval.hex)
    require_proven(tx, approval, member.id)
    code = figures(int.from_bytes(tx.vault.pepper("phone-code", tx.new_id().hex)))
    deciding.send_code(tx, SendCode(wish.approval, as_actor(member, wish.channel), code, trace=wish.trace))
