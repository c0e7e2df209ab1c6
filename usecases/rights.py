"""May this actor do this to this organisation? Asked anew of the books, whatever a screen believed."""

from __future__ import annotations

from uuid import UUID

from core.errors import NotFound, NotPermitted
from core.ids import OrganisationId, StaffId
from core.permissions import TABLE, Action, Actor, ActorKind, require
from storage import organisations
from storage.tx import Tx


def require_for(tx: Tx, actor: Actor, action: Action, organisation: OrganisationId, *, what: str, name: str) -> None:
    """Raise `NotPermitted` unless the actor may do this, by the role that they have now; `NotFound` for `what` of another
    organisation, which they may not even know of."""
    require(actor, action)
    if actor.kind is not ActorKind.STAFF:
        return
    try:
        member = organisations.staff_by_id(tx, StaffId(UUID(actor.name)))
    except ValueError:
        member = None
    if member is None or member.is_disabled or member.role not in TABLE[action]:
        raise NotPermitted(action.value)
    if member.organisation != organisation:
        raise NotFound(what, name)
