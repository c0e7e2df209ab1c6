"""What people in an office do: ask for payments and refunds, say yes and no by chat or by a program of theirs, let money go.

They are slow, press twice, forward, type old codes, ask for their own, come together in one instant, try a second account of
theirs, change and take back what others are looking at. What each of them meant and typed is remembered, for the laws.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from core.approvals import Approval, ApprovalId, OwnMoney, State, SubjectKind, Verdict
from core.codes import NUMBERS, figures
from core.money import Money
from core.payouts import Payee
from core.permissions import Role
from core.phones import Msisdn
from core.ports import Random
from core.treasury import Fund, FundPaymentId, payment_number
from sandbox.moods import Dice
from sandbox.school import KES
from simulation.chats import Chats
from simulation.office import DECIDERS, Clerk, Office
from simulation.town import Town
from storage import approvals, treasury
from storage import payments as payment_store
from usecases import deciding
from usecases.approvals import Decide, Withdraw
from usecases.owners import OWNERS
from usecases.refunds.asking import RequestRefund, request_refund
from usecases.second_factor import SendCode
from usecases.treasury import (
    AskAgain,
    ChangePayment,
    ExecutePayment,
    RequestFundPayment,
    WithdrawPayment,
    ask_again,
    change_payment,
    execute_payment,
    request_payment,
    withdraw_payment,
)

T = TypeVar("T")
SUPPLIERS = tuple(Payee(Msisdn(f"25471200{nth:04d}"), name) for nth, name in enumerate(("Otieno", "Wafula", "Naliaka")))
NOT_REGISTERED = SUPPLIERS[-1]
"""M-Pesa does not know this phone: paying it fails."""
_CODE = re.compile(r"^([0-9]{6}) is your code for (\S+?):")
TYPES_FIGURES, SURE = "six figures", "Say yes to"
Plan = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Typed:
    """A code that somebody typed to have something done. `by` is the human, `genuine` whether it was theirs for this then."""

    by: str
    office: str
    name: str
    code: str
    at: datetime
    genuine: bool


@dataclass
class Asked:
    """What somebody asked for, as they last wanted it."""

    by: str
    """The human; a guardian's phone where a customer asked."""
    payee: str
    minor: int
    taken_back_at: datetime | None = None
    """By the process's clock: what had been let go before that had failed, and was asked for again."""
    is_unsure: bool = False
    """They wanted something else, and heard no answer."""


@dataclass
class Managers:
    """Everybody in one office. `intents` counts everything that somebody tried."""

    town: Town
    office: Office
    random: Random
    intents: int = 0
    asked: dict[str, Asked] = field(default_factory=dict)
    """By the name that people say: `TP-000012`."""
    typed: list[Typed] = field(default_factory=list)
    follow_ups: list[tuple[timedelta, Plan]] = field(default_factory=list)
    """Who means to look at something later."""
    overlooked: set[str] = field(default_factory=set)
    """What nobody ever looks at."""
    misled: list[str] = field(default_factory=list)
    """Who was given a reason that is not true."""
    power_fails: Callable[[], bool] = lambda: False
    """Does the power fail just when money has been let go?"""

    def __post_init__(self) -> None:
        self._dice = Dice(self.random)
        self._chats = Chats(self.town, self.office)
        unable = self.town.pretend.daraja.disbursing.unregistered
        unable |= {NOT_REGISTERED.msisdn.digits, self.office.plan.families[0].guardians[0].msisdn.digits}

    async def act(self) -> None:
        """Somebody asks for something; others look at what waits, soon, late or never."""
        await (self._asks_for_refund() if self._percent(35) else self._asks_for_payment())
        self.look_later()

    def look_later(self) -> None:
        """Some of them, soon, late or never."""
        for _ in range(3 + self.random.below(3)):
            after = timedelta(minutes=self.random.below(60 * 24 if self._percent(85) else 60 * 24 * 4))
            self.follow_ups.append((after, self.look))

    # --- asking ----------------------------------------------------------------------------------------------------

    async def _asks_for_payment(self) -> None:
        self.intents += 1
        clerk = self._one_of([one for one in self.office.clerks if not one.name.endswith("(acting)")])
        app = self.town.process.app
        fund = self._one_of(await app.read(treasury.funds_of, self.office.organisation))
        payee = self._one_of(SUPPLIERS)
        if self._percent(10):
            friend = self._one_of(self.office.clerks)
            payee = Payee(friend.msisdn, friend.name)
        sum_ = self._sum_for(fund)
        wish = RequestFundPayment(
            self.office.organisation, fund.id, payee, sum_, self._one_of(("food", "fuel")), "as agreed", clerk.actor
        )
        payment = await app.write(request_payment, wish)
        name = payment_number(payment.number)
        self.asked[name] = Asked(clerk.human, payee.msisdn.digits, sum_.minor)
        if self._percent(6):
            self.overlooked.add(name)
        if self._percent(10):
            self._later(240, lambda: self._changes(clerk, payment.id, name))
        if self._percent(15):
            self._later(600, lambda: self._takes_back(clerk, payment.id, name))
        if self._percent(70):
            self._later(60 * 48, lambda: self._asks_again(clerk, payment.id))

    def _sum_for(self, fund: Fund) -> Money:
        """Mostly little; at times as much as there is, or as may be asked for at once: funds and the float run low."""
        if self._percent(30):
            most = min(fund.most.whole_units, max(fund.spendable.whole_units, 10))
            return Money((fund.most.whole_units if self._percent(60) else most) * 100, KES)
        return Money((10 + self.random.below(900 if self._percent(70) else 9_000)) * 100, KES)

    async def _changes(self, clerk: Clerk, payment: FundPaymentId, name: str) -> None:
        """Another sum or payee, while others look at the old one."""
        self.intents += 1
        payee = self._one_of(SUPPLIERS) if self._percent(50) else None
        sum_ = Money((10 + self.random.below(2_000)) * 100, KES)
        wish = ChangePayment(payment, clerk.actor, payee=payee, amount=sum_)
        self.asked[name].is_unsure = True
        after = await self.town.process.app.write(change_payment, wish)
        self.asked[name] = Asked(clerk.human, after.payee.msisdn.digits, after.amount.minor)

    async def _asks_again(self, clerk: Clerk, payment: FundPaymentId) -> None:
        """If it failed, it is still to be paid."""
        self.intents += 1
        await self.town.process.app.write(ask_again, AskAgain(payment, clerk.actor))

    async def _takes_back(self, clerk: Clerk, payment: FundPaymentId, name: str) -> None:
        self.intents += 1
        at = self.town.wall.now()
        await self.town.process.app.write(withdraw_payment, WithdrawPayment(payment, clerk.actor))
        self.asked[name].taken_back_at = at

    async def _asks_for_refund(self, again: str = "") -> None:
        """Of a payment of the last days, whole or in part; at times somebody asks for the same once more."""
        self.intents += 1
        code = self.office.plan.shortcode
        recent = [done for done in self.town.pretend.mpesa.transactions[-60:] if done.shortcode == code]
        if not recent:
            return
        same = [done for done in recent if done.receipt == again]
        done, app, clerk = self._one_of(same or recent[-12:]), self.town.process.app, self._one_of(self._cashiers())
        found = await app.read(payment_store.by_receipts, [done.receipt])
        if not found:
            return
        part = None if self._percent(40) else Money((1 + self.random.below(done.amount.whole_units)) * 100, KES)
        if self._percent(15):
            part = Money(done.amount.minor + 100_00, KES)  # misread: there is less
        if self._percent(30) and not again:
            self._later(90, lambda: self._asks_for_refund(done.receipt))
        wish = RequestRefund(found[0].payment.id, part, "paid twice", clerk.actor, "", payee=done.payer)
        refund = await app.write(request_refund, wish)
        self.asked[refund.name] = Asked(clerk.human, done.payer.digits, refund.amount.minor)
        if self._percent(8):
            self._later(300, lambda: self._withdraws(clerk, refund.name))

    def _cashiers(self) -> list[Clerk]:
        return [one for one in self.office.clerks if one.role is not Role.REQUESTER]

    async def _withdraws(self, clerk: Clerk, name: str) -> None:
        for approval in await self._open():
            if self._name(approval) == name:
                self.intents += 1
                at = self.town.wall.now()
                await self.town.process.app.write(deciding.withdraw, Withdraw(approval.id, clerk.actor))
                self.asked[name].taken_back_at = at

    # --- looking ---------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Some of them go through what waits, each with their own temper; now and then two of them in one instant."""
        first: Clerk | None = None
        seen = [one for one in await self._open() if self._name(one) not in self.overlooked]
        for approval in seen[:6]:
            clerks = [one for one in self.office.clerks if one.role in DECIDERS or self._percent(5)]
            clerks = self._own(approval) or clerks if self._percent(12) else clerks
            first = first if first in clerks and self._percent(40) else self._one_of(clerks)
            second = self._one_of(clerks)
            if self._percent(20):
                await self._together(approval, first, second)
            elif approval.state is State.APPROVED:
                await self._lets_go(approval, first)
            else:
                await self._decides(approval, first)
            await self.town.clock.sleep(1 + self.random.below(90 if self._percent(60) else 5))

    def _own(self, approval: Approval) -> list[Clerk]:
        """Whoever asked for it, with all accounts of theirs by which others' requests could be decided."""
        asked = self.asked.get(self._name(approval))
        return [one for one in self.office.clerks if asked and one.human == asked.by and one.role in DECIDERS]

    async def _together(self, approval: Approval, *clerks: Clerk) -> None:
        """Two say the same thing at the same moment: what each will type is in their hands before."""
        works = []
        for clerk in clerks:
            self.intents += 1
            code = clerk.shows(self.town.wall.now()) if clerk.secret else ""
            works.append(self._says(approval, clerk, code))
        await asyncio.gather(*works, return_exceptions=True)

    async def _decides(self, approval: Approval, clerk: Clerk) -> None:
        self.intents += 1
        verdict = Verdict.REJECT if self._percent(12) else Verdict.APPROVE
        name = self._name(approval)
        if clerk.chat and verdict is Verdict.APPROVE and self._percent(60):
            await self._in_chat(approval, clerk, name, "Approve")
        elif verdict is Verdict.REJECT:
            wish = Decide(approval.id, verdict, clerk.actor, approval.content, reason="too dear")
            await self.town.process.app.write(deciding.decide, wish)
        else:
            code = await self._code(approval.id, clerk, name) if approval.missing == 1 else ""
            await self._says(approval, clerk, code)

    async def _lets_go(self, approval: Approval, clerk: Clerk) -> None:
        self.intents += 1
        name = self._name(approval)
        if clerk.chat and self._percent(50):
            await self._in_chat(approval, clerk, name, "Pay it out")
        else:
            await self._says(approval, clerk, await self._code(approval.id, clerk, name))

    async def _says(self, approval: Approval, clerk: Clerk, code: str) -> None:
        """By a program of theirs: at once, and at times twice."""
        name = self._name(approval)
        for _ in range(2 if self._percent(15) else 1):
            if code:
                self._types(clerk, name, code)
            try:
                await self._done(approval, clerk, code)
            except OwnMoney:
                self._check_own_money(clerk, name)
                raise
            self._tempts_fate()

    def _tempts_fate(self) -> None:
        if self.power_fails():
            self.town.people.spawn(self._power_fails_while_paying())

    async def _power_fails_while_paying(self) -> None:
        """M-Pesa has the order, and what it answered is never written down."""
        orders = self.town.pretend.daraja.disbursing.orders
        sent = len(orders)
        for _ in range(150):
            await self.town.clock.sleep(0.2)
            if len(orders) > sent:
                self.town.cut_power_at_commit(after=0)
                return

    async def _done(self, approval: Approval, clerk: Clerk, code: str) -> None:
        app = self.town.process.app
        if approval.state is State.APPROVED:
            payment = FundPaymentId(approval.subject.id)
            await app.write(execute_payment, ExecutePayment(payment, clerk.actor, code))
        else:
            yes = Decide(approval.id, Verdict.APPROVE, clerk.actor, approval.content, code=code)
            await app.write(deciding.decide, yes)

    def _check_own_money(self, clerk: Clerk, name: str) -> None:
        """They were told that they are paid themselves: so it should be."""
        asked = self.asked.get(name)
        if asked is None or asked.is_unsure:
            return
        paid = [one.human for one in self.office.clerks if one.msisdn.digits == asked.payee]
        if clerk.human not in paid:
            why = "by who had asked for it" if clerk.human == asked.by else "by a third"
            self.misled.append(f"{name} was looked at {why}, who was told to be the one who is paid")

    # --- in the chat -----------------------------------------------------------------------------------------------

    async def _in_chat(self, approval: Approval, clerk: Clerk, name: str, button: str) -> None:
        """Press what the message offers, twice at times; let others press it too; then type the code, if it asks for one."""
        chats, sleep = self._chats, self.town.clock.sleep
        post = chats.offer(clerk, name, button)
        if post is None:
            return
        if self._percent(15):
            stranger = self._one_of([one for one in self.office.clerks if one.chat])
            chats.forward(clerk, stranger, post, button)  # copied into another's chat, and pressed there
            await sleep(2)
        for _ in range(2 if self._percent(20) else 1):
            chats.press(clerk, post, button)
        await sleep(3 + self.random.below(5))
        if SURE in (chats.newest(clerk) or ""):
            chats.press_newest(clerk, "Approve")
            return
        asked = chats.newest(clerk) or ""
        if TYPES_FIGURES not in asked or name not in asked:  # the question before it, while this one is on its way
            return
        if not clerk.secret:
            chats.press_newest(clerk, "Text me a code instead")
            await sleep(5 + self.random.below(20))
        code = self._texted(clerk, name) if not clerk.secret else clerk.shows(self.town.wall.now())
        code = self._slip(clerk, code)
        if self._percent(8 if clerk.secret else 25):
            await sleep(480)  # somebody came in: the code is too old now
        if code:
            self._types(clerk, name, code)
            chats.say(clerk, code)
            self._tempts_fate()

    # --- codes -----------------------------------------------------------------------------------------------------

    async def _code(self, approval: ApprovalId, clerk: Clerk, name: str) -> str:
        """The code that they type: right, mostly."""
        if clerk.secret:
            return self._slip(clerk, clerk.shows(self.town.wall.now()))
        drawn = figures(self.random.below(NUMBERS))
        await self.town.process.app.write(deciding.send_code, SendCode(approval, clerk.actor, drawn))
        await self.town.clock.sleep(480 if self._percent(20) else 5 + self.random.below(60))
        return self._slip(clerk, self._texted(clerk, name))

    def _slip(self, clerk: Clerk, code: str) -> str:
        """At times a wrong one, one that was typed before, or, in a hurry, the one that they typed just now."""
        mine = [one for one in self.typed if one.by == clerk.human]
        if mine and self.town.clock.now() - mine[-1].at < timedelta(minutes=1) and self._percent(60):
            return mine[-1].code
        if mine and self._percent(12):
            return self._one_of(mine[-4:]).code
        return "000000" if self._percent(8) else code

    def _texted(self, clerk: Clerk, name: str) -> str:
        """The newest code for this in the inbox of their phone."""
        for sms in reversed(self.town.pretend.phones.of(clerk.msisdn).inbox):
            if (found := _CODE.match(sms.text)) and found[2] == name:
                return found[1]
        return ""

    def _types(self, clerk: Clerk, name: str, code: str) -> None:
        now = self.town.clock.now()
        self.typed.append(
            Typed(clerk.human, self.office.plan.slug, name, code, now, self._is_genuine(clerk, name, code))
        )

    def _is_genuine(self, clerk: Clerk, name: str, code: str) -> bool:
        """Does their authenticator show it about now, or did their phone get it for this within five minutes?"""
        now = self.town.clock.now()
        if clerk.secret and code in [clerk.shows(now + timedelta(seconds=30 * step)) for step in (-2, -1, 0, 1, 2)]:
            return True
        return any(
            (found := _CODE.match(sms.text))
            and (found[1], found[2]) == (code, name)
            and now - sms.at < timedelta(minutes=6)
            for sms in self.town.pretend.phones.of(clerk.msisdn).inbox
        )

    # --- what waits ------------------------------------------------------------------------------------------------

    async def _open(self) -> Sequence[Approval]:
        """What can be decided or let go; newest last."""
        return [
            one
            for one in await self.town.process.app.read(approvals.listed, self.office.organisation)
            if one.state is State.PENDING or one.subject.kind is SubjectKind.PAYOUT
        ]

    def _name(self, approval: Approval) -> str:
        return str(self.town.look(lambda tx: OWNERS[approval.subject.kind].named(tx, approval.subject.id)))

    def _later(self, minutes: int, plan: Plan) -> None:
        self.follow_ups.append((timedelta(minutes=1 + self.random.below(minutes)), plan))

    def _one_of(self, these: Sequence[T]) -> T:
        return these[self.random.below(len(these))]

    def _percent(self, hundredths: int) -> bool:
        return self._dice.falls(hundredths / 100)
