"""The school of the benchmarks: the example school of the demo, 300 children in 220 families, on a database of its own.

It is filled through the real use cases and copied for each measurement, so that every round begins from the same books.
Its paybill is a production one: callbacks must come from a known address, as they must from Safaricom.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import wiring
from bench.client import post
from bench.settings import config
from config import Config
from core.fees import FeeLine
from core.ids import OrganisationId
from core.money import Money
from core.organisations import Kind
from core.payments import Method, MoneyArrived, Witness
from core.permissions import Actor, ActorKind
from core.preferences import QuietHours
from core.references import Reference
from sandbox.school import KES, Family, Guardian, SchoolPlan, Student, kivuli_hill
from storage import organisations
from usecases.app import App
from usecases.collection import Arrival, record_arrivals
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol
from usecases.setup import ProviderAccountEntry, SetUp, set_up

SLUG = "kivuli-hill"
MPESA_KEY = "kJ3vN8sQz0Wm5xRt2LbYp7Gd"
GATEWAY_KEY = "Zq1Hc6FuT9eKd4MwXa8SjB2n"
CONFIRMATION = f"/hooks/{MPESA_KEY}/c2b/confirmation"
USSD = f"/hooks/{GATEWAY_KEY}/ussd"
DEARER = 1_000
"""Where payments are poured in, fees are so many times the demo's: invoices stay open, also when all pay for one child."""
_BENCH = Actor(ActorKind.OPERATOR, "bench", "bench")


# --- filling it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class School:
    """A filled database, ready to be copied, and who is in it."""

    plan: SchoolPlan
    folder: Path

    def copy(self, to: Path) -> Path:
        shutil.copyfile(self.folder / "karani.db", to / "karani.db")
        return to

    @property
    def students(self) -> list[tuple[Student, Family]]:
        return [(student, family) for family in self.plan.families for student in family.students]


async def build(folder: Path, *, opening_payments: bool, database_url: str = "") -> School:
    """A fresh school. With `opening_payments` fees are the demo's, and families have paid part of the term as there."""
    plan = kivuli_hill(datetime.now(UTC))
    settings = config(folder, database_url=database_url)
    wiring.migrate(settings)
    await _fill(settings, plan, opening_payments=opening_payments)
    return School(plan, folder)


async def _fill(settings: Config, plan: SchoolPlan, *, opening_payments: bool) -> None:
    async with wiring.open_app(settings) as running:
        app = running.app
        organisation = await app.write(set_up, organisation_of(plan))
        await app.write(enrol, Enrol(organisation, _entries(plan), _BENCH))
        times = 1 if opening_payments else DEARER
        fees = tuple(
            ClassFees(each.name, tuple(FeeLine(line.name, Money(line.amount.minor * times, KES)) for line in each.fees))
            for each in plan.classes
        )
        term = plan.term
        wish = OpenTerm(organisation, term.name, term.starts_on, term.ends_on, term.due_on, fees, _BENCH)
        await app.write(open_term, wish)
        await app.write(run_invoices, RunInvoices(organisation, term.name, term.starts_on, _BENCH))
        if opening_payments:
            await _pay(app, plan, organisation)


NEVER = QuietHours(time(), time())
"""Messages are measured at any hour."""


def organisation_of(plan: SchoolPlan) -> SetUp:
    """With a paybill in production, and a gateway."""
    return SetUp(
        slug=SLUG,
        name=plan.name,
        kinds=(Kind(plan.kind),),
        country=plan.country,
        language="en",
        quiet=NEVER,
        service_codes=(plan.ussd_code,),
        providers=(
            ProviderAccountEntry("mpesa", plan.shortcode, "production", MPESA_KEY, {"consumer_key": "bench"}),
            ProviderAccountEntry(
                "africastalking", "KIVULI", "production", GATEWAY_KEY, {"username": "bench", "api_key": "bench"}
            ),
        ),
        actor=_BENCH,
    )


def _entries(plan: SchoolPlan) -> tuple[StudentEntry, ...]:
    return tuple(
        StudentEntry(
            student.number,
            student.name,
            student.class_name,
            tuple(GuardianEntry(each.name, each.msisdn, each.language) for each in family.guardians),
        )
        for family in plan.families
        for student in family.students
    )


async def _pay(app: App, plan: SchoolPlan, organisation: OrganisationId) -> None:
    account = await app.read(organisations.main_account, organisation)
    assert account is not None
    arrivals = [
        Arrival(
            MoneyArrived(
                provider_account=account.id,
                organisation=organisation,
                provider=account.provider,
                witness=Witness.CONFIRMATION,
                method=Method.PAYBILL,
                receipt=payment.receipt,
                amount=payment.amount,
                exact=True,
                amount_text=payment.amount.plain(),
                reference=payment.reference,
                payer=payment.payer,
                payer_name=payment.payer_name,
                value_at=payment.paid_at,
            ),
            b"{}",
            "bench",
            "bench",
            quiet=True,
        )
        for payment in plan.payments
    ]
    await asyncio.gather(*(app.write(record_arrivals, arrival) for arrival in arrivals))


# --- C2B confirmations -------------------------------------------------------------------------------------------------

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SCATTER = 0x9E3779B1
"""Odd, so that a count times this, modulo a power of two, never repeats: receipts come in no order."""


def receipt(series: int, count: int) -> str:
    """Ten capitals and digits, distinct for each pair."""
    scattered = (count * _SCATTER) % 32**6
    tail = "".join(_ALPHABET[scattered // 32**place % 32] for place in range(5, -1, -1))
    return f"S{_ALPHABET[series // 1024 % 32]}{_ALPHABET[series // 32 % 32]}{_ALPHABET[series % 32]}{tail}"


_SPELLINGS = (
    lambda number: number,
    lambda number: number.lower(),
    lambda number: f"{number[:2]} {number[2:]}",
    lambda number: f"{number[:2].lower()}-{number[2:]}",
    lambda number: f" {number}",
    lambda number: f"{number[:2]}/{number[2:]}",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A confirmation ready to be sent. Equal receipts are the same coin."""

    request: bytes
    receipt: str
    known: bool
    """Is its reference somebody's?"""


def confirmations(
    school: School,
    count: int,
    *,
    series: int,
    seed: int = 1,
    duplicates: float = 0.0,
    unknown: float = 0.0,
    only: str | None = None,
) -> list[Notice]:
    """C2B confirmations as version 2 sends them: payer masked, first name only, references as people spell them.

    Sums are small (10 to 60 shillings) and references known, so each goes to one open invoice. `duplicates` and `unknown` are
    shares: the same notice again, shortly after; a reference and a payer that nobody knows. `only` names the one student
    that all pay for.
    """
    students = [pair for pair in school.students if only is None or pair[0].number == only]

    def payer(chance: random.Random) -> tuple[str, Guardian]:
        student, family = chance.choice(students)
        return student.number, chance.choice(family.guardians)

    paid = Paid(payer, _SPELLINGS, "fees")
    return notices(school.plan, paid, count, series=series, seed=seed, duplicates=duplicates, unknown=unknown)


@dataclass(frozen=True, slots=True)
class Paid:
    """What is paid for: whose number by whom, how people spell such a number, and what strangers type."""

    payer: Callable[[random.Random], tuple[str, Guardian]]
    spellings: Sequence[Callable[[str], str]]
    strangers: str


def notices(
    plan: SchoolPlan, paid: Paid, count: int, *, series: int, seed: int = 1, duplicates: float, unknown: float
) -> list[Notice]:
    """Confirmations of 10 to 60 shillings each, the same for the same `seed` and `series`."""
    chance = random.Random(seed * 1_000_003 + series)
    now = datetime.now().astimezone().strftime("%Y%m%d%H%M%S")
    made: list[Notice] = []
    for at in range(count):
        if made and chance.random() < duplicates:
            made.append(made[-1 - chance.randrange(min(len(made), 200))])
            continue
        number, payer = paid.payer(chance)
        stranger = chance.random() < unknown
        typed = f"{paid.strangers} {chance.randrange(10_000)}" if stranger else chance.choice(paid.spellings)(number)
        name = "MERCY" if stranger else payer.name.split()[0].upper()
        tail = f"{chance.randrange(1000):03d}" if stranger else payer.msisdn.digits[-3:]
        amount, code = chance.randrange(10, 61), receipt(series, at)
        body = _notice_of(plan, code, now, amount, typed, tail, name, chance.randrange(10**6))
        made.append(Notice(post(CONFIRMATION, body, "application/json"), code, not stranger))
    return made


def _notice_of(
    plan: SchoolPlan, code: str, now: str, amount: int, typed: str, tail: str, name: str, balance: int
) -> bytes:
    """A confirmation's body: whole shillings, the payer masked but for the `tail` of the number."""
    return (
        f'{{"TransactionType":"Pay Bill","TransID":"{code}","TransTime":"{now}",'
        f'"TransAmount":"{amount}.00","BusinessShortCode":"{plan.shortcode}",'
        f'"BillRefNumber":"{typed}","InvoiceNumber":"","OrgAccountBalance":"{balance}.00",'
        f'"ThirdPartyTransID":"","MSISDN":"2547 ***** {tail}","FirstName":"{name}","MiddleName":"","LastName":""}}'
    ).encode()


class Payers:
    """Sixty-four connections that share one pile of confirmations, and remember which were acknowledged."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._pile = iter(notices)
        self.acknowledged: list[Notice] = []
        self.refused: list[tuple[Notice, bytes]] = []

    def players(self, count: int) -> list[Payer]:
        return [Payer(self, self._pile) for _ in range(count)]


class Payer:
    """One of the connections."""

    def __init__(self, payers: Payers, pile: Iterator[Notice]) -> None:
        self._payers = payers
        self._pile = pile
        self._said: Notice | None = None

    def request(self) -> bytes | None:
        self._said = said = next(self._pile, None)
        return said.request if said is not None else None

    def answered(self, ok: bool, body: bytes) -> None:
        assert self._said is not None
        if ok:
            self._payers.acknowledged.append(self._said)
        else:
            self._payers.refused.append((self._said, body))


# --- who may dial ------------------------------------------------------------------------------------------------------


def debtors(school: School, *, least: int = 300_000) -> list[tuple[Guardian, int]]:
    """Guardians all of whose children owe at least that much (in cents), each with how many children they have."""
    paid: dict[str, int] = {}
    for payment in school.plan.payments:
        key = Reference.read(payment.reference).canonical
        paid[key] = paid.get(key, 0) + payment.amount.minor
    children: dict[Guardian, list[int]] = {}
    for family in school.plan.families:
        for student in family.students:
            owed = school.plan.class_of(student).fee.minor - paid.get(Reference.read(student.number).canonical, 0)
            for guardian in family.guardians:
                children.setdefault(guardian, []).append(owed)
    return [(guardian, len(owed)) for guardian, owed in children.items() if min(owed) >= least]
