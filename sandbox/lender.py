"""Umoja Credit: the example lender of the demo, with loans in every state and some months of history.

A plan, fed through the use cases as a lender would that takes its paper books over: what was asked for, decided, given and
repaid, each on its day. Nothing is drawn by chance. All names and numbers are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from core.approvals import ApprovalId, Verdict
from core.errors import Bug
from core.ids import OrganisationId
from core.loans.products import Every, Fee, Given, LimitRule, Method, PenaltyRule, Per, Product, Rate
from core.loans.schedule import schedule
from core.money import Currency, Money
from core.organisations import Kind, ProviderAccount
from core.payments import Method as PaidBy
from core.payments import MoneyArrived, Witness
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from sandbox.school import ENGLISH, KES, NAIROBI, SWAHILI, Character, Family, Guardian
from storage import organisations
from usecases.app import App
from usecases.approvals import Decide
from usecases.collection import Arrival, record_arrivals
from usecases.commands import AskLoan
from usecases.deciding import decide
from usecases.loans.asking import ask_loan, quote_seen
from usecases.loans.changing import WriteOff, ask_write_off
from usecases.loans.giving import CallOff, GiveByHand, call_off, give_by_hand
from usecases.loans.lending import Applied, Apply, SetProduct, apply, set_product
from usecases.loans.telling import TellDue, tell_due

_DEMO = Actor(ActorKind.OPERATOR, "demo", "demo")


def kes(shillings: int) -> Money:
    return Money(shillings * KES.unit, KES)


BODA = Product(
    code="BODA",
    name="Boda loan",
    currency=KES,
    least_minor=1_000_00,
    most_minor=50_000_00,
    method=Method.FLAT,
    rate=Rate(100_000, Per.MONTH),
    every=Every.WEEK,
    terms=(4, 8, 12),
    limit=LimitRule(first_minor=10_000_00),
    round_to_minor=KES.unit,
    penalty=PenaltyRule(millionths=50_000, grace_days=3, every_days=7, most_millionths=250_000),
    fee=Fee(millionths=20_000),
)
STOCK = replace(
    BODA,
    code="STOCK",
    name="Stock loan",
    method=Method.DECLINING,
    rate=Rate(40_000, Per.MONTH),
    every=Every.MONTH,
    terms=(1, 3, 6),
    limit=LimitRule(first_minor=30_000_00),
)
PRODUCTS = {product.code: product for product in (BODA, STOCK)}


@dataclass(frozen=True, slots=True)
class PastLoan:
    """A loan as the paper books have it: asked for and given so many days ago, so many instalments of it paid in time."""

    borrower: str
    product: str
    shillings: int
    count: int
    days_ago: int
    paid: int = 0
    officer: int = 0
    end: str = "runs"
    """`runs`, `written_off`, `declined`, `approved` (nobody handed it over yet) or `called_off`."""


BORROWERS = (
    ("Asha Njeri", "254720000101", ENGLISH),
    ("Brian Ouma", "254720000102", ENGLISH),
    ("Caroline Mutua", "254720000103", SWAHILI),
    ("David Kiptoo", "254720000104", ENGLISH),
    ("Eunice Achieng", "254720000105", SWAHILI),
    ("Farida Hassan", "254720000106", SWAHILI),
    ("George Mwangi", "254720000107", ENGLISH),
    ("Halima Noor", "254720000108", SWAHILI),
    ("Isaac Wekesa", "254720000109", ENGLISH),
)
PHONES = {name: Msisdn(phone) for name, phone, _ in BORROWERS}
NEWCOMER = Msisdn("254720000199")
PAST = (
    PastLoan("Halima Noor", "STOCK", 10_000, 3, 150, officer=1, end="written_off"),
    PastLoan("David Kiptoo", "STOCK", 20_000, 6, 100, 1, officer=1),
    PastLoan("Asha Njeri", "BODA", 6_000, 4, 40, 4),
    PastLoan("Isaac Wekesa", "BODA", 9_000, 4, 38, 4, officer=1),
    PastLoan("Eunice Achieng", "STOCK", 15_000, 3, 33, 1, officer=1),
    PastLoan("Caroline Mutua", "BODA", 5_000, 4, 30, 2),
    PastLoan("Brian Ouma", "BODA", 8_000, 8, 27, 3),
    PastLoan("Eunice Achieng", "STOCK", 6_000, 6, 10),
    PastLoan("George Mwangi", "BODA", 10_000, 12, 5, end="declined"),
    PastLoan("Isaac Wekesa", "BODA", 3_000, 4, 3, officer=1, end="called_off"),
    PastLoan("Farida Hassan", "BODA", 7_000, 8, 1, end="approved"),
)
OFFICERS = (("Peter Kamau", "254700900021"), ("Lucy Wairimu", "254700900022"))
MANAGER = ("Mary Atieno", "254700900023")


@dataclass(frozen=True, slots=True)
class LenderPlan:
    """What the simulators and the page need to know of it, as of a school."""

    slug: str = "umoja-credit"
    name: str = "Umoja Credit"
    kind: str = Kind.LENDER.value
    country: str = "KE"
    currency: Currency = KES
    ussd_code: str = "*384*70422#"
    shortcode: str = "600200"
    sender: str = "UMOJA"
    number: str = "20881"
    texts_at_night: bool = True
    has_chat: bool = True
    families: tuple[Family, ...] = tuple(
        Family((Guardian(name, Msisdn(phone), language),), ()) for name, phone, language in BORROWERS
    )
    characters: tuple[Character, ...] = (
        Character(
            *("Brian Ouma", PHONES["Brian Ouma"], ENGLISH),
            "Has paid every week on its day so far. When the hour moves on, nobody pays for him. Could end it today.",
        ),
        Character(
            *("Caroline Mutua", PHONES["Caroline Mutua"], SWAHILI),
            "Late with her loan; that costs a penalty, and texts in the evening.",
        ),
        Character(
            *("Asha Njeri", PHONES["Asha Njeri"], ENGLISH),
            "Waits for a second loan: Mary Atieno's chat decides.",
        ),
        Character(
            *("A newcomer", NEWCOMER, ENGLISH),
            "Unknown to the lender. May ask for a first loan.",
        ),
    )


async def lend(app: App, plan: LenderPlan, organisation: OrganisationId) -> None:
    """The history of an empty lender, up to this moment; and a wish by phone that waits for its yes."""
    for product in PRODUCTS.values():
        await app.write(set_product, SetProduct(organisation, product, _DEMO))
    staff = {member.name: member for member in await app.read(organisations.staff_of, organisation)}

    def acts(name: str, role: Role) -> Actor:
        return Actor(ActorKind.STAFF, staff[name].id.hex, "demo", role)

    boss = acts(MANAGER[0], Role.MANAGER)
    officers = [acts(name, Role.LOAN_OFFICER) for name, _ in OFFICERS]
    account = await app.read(organisations.main_account, organisation)
    if account is None:
        raise Bug("the example lender has no paybill")
    books = _PaperBooks(app, organisation, account, boss)
    for one in PAST:
        await books.take_over(one, officers[one.officer])
    await app.write(tell_due, TellDue(organisation))
    for product in PRODUCTS.values():  # from today on nobody comes for cash
        await app.write(set_product, SetProduct(organisation, replace(product, given=Given.PHONE), _DEMO))
    asha = PHONES["Asha Njeri"]
    shown = await app.read(quote_seen, organisation, asha, "BODA", kes(12_000), 8)
    await app.write(
        ask_loan, AskLoan(organisation, "BODA", kes(12_000), 8, shown.total, asha, intent="ussd:before the demo")
    )


@dataclass(slots=True)
class _PaperBooks:
    """Enters what happened before."""

    app: App
    organisation: OrganisationId
    account: ProviderAccount
    boss: Actor
    receipts: int = 0

    @property
    def today(self) -> date:
        return self.account.local_date(self.app.clock.now())

    async def take_over(self, one: PastLoan, officer: Actor) -> None:
        on = self.today - timedelta(days=one.days_ago)
        wish = Apply(
            *(
                self.organisation,
                one.product,
                kes(one.shillings),
                one.count,
                PHONES[one.borrower],
                officer,
                one.borrower,
            ),
            on=on,
        )
        asked = await self.app.write(apply, wish)
        if one.end == "declined":
            await self._decides(asked.approval, Verdict.REJECT)
            return
        await self._decides(asked.approval, Verdict.APPROVE)
        if one.end == "called_off":
            await self.app.write(call_off, CallOff(self.organisation, asked.number, "Moved away", officer))
        if one.end in ("called_off", "approved"):
            return
        await self.app.write(give_by_hand, GiveByHand(self.organisation, asked.number, self.boss, on))
        for notice in self._repayments(one, asked, on):
            await self.app.write(record_arrivals, Arrival(notice, b"{}", "demo", "", quiet=True))
        if one.end == "written_off":
            given_up = await self.app.write(
                ask_write_off, WriteOff(self.organisation, asked.number, "Cannot be found", officer)
            )
            await self._decides(given_up.id, Verdict.APPROVE)

    async def _decides(self, approval: UUID, verdict: Verdict) -> None:
        await self.app.write(decide, Decide(ApprovalId(approval), verdict, self.boss))

    def _repayments(self, one: PastLoan, asked: Applied, on: date) -> Iterator[MoneyArrived]:
        """The first instalments, each on its day at noon."""
        product = PRODUCTS[one.product]
        rows = schedule(product.offer(kes(one.shillings), one.count).terms, on)
        for row in rows[: one.paid]:
            self.receipts += 1
            amount = Money(row.total, KES)
            yield MoneyArrived(
                provider_account=self.account.id,
                organisation=self.organisation,
                provider=self.account.provider,
                witness=Witness.CONFIRMATION,
                method=PaidBy.PAYBILL,
                receipt=f"UKU7{self.receipts:06d}",
                amount=amount,
                exact=True,
                amount_text=amount.plain(),
                reference=asked.number,
                payer=PHONES[one.borrower],
                payer_name=one.borrower,
                value_at=datetime.combine(row.due_on, time(12), NAIROBI),
            )
