"""A thousand ways to lose sight of one's money, made under a seed, and what somebody in trouble types on the phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.fees import FeeLine
from core.ids import PaymentId
from core.payments import FailReason, MoneyArrived, MoneyReturned, Paid, Witness
from core.phones import MaskedMsisdn, Msisdn, PayerPhone, hashed
from core.ports import Exchanged
from runtime.chance import SeededRandom
from tests.world import TESTER, World, kes
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.prompts import Answer, record_answer
from usecases.reversals import Returned, record_reversal
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol

SYMBOLS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
FIRST = (
    "Wanjiku",
    "Amina",
    "Otieno",
    "Achieng",
    "Mutua",
    "Kiptoo",
    "Njeri",
    "Barasa",
    "Halima",
    "Kamau",
    "Moraa",
    "Said",
)
LAST = ("Kamau", "Hassan", "Odhiambo", "Mwangi", "Chebet", "Wekesa", "Omondi", "Njoroge", "Abdi", "Maina", "Nyambura")
YESTERDAY = ("yesterday", "jana", "ejo", "hier")
TODAY = ("today", "leo", "uyu munsi", "aujourd'hui")


@dataclass(frozen=True)
class Grownup:
    name: str
    msisdn: Msisdn


@dataclass(frozen=True)
class Family:
    """Two who answer for the same children."""

    grownups: tuple[Grownup, Grownup]
    children: tuple[str, ...]


@dataclass(frozen=True)
class Mishap:
    """Somebody types a scrap. `of` is the receipt that is meant, "" when there is none
    that they may know of; `prompt` a wish to pay that brought no money."""

    kind: str
    who: Msisdn
    family: Family | None
    scrap: str
    of: str
    prompt: PaymentId | None = None


class Town:
    """A school of many families, whose M-Pesa hides payers as the real one does: mostly masked, sometimes hashed or whole."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = SeededRandom(seed)
        self.families: list[Family] = []
        self.first_names = FIRST
        self.payers: dict[str, Msisdn] = {}
        """Who really paid, by the provider's code."""
        self.askers: dict[str, Msisdn] = {}
        """Whose phone was asked, by payment."""
        self._numbers: set[str] = set()
        self._phones: set[str] = set()

    async def enrol(self, count: int) -> None:
        for _ in range(count):
            children = tuple(self.number() for _ in range(1 + self.chance.below(2)))
            self.families.append(Family((self.grownup(), self.grownup()), children))
        entries = tuple(
            StudentEntry(
                number,
                f"Child {number}",
                "Form 1",
                tuple(GuardianEntry(one.name, one.msisdn) for one in family.grownups),
            )
            for family in self.families
            for number in family.children
        )
        organisation = self.world.organisation
        await self.world.app.write(enrol, Enrol(organisation, entries, TESTER))
        fees = (ClassFees("Form 1", (FeeLine("Tuition", kes(60_000)),)),)
        term = OpenTerm(organisation, "Term 3", date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30), fees, TESTER)
        await self.world.app.write(open_term, term)
        await self.world.app.write(run_invoices, RunInvoices(organisation, "Term 3", date(2026, 9, 1), TESTER))

    # --- chance ---

    def pick(self, choices: str | tuple[str, ...]) -> str:
        return choices[self.chance.below(len(choices))]

    def number(self) -> str:
        while (number := f"KV{2000 + self.chance.below(8000)}") in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def phone(self) -> Msisdn:
        while (digits := f"2547{10_000_000 + self.chance.below(89_999_999)}") in self._phones:
            pass
        self._phones.add(digits)
        return Msisdn(digits)

    def grownup(self) -> Grownup:
        return Grownup(f"{self.pick(FIRST)} {self.pick(LAST)}", self.phone())

    def code(self) -> str:
        return "UKL" + "".join(self.pick(SYMBOLS) for _ in range(7))

    def sum(self) -> int:
        return 50 * (4 + self.chance.below(200))

    def seen(self, msisdn: Msisdn) -> PayerPhone:
        how = self.chance.below(10)
        if how < 6:
            return MaskedMsisdn(msisdn.digits[:4], msisdn.digits[-3:])
        return hashed(msisdn) if how < 8 else msisdn

    # --- what happens ---

    async def pays(self, payer: Grownup, reference: str, shillings: int) -> MoneyArrived:
        notice = self.world.notice(
            reference, shillings, payer=self.seen(payer.msisdn), name=payer.name.split()[0].upper(), receipt=self.code()
        )
        self.payers[notice.receipt] = payer.msisdn
        await self.world.arrives(notice)
        return notice

    async def prompted(self, payer: Grownup, reference: str, shillings: int) -> tuple[PaymentId, str]:
        """A prompt that M-Pesa took: our payment and M-Pesa's name for it."""
        request = f"ws_{self.code()}"
        payment = await self.world.prompts(payer.msisdn.digits, {reference: shillings}, request_id=request)
        self.askers[payment.hex] = payer.msisdn
        return payment, request

    # --- mishaps ---

    async def mishap(self, number: int) -> Mishap:
        makers = list(MISHAPS)
        kind = makers[number % len(makers)]
        family = self.families[self.chance.below(len(self.families))]
        return await MISHAPS[kind](self, kind, family)

    def remembered(self, notice: MoneyArrived) -> str:
        """A scrap of a payment that was made today."""
        shillings = notice.amount.whole_units
        return (
            notice.receipt,
            notice.receipt.lower(),
            f"{shillings}",
            f"{shillings} {self.pick(TODAY)}",
            f"ksh {shillings}",
            f"{shillings} {notice.reference}",
        )[self.chance.below(6)]


Maker = Callable[[Town, str, Family], Awaitable[Mishap]]


async def paid_twice(town: Town, kind: str, family: Family) -> Mishap:
    payer, child, shillings = family.grownups[0], family.children[0], town.sum()
    await town.pays(payer, child, shillings)
    again = await town.pays(payer, child, shillings)
    return Mishap(kind, payer.msisdn, family, town.remembered(again), again.receipt)


async def wrong_number(town: Town, kind: str, family: Family) -> Mishap:
    """A student number that nobody has."""
    payer = family.grownups[0]
    notice = await town.pays(payer, f"KW{100 + town.chance.below(899)}", town.sum())
    return Mishap(kind, payer.msisdn, family, town.remembered(notice), notice.receipt)


async def anothers_number(town: Town, kind: str, family: Family) -> Mishap:
    """A slip that is another child's number."""
    payer, other = family.grownups[0], town.families[town.chance.below(len(town.families))]
    notice = await town.pays(payer, other.children[0], town.sum())
    return Mishap(kind, payer.msisdn, family, town.remembered(notice), notice.receipt)


async def spouses_phone(town: Town, kind: str, family: Family) -> Mishap:
    notice = await town.pays(family.grownups[1], family.children[-1], town.sum())
    return Mishap(kind, family.grownups[0].msisdn, family, town.remembered(notice), notice.receipt)


async def shops_phone(town: Town, kind: str, family: Family) -> Mishap:
    notice = await town.pays(town.grownup(), family.children[0], town.sum())
    return Mishap(kind, family.grownups[0].msisdn, family, town.remembered(notice), notice.receipt)


async def shops_phone_wrong_number(town: Town, kind: str, family: Family) -> Mishap:
    """All that is left is the code on the shop's slip."""
    notice = await town.pays(town.grownup(), "my child", town.sum())
    return Mishap(kind, family.grownups[0].msisdn, family, notice.receipt, notice.receipt)


async def roughly(town: Town, kind: str, family: Family) -> Mishap:
    payer, shillings = family.grownups[0], town.sum()
    notice = await town.pays(payer, family.children[0], shillings)
    off = shillings * (90 + town.chance.below(20)) // 100
    return Mishap(kind, payer.msisdn, family, f"{off} {town.pick(TODAY)}", notice.receipt)


async def yesterday(town: Town, kind: str, family: Family) -> Mishap:
    payer = family.grownups[0]
    notice = await town.pays(payer, family.children[0], town.sum())
    await town.world.clock.advance(timedelta(days=1).total_seconds())
    on = notice.value_at.date()
    scrap = (town.pick(YESTERDAY), f"{on:%d/%m}", f"{on:%d%m}", f"{notice.amount.whole_units} {town.pick(YESTERDAY)}")
    return Mishap(kind, payer.msisdn, family, scrap[town.chance.below(4)], notice.receipt)


async def code_with_a_slip(town: Town, kind: str, family: Family) -> Mishap:
    payer = family.grownups[0]
    notice = await town.pays(payer, family.children[0], town.sum())
    code, at = notice.receipt, 3 + town.chance.below(6)
    slips = (
        code[:at] + town.pick(SYMBOLS) + code[at + 1 :],
        code[:at] + code[at + 1] + code[at] + code[at + 2 :],
        code[:at] + code[at + 1 :],
        f"{code[:5]} {code[5:]}".lower(),
    )
    return Mishap(kind, payer.msisdn, family, slips[town.chance.below(4)], notice.receipt)


async def failed_prompt(town: Town, kind: str, family: Family) -> Mishap:
    payer, shillings = family.grownups[0], town.sum()
    payment, request = await town.prompted(payer, family.children[0], shillings)
    reasons = (FailReason.INSUFFICIENT_FUNDS, FailReason.CANCELLED, FailReason.WRONG_PIN, FailReason.UNREACHABLE)
    await town.world.fails(request, reason=reasons[town.chance.below(4)])
    return Mishap(kind, payer.msisdn, family, f"{shillings}", "", payment)


async def prompt_not_answered(town: Town, kind: str, family: Family) -> Mishap:
    payer, shillings = family.grownups[0], town.sum()
    payment, _ = await town.prompted(payer, family.children[0], shillings)
    if town.chance.below(2):
        await town.world.clock.advance(600)
        still = Answer(payment, None, Exchanged("stk_query", b"", b"", 200, 1))
        await town.world.app.write(record_answer, still)
    return Mishap(kind, payer.msisdn, family, f"{shillings} {town.pick(TODAY)}", "", payment)


async def paid_prompt_whose_news_was_lost(town: Town, kind: str, family: Family) -> Mishap:
    payer, shillings = family.grownups[0], town.sum()
    payment, _ = await town.prompted(payer, family.children[0], shillings)
    await town.world.app.write(record_answer, Answer(payment, Paid(), Exchanged("stk_query", b"", b"", 200, 1)))
    return Mishap(kind, payer.msisdn, family, f"{shillings}", "", payment)


async def late_news(town: Town, kind: str, family: Family) -> Mishap:
    """The prompt had expired; its callback came after all."""
    payer, shillings = family.grownups[0], town.sum()
    payment, request = await town.prompted(payer, family.children[0], shillings)
    await town.world.clock.advance(600)
    gone = Answer(payment, None, Exchanged("stk_query", b"", b"", 200, 1))
    await town.world.app.write(record_answer, gone)
    notice = town.world.notice(
        family.children[0],
        shillings,
        payer=payer.msisdn,
        receipt=town.code(),
        witness=Witness.PROMPT_RESULT,
        request_id=request,
    )
    town.payers[notice.receipt] = payer.msisdn
    await town.world.arrives(notice)
    return Mishap(kind, payer.msisdn, family, f"{shillings}", notice.receipt)


async def taken_back(town: Town, kind: str, family: Family) -> Mishap:
    payer = family.grownups[0]
    notice = await town.pays(payer, family.children[0], town.sum())
    world = town.world
    back = MoneyReturned(
        world.account.id,
        world.organisation,
        "mpesa",
        Witness.PULL,
        notice.receipt,
        town.code(),
        None,
        world.clock.now(),
    )
    await world.app.write(record_reversal, Returned(back, b"{}", "pull", "trace"))
    return Mishap(kind, payer.msisdn, family, town.remembered(notice), notice.receipt)


async def our_receipt(town: Town, kind: str, family: Family) -> Mishap:
    payer = family.grownups[0]
    notice = await town.pays(payer, family.children[0], town.sum())
    ((number, code),) = town.world.rows(
        "SELECT r.number, r.code FROM receipts r JOIN payments p ON p.id = r.payment_id"  # noqa: S608
        f" WHERE p.receipt = '{notice.receipt}'"
    )
    scrap = (f"R{number:06d}", f"r{number}", f"{code[:5]}-{code[5:]}")[town.chance.below(3)]
    return Mishap(kind, payer.msisdn, family, scrap, notice.receipt)


async def anothers_code(town: Town, kind: str, family: Family) -> Mishap:
    """Somebody has seen the neighbours' SMS."""
    other = town.families[town.chance.below(len(town.families))]
    notice = await town.pays(other.grownups[0], other.children[0], town.sum())
    asker = town.grownup() if town.chance.below(2) else family.grownups[0]
    if family is other:
        asker = town.grownup()
    return Mishap(kind, asker.msisdn, None if asker not in family.grownups else family, notice.receipt, notice.receipt)


async def anothers_facts(town: Town, kind: str, family: Family) -> Mishap:
    """Somebody knows what the neighbours paid, when and for whom."""
    other = town.families[town.chance.below(len(town.families))]
    notice = await town.pays(other.grownups[0], other.children[0], town.sum())
    scrap = f"{notice.amount.whole_units} {town.pick(TODAY)} {notice.reference}"
    return Mishap(kind, town.phone(), None, scrap, "")


async def never_paid(town: Town, kind: str, family: Family) -> Mishap:
    return Mishap(kind, family.grownups[0].msisdn, family, town.code(), "")


MISHAPS: dict[str, Maker] = {
    "paid twice": paid_twice,
    "a number that nobody has": wrong_number,
    "another child's number": anothers_number,
    "paid with the spouse's phone": spouses_phone,
    "paid with a shop's phone": shops_phone,
    "shop's phone and a wrong number": shops_phone_wrong_number,
    "sum remembered roughly": roughly,
    "yesterday": yesterday,
    "code with a slip": code_with_a_slip,
    "prompt that failed": failed_prompt,
    "prompt that nobody answered": prompt_not_answered,
    "paid prompt whose news was lost": paid_prompt_whose_news_was_lost,
    "news after the prompt's end": late_news,
    "taken back by M-Pesa": taken_back,
    "our receipt": our_receipt,
    "another family's code": anothers_code,
    "another family's facts": anothers_facts,
    "never paid": never_paid,
}
