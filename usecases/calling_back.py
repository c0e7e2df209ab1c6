"""Money that was let go is called back while it surely has not left: a scheduled payment before its day, or what waits for float."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.errors import NotFound
from core.ids import PayoutId
from core.payouts import OPEN, Payout, State
from core.permissions import TABLE, Action, Actor, ActorKind
from storage import payouts, treasury
from storage.tx import Tx
from usecases.payout_requests import PayoutEnded, withdraw_payout
from usecases.payouts import tell_owner
from usecases.rights import require_for
from usecases.treasury import SUBJECT


@dataclass(frozen=True, slots=True)
class CallBack:
    """This payout is not to be sent after all."""

    payout: PayoutId
    actor: Actor
    trace: str = ""


def call_back(tx: Tx, wish: CallBack) -> Payout:
    """What was set aside goes back to where it came from, and whoever asked for the payout is told that it failed: it can be asked
    for again. Whoever may let payments go calls any back, and whoever asked for one out of a fund that one. Raises `TooLate` from
    the moment on at which a worker has it."""
    before = payouts.load(tx, wish.payout, lock=True)
    if before is None:
        raise NotFound("payout", wish.payout.hex)
    right = _right(tx, before, wish.actor)
    require_for(tx, wish.actor, right, before.organisation, what="payout", name=wish.payout.hex)
    after = withdraw_payout(tx, before.id, actor=wish.actor, trace=wish.trace)
    tell_owner(tx, PayoutEnded(after, before.state, wish.actor, wish.trace))
    return after


def _right(tx: Tx, payout: Payout, actor: Actor) -> Action:
    """Which right it takes: less of who asked for the payment out of a fund that it pays."""
    payment = treasury.load(tx, payout.subject) if payout.subject_kind == SUBJECT else None
    is_theirs = payment is not None and actor.kind is ActorKind.STAFF and payment.requester == UUID(actor.name)
    return Action.REQUEST_PAYMENT if is_theirs else Action.EXECUTE_PAYMENT


def under_way(tx: Tx, payment: UUID) -> Payout | None:
    """A query: the payout of a payment out of a fund whose end nobody knows yet."""
    found = payouts.of_subject(tx, SUBJECT, payment)
    return next((one for one in found if one.state in OPEN), None)


def may_call_back(tx: Tx, payout: Payout, actor: Actor) -> bool:
    """A query: whether doors offer it to this person: it waits for its day, or for float. What a worker takes in the next moment
    is not offered."""
    waits = payout.state is State.RESERVED and payout.next_at is not None and payout.next_at > tx.now
    return waits and actor.role in TABLE[_right(tx, payout, actor)]
