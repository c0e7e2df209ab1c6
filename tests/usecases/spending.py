"""A school that pays petty cash out of a fund: who asks, who agrees, who lets it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.approvals import Verdict
from core.payouts import Payee
from core.permissions import Actor, ActorKind, Role
from core.treasury import Fund, FundPayment
from storage import approvals as approval_store
from storage import treasury as store
from tests.paying import PAYEE, Till
from tests.usecases.signing import RECOVERY, Person, added
from tests.world import TESTER, World, kes
from usecases import deciding, funds, treasury
from usecases.approvals import Decide
from usecases.funds import FundEntry, SaveFunds
from usecases.staff import Enrol, enrol
from usecases.treasury import ExecutePayment, RequestFundPayment

HOUSE = FundEntry("house", "House money", opening=20_000, most=10_000, least=1_000, reorder=12_000, full=20_000)


@dataclass
class Office:
    """A fund of 20,000 and its people: Ruth asks, Amina and Carol decide and execute, Faith is the CFO."""

    till: Till
    fund: Fund
    ruth: Actor
    amina: Actor
    carol: Actor
    faith: Actor
    people: dict[str, Person]

    @property
    def world(self) -> World:
        return self.till.world

    async def asks(self, shillings: int = 3_000, by: Actor | None = None, **changes: Any) -> FundPayment:
        facts: dict[str, Any] = {"payee": Payee(PAYEE, "Otieno"), "purpose": "fuel", "reason": "the van", **changes}
        wish = RequestFundPayment(
            self.world.organisation, self.fund.id, amount=kes(shillings), actor=by or self.ruth, **facts
        )
        return await self.world.app.write(treasury.request_payment, wish)

    async def says(self, subject: Any, who: Actor, verdict: Verdict = Verdict.APPROVE, code: str = "") -> Any:
        approval = await self.world.app.read(approval_store.of_subject, subject.id)
        assert approval is not None
        return await self.world.app.write(deciding.decide, Decide(approval.id, verdict, who, code=code))

    async def code(self, who: Actor) -> str:
        await self.world.clock.advance(30)  # no code is taken twice
        return self.people[who.name].code

    async def executes(self, payment: FundPayment, who: Actor, code: str | None = None) -> Any:
        typed = await self.code(who) if code is None else code
        return await self.world.app.write(
            treasury.execute_payment, ExecutePayment(payment.id, who, typed, "curl", "trace")
        )

    async def approved(self, shillings: int = 3_000, **changes: Any) -> FundPayment:
        payment = await self.asks(shillings, **changes)
        await self.says(payment, self.amina)
        return await self.now(payment)

    async def now(self, payment: FundPayment) -> FundPayment:
        found = await self.world.app.read(store.load, payment.id)
        assert found is not None
        return found

    async def balance(self) -> int:
        found = await self.world.app.read(store.fund, self.fund.id)
        assert found is not None
        balances = await self.world.balances()
        assert balances.get(f"asset:fund:{self.fund.id.hex}", 0) == found.balance.minor
        assert balances["asset:allotted"] == -found.balance.minor
        return found.balance.minor


async def opened_office(world: World, shop: Till) -> Office:
    await world.app.write(funds.save_funds, SaveFunds(world.organisation, (HOUSE,), TESTER))
    (fund,) = await world.app.read(store.funds_of, world.organisation)
    people: dict[str, Person] = {}
    actors = []
    for number, (name, role) in enumerate(
        (("ruth", Role.REQUESTER), ("amina", Role.MANAGER), ("carol", Role.TREASURER), ("faith", Role.CFO))
    ):
        person = await added(world, name, role, f"25470080000{number}")
        enrolled = Enrol(person.link.token, "no passphrase is asked for here", person.code, RECOVERY, "127.0.0.1")
        await world.app.write(enrol, enrolled)
        people[person.staff.hex] = person
        actors.append(Actor(ActorKind.STAFF, person.staff.hex, "web 127.0.0.1", role))
    ruth, amina, carol, faith = actors
    return Office(shop, fund, ruth, amina, carol, faith, people)
