"""What borrowers do with their phones: ask for loans, pay them back by text, menu and paybill, ask, promise, reckon, mistake one loan
for another and move the money. They go by what stands in their inbox, and mistype as everybody does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from core.money import Money
from core.phones import Msisdn
from core.ports import Clock, Random
from dialogue.flows import GRAPH
from sandbox.demo import Simulators
from sandbox.phones import Handset
from simulation.crowd import KES, Crowd
from simulation.errands import Errand, line_for, lines_on
from simulation.managers import Asked
from simulation.officers import Officers
from simulation.people import Person
from simulation.remembered import Agreed, Dialogue

LOAN = re.compile(r"\bLOAN-[0-9]{6}\b")
SUM = re.compile(r"KSh ([0-9,]+(?:\.[0-9]{2})?)")
BORROW = Errand(
    "borrow",
    ("home.menu.borrow", "home.stranger.borrow", "home.menu.loans", "loan.mine.borrow", "loan.confirm.yes"),
    "sum",
    keys=7,
)
REPAY = Errand(
    "repay",
    ("home.menu.loans", "loan.one.pay", "pay.child.instalment", "pay.child.owed", "pay.confirm.now"),
    "sum",
    keys=6,
    hurries=True,
)
REPAY_OTHER = Errand(
    "repay another sum", ("home.menu.loans", "loan.one.pay", "pay.child.amount", "pay.confirm.now"), "sum", keys=6
)
LOOK = Errand("look at loans", ("home.menu.loans", "loan.one.schedule"))
WORD = Errand(
    "promise", ("home.menu.loans", "loan.one.pay", "pay.child.later", "promise.sum.all", "promise.confirm.yes")
)
ERRANDS = (REPAY, REPAY, REPAY, REPAY_OTHER, LOOK, WORD)
_ACCEPTS = Errand("accept", ("loan.confirm.yes",))
_NAME_PAGES = tuple(spoken.screens["loan.name"].text for spoken in GRAPH.spoken.values())
_VAGUE = ("loan", "mkopo", "", "my loan", "0")
_YES = ("YES", "yes", "DO", "ndiyo")
_READ_BACK_FOR = timedelta(hours=26)
_DAYS = ("", "tomorrow", "friday", "in 5 days", "monday")
Act = Callable[["Borrowers", Person, str], Awaitable[None]]


class Borrowers(Crowd):
    """Everybody who borrows. What they see, say and type is kept with that of the other people of the town."""

    def __init__(
        self,
        pretend: Simulators,
        clock: Clock,
        random: Random,
        beside: Crowd,
        officers: Mapping[str, Officers],
        papers: Mapping[Msisdn, str],
    ) -> None:
        """`officers` of each lender, by its slug; `papers`: who had a loan before, and its number."""
        super().__init__(pretend, clock, random, ERRANDS)
        self.seen, self.dialogues, self.agreed = beside.seen, beside.dialogues, beside.agreed
        self.typed, self.follow_ups = beside.typed, beside.follow_ups
        self._officers = officers
        self._papers = papers

    async def _tries(self, who: Person) -> None:
        """Mostly something about a loan of theirs; else they want one."""
        numbers = self.loans_of(who)
        if self._percent(60 if who.guardian.msisdn in self._stopped else who.temper.texts):
            await self._texts(who)
        elif not numbers or self._percent(15):
            await self._wants(who)
        else:
            await self._one_of(_ACTS)(self, who, self._one_of(numbers[-3:]))

    def loans_of(self, who: Person) -> list[str]:
        """Numbers that they were told."""
        told = [self._papers[who.guardian.msisdn]] if who.guardian.msisdn in self._papers else []
        for text in self._texts_of(who):
            told += LOAN.findall(text)
        return list(dict.fromkeys(told))

    # --- a loan ----------------------------------------------------------------------------------------------------

    async def _wants(self, who: Person) -> None:
        """By the menu, or by text: what it costs is read back, and mostly wanted."""
        if self._percent(50):
            await self._dials(who, BORROW)
            return
        product = self._one_of(("BODA", "STOCK", "FARM", "boda", ""))
        wanted, count = (5 + self._random.below(45)) * 100, self._one_of((1, 2, 3, 4, 4))
        words = self._one_of((f"APPLY {wanted} {count} {product}", f"naomba mkopo {product} {wanted} {count}"))
        shown = sums_in(await self._says(who, words))
        if len(shown) < 4 or self._percent(15):
            return
        self._asked_for(who, await self._says(who, self._one_of(_YES)), shown[1])

    def _asked_for(self, who: Person, answer: str, sent: int) -> None:
        """Their officers will know what they asked for, and to whom it goes."""
        phone = who.guardian.msisdn.digits
        for number in LOAN.findall(answer):
            self._officers[who.school.slug].asked.setdefault(number, Asked(phone, phone, sent))

    async def _dials(self, who: Person, errand: Errand) -> None:
        await super()._dials(who, errand)
        told = next(one for one in reversed(self.dialogues) if one.who is who)
        for page, following in zip(told.screens, told.screens[1:], strict=False):
            if line_for(_ACCEPTS, lines_on(page)) and SUM.search(page):
                self._asked_for(who, following, sums_in(page)[0])

    # --- paying it back --------------------------------------------------------------------------------------------

    async def _pays_by_text(self, who: Person, number: str) -> None:
        """Said clearly, the phone is asked at once; else it is read back first."""
        amount, short = self._due(who, number), number[5:].lstrip("0")
        words = (
            *(f"pay {number} {amount}", f"PAY loan {short} {amount}", f"lipa {self._slipped(number)} {amount}/="),
            *(f"{amount} for {number.lower()} pls pay", f"pay {number}", f"lipa {amount}"),
        )
        await self._agrees(who, self._one_of(words), amount)

    async def _pays_by_paybill(self, who: Person, number: str) -> None:
        reference = self._one_of((number, number, number, self._slipped(number), self._reference(who, number)))
        await self._pays(who, reference, self._due(who, number))

    async def _pays(self, who: Person, reference: str, amount: int) -> None:
        self.intents += 1
        phone, wanted = who.guardian.msisdn, Money(amount * KES.unit, KES)
        self._pretend.mpesa.set_balance(phone, max(self._pretend.mpesa.balance(phone), wanted))
        self._wrote(phone, reference)
        await self._pretend.phones.paybill(phone, who.school.shortcode, reference, str(amount))

    async def _pays_by_menu(self, who: Person, number: str) -> None:
        await self._dials(who, self._one_of(ERRANDS))

    async def _settles(self, who: Person, number: str) -> None:
        """Asks what ends it, and pays that; at times on another day, when it is something else."""
        told = sums_in(await self._says(who, self._one_of((number, f"LOAN {number}", f"balance {number}"))))
        if not told:
            return
        amount = -(-max(told) // KES.unit)
        pays = partial(self._with_phone, who, partial(self._pays, who, number, amount))
        if self._percent(70):
            await self._pays(who, number, amount)
        else:
            self.follow_ups.append((timedelta(hours=1 + self._random.below(70)), pays))

    async def _mistakes(self, who: Person, number: str) -> None:
        """Pays for another loan, of theirs or of somebody else, sees it, and moves the money: mostly."""
        others = [one for one in self.loans_of(who) if one != number]
        wrong = self._one_of(others) if others and self._percent(60) else f"LOAN-{1 + self._random.below(14):06d}"
        await self._pays(who, wrong, self._due(who, number))
        done = [one for one in self._pretend.mpesa.transactions[-50:] if one.payer == who.guardian.msisdn]
        if done and self._percent(85):
            moves = partial(self._with_phone, who, partial(self._moves, who, done[-1].receipt, number, wrong))
            self.follow_ups.append((timedelta(minutes=5 + self._random.below(60 * 60)), moves))

    async def _moves(self, who: Person, receipt: str, number: str, wrong: str) -> None:
        """To where it was meant; one of four finds then that it had been right."""
        await self._yes_to(who, self._one_of((f"MOVE {receipt} {number}", f"hamisha {receipt} {number}")))
        if self._percent(25):
            back = partial(self._with_phone, who, partial(self._yes_to, who, f"MOVE {receipt} {wrong}"))
            self.follow_ups.append((timedelta(hours=1 + self._random.below(72)), back))

    # --- words -----------------------------------------------------------------------------------------------------

    async def _asks(self, who: Person, number: str) -> None:
        await self._says(who, self._one_of(("my loan", "how much do I owe", f"salio {number}", "LOAN", number.lower())))

    async def _promises(self, who: Person, number: str) -> None:
        """And keeps it, or not."""
        amount, day = self._due(who, number), self._one_of(_DAYS[1:])
        await self._yes_to(who, f"PROMISE {number} {amount} {day}")
        if self._percent(55):
            pays = partial(self._with_phone, who, partial(self._pays, who, number, amount))
            self.follow_ups.append((timedelta(hours=2 + self._random.below(60)), pays))

    async def _what_if(self, who: Person, number: str) -> None:
        """And does it, mostly."""
        amount = 50 + self._random.below(3_000)
        told = await self._says(who, f"WHATIF {number} {amount} {self._one_of(_DAYS)}")
        if sums_in(told) and self._percent(75):
            await self._says(who, self._one_of(_YES))
            await self._answers_prompts(who, self._phone(who), Dialogue(who, self._clock.now()))

    async def _yes_to(self, who: Person, words: str) -> None:
        """What is read back is mostly what they meant."""
        if sums_in(await self._says(who, words)) and self._percent(85):
            await self._says(who, self._one_of(_YES))

    async def _agrees(self, who: Person, words: str, amount: int) -> None:
        """Words after which the phone may ask for that sum; where one is read back instead, a yes to it."""
        self._lets_ask(who, {amount * KES.unit}, days=1)
        told = await self._says(who, words)
        if sums_in(told) and not self._phone(who).prompts and self._percent(80):
            await self._says(who, self._one_of(_YES))
        await self._answers_prompts(who, self._phone(who), Dialogue(who, self._clock.now()))

    def _lets_ask(self, who: Person, sums: set[int], *, days: int) -> None:
        now, phone = self._clock.now(), who.guardian.msisdn
        self.agreed.append(Agreed(phone, who.school.shortcode, frozenset(sums), now, now + timedelta(days=days)))

    async def _says(self, who: Person, words: str) -> str:
        """Texts it, and waits a little; what came in answer, or "". A yes is one to whatever was read back within a day."""
        self.intents += 1
        phone, said_at = self._phone(who), self._clock.now()
        if words in _YES:
            read = [sms.text for sms in phone.inbox if sms.at > said_at - _READ_BACK_FOR]
            self._lets_ask(who, {minor for text in read for minor in sums_in(text)}, days=10)
        self._wrote(phone.msisdn, words)
        await self._pretend.phones.text(phone.msisdn, who.school.number, words)
        await self._clock.sleep(8 + self._random.below(60))
        return next((sms.text for sms in reversed(phone.inbox) if sms.at > said_at), "")

    def _texts_of(self, who: Person) -> list[str]:
        """What this lender wrote."""
        return [sms.text for sms in self._phone(who).inbox if sms.text.startswith(f"{who.school.name}:")]

    def _phone(self, who: Person) -> Handset:
        return self._pretend.phones.of(who.guardian.msisdn)

    # --- chance ----------------------------------------------------------------------------------------------------

    def _due(self, who: Person, number: str) -> int:
        """In shillings: mostly what a text told of it, a part of that, more than that, or whatever."""
        texts = self._texts_of(who)
        told = [minor for text in texts[-12:] if number in text for minor in sums_in(text)]
        if not told or self._percent(15):
            return 20 + self._random.below(1_500)
        whole = -(-self._one_of(told) // KES.unit)
        return max(whole * self._one_of((1, 1, 1, 2)) // self._one_of((1, 1, 1, 3)), 1)

    def _slipped(self, number: str) -> str:
        """As a hurried hand writes it."""
        bare = number[5:]
        written = (number.replace("0", "O", 2), f"l0an-{bare}", f"loan {bare.lstrip('0')}", f"LOAN{bare}")
        return self._one_of((*written, number.replace("-", " ").lower(), number.replace("1", "I")))

    def _reference(self, who: Person, number: str) -> str:
        """The own phone, another's loan, or nothing that names any."""
        phone = f"0{who.guardian.msisdn.digits[3:]}"
        return self._one_of((phone, phone, f"LOAN-{1 + self._random.below(14):06d}", number[:-1], self._one_of(_VAGUE)))

    def _number(self, who: Person) -> str:
        numbers: Sequence[str] = self.loans_of(who)
        return self._slipped(self._one_of(numbers)) if numbers else "LOAN-000001"

    def _sum(self, who: Person) -> str:
        """What a page asks for: a loan's sum, or a payment's."""
        return str((5 + self._random.below(60)) * 100 if self._percent(60) else 20 + self._random.below(2_000))

    def _key(self, who: Person, screen: str, errand: Errand) -> str:
        return who.guardian.name if screen.startswith(_NAME_PAGES) else super()._key(who, screen, errand)


_ACTS: tuple[Act, ...] = (
    *(Borrowers._pays_by_text, Borrowers._pays_by_text, Borrowers._pays_by_text, Borrowers._pays_by_paybill),
    *(Borrowers._pays_by_paybill, Borrowers._pays_by_paybill, Borrowers._pays_by_menu, Borrowers._pays_by_menu),
    *(Borrowers._settles, Borrowers._mistakes, Borrowers._mistakes, Borrowers._asks, Borrowers._promises),
    *(Borrowers._promises, Borrowers._promises, Borrowers._promises, Borrowers._what_if, Borrowers._what_if),
)
"""As often as each stands here."""


def sums_in(text: str) -> list[int]:
    """Minor units of each sum that a text names."""
    return [round(float(found.replace(",", "")) * KES.unit) for found in SUM.findall(text)]
