"""P1-loans and P5-loans: repayments by paybill with loan numbers, each told to its loan, booked by its story and receipted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import wiring
from bench import school
from bench.books import expect
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from bench.payments import Collections, Side
from bench.school import Notice, School
from bench.settings import config
from core.approvals import ApprovalId, Verdict
from core.ids import OrganisationId
from core.loans.products import Every, LimitRule, Method, Per, Product, Rate
from core.money import Money
from core.organisations import Kind
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from sandbox.school import KES, Guardian, kivuli_hill
from storage import organisations
from storage.organisations import TierSetting
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.loans.giving import GiveByHand, give_by_hand
from usecases.loans.lending import Apply, SetProduct, apply, set_product
from usecases.setup import StaffEntry, set_up

if TYPE_CHECKING:
    from usecases.app import App

BORROWERS = 200
LENT = 10_000_000
"""Shillings: however much is poured in, no loan ends."""
_BENCH = Actor(ActorKind.OPERATOR, "bench", "bench")
OFFER = Product(
    code="BODA",
    name="Boda loan",
    currency=KES,
    least_minor=100_000,
    most_minor=LENT * KES.unit,
    method=Method.DECLINING,
    rate=Rate(20_000, Per.MONTH),
    every=Every.MONTH,
    terms=(12,),
    limit=LimitRule(first_minor=LENT * KES.unit),
)
_SPELLINGS = (
    lambda number: number,
    lambda number: number.lower(),
    lambda number: number.replace("-", ""),
    lambda number: number.replace("-", " "),
    lambda number: number.lower().replace("0", "o"),
    lambda number: f" {number}",
)
WORKLOAD = (
    f"P1's confirmations for {BORROWERS} running loans on a declining balance, by their numbers in six spellings; each is told to its "
    "loan, interest to the day first, with two SMS queued: to the borrower and to the officer"
)


@dataclass(frozen=True, slots=True)
class Lender(School):
    """A filled database, and the loans that run in it."""

    loans: tuple[tuple[str, Guardian], ...]
    """Each number, and who borrowed."""


async def build(folder: Path) -> Lender:
    """A lender with one loan for each of its borrowers, given today."""
    plan = kivuli_hill(datetime.now(UTC))
    settings = config(folder)
    wiring.migrate(settings)
    borrowers = [family.guardians[0] for family in plan.families[:BORROWERS]]
    staff = (
        StaffEntry("Peter Kamau", Role.LOAN_OFFICER, Msisdn("254700900021")),
        StaffEntry("Mary Atieno", Role.MANAGER, Msisdn("254700900023")),
    )
    wish = replace(
        school.organisation_of(plan),
        kinds=(Kind.LENDER,),
        staff=staff,
        tiers=(TierSetting(1, (Role.LOAN_OFFICER, Role.MANAGER)),),
        code_above=2 * LENT,
    )
    async with wiring.open_app(settings) as running:
        organisation = await running.app.write(set_up, wish)
        await running.app.write(set_product, SetProduct(organisation, OFFER, _BENCH))
        numbers = await _lend(running.app, organisation, borrowers)
    return Lender(plan, folder, tuple(zip(numbers, borrowers, strict=True)))


async def _lend(app: App, organisation: OrganisationId, borrowers: Sequence[Guardian]) -> list[str]:
    """The loans' numbers, in the borrowers' order."""
    found = {member.role: member.id.hex for member in await app.read(organisations.staff_of, organisation)}
    officer, boss = (Actor(ActorKind.STAFF, found[role], "bench", role) for role in (Role.LOAN_OFFICER, Role.MANAGER))
    numbers = []
    for one in borrowers:
        wish = Apply(organisation, "BODA", Money(LENT * KES.unit, KES), 12, one.msisdn, officer, one.name)
        asked = await app.write(apply, wish)
        await app.write(decide, Decide(ApprovalId(asked.approval), Verdict.APPROVE, boss))
        await app.write(give_by_hand, GiveByHand(organisation, asked.number, boss))
        numbers.append(asked.number)
    return numbers


def repayments(
    lender: Lender, count: int, *, series: int, duplicates: float = 0.0, unknown: float = 0.0
) -> list[Notice]:
    """As `bench.school.confirmations`, for loans."""
    paid = school.Paid(lambda chance: chance.choice(lender.loans), _SPELLINGS, "credit")
    return school.notices(lender.plan, paid, count, series=series, duplicates=duplicates, unknown=unknown)


_OWED = (
    "SELECT sum(p.minor) FROM postings p JOIN ledger_accounts a ON a.id = p.account_id WHERE a.code = 'income:interest' "
    "OR (a.code LIKE 'asset:loan:%' AND a.code NOT LIKE '%:sent')"
)
"""All that loans owe, without the interest that was charged on the way."""
_APPLIED = "SELECT sum(minor) FROM applications"


def sum_of(folder: Path, statement: str) -> int:
    """One number out of a SQLite data folder."""
    connection = sqlite3.connect(folder / "karani.db")
    try:
        return int(connection.execute(statement).fetchone()[0] or 0)
    finally:
        connection.close()


class Repayments(Collections):
    """The same rounds, for a lender."""

    def __init__(self, lab: Lab, plan: Plan, filled: Lender) -> None:
        super().__init__(lab, plan, filled)
        self.lender = filled

    def notices(self, side: Side, count: int) -> list[Notice]:
        self._series += 1
        return repayments(self.lender, count, series=self._series, **side.traffic)

    def close(self, side: Side) -> tuple[dict[str, int], list[str]]:
        """Each coin is one payment and one receipt, and what was applied is what loans are owed less. Entries are not counted: what
        comes to one loan in one transaction is one movement of it."""
        found, problems = self.read(side)
        coins = {notice.receipt for notice in side.acknowledged}
        known = len(coins) - len({notice.receipt for notice in side.acknowledged if not notice.known})
        for table in ("payments", "receipts"):
            expect(problems, table, found.get(table, 0), len(coins))
        expect(problems, "exchanges", found.get("exchanges", 0), len(side.acknowledged))
        expect(problems, "suspense items", found.get("suspense_items", 0), len(coins) - known)
        expect(problems, "applications to loans", found.get("applications", 0), known)
        expect(problems, "messages", found.get("outbox", 0), 2 * known)
        folder = self._folders[side.name]
        less = sum_of(self.lender.folder, _OWED) - sum_of(folder, _OWED)
        expect(problems, "cents that loans are owed less", less, sum_of(folder, _APPLIED))
        return {"acknowledged": len(side.acknowledged), **found}, problems


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    """Both over one set of rounds."""
    stage = Repayments(lab, plan, await build(lab.place("lender")))
    plain = stage.add("loans")
    mixed = stage.add("loans mixed", duplicates=0.10, unknown=0.05) if "P5-loans" in wanted else None
    await stage.rounds()
    results = []
    if "P1-loans" in wanted:
        bare = [load.rate for load in stage.bare_loads]
        results.append(_result(stage, "P1-loans", "repayments of loans, to bare HTTP", Goal(0.25), bare, plain))
    else:
        stage.close(plain)
    if mixed is not None:
        title = "P1-loans with worse traffic, to P1-loans"
        results.append(_result(stage, "P5-loans", title, Goal(0.9), plain.rates, mixed))
    return results


def _result(stage: Repayments, id_: str, title: str, goal: Goal, limits: list[float], side: Side) -> Result:
    counted, problems = stage.close(side)
    notes = {"processor us each": side.cpu_us()}
    return Result(id_, title, "/s", goal, limits, side.rates, WORKLOAD, counted, problems, notes)
