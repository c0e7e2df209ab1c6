"""Hands for tests of loans: a lender with officers, borrowers who ask, and days that pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from core.approvals import ApprovalId, Verdict
from core.ids import PaymentId
from core.loans.products import Every, Fee, Given, LimitRule, Method, PenaltyRule, Per, Product, Rate
from core.money import Currency
from core.payouts import Payout, State
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import payouts
from storage.loans import Loan
from storage.organisations import TierSetting
from storage.tx import Tx
from tests.world import TESTER, World, kes
from usecases.approvals import Decide
from usecases.collection import record_arrivals
from usecases.deciding import Decided, decide
from usecases.loans.giving import GiveByHand, give_by_hand
from usecases.loans.lending import Applied, Apply, SetProduct, Shown, apply, set_product, show
from usecases.loans.telling import TellDue, tell_due
from usecases.payout_requests import record
from usecases.payouts import PayoutNews, record_news

BODA = Product(
    code="BODA",
    name="Boda loan",
    currency=Currency.KES,
    least_minor=100_000,
    most_minor=10_000_000,
    method=Method.DECLINING,
    rate=Rate(20_000, Per.MONTH),
    every=Every.MONTH,
    terms=(1, 3, 6),
    limit=LimitRule(first_minor=1_000_000),
    penalty=PenaltyRule(millionths=100_000, grace_days=3),
    fee=Fee(fixed_minor=10_000),
)


@dataclass
class Lender:
    """An organisation that lends, in a world. An approval needs no code here: those are tested where they belong."""

    world: World
    officer: Actor = field(init=False)
    boss: Actor = field(init=False)

    async def opens(self) -> Lender:
        tiers = (TierSetting(1, (Role.LOAN_OFFICER, Role.MANAGER)),)
        await self.world.school(code_above=10_000_000, tiers=tiers)
        await self.world.app.write(set_product, SetProduct(self.world.organisation, BODA, TESTER))
        self.officer = await self.world.staff(Role.LOAN_OFFICER, "254700900011", "Peter Kamau")
        self.boss = await self.world.staff(Role.MANAGER, "254700900012", "Mary Atieno")
        return self

    async def asks(self, phone: str, shillings: int = 6_000, count: int = 6, **facts: Any) -> Applied:
        wish = Apply(
            self.world.organisation,
            "boda",
            kes(shillings),
            count,
            Msisdn.parse(phone),
            self.officer,
            f"Borrower {phone[-3:]}",
            **facts,
        )
        return await self.world.app.write(apply, wish)

    async def asks_by_phone(
        self,
        phone: str,
        shillings: int = 6_000,
        count: int = 6,
        intent: str = "ussd:1",
        product: str = "boda",
        **facts: Any,
    ) -> Applied:
        """The borrower asks, with their own hand."""
        asker = Actor(ActorKind.PERSON, "contact", "ussd")
        wish = Apply(
            *(self.world.organisation, product, kes(shillings), count, Msisdn.parse(phone), asker, "Asha"),
            intent=f"{intent}:{phone}",
            **facts,
        )
        return await self.world.app.write(apply, wish)

    async def pays_out(self) -> None:
        """From now on what is approved goes to the phone."""
        by_phone = replace(BODA, given=Given.PHONE)
        await self.world.app.write(set_product, SetProduct(self.world.organisation, by_phone, TESTER))

    async def payouts(self, number: str) -> list[Payout]:
        loan = (await self.sees(number)).loan
        return await self.world.app.read(payouts.of_subject, "loan", loan.account)

    async def provider(self, number: str, news: Any, *, which: int = -1) -> None:
        """The provider's word on a payout of the loan, after that was handed over."""
        await self.world.app.write(record_news, await self.handed_over(number, news, which=which))

    async def handed_over(self, number: str, news: Any, *, which: int = -1) -> PayoutNews:
        payout = (await self.payouts(number))[which]

        def hand_over(tx: Tx, command: None) -> None:
            one = payout
            if one.state is State.RESERVED:
                for state in (State.SENDING, State.PROCESSING):
                    after = payouts.save(tx, one, replace(one, state=state, next_at=None))
                    record(tx, after, one.state, TESTER, reason="", trace="")
                    one = after

        await self.world.app.write(hand_over, None)
        return PayoutNews(payout.id, self.world.account, news, b"{}", "127.0.0.1", "trace")

    async def decides(self, asked: Applied, verdict: Verdict = Verdict.APPROVE, by: Actor | None = None) -> Decided:
        return await self.world.app.write(decide, Decide(ApprovalId(asked.approval), verdict, by or self.boss))

    async def lends(self, phone: str, shillings: int = 6_000, count: int = 6, on: date | None = None) -> str:
        """A loan that runs; its number."""
        asked = await self.asks(phone, shillings, count)
        await self.decides(asked)
        await self.gives(asked.number, on)
        return asked.number

    async def gives(self, number: str, on: date | None = None) -> Loan:
        return await self.world.app.write(give_by_hand, GiveByHand(self.world.organisation, number, self.boss, on))

    async def repays(self, reference: str, shillings: int, phone: str | None = None) -> PaymentId:
        notice = self.world.notice(reference, shillings, payer=Msisdn.parse(phone) if phone else None)
        return (await self.world.app.write(record_arrivals, self.world.arrival(notice))).payment

    async def days_pass(self, days: int) -> None:
        """With the nightly telling of every loan."""
        await self.world.clock.advance(timedelta(days=days).total_seconds())
        await self.night()

    async def night(self) -> None:
        await self.world.app.write(tell_due, TellDue(self.world.organisation))

    async def sees(self, number: str) -> Shown:
        return await self.world.app.read(show, self.world.organisation, number)

    async def owed(self, number: str) -> tuple[int, int, int]:
        """Principal, interest and penalty, in cents."""
        run = (await self.sees(number)).now.run
        return run.principal, run.interest, run.penalty

    async def books(self, number: str) -> list[tuple[Any, ...]]:
        """What the books hold of a loan: by day and account, but for its name."""
        account = (await self.sees(number)).loan.account.hex
        text = (
            "SELECT e.value_on, a.code, SUM(p.minor) FROM postings p JOIN entries e ON e.id = p.entry_id"
            " JOIN ledger_accounts a ON a.id = p.account_id GROUP BY e.value_on, a.code HAVING SUM(p.minor) <> 0"
        )
        mine = [(str(on), code.replace(account, "it"), int(minor)) for on, code, minor in self.world.rows(text)]
        return sorted(row for row in mine if ":it" in row[1])


async def lender(world: World) -> Lender:
    return await Lender(world).opens()
