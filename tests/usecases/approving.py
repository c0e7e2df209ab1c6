"""Hands for tests of what needs a second person: staff by their first names, and something that wants a yes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from core.approvals import Approval, Content, Subject, SubjectKind, Verdict
from core.ids import StaffId
from core.permissions import Actor, ActorKind, Role
from storage import approvals as store
from storage.tx import Tx
from tests.world import World, kes
from usecases import approvals, deciding
from usecases.approvals import Decide, Request
from usecases.deciding import Decided

JOB = Actor(ActorKind.SYSTEM, "expire", "job")


@dataclass
class Errand:
    """Something that needs a yes, and remembers what became of it."""

    content_now: Content
    at_once: bool = False
    told: list[str] = field(default_factory=list)

    def named(self, tx: Tx, subject: UUID) -> str:
        return "an errand"

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        return self.content_now

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        self.told.append("approved")
        if not self.at_once:
            return approval
        return approvals.execute(tx, approval, self.content_now, by=by, has_code=has_code, trace=trace)

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        self.told.append(approval.state.value)

    def now_pays(self, payee: str) -> None:
        self.content_now = replace(self.content_now, facts={"payee": payee})


@dataclass
class Office:
    """A school with staff who ask and decide about one errand."""

    world: World
    errand: Errand
    approval: Approval = field(init=False)

    async def hires(self, name: str, role: Role = Role.MANAGER, phone: str = "") -> Actor:
        ((already,),) = self.world.rows("SELECT count(*) FROM staff")
        number = phone or f"2547009{already:05d}"
        return await self.world.staff(role, number, name)

    async def asks(self, by: Actor, **facts: Any) -> Approval:
        request = Request(self.errand.content_now, by, reason="a chair", **facts)
        self.approval = await self.world.app.write(approvals.request, request)
        return self.approval

    async def says(
        self, who: Actor, verdict: Verdict = Verdict.APPROVE, *, world: World | None = None, **facts: Any
    ) -> Decided:
        wish = Decide(self.approval.id, verdict, who, **facts)
        return await (world or self.world).app.write(self.decide, wish)

    def decide(self, tx: Tx, wish: Decide) -> Decided:
        return deciding.decide(tx, wish, {SubjectKind.PAYOUT: self.errand})

    async def now(self) -> Approval:
        found = await self.world.app.read(store.load, self.approval.id)
        assert found is not None
        return found


def office(world: World, shillings: int = 1_000, *, at_once: bool = False) -> Office:
    subject = Subject(SubjectKind.PAYOUT, world.ids.new())
    content = Content(world.organisation, subject, kes(shillings), {"payee": "254712345678"})
    return Office(world, Errand(content, at_once))


def staff_id(actor: Actor) -> StaffId:
    return StaffId(UUID(actor.name))
