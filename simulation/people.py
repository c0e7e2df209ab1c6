"""What guardians do with their phones: dial and lose their way, pay in fragments, pay twice, mistype, text, fall silent.

They read nothing but the digits that open a screen's lines, as a hurried thumb does; no menu's layout is known here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.errors import DomainError
from core.ports import Clock, Random
from sandbox.demo import Simulators
from sandbox.moods import Dice
from sandbox.phones import Handset
from sandbox.school import Family, Guardian, SchoolPlan

T = TypeVar("T")

_CHOICE = re.compile(r"^([0-9]{1,2})[ .:)]", re.MULTILINE)
_GARBAGE = ("", "9", "77", "*", "pay", "1O0", "-5", "0x1", "999999999999", "12.345", "é", "1*1", "😀", "' OR 1=1", "00")
_WORDS = ("STOP", "START", "STOP reminders", "acha", "anza", "hagarika", "Is there school on Monday?", "?", "PAY", "")


@dataclass(frozen=True, slots=True)
class Temper:
    """How a family pays and errs, in parts of a hundred."""

    uses_menu: int
    """Dials, rather than paying from the wallet's own menu."""
    slips: int
    cancels: int
    doubles: int
    texts: int


@dataclass(frozen=True, slots=True)
class Person:
    """A guardian with a phone, a school and a temper."""

    guardian: Guardian
    family: Family
    school: SchoolPlan
    temper: Temper


def people_of(plan: SchoolPlan, random: Random) -> list[Person]:
    """Everybody who may call this school, each with a temper that falls to them by chance."""
    return [
        Person(guardian, family, plan, _temper(random)) for family in plan.families for guardian in family.guardians
    ]


def _temper(random: Random) -> Temper:
    return Temper(
        uses_menu=30 + random.below(60),
        slips=random.below(20),
        cancels=random.below(15),
        doubles=random.below(10),
        texts=random.below(10),
    )


class Crowd:
    """Carries out what people want. `intents` counts everything that somebody tried."""

    def __init__(self, pretend: Simulators, clock: Clock, random: Random) -> None:
        self._pretend = pretend
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self.intents = 0
        self.seen: list[tuple[Person, str, str]] = []
        """Screens that were shown since somebody last looked: to whom, what they had typed, what it said."""

    async def acts(self, who: Person) -> None:
        """One thing that this person may do today."""
        if self._percent(who.temper.texts):
            await self._texts(who)
        elif self._percent(who.temper.uses_menu):
            await self._dials(who)
        else:
            await self._pays_from_own_menu(who)

    # --- the service's menu ----------------------------------------------------------------------------------------

    async def _dials(self, who: Person) -> None:
        self.intents += 1
        phone, code = who.guardian.msisdn, who.school.ussd_code
        handset = self._pretend.phones.of(phone)
        await self._pretend.phones.dial(phone, code)
        typed: list[str] = []
        self._saw(who, handset, typed)
        for _ in range(2 + self._random.below(7)):
            await self._clock.sleep(1 + self._random.below(8))
            if not handset.is_open:
                break
            if self._percent(3):
                await self._pretend.phones.hang_up(phone)
                break
            typed.append(self._key(who, handset.screen))
            await self._pretend.phones.key(phone, typed[-1])
            self._saw(who, handset, typed)
        await self._answers_prompts(who, handset)

    def _key(self, who: Person, screen: str) -> str:
        """Mostly the first line, sometimes another one, now and then nonsense; where nothing is listed, a sum or a number."""
        if self._percent(who.temper.slips // 3):
            return self._one_of(_GARBAGE)
        listed: list[str] = _CHOICE.findall(screen)
        choices = [choice for choice in listed if choice not in ("0", "00", "98")]
        if not choices:
            return self._one_of((self._sum(), self._number(who), self._sum()))
        return choices[0] if self._percent(75) else self._one_of(choices)

    async def _answers_prompts(self, who: Person, handset: Handset) -> None:
        for _ in range(12):
            await self._clock.sleep(1)
            if handset.prompts:
                break
        for prompt in tuple(handset.prompts):
            await self._clock.sleep(2 + self._random.below(20))
            answer = "pin"
            if self._percent(who.temper.cancels):
                answer = self._one_of(("cancel", "ignore", "wrong_pin"))
            if prompt in handset.prompts:
                await self._pretend.phones.answer(handset.msisdn, prompt.id, answer)

    # --- the wallet's own menu -------------------------------------------------------------------------------------

    async def _pays_from_own_menu(self, who: Person) -> None:
        amount, reference = self._sum(), self._number(who)
        for _ in range(2 if self._percent(who.temper.doubles) else 1):
            self.intents += 1
            await self._pretend.phones.paybill(who.guardian.msisdn, who.school.shortcode, reference, amount)
            await self._clock.sleep(30 + self._random.below(300))

    # --- texts -----------------------------------------------------------------------------------------------------

    async def _texts(self, who: Person) -> None:
        self.intents += 1
        await self._pretend.phones.text(who.guardian.msisdn, who.school.number, self._one_of(_WORDS))

    # --- chance ----------------------------------------------------------------------------------------------------

    def _number(self, who: Person) -> str:
        """A child's number as this hand types it: now and then with a slip, or another family's."""
        number = self._one_of(who.family.students).number
        if self._percent(who.temper.slips):
            return self._one_of(
                (
                    number.lower(),
                    f"{number[:2]} {number[2:]}",
                    number[:-1],
                    number.replace(number[-1], "7"),
                    self._one_of(self._one_of(who.school.families).students).number,
                    "school fees",
                    "",
                )
            )
        return number

    def _sum(self) -> str:
        return str((1 + self._random.below(80)) * 100 if self._percent(70) else 1 + self._random.below(25_000))

    def _one_of(self, these: Sequence[T]) -> T:
        return these[self._random.below(len(these))]

    def _percent(self, hundredths: int) -> bool:
        return self._dice.falls(hundredths / 100)

    def _saw(self, who: Person, handset: Handset, typed: Sequence[str]) -> None:
        self.seen.append((who, "*".join(typed), handset.screen))


async def forgiving(act: Callable[[], Awaitable[None]]) -> None:
    """People try things that a phone refuses (an empty sum, a code that is gone): nothing happens then."""
    try:
        await act()
    except DomainError:
        return
