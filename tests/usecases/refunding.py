"""A school whose payments may be paid back, and what its people and M-Pesa do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from core.approvals import Verdict
from core.ids import PaymentId
from core.payouts import SaidPaid, StandsNot, StandsPaid
from core.payouts import State as PayoutState
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.refunds import Refund
from storage import approvals, outbox, payouts, refunds
from storage.tables import refunds as table
from storage.tx import Tx
from tests.usecases.signing import Person, enrolled
from tests.world import TESTER, World, kes
from usecases import deciding
from usecases.approvals import Decide
from usecases.deciding import Decided
from usecases.payout_requests import record
from usecases.payouts import PayoutNews, record_news
from usecases.refunds.asking import RequestRefund, request_refund
from usecases.verification import verify

PAYER = Msisdn("254712345678")
CUSTOMER = Actor(ActorKind.PERSON, "contact", "ussd")


@dataclass
class School:
    """A school with a manager and a cashier, and a payer whose payment may be paid back."""

    world: World
    manager: Person
    cashier: Actor
    is_broken: bool = False

    @property
    def boss(self) -> Actor:
        return Actor(ActorKind.STAFF, self.manager.staff.hex, "web", Role.MANAGER)

    async def pays(self, shillings: int, account: str = "KV10", receipt: str = "UKL0000001") -> PaymentId:
        notice = self.world.notice(account, shillings, payer=PAYER, receipt=receipt)
        (recorded,) = await self.world.arrives(notice)
        return recorded.payment

    async def asks(self, payment: PaymentId, shillings: int | None = None, **facts: Any) -> Refund:
        amount = None if shillings is None else kes(shillings)
        wish = RequestRefund(payment, amount, "Paid twice", facts.pop("by", self.cashier), "trace", **facts)
        return await self.world.app.write(request_refund, wish)

    async def says(
        self,
        refund: Refund,
        verdict: Verdict = Verdict.APPROVE,
        *,
        by: Actor | None = None,
        world: World | None = None,
        code: str | None = None,
    ) -> Decided:
        approval = await self.world.app.read(approvals.of_subject, refund.id)
        assert approval is not None
        typed = self.manager.code if code is None else code
        wish = Decide(approval.id, verdict, by or self.boss, approval.content, code=typed, trace="trace")
        done = await (world or self.world).app.write(deciding.decide, wish)
        await self.world.clock.advance(30)  # the next code
        return done

    async def approved(self, payment: PaymentId, shillings: int | None = None, **facts: Any) -> Refund:
        refund = await self.asks(payment, shillings, **facts)
        await self.says(refund)
        return await self.now(refund)

    async def now(self, refund: Refund) -> Refund:
        found = await self.world.app.read(refunds.load, refund.id)
        assert found is not None
        return found

    async def provider(self, refund: Refund, news: Any, *, of: Any = None) -> None:
        """The provider's word on the refund's payout, after it was handed over; `of` another payout of it."""
        which: Any = of or (await self.now(refund)).payout

        def hand_over(tx: Tx, command: None) -> None:
            payout = payouts.load(tx, which, lock=True)
            assert payout is not None
            if payout.state is PayoutState.RESERVED:
                for state in (PayoutState.SENDING, PayoutState.PROCESSING):
                    after = payouts.save(tx, payout, replace(payout, state=state, next_at=None))
                    record(tx, after, payout.state, TESTER, reason="", trace="")
                    payout = after

        await self.world.app.write(hand_over, None)
        told = PayoutNews(which, self.world.account, news, b"{}", "127.0.0.1", "trace")
        await self.world.app.write(record_news, told)

    async def is_paid(self, refund: Refund, receipt: str = "UKM0000001") -> None:
        await self.provider(refund, SaidPaid(receipt, refund.amount, charge=kes(0)))

    async def fails(self, refund: Refund) -> None:
        """Our wish was declined; and where it was to give a payment back, that payment stands."""
        which: Any = (await self.now(refund)).payout
        await self.provider(refund, StandsNot("declined"), of=which)
        payout = await self.world.app.read(payouts.load, which)
        assert payout is not None
        if payout.original_receipt:
            await self.provider(refund, StandsPaid(payout.original_receipt, payout.amount, None), of=which)

    async def status(self, payment: PaymentId) -> str:
        (row,) = self.world.rows("SELECT status FROM payments WHERE receipt = 'UKL0000001'")
        return str(row[0])

    async def row(self, refund: Refund) -> dict[str, Any]:
        query = sa.select(table).where(table.c.id == refund.id)
        return await self.world.app.read(lambda tx: dict(tx.connection.execute(query).mappings().one()))

    async def told(self) -> list[tuple[str, str]]:
        """What the payer was texted of refunds: the step, and the provider's receipt."""

        def read(tx: Tx) -> list[tuple[str, str]]:
            rows = tx.connection.execute(
                sa.text("SELECT facts_sealed FROM outbox WHERE event = 'refund_told' ORDER BY id")
            )
            facts = [outbox.message_facts(tx, bytes(row[0])) for row in rows]
            return [(fact.message["step"], fact.message["provider_receipt"]) for fact in facts]

        return await self.world.app.read(read)


async def opened_school(world: World) -> AsyncIterator[School]:
    await world.students({"KV10": 2_000, "KV20": 500}, guardians={"KV10": [PAYER.digits]})
    manager = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    cashier = await world.staff(Role.CASHIER, "254700800002", "Chao")
    opened = School(world, manager, cashier)
    yield opened
    assert opened.is_broken or await world.app.read(verify) == []
