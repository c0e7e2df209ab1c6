"""A thousand scripted mishaps put to "where is my money?": answered within two screens, and nobody reads of others.

The judge does not know how answers are found: it looks into the books for where the money is, and at the page.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.money import Currency, Money
from core.phones import Msisdn
from dialogue.conversation import Hop
from dialogue.flows import GRAPH
from dialogue.program import Program
from dialogue.speech import money
from dialogue.talk import Talk
from storage.database import DatabaseUrl
from tests.stories.mishaps import MISHAPS, Mishap, Town
from tests.usecases.signing import PASSPHRASES
from tests.world import World, open_world

CODE = "*384*70421#"
FAMILIES = 120


@pytest.fixture
async def town(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    shutil.copy(sqlite_template, tmp_path / "karani.db")
    world = open_world(DatabaseUrl(f"sqlite:///{tmp_path / 'karani.db'}"))
    await world.school()
    found = Town(world, seed=3)
    await found.enrol(FAMILIES)
    yield found
    world.close()
    assert world.bugs == []


async def asks(talk: Talk, number: int, who: Msisdn, scrap: str) -> str:
    """Help, where is my money, the scrap: the page that comes then."""
    typed: list[str] = []

    async def types(*answers: str) -> str:
        typed.extend(answers)
        return (await talk.turn(Hop(f"s{number}", who, CODE, "*".join(typed), "trace"))).text

    page = await types()
    while not (found := re.findall(r"^(\d) Help", page, re.MULTILINE)):
        page = await types("98")
    await types(found[0])
    assert (await types("1")).startswith("What do you know")
    return await types(scrap)


class Judge:
    """Knows where every coin is, and whose."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.world: World = town.world

    def is_right(self, mishap: Mishap, page: str) -> bool:
        if mishap.prompt is not None:
            where = f"id = x'{mishap.prompt.hex}'"
        elif mishap.of:
            where = f"receipt = '{mishap.of}'"
        else:
            return page.startswith("Your money:\nNothing like it")
        ((id_, status, minor, reason),) = self.world.rows(
            f"SELECT hex(id), status, minor, fail_reason FROM payments WHERE {where}"  # noqa: S608
        )
        amount = money(Money(minor, Currency.KES))
        match status:
            case "reversed":
                return f"{amount}: reversed by M-Pesa" in page
            case "processing" | "initiated":
                is_told_paid = mishap.kind == "paid prompt whose news was lost"
                return f"{amount}: {'M-Pesa says it was paid' if is_told_paid else 'we asked your phone'}" in page
            case "expired":
                return f"{amount}: no PIN came" in page
            case "failed":
                said = {"insufficient_funds": "too little", "cancelled": "cancelled", "wrong_pin": "wrong PIN"}
                return f"{amount}: {said.get(reason, 'not paid')}" in page
        return self._money_is_told(mishap, id_, amount, page)

    def _money_is_told(self, mishap: Mishap, id_: str, amount: str, page: str) -> bool:
        shares = self.shares(id_)
        own = [reference for reference in shares if mishap.family and reference in mishap.family.children]
        if own:
            return f"{amount}: received for {own[0]}" in page
        is_payer = mishap.of in self.paid_by(mishap)
        if not shares:
            return (f"{amount}: received, but" if is_payer else "nobody knows whose it is") in page
        return (f"{amount}: received under" if is_payer else "received from another phone") in page

    def shares(self, id_: str) -> list[str]:
        rows = self.world.rows(
            "SELECT c.reference FROM applications a JOIN customer_accounts c ON c.id = a.account_id"  # noqa: S608
            f" WHERE a.payment_id = x'{id_}' GROUP BY c.reference HAVING sum(a.minor) > 0 ORDER BY c.reference"
        )
        return [reference for (reference,) in rows]

    def paid_by(self, mishap: Mishap) -> set[str]:
        """The codes of what this phone has really paid."""
        return {receipt for receipt, payer in self.town.payers.items() if payer == mishap.who}

    def leaks(self, mishap: Mishap, page: str) -> list[str]:
        """What stands on the page and is neither the asker's own, nor was said by the asker."""
        sums = re.findall(r"KSh ([\d,]*\d)", page)
        numbers = re.findall(r"\bR(\d{6})\b", page)
        names = re.findall(r"\bK[VW]\d{3,4}\b", page)
        found = [one for one in sums if not self.is_theirs(mishap, f"p.minor = {one.replace(',', '')}00")]
        found += [one for one in numbers if not self.is_theirs(mishap, f"r.number = {int(one)}")]
        found += [
            one
            for one in names
            if not (mishap.family and one in mishap.family.children)
            and not self.is_theirs(mishap, f"p.reference = '{one}'", shared=False)
        ]
        return found + re.findall(r"Child|254\d|" + "|".join(self.town.first_names), page)

    def is_theirs(self, mishap: Mishap, where: str, *, shared: bool = True) -> bool:
        """Is there a payment like that which this phone made, was asked for, or whose money is with its children?"""
        rows = self.world.rows(
            "SELECT lower(hex(p.id)), p.receipt, p.reference FROM payments p"  # noqa: S608
            f" LEFT JOIN receipts r ON r.payment_id = p.id WHERE {where}"
        )
        children = set(mishap.family.children) if mishap.family and shared else set()
        return any(
            self.town.payers.get(receipt) == mishap.who
            or self.town.askers.get(id_) == mishap.who
            or reference in children
            or children & set(self.shares(id_))
            for id_, receipt, reference in rows
        )


async def test_a_thousand_mishaps_are_answered_within_two_screens_and_none_leaks(town: Town, proving: bool) -> None:
    talk = Talk(
        Program(town.world.app, PASSPHRASES, public_url="https://pay.example.org"), town.world.app.memory, GRAPH
    )
    judge = Judge(town)
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[tuple[Mishap, str]] = []
    for number in range(1_000 if proving else 240):
        mishap = await town.mishap(number)
        page = await asks(talk, number, mishap.who, mishap.scrap)
        asked[mishap.kind] += 1
        assert judge.leaks(mishap, page) == [], (mishap, page)
        if judge.is_right(mishap, page):
            right[mishap.kind] += 1
        else:
            wrong.append((mishap, page))
        await town.world.clock.advance(300)

    print("\n".join(f"| {kind} | {asked[kind]} | {right[kind]} |" for kind in MISHAPS))  # noqa: T201
    for mishap, page in wrong[:40]:
        print(mishap.kind, "|", mishap.scrap, "|", page.replace("\n", " / "))  # noqa: T201
    assert right.total() >= 0.95 * asked.total(), f"{right.total()} of {asked.total()}"
    assert town.world.broken_laws() == []
