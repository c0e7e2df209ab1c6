"""Laws of what people read on their screens: short enough, theirs alone, in their language, and what they chose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from uuid import UUID

from core.callers import LANGUAGES
from core.phones import Msisdn
from dialogue.conversation import first_language
from dialogue.flows import GRAPH
from sandbox.dialogues import GATEWAY_ERROR
from sandbox.mpesa import Push
from sandbox.phones import INVALID_CODE
from simulation import seen
from simulation.borrowers import LOAN
from simulation.crowd import KEYS, Crowd
from simulation.errands import lines_on
from simulation.lent_texts import LoanTexts
from simulation.people import Person
from simulation.places import Lender
from simulation.remembered import Dialogue, Prompted, Shown
from simulation.texts import NUMBER
from simulation.tongues import is_foreign
from simulation.town import Town
from storage import people

_RECEIPT = re.compile(r"\bR([0-9]{6})\b")
_SUM = re.compile(r"KSh ([0-9,]+)")
_MORE = re.compile(r"(?:^|\s)98 [^\n0-9]*$")
"""Offered in the last line."""
_FACT = re.compile(r"\{[^}]*\}")
_EAT = timedelta(hours=3)
_OFFERS = tuple(spoken.screens[GRAPH.resume].text.partition("{")[0] for spoken in GRAPH.spoken.values())
"""How the pages begin that offer to go on with what broke off."""
PROMPTED_WITHIN = timedelta(seconds=150)
"""After its dialogue, a phone is asked by then or not at all: 93 s, and as much as a process's clock may be wrong."""
REMEMBERED = timedelta(hours=2)


class ScreenLaws:
    """Looks at each screen and prompt once, soon after it was shown."""

    def __init__(
        self,
        town: Town,
        crowd: Crowd,
        families: Mapping[Msisdn, set[str]],
        organisations: Mapping[str, UUID],
        spoken: dict[Msisdn, set[str]],
    ) -> None:
        """`spoken`: the languages that each phone ever had; those that are found are added."""
        self._town = town
        self._crowd = crowd
        self._families = families
        self._organisations = organisations
        self._spoken = spoken
        self._children = _by_name(town)
        self._loans = LoanTexts(town, organisations, crowd.typed)
        self._answered: set[int] = set()
        self._pushes = 0

    def broken(self) -> list[str]:
        crowd = self._crowd
        found = [law for shown in crowd.seen for law in self._of_screen(shown)]
        found += [law for prompted in crowd.prompted for law in self._of_prompt(prompted)]
        found += self._of_pushes()
        crowd.seen.clear()
        crowd.prompted.clear()
        return found

    # --- screens -----------------------------------------------------------------------------------------------------

    def _of_screen(self, shown: Shown) -> Iterator[str]:
        screen, who = shown.screen, shown.who
        if screen in (GATEWAY_ERROR, INVALID_CODE):
            return  # what the network itself says
        after = f"after {'*'.join(shown.typed)!r}"
        if len(screen) > 160:
            yield f"a screen of {len(screen)} characters {after}"
        if not shown.typed and not shown.is_open and not _is_apology(shown):
            yield f"a dial began with an end: {screen[:60]!r}"
        typed = _plain("".join(shown.typed))
        prefix = next((student.number[:2] for student in who.school.families[0].students), "-")
        for number in NUMBER.findall(screen):
            is_theirs = number in self._families[who.guardian.msisdn] and number.startswith(prefix)
            if not is_theirs and number.lower() not in typed and not self._ever_typed(who.guardian.msisdn, number):
                yield f"{who.guardian.msisdn.masked} was shown {number} {after}"
        for name, numbers in self._children.items():
            if name in screen and not numbers & self._families[who.guardian.msisdn]:
                yield f"{who.guardian.msisdn.masked} was shown {name} {after}"
        if isinstance(who.school, Lender):
            yield from self._loans.of_others(who.school, who.guardian.msisdn, screen, after)
        yield from self._of_receipts(shown, typed, after)
        yield from self._of_choice(shown, after)
        yield from self._of_language(shown, after)

    def _ever_typed(self, phone: Msisdn, number: str) -> bool:
        """In this dialogue or an earlier one: what broke off is offered again."""
        return any(number.lower() in text for text in self._crowd.typed.get(phone, ()))

    def _of_receipts(self, shown: Shown, typed: str, after: str) -> Iterator[str]:
        """A receipt's number is shown to who paid, who answers for whom it settled, and who typed its code. Every school
        counts from one, and a code may be any school's."""
        phone = shown.who.guardian.msisdn
        said = {typed, *self._crowd.typed.get(phone, ())}
        for digits in _RECEIPT.findall(shown.screen):
            found = self._town.look(partial(seen.receipted, number=int(digits)))
            if not any(self._is_theirs(shown.who, said, digits, *one) for one in found):
                yield f"{phone.masked} was shown receipt R{digits} of others {after}"

    def _is_theirs(self, who: Person, said: set[str], digits: str, receipt: str, code: str, students: set[str]) -> bool:
        phone = who.guardian.msisdn
        if isinstance(who.school, Lender):
            plan = who.school
            lent = [number for number in students if LOAN.fullmatch(number)]
            is_theirs = any(self._loans.answers_for(plan, number, phone) for number in lent)
        else:
            is_theirs = bool(students & self._families[phone])
        if is_theirs or any(_plain(one) in text for one in (receipt, code, digits) for text in said):
            return True
        return any(done.receipt == receipt and done.payer == phone for done in self._town.pretend.mpesa.transactions)

    def _of_choice(self, shown: Shown, after: str) -> Iterator[str]:
        """Lists go on where they stopped, and a line that names a child leads to that child."""
        if not shown.typed or not shown.before or self._is_walked_from_home(shown) or self._is_begun_anew(shown):
            return
        before, now, key = lines_on(shown.before), lines_on(shown.screen), shown.typed[-1].strip()
        listed = [int(number) for number in before if number not in KEYS]
        following = [int(number) for number in now if number not in KEYS]
        goes_on = not listed or not following or following[0] == listed[-1] + 1
        if key == "98" and _MORE.search(shown.before) and not goes_on and not self._is_walked_past(shown):
            yield f"a list went on at {following[0]} behind {listed[-1]} {after}"
        if key in KEYS or key not in before:
            return
        children = {student.name for family in (shown.who.family,) for student in family.students}
        chosen = [name for name in children if before[key].startswith(name)]
        others = [name for name in children if name in shown.screen and name not in chosen]
        if chosen and others and chosen[0] not in shown.screen:
            yield f"{chosen[0]} was chosen and {others[0]} was shown {after}"
        if isinstance(shown.who.school, Lender):
            yield from _of_chosen_loan(shown, before[key], after)

    def _is_walked_from_home(self, shown: Shown) -> bool:
        """The process that remembered where this dialogue went on is gone: another page may come, but nothing is asked for."""
        return shown.began_at <= self._town.started_at and any(shown.first.startswith(one) for one in _OFFERS)

    def _is_begun_anew(self, shown: Shown) -> bool:
        """That process is gone, and its page too: what was paid meanwhile may have made it so short that the key that was
        pressed stands there no more."""
        return shown.began_at <= self._town.started_at and _refuses(shown.screen)

    def _is_walked_past(self, shown: Shown) -> bool:
        """The page before refused two keys that came as one, for the first was lost on its way; the process that refused them is
        gone, and to the next one they lead somewhere."""
        return shown.began_at <= self._town.started_at and _refuses(shown.before)

    def _of_language(self, shown: Shown, after: str) -> Iterator[str]:
        phone = shown.who.guardian.msisdn
        known = self._spoken.setdefault(phone, {first_language(phone)})
        chosen = self._town.look(lambda tx: people.languages_of(tx, [phone])).get(phone)
        if chosen:
            known.add(chosen)
        if shown.chose_language:  # two may be chosen between two looks at the books
            known.update(one for one in LANGUAGES if not is_foreign(shown.screen, one))
        if known and not shown.chose_language and not _is_apology(shown) and is_foreign(shown.screen, *known):
            yield f"a screen in a language that is none of {sorted(known)} {after}: {shown.screen[:60]!r}"

    # --- prompts -----------------------------------------------------------------------------------------------------

    def _of_prompt(self, prompted: Prompted) -> Iterator[str]:
        """A phone asks for a sum that its owner has just agreed to, in this dialogue or in one shortly before."""
        phone, asked_at = prompted.who.guardian.msisdn, pushed_at(prompted.prompt.id)
        told = [
            one
            for one in self._crowd.dialogues
            if one.who.guardian.msisdn == phone and one.screens and one.began_at > asked_at - 2 * PROMPTED_WITHIN
        ]
        named = [found for one in told for found in self._sums_agreed_to(one, asked_at)]
        sums = {found.replace(",", "") for found in named}
        is_due = all("PIN" in one.screens[-1] for one in told)
        if is_due and sums and str(prompted.prompt.amount.whole_units) not in sums:
            yield f"a phone asks for {prompted.prompt.amount} after {prompted.last_screen!r}"

    def _sums_agreed_to(self, told: Dialogue, at: datetime) -> list[str]:
        """What was named last; or at any time, where the power went meanwhile and a page before was agreed to unseen."""
        if self._was_cut(told, at):
            return [found for screen in told.screens for found in _SUM.findall(screen)]
        return _last_sums(told.screens)

    def _was_cut(self, told: Dialogue, at: datetime) -> bool:
        return told.began_at <= self._town.started_at <= (told.ended_at or at)

    def _of_pushes(self) -> Iterator[str]:
        """No phone is asked but after a dialogue or a text of its owner, and once for each."""
        now = self._town.clock.now()
        new = list(self._town.pretend.mpesa.pushes.values())[self._pushes :]
        self._pushes += len(new)
        for push in new:
            at = pushed_at(push.checkout_request_id)
            if self._was_texted(push, at):
                continue
            asked = next(
                (one for one in self._crowd.dialogues if self._may_ask(one, push.payer, push.payee.number, at)), None
            )
            if asked is None and not any(self._agreed_twice(one, push, at) for one in self._crowd.dialogues):
                yield f"{push.payer.masked} was asked for {push.amount} without having agreed, or twice"
            elif asked is not None:
                self._answered.add(id(asked))
        if self._crowd.dialogues and self._crowd.dialogues[0].began_at < now - 2 * REMEMBERED:
            kept = [one for one in self._crowd.dialogues if one.began_at > now - REMEMBERED]
            self._answered &= {id(one) for one in kept}
            self._crowd.dialogues[:] = kept

    def _agreed_twice(self, told: Dialogue, push: Push, at: datetime) -> bool:
        """The power went when somebody had agreed and the next screen was not shown: who forgot asks from home, and is agreed with
        once more, about another sum."""
        mine = told.who.guardian.msisdn == push.payer and told.who.school.shortcode == push.payee.number
        shown = {found.replace(",", "") for screen in told.screens for found in _SUM.findall(screen)}
        alike = [
            one
            for one in self._town.pretend.mpesa.pushes.values()
            if (one.payer, one.payee, one.amount) == (push.payer, push.payee, push.amount)
            and pushed_at(one.checkout_request_id) >= told.began_at - timedelta(seconds=1)
        ]
        is_soon = at <= (told.ended_at or at) + PROMPTED_WITHIN
        return (
            self._was_cut(told, at) and mine and is_soon and str(push.amount.whole_units) in shown and len(alike) == 1
        )

    def _was_texted(self, push: Push, at: datetime) -> bool:
        """Did its owner text that this sum may be asked for? That is used up then."""
        phone, shortcode, agreed = push.payer, push.payee.number, self._crowd.agreed
        for one in agreed:
            is_it = (one.phone, one.shortcode) == (phone, shortcode) and push.amount.minor in one.sums
            if is_it and one.at - timedelta(seconds=1) <= at <= one.until:
                agreed.remove(one)
                return True
        return False

    def _may_ask(self, told: Dialogue, phone: Msisdn, shortcode: str, at: datetime) -> bool:
        mine = told.who.guardian.msisdn == phone and told.who.school.shortcode == shortcode
        until = (told.ended_at or at) + PROMPTED_WITHIN
        return mine and id(told) not in self._answered and told.began_at - timedelta(seconds=1) <= at <= until


def _of_chosen_loan(shown: Shown, line: str, after: str) -> Iterator[str]:
    """A line that names a loan, or stands on the page of one, leads to that loan."""
    chosen, following = {*(LOAN.findall(line) or LOAN.findall(shown.before))}, {*LOAN.findall(shown.screen)}
    if len(chosen) == 1 and following - chosen:
        yield f"{chosen.pop()} was chosen and {following.pop()} was shown {after}"


def _last_sums(screens: Sequence[str]) -> list[str]:
    """The sums that a dialogue named last: an apology for a slow answer names none, the page that it answers does."""
    return _SUM.findall(screens[-1]) or (_SUM.findall(screens[-2]) if len(screens) > 1 else [])


def _by_name(town: Town) -> dict[str, set[str]]:
    """The numbers of all children that bear a name."""
    found: dict[str, set[str]] = {}
    for student in (student for plan in town.plans for family in plan.families for student in family.students):
        found.setdefault(student.name, set()).add(student.number)
    return found


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _refuses(screen: str) -> bool:
    """Does it say that what was typed is not offered?"""
    return any(screen.startswith(spoken.errors["not_offered"]) for spoken in GRAPH.spoken.values())


def _is_apology(shown: Shown) -> bool:
    """What is said before anybody was recognised comes in the country's first language."""
    return bool(_apologies(first_language(shown.who.guardian.msisdn)).match(shown.screen))


@cache
def _apologies(language: str) -> re.Pattern[str]:
    """Their words, with anything where a fact stands: one begins with a fact."""
    texts = GRAPH.spoken[language].apologies.values()
    return re.compile("|".join(".*".join(map(re.escape, _FACT.split(text))) for text in texts), re.DOTALL)


def pushed_at(checkout_request_id: str) -> datetime:
    """When M-Pesa named a prompt: its name says so, to the second."""
    stamp = checkout_request_id.removeprefix("ws_CO_")[:14]
    return datetime.strptime(stamp, "%d%m%Y%H%M%S").replace(tzinfo=UTC) - _EAT
