"""The cheap laws: what can be seen to be broken after each step, from what the world saw and a few small questions.

Nothing here asks the program what it meant to do. `story.py` has everything recounted more rarely.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa

from core.phones import Msisdn
from sandbox.moods import Letter
from sandbox.school import SchoolPlan
from simulation import seen
from simulation.crowd import Crowd
from simulation.heard import Heard
from simulation.screens import ScreenLaws
from simulation.texts import TextLaws
from simulation.town import Town
from storage.tables import organisations
from storage.tx import Tx

_RECEIPT = re.compile(rb'"(?:TransID|MpesaReceiptNumber","Value)":"([0-9A-Z]{10})"')


class Watch:
    """Looks at the town after each step. Every answer is a list of broken laws, in words; empty when all is well."""

    def __init__(self, town: Town, crowd: Crowd) -> None:
        self._town = town
        families, ids = _families(town.plans), town.look(_organisations)
        spoken = _spoken(town.plans)
        for clerk in (clerk for office in town.offices for clerk in office.clerks):
            spoken[clerk.msisdn].add("en")
        for family in (family for plan in town.lenders for family in plan.families):
            spoken[family.guardians[0].msisdn] |= {"en", "sw"}  # they write both
        self._texts = TextLaws(town, crowd, families, ids, spoken)
        self._screens = ScreenLaws(town, crowd, families, ids, spoken)
        self.heard = Heard(town, ids)
        self._acknowledged: list[str] = []
        self._commits = -1
        self.checked = 0
        town.pretend.mpesa.courier.on_accepted = self._note_acknowledged

    def look(self) -> list[str]:
        """What the last step broke."""
        self.checked += 1
        with self._town.machine.looking():
            # Screens before texts: they show a language that was chosen and given up again since the last look.
            broken = [*self._of_books(), *self._screens.broken(), *self._texts.broken()]
        return broken + [f"a use case failed unexpectedly: {bug}" for bug in self._town.bugs]

    def _note_acknowledged(self, letter: Letter) -> None:
        """M-Pesa was told that we have it: from now on it is ours to remember."""
        if found := _RECEIPT.search(letter.body):
            self._acknowledged.append(found[1].decode())

    def _of_books(self) -> Iterator[str]:
        """Asked when something was written since the last time, or somebody was told that it was."""
        commits = self._town.machine.commits
        if commits == self._commits and not self._acknowledged:
            return
        self._commits = commits
        found: seen.Sums = self._town.look(lambda tx: seen.sums(tx, self._acknowledged))
        self._acknowledged.clear()
        yield from (f"coin {receipt} was acknowledged and is not in the books" for receipt in found.forgotten)
        if found.trial_balance:
            yield f"the trial balance is {found.trial_balance}"
        if found.coins > len(self._town.pretend.mpesa.transactions):
            yield f"{found.coins} coins in the books, {len(self._town.pretend.mpesa.transactions)} at M-Pesa"
        for organisation, count, highest in found.receipts:
            if count != highest:
                yield f"organisation {organisation} has {count} receipts up to number {highest}"


def _families(plans: Sequence[SchoolPlan]) -> dict[Msisdn, set[str]]:
    """Whose children each phone may see, at any school."""
    found: dict[Msisdn, set[str]] = defaultdict(set)
    for plan in plans:
        for family in plan.families:
            for guardian in family.guardians:
                found[guardian.msisdn] |= {student.number for student in family.students}
    return found


def _spoken(plans: Sequence[SchoolPlan]) -> dict[Msisdn, set[str]]:
    """The languages of each phone at the beginning; those that its owner chooses come to them."""
    found: dict[Msisdn, set[str]] = defaultdict(set)
    for plan in plans:
        for family in plan.families:
            for guardian in family.guardians:
                found[guardian.msisdn].add(guardian.language)
    return found


def _organisations(tx: Tx) -> dict[str, UUID]:
    rows = tx.connection.execute(sa.select(organisations.c.slug, organisations.c.id))
    return {row.slug: row.id for row in rows}
