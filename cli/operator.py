"""Who gives a command: the system user of this machine, or a staff member whom they name with `--as`."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotFound, NotPermitted
from core.ids import OrganisationId
from core.permissions import Action, Actor, ActorKind, require
from storage import organisations
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.app import App


@dataclass(frozen=True, slots=True)
class Operator:
    """The actor of a command, and how far they see: staff see their own organisation, the system user all of them."""

    actor: Actor
    organisation: OrganisationId | None = None

    def require(self, action: Action) -> None:
        require(self.actor, action)

    def require_system_user(self, action: str) -> None:
        """For what concerns every organisation at once."""
        if self.organisation is not None:
            raise NotPermitted(action)

    async def scope(self, app: App, slug: str | None) -> Organisation | None:
        """The organisation that a command is about; None means all. Another's than a staff member's own is not found."""
        if slug is None and self.organisation is None:
            return None
        found = await app.read(organisations.all_organisations)
        for organisation in found:
            is_meant = slug is None or organisation.slug == slug
            if is_meant and self.organisation in (None, organisation.id):
                return organisation
        raise NotFound("organisation", slug or "")

    async def only(self, app: App, slug: str | None) -> Organisation:
        """The one organisation that a command is about: named, the staff member's own, or the only one there is."""
        if (found := await self.scope(app, slug)) is not None:
            return found
        everywhere = await app.read(organisations.all_organisations)
        if len(everywhere) != 1:
            raise NotFound("organisation", f"--organisation {' or '.join(one.slug for one in everywhere) or 'SLUG'}")
        return everywhere[0]


async def operator_named(app: App, *, system_user: str, staff: str | None) -> Operator:
    """The system user, or the staff member of that name with the rights of their role. Raises `NotFound`.

    The audit trail names both.
    """
    if staff is None:
        return Operator(Actor(ActorKind.OPERATOR, system_user, "cli"))
    member = await app.read(_staff_named, staff)
    actor = Actor(ActorKind.STAFF, member.id.hex, f"cli {system_user}", member.role)
    return Operator(actor, member.organisation)


def _staff_named(tx: Tx, name: str) -> organisations.StaffMember:
    member = organisations.staff_named(tx, name)
    if member is None:
        raise NotFound("staff", name)
    return member
