"""What people do with their phones: dial and lose their way, pay in fragments, pay twice, promise, ask, mistype, text, fall silent.

They read the digits that open a screen's lines, as a hurried thumb does; only who is on an errand reads the words behind them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from core.errors import DomainError
from core.money import Currency, Money
from core.phones import Msisdn
from core.ports import Clock, Random
from sandbox.demo import Simulators
from sandbox.moods import Dice
from sandbox.mpesa import OPENING_BALANCE
from sandbox.phones import Handset
from simulation.errands import ASK, ERRANDS, OF_FAMILIES, PAY, Errand, line_for, lines_on
from simulation.people import Person
from simulation.promisers import parts_of, promised
from simulation.remembered import Agreed, Dialogue, Prompted, Shown
from simulation.scraps import receipt_code, scrap

T = TypeVar("T")
KES = Currency.KES

_GARBAGE = ("", "9", "77", "*", "pay", "1O0", "-5", "0x1", "999999999999", "12.345", "é", "1*1", "😀", "' OR 1=1", "00")
STOPS = ("STOP", "STOP reminders", "acha", "hagarika")
STARTS = ("START", "anza")
_WORDS = (*STOPS, "STOP reminders", "STOP reminders", *STARTS, "Is there school on Monday?", "?", "PAY", "")
_VAGUE = ("school fees", "fees", "karo", "term", "0")
"""What names nobody."""
_SUM = re.compile(r"KSh ([0-9,]+)")
_OWN_NAME = "Kiswahili"
"""Stands on the page that offers languages, and nowhere else."""
KEYS = ("0", "00", "98")
"""Back, home, more: no lines of a list."""


class Crowd:
    """Carries out what people want. `intents` counts everything that somebody tried."""

    def __init__(self, pretend: Simulators, clock: Clock, random: Random, errands: Sequence[Errand] = ERRANDS) -> None:
        self._errands = errands
        self._pretend = pretend
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._in_hand: set[Msisdn] = set()
        self._stopped: set[Msisdn] = set()
        """Who said stop and has not said start since."""
        self.intents = 0
        self.seen: list[Shown] = []
        """Screens that were shown since somebody last looked."""
        self.prompted: list[Prompted] = []
        """Likewise, prompts."""
        self.dialogues: list[Dialogue] = []
        self.agreed: list[Agreed] = []
        """What was said by text that a phone may ask for; each is used once."""
        self.typed: dict[Msisdn, set[str]] = {}
        """Everything that each phone ever sent as a number or reference, letters and digits only."""
        self.follow_ups: list[tuple[timedelta, Callable[[], Awaitable[None]]]] = []
        """What somebody means to do soon: to keep a promise, to ask."""

    async def acts(self, who: Person, errand: Errand | None = None) -> None:
        """One thing that this person may do today, whatever or that, unless the phone is in their hand already: it has one screen."""
        await self._with_phone(who, partial(self._dials, who, errand) if errand else partial(self._tries, who))

    async def _with_phone(self, who: Person, act: Callable[[], Awaitable[None]]) -> None:
        phone = who.guardian.msisdn
        if phone in self._in_hand:
            return
        self._in_hand.add(phone)
        try:
            await act()
        finally:
            self._in_hand.discard(phone)

    async def _tries(self, who: Person) -> None:
        if who.temper.is_poor:
            self._earns(who)
        if self._percent(60 if who.guardian.msisdn in self._stopped else who.temper.texts):
            await self._texts(who)
        elif self._percent(who.temper.uses_menu):
            errand = self._one_of(self._errands_of(who)) if self._percent(who.temper.errands) else PAY
            await self._dials(who, errand)
            if self._percent(12):
                await self._dials(who, PAY)
        else:
            await self._pays_from_own_menu(who)

    def _earns(self, who: Person) -> None:
        """Some hundred shillings, and what was left."""
        mpesa, phone = self._pretend.mpesa, who.guardian.msisdn
        had = mpesa.balance(phone)
        wages = (100 + self._random.below(900)) * KES.unit
        mpesa.set_balance(phone, Money(wages if had == OPENING_BALANCE else had.minor + wages, KES))

    # --- the service's menu ----------------------------------------------------------------------------------------

    async def _dials(self, who: Person, errand: Errand) -> None:
        self.intents += 1
        phone, code = who.guardian.msisdn, who.school.ussd_code
        handset = self._pretend.phones.of(phone)
        told = Dialogue(who, self._clock.now())
        self.dialogues.append(told)
        await self._pretend.phones.dial(phone, code)
        self._saw(told, handset)
        for _ in range(errand.keys + self._random.below(8)):
            await self._clock.sleep(1 + self._random.below(8))
            if not handset.is_open:
                break
            if self._percent(3 if told.typed else 10):
                await self._pretend.phones.hang_up(phone)
                break
            told.typed.append(key := self._key(who, handset.screen, errand))
            self._wrote(phone, key)
            await self._pretend.phones.key(phone, key)
            self._saw(told, handset)
        told.ended_at = self._clock.now()
        self._means_to_keep(who, told)
        await self._answers_prompts(who, handset, told)

    def _means_to_keep(self, who: Person, told: Dialogue) -> None:
        """Of four who gave their word, two keep it to the shilling, and one comes back to do something."""
        word = promised(told, who)
        if word is None or self._percent(25):
            return
        if self._percent(33):
            self.follow_ups.append((timedelta(hours=6 + self._random.below(24 * 14)), partial(self.acts, who)))
            return
        for at, amount in parts_of(word, self._clock.now(), self._random):
            pays = partial(self._pays_exactly, who, word.number, amount)
            self.follow_ups.append((at - self._clock.now(), partial(self._with_phone, who, pays)))

    async def _pays_exactly(self, who: Person, number: str, amount: int) -> None:
        """What was saved for it, by paybill, without a slip."""
        self.intents += 1
        mpesa, phone, wanted = self._pretend.mpesa, who.guardian.msisdn, Money(amount * KES.unit, KES)
        mpesa.set_balance(phone, max(mpesa.balance(phone), wanted))
        self._wrote(phone, number)
        await self._pretend.phones.paybill(phone, who.school.shortcode, number, str(amount))

    def _key(self, who: Person, screen: str, errand: Errand) -> str:
        """Mostly the line that leads on or the first, sometimes another one, now and then nonsense; where nothing is listed,
        what the page may ask for."""
        if self._percent(who.temper.slips // 3):
            return self._one_of(_GARBAGE)
        lines = lines_on(screen)
        choices = [number for number in lines if number not in KEYS]
        if not choices:
            return self._answer(who, errand)
        if (wanted := line_for(errand, lines)) and not self._percent(8):
            return wanted
        if errand.hurries:
            return choices[0]
        if "98 " in screen and self._percent(25):
            return "98"
        if self._percent(5):
            return self._one_of(KEYS)
        return choices[0] if self._percent(60) else self._one_of(choices)

    def _answer(self, who: Person, errand: Errand) -> str:
        match errand.types:
            case "scrap":
                return errand.says or scrap(who, self._pretend, self._random, self._sum(who), self._number(who))
            case "number":
                return self._one_of((self._number(who), self._number(who), self._sum(who)))
            case "code":
                return receipt_code(who, self._pretend, self._random)
            case "sum":
                return self._sum(who)
        return self._one_of((self._sum(who), self._number(who), self._sum(who)))

    async def _answers_prompts(self, who: Person, handset: Handset, told: Dialogue) -> None:
        for _ in range(12):
            await self._clock.sleep(1)
            if handset.prompts:
                break
        for prompt in tuple(handset.prompts):
            self.prompted.append(Prompted(who, prompt, told.screens[-1] if told.screens else ""))
            await self._clock.sleep(2 + self._random.below(20))
            answer = "pin"
            if self._percent(who.temper.cancels):
                answer = self._one_of(("cancel", "ignore", "wrong_pin"))
            if prompt in handset.prompts:
                await self._pretend.phones.answer(handset.msisdn, prompt.id, answer)

    def _errands_of(self, who: Person) -> Sequence[Errand]:
        """Who has several children says now and then how money is divided between them."""
        return self._errands if len(who.family.students) < 2 else (*self._errands, *OF_FAMILIES)

    # --- the wallet's own menu -------------------------------------------------------------------------------------

    async def _pays_from_own_menu(self, who: Person) -> None:
        amount, reference = self._sum_told(who) or self._sum(who), self._number(who)
        self._wrote(who.guardian.msisdn, reference)
        for _ in range(2 if self._percent(who.temper.doubles) else 1):
            self.intents += 1
            await self._pretend.phones.paybill(who.guardian.msisdn, who.school.shortcode, reference, amount)
            await self._clock.sleep(30 + self._random.below(300) if self._percent(70) else self._random.below(2))
        if who.is_neighbour and self._percent(50):
            family = replace(who, guardian=who.family.guardians[0], is_neighbour=False)
            asks = partial(self.acts, family, replace(ASK, says=amount))
            self.follow_ups.append((timedelta(minutes=10 + self._random.below(300)), asks))

    # --- texts -----------------------------------------------------------------------------------------------------

    async def _texts(self, who: Person) -> None:
        """Now and then a word; who said stop mostly wants our texts again."""
        self.intents += 1
        phone = who.guardian.msisdn
        word = "START" if phone in self._stopped and self._percent(70) else self._one_of(_WORDS)
        self._stopped = (
            self._stopped - {phone} if word == "START" else self._stopped | ({phone} if word in STOPS else set())
        )
        await self._pretend.phones.text(phone, who.school.number, word)
        if phone in self._stopped and self._percent(80):
            self.follow_ups.append((timedelta(hours=12 + self._random.below(24 * 6)), partial(self.acts, who)))

    # --- chance ----------------------------------------------------------------------------------------------------

    def _number(self, who: Person) -> str:
        """A child's number as this hand types it: now and then with a slip, another family's, or the own phone's."""
        number = self._one_of(who.family.students).number
        if who.is_neighbour and self._percent(40):  # pays for children of several families
            return self._one_of(self._one_of(who.school.families).students).number
        if self._percent(who.temper.slips):
            return self._one_of(
                (
                    number.lower(),
                    f"{number[:2]} {number[2:]}",
                    number[:-1],
                    number.replace(number[-1], "7"),
                    self._one_of(self._one_of(who.school.families).students).number,
                    f"0{who.guardian.msisdn.digits[3:]}",
                    "school fees",
                    "",
                )
            )
        if len(who.family.students) > 1 and self._percent(40):
            return f"0{who.guardian.msisdn.digits[3:]}" if self._percent(70) else self._one_of(_VAGUE)
        return number

    def _sum_told(self, who: Person) -> str | None:
        """Now and then a sum out of the last text, rounded or misread by some shillings; or by a lot."""
        if not self._percent(20):
            return None
        inbox = self._pretend.phones.of(who.guardian.msisdn).inbox
        sums = _SUM.findall(inbox[-1].text) if inbox else []
        told = int(self._one_of(sums).replace(",", "")) if sums else 0
        slip = self._one_of((0, 0, 5, -5, 10, 40, -300, 2_000))
        return str(told + slip) if told + slip > 0 else None

    def _sum(self, who: Person) -> str:
        """Mostly round, at times not divisible by anything, as a family's shares then are not either; of the poor, mostly what is
        in the wallet or less."""
        if who.temper.is_poor and not self._percent(15):
            return str(1 + self._random.below(self._pretend.mpesa.balance(who.guardian.msisdn).whole_units + 1))
        return str((1 + self._random.below(80)) * 100 if self._percent(70) else 1 + self._random.below(25_000))

    def _one_of(self, these: Sequence[T]) -> T:
        return these[self._random.below(len(these))]

    def _percent(self, hundredths: int) -> bool:
        return self._dice.falls(hundredths / 100)

    # --- what they remember ----------------------------------------------------------------------------------------

    def _saw(self, told: Dialogue, handset: Handset) -> None:
        before = told.screens[-1] if told.screens else ""
        told.screens.append(handset.screen)
        chose = any(_OWN_NAME in screen for screen in told.screens)
        typed, first = tuple(told.typed), told.screens[0]
        self.seen.append(Shown(told.who, typed, before, handset.screen, handset.is_open, chose, told.began_at, first))

    def _wrote(self, phone: Msisdn, text: str) -> None:
        said = "".join(letter for letter in text.casefold() if letter.isalnum())
        if said:
            self.typed.setdefault(phone, set()).add(said)


async def forgiving(act: Callable[[], Awaitable[None]]) -> None:
    """People try things that a phone refuses (an empty sum, a code that is gone): nothing happens then."""
    try:
        await act()
    except DomainError:
        return
