"""Asking that money be placed, where so much of it takes a second person: what the office's policy says, and what the books say
of the wish now (OUT-3, PAY-5, PAY-7). With the yes of somebody else `usecases/placing.py` carries it out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.approvals import ApprovalId, Content, Mark, SubjectKind
from core.ids import CustomerAccountId, PaymentId
from core.money import Money, total
from core.payments import Payment
from core.permissions import Actor, ActorKind
from core.placements import (
    IN_SUSPENSE,
    LONGEST_WHY,
    Placement,
    PlacementId,
    PlacementWaits,
    RequesterUnknown,
    Whereabouts,
)
from core.treasury import Ruling
from storage import applications, callers, customer_accounts, organisations, people, suspense
from storage import approvals as approval_store
from storage import placements as store
from storage.customer_accounts import Standing
from storage.tx import Tx
from usecases import approvals
from usecases.approvals import Request, person_of
from usecases.noting import note_of


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody who may wants all of `payment` that waits, or counts elsewhere, to count for `owner`, whom `reference` named."""

    kind: SubjectKind
    payment: Payment
    owner: Standing
    reference: str
    actor: Actor
    why: str
    trace: str


@dataclass(frozen=True, slots=True)
class Asked:
    """So much takes a second person, and waits for their yes."""

    payment: PaymentId
    amount: Money
    reference: str
    approval: ApprovalId


def ask_where_needed(tx: Tx, wish: Place) -> Asked | None:
    """Ask for it, where so much takes a second person; None where it does not, or where there is nothing to place. Asked again
    it is the same request. The caller has locked the payment. Raises `PlacementWaits`, `RequesterUnknown`."""
    payment = wish.payment
    now = _whereabouts(tx, wish.kind, payment.id, wish.owner, wish.reference)
    policy = organisations.approval_policy(tx, payment.organisation)
    if now.amount is None or not policy.takes_another(wish.kind, now.amount):
        return None
    if wish.actor.kind is not ActorKind.STAFF:
        raise RequesterUnknown
    approval = _waiting(tx, wish, now) or _ask(tx, wish, now, now.amount)
    return Asked(payment.id, now.amount, wish.owner.account.reference, approval)


def _waiting(tx: Tx, wish: Place, now: Whereabouts) -> ApprovalId | None:
    """The request that waits for this already. One that the books have overtaken dies, and gives way; another is in the way."""
    if (one := store.open_of(tx, wish.payment.id)) is None:
        return None
    approval = approval_store.of_subject(tx, one.id, lock=True)
    assert approval is not None, "it was asked for with it"
    if content_now(tx, one).hash != approval.content:
        approvals.void(tx, approval, wish.actor, trace=wish.trace)
        rule(tx, one, Ruling.REJECTED, wish.actor)
        return None
    if (one.kind, one.asked) != (wish.kind, now):
        raise PlacementWaits(one.asked.target)
    return approval.id


def _ask(tx: Tx, wish: Place, now: Whereabouts, amount: Money) -> ApprovalId:
    one = Placement(
        id=PlacementId(tx.new_id()),
        organisation=wish.payment.organisation,
        kind=wish.kind,
        payment=wish.payment.id,
        receipt=wish.payment.receipt or "",
        reference=wish.reference,
        account=wish.owner.account.id,
        asked=now,
        why=wish.why.strip()[:LONGEST_WHY],
        requester=person_of(tx, wish.actor).staff,
        ruling=Ruling.PENDING,
        at=tx.now,
    )
    store.add(tx, one, amount)
    note_of(tx, wish.actor, one.organisation, "placement_asked", "placement", one.id, after="pending", reason=one.why)
    request = Request(one.content(now), wish.actor, payee=_who_gains(tx, one), reason=now.target, trace=wish.trace)
    return approvals.request(tx, request).id


def _who_gains(tx: Tx, one: Placement) -> frozenset[Mark]:
    """Whoever answers for the account owes less by it: they decide nothing here."""
    phones = [guardian.msisdn for guardian in people.guardians_of(tx, [one.account])]
    return frozenset().union(*(approval_store.marks_of_phone(tx, one.organisation, phone) for phone in phones))


def content_now(tx: Tx, one: Placement) -> Content:
    """What its checkers say yes to: while it waits, as the books have it now; then as it was asked for."""
    if one.ruling is not Ruling.PENDING:
        return one.content(one.asked)
    target = callers.account_named(tx, one.organisation, one.reference)
    if target is None or target[0] != one.account:
        return one.content(Whereabouts())
    owner = customer_accounts.standings(tx, [one.account], lock=False)[one.account]
    return one.content(_whereabouts(tx, one.kind, one.payment, owner, one.reference))


def rule(tx: Tx, one: Placement, ruling: Ruling, by: Actor) -> None:
    """It is decided, and the trail says by whom."""
    store.rule(tx, one.id, ruling)
    action = "placement_made" if ruling is Ruling.APPROVED else "placement_refused"
    note_of(tx, by, one.organisation, action, "placement", one.id, before="pending", after=ruling.value)


def _whereabouts(tx: Tx, kind: SubjectKind, payment: PaymentId, owner: Standing, reference: str) -> Whereabouts:
    amount, origin = _waits(tx, payment) if kind is SubjectKind.SUSPENSE else _elsewhere(tx, payment, owner)
    if amount is None:
        return Whereabouts()
    account = owner.account
    named = callers.item_named(tx, owner.organisation, reference)
    first = [item.number for item in account.items if item.id == named]
    return Whereabouts(amount, origin, " ".join([*first, account.reference, account.holder]).strip())


def _waits(tx: Tx, payment: PaymentId) -> tuple[Money | None, str]:
    return suspense.of_payment(tx, payment), IN_SUSPENSE


def _elsewhere(tx: Tx, payment: PaymentId, owner: Standing) -> tuple[Money | None, str]:
    """What counts for other accounts than the owner's, and how much for which."""
    parts = [part for part in applications.standing(tx, payment) if part.account != owner.account.id]
    if not parts:
        return None, ""
    minor = Counter[CustomerAccountId]()
    for part in parts:
        minor[part.account] += part.amount.minor
    others = customer_accounts.standings(tx, minor, lock=False)
    told = [f"{others[id_].account.reference} {Money(part, owner.currency).plain()}" for id_, part in minor.items()]
    return total([part.amount for part in parts], owner.currency), "; ".join(sorted(told))
