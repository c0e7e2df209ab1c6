"""Whoever cuts the power between a yes and its result: paid once at most, always brought to an end, our books as M-Pesa's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.approvals import Verdict
from core.errors import DomainError
from core.money import Money
from core.payouts import OPEN, Payee, Payout
from core.permissions import Role
from core.phones import Msisdn
from core.sign_in import STEP_S
from sandbox.moods import Mood
from sandbox.school import KES
from simulation.laws import all_broken_laws
from simulation.office import Office
from simulation.paid_out import wrong_payouts
from simulation.schools import school
from simulation.town import START, Town
from simulation.truth import wrong_coins
from storage import approvals, payments, treasury
from storage import payouts as store
from storage.database import DatabaseUrl
from storage.payouts import Filters
from usecases import deciding
from usecases.approvals import Decide
from usecases.refunds.asking import RequestRefund, request_refund
from usecases.treasury import ExecutePayment, RequestFundPayment, execute_payment
from usecases.treasury import request_payment as request_fund_payment
from usecases.verification import verify

pytestmark = pytest.mark.usefixtures("without_logs")
PAYEE = Msisdn("254712000111")
MOODS = {
    "fair": Mood(latency_ms=300),
    "lost": Mood(lost=1),
    "doubled": Mood(doubled=1),
    "late": Mood(late=1, late_s=900),
    "contradicts": Mood(lies=1),
    "times out": Mood(queue_full=1),
    "500 after the money moved": Mood(broken=1, lost=1),
    "line breaks after the money moved": Mood(unknown=1, lost=1),
    "away": Mood(down=True),
}
MOST_COMMITS = 30
"""No story from a yes to its result has so many transactions."""


@dataclass
class Paying:
    """A school that has money, a guardian who paid, and an office that pays some of it out."""

    town: Town
    office: Office

    @property
    def mpesa(self) -> Any:
        return self.town.pretend.mpesa

    async def passes(self, seconds: float) -> None:
        """Time goes by; a process that died is followed by another."""
        while seconds > 0:
            await self.town.clock.advance(min(seconds, 5))
            seconds -= 5
            if self.town.is_dark:
                await self.town.cut_power(dark_s=1)

    async def done(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a person does at a door. None where the process died and nobody answered."""
        task = asyncio.ensure_future(work)
        await self.town.clock.advance(0)
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            return await task
        return None

    async def requisition(self, shillings: int) -> UUID:
        """Asked for by one, approved by another."""
        app, office = self.town.process.app, self.office
        (fund, *_) = await app.read(treasury.funds_of, office.organisation)
        wish = RequestFundPayment(
            *(office.organisation, fund.id, Payee(PAYEE, "Otieno"), Money(shillings * 100, KES)),
            *("food", "rice for Monday", office.of_role(Role.REQUESTER).actor),
        )
        asked = await app.write(request_fund_payment, wish)
        approval = await app.read(approvals.of_subject, asked.id)
        assert approval is not None
        yes = Decide(approval.id, Verdict.APPROVE, office.of_role(Role.CFO).actor, approval.content)
        await app.write(deciding.decide, yes)
        return UUID(asked.id.hex)

    async def lets_go(self, payment: UUID) -> Any:
        """Somebody else lets it go, with the code of this half minute."""
        grace = self.office.of_role(Role.TREASURER)
        code = grace.shows(self.town.wall.now())
        wish = ExecutePayment(payment, grace.actor, code)  # type: ignore[arg-type]
        return await self.done(self.town.process.app.write(execute_payment, wish))

    async def refund(self, shillings: int) -> UUID:
        """A guardian pays in, and the cashier asks that it be paid back: whole (given back at M-Pesa), odd sums in part (sent)."""
        family, app = self.office.plan.families[0], self.town.process.app
        phone, sum_ = family.guardians[0].msisdn, str(shillings)
        await self.town.pretend.phones.paybill(phone, self.office.plan.shortcode, family.students[0].number, sum_)
        await self.passes(5)
        (paid,) = await app.read(payments.by_receipts, [self.mpesa.transactions[-1].receipt])
        esther = self.office.of_role(Role.CASHIER).actor
        part = Money(shillings // 2 * 100, KES) if shillings % 2 else None
        wish = RequestRefund(paid.payment.id, part, "twice", esther, "trace", payee=phone)
        return UUID((await app.write(request_refund, wish)).id.hex)

    async def approves(self, refund: UUID) -> Any:
        """The manager's yes, which pays at once."""
        app, daniel = self.town.process.app, self.office.of_role(Role.MANAGER)
        approval = await app.read(approvals.of_subject, refund)
        assert approval is not None
        code = daniel.shows(self.town.wall.now())
        yes = Decide(approval.id, Verdict.APPROVE, daniel.actor, approval.content, code=code)
        return await self.done(app.write(deciding.decide, yes))

    def ways(self, subject: UUID) -> list[Payout]:
        """Every payout that was asked for it."""
        filters = Filters(self.office.organisation, subject=subject)
        found: list[Payout] = self.town.look(lambda tx: store.listed(tx, filters, limit=9))
        return found

    async def until_known(self, subject: UUID) -> None:
        """M-Pesa is in its right mind again, and time passes until all is known, the charge too."""
        self.mpesa.mood = Mood()
        for _ in range(200):
            await self.passes(60)
            if not any(one.state in OPEN or one.next_at for one in self.ways(subject)):
                return
        raise AssertionError(self.ways(subject))

    def broken(self, *, at_rest: bool) -> list[str]:
        found = wrong_payouts(self.town, at_rest=at_rest) + wrong_coins(self.town, all_arrived=at_rest)
        return [*found, *self.town.look(all_broken_laws), *self.town.bugs]


@asynccontextmanager
async def paying(url: DatabaseUrl) -> AsyncIterator[Paying]:
    town = await Town.found(url, [school(0, START, students=3)], seed=5, with_offices=True)
    opened = Paying(town, town.offices[0])
    town.pretend.phones.of(PAYEE).owner = "Otieno"
    family = opened.office.plan.families[0]
    phone = family.guardians[0].msisdn
    for _ in range(3):
        town.pretend.mpesa.set_balance(phone, Money(10_000_000_00, KES))
        await town.pretend.phones.paybill(phone, opened.office.plan.shortcode, family.students[0].number, "250000")
        await opened.passes(30)
    town.pretend.mpesa.set_balance(phone, Money(200_000_00, KES))
    try:
        yield opened
    finally:
        await town.close()


Story = Callable[[Paying, int], Coroutine[Any, Any, UUID]], Callable[[Paying, UUID], Coroutine[Any, Any, Any]]
STORIES: dict[str, Any] = {
    "a payment out of a fund": (Paying.requisition, Paying.lets_go),
    "a refund": (Paying.refund, Paying.approves),
}


async def trial(at: Paying, story: str, mood: Mood, after: int, *, inside: bool) -> bool:
    """From a yes to its end, with the power cut at this transaction. Was there so many?"""
    asks, says_yes = STORIES[story]
    at.mpesa.mood = Mood()
    subject = await asks(at, 100 + after)
    await at.passes(STEP_S)  # the next code
    deaths = at.town.deaths
    at.mpesa.mood = mood
    cut = at.town.cut_power_at_commit if inside else at.town.cut_power_after_commit
    cut(after=after)
    await says_yes(at, subject)
    await at.passes(mood.late_s + 100 if mood.late else 100)
    assert at.broken(at_rest=False) == []
    if not at.ways(subject):  # the yes itself was lost: they say it once more
        await at.passes(STEP_S)
        with suppress(DomainError):
            await says_yes(at, subject)
    at.town.spare_power()
    await at.until_known(subject)
    assert at.broken(at_rest=True) == [], (story, after, inside)
    assert len([order for order in at.town.pretend.daraja.disbursing.orders if order.is_paid]) > 0
    return at.town.deaths > deaths


async def every_point(at: Paying, story: str, mood: Mood, *, stride: int = 1) -> int:
    """Cut at each transaction, inside it and after it. How many cuts."""
    cuts = 0
    for inside in (True, False):
        for after in range(0 if inside else stride // 2, MOST_COMMITS, stride):
            if not await trial(at, story, mood, after, inside=inside):
                break
            cuts += 1
    return cuts


@pytest.mark.parametrize("story", [*STORIES])
async def test_a_cut_at_any_transaction_between_a_yes_and_its_result_pays_once(
    story: str, tmp_path: Path, proving: bool
) -> None:
    """In everyday runs every eighth point of one mood."""
    moods = MOODS if proving else {"contradicts": MOODS["contradicts"]}
    async with paying(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")) as at:
        cuts = 0
        for mood in moods.values():
            cuts += await every_point(at, story, mood, stride=1 if proving else 8)

        assert cuts >= (10 if proving else 2) * len(moods)
        assert at.town.look(verify) == []


@pytest.mark.prove
@pytest.mark.postgres
@pytest.mark.usefixtures("only_when_proving")
@pytest.mark.parametrize("story", [*STORIES])
async def test_on_postgresql_as_well(story: str, new_pg_url: Callable[[], str]) -> None:
    async with paying(DatabaseUrl(new_pg_url())) as at:
        for mood in MOODS.values():
            await every_point(at, story, mood)

        assert at.town.look(verify) == []
