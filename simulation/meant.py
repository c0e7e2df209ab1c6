"""Money is where it was meant to go: what each payer really typed and chose, against what the books made of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.payments import FailReason, Status
from core.phones import Msisdn
from sandbox.mpesa import SUCCESS, Mpesa, Transaction
from sandbox.school import SchoolPlan
from simulation.places import Place
from simulation.town import Town
from storage import payments as payment_store
from storage.tables import (
    applications,
    changes,
    customer_accounts,
    entries,
    open_items,
    organisations,
    payment_parts,
    payments,
    rules,
)
from storage.tx import Tx

_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_MONEY = tuple(status.value for status in (Status.COMPLETED, Status.REVERSED, Status.PARTLY_REFUNDED, Status.REFUNDED))
_NEVER_SENT = (FailReason.BUSY.value, FailReason.OUR_FAULT.value)
TOLERANCE = 1_000
"""How far a sum may be from a debt and still be taken for it (PAY-5: ten whole units)."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One row of where a payment's money went, in the order in which it was written."""

    entry: UUID
    account: UUID
    item: UUID | None
    minor: int
    strategy: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Coin:
    """A payment whose money came."""

    id: UUID
    receipt: str
    minor: int
    status: str
    method: str
    value_on: date
    request: str | None
    contact: UUID | None
    applied: list[Applied] = field(default_factory=list)
    parts: dict[UUID, int] = field(default_factory=dict)

    @property
    def went_back(self) -> bool:
        """Some of it was, or is being, paid back: what is left lies otherwise than it came."""
        return any("RF-" in part.reason for part in self.applied)


@dataclass(frozen=True, slots=True)
class _School:
    """What is known of one school beside the books."""

    plan: SchoolPlan
    accounts: Mapping[UUID, str]
    """The number of each student."""
    numbers: Mapping[str, str]
    """Of students, as careless hands write them, by how they are written."""
    children: Mapping[Msisdn, frozenset[str]]
    shown: Mapping[str, dict[UUID, int]]
    """How each prompt was to be divided, by its name at M-Pesa."""


def misplaced(town: Town) -> list[str]:
    """Every coin that is dated, placed or divided otherwise than its payer meant."""
    broken: list[str] = []
    for plan in town.plans:
        broken += town.look(partial(_of_school, plan=plan, mpesa=town.pretend.mpesa))
    return broken


def _of_school(tx: Tx, plan: SchoolPlan, mpesa: Mpesa) -> list[str]:
    truth = {done.receipt: done for done in mpesa.transactions}
    organisation, school = _school(tx, plan)
    found = coins_of(tx, organisation)
    broken = [law for coin in found if coin.receipt in truth for law in _of_coin(coin, truth[coin.receipt], school)]
    broken += [*_tolerated(tx, organisation, found), *_ruled(tx, organisation, found)]
    broken += shown_all_the_same(tx, organisation, plan, mpesa)
    return [*broken, *unjoined(mpesa, found, prompts_waiting(tx, organisation))]


# --- one coin ------------------------------------------------------------------------------------------------------------


def _of_coin(coin: Coin, done: Transaction, school: _School) -> Iterator[str]:
    day = done.at.astimezone(ZoneInfo(school.plan.time_zone)).date()
    if coin.value_on != day:
        yield f"coin {coin.receipt} came on {day} and is dated {coin.value_on}"
    if coin.status != Status.COMPLETED.value or coin.went_back:
        return
    got: dict[str, int] = defaultdict(int)
    for part in coin.applied:
        got[school.accounts[part.account]] += part.minor
    given = {number for number, minor in got.items() if minor}
    typed = _typed(done.reference, school)
    if strange := given - typed - school.children.get(done.payer, frozenset()):
        yield f"coin {coin.receipt} for {done.reference!r} went to {', '.join(sorted(strange))}"
    exact = school.numbers.get(plain(done.reference))
    if exact and done.checkout_request_id is None and got != {exact: coin.minor}:
        yield f"coin {coin.receipt} was paid for {exact} and went to {dict(got)}"
    if coin.parts and sum(coin.parts.values()) == coin.minor:
        truly = school.shown.get(done.checkout_request_id or "", coin.parts)
        chosen = [{school.accounts[account]: minor for account, minor in one.items()} for one in (coin.parts, truly)]
        if {number: minor for number, minor in got.items() if minor} not in chosen:
            yield f"coin {coin.receipt} was to be divided {chosen[-1]} and was divided {dict(got)}"


def _typed(reference: str, school: _School) -> set[str]:
    """Whom a reference may mean: a student, or the children of the phone that was typed."""
    said = plain(reference)
    found = {school.numbers[said]} if said in school.numbers else set()
    if said.isdigit() and len(said) >= 9:
        found |= school.children.get(Msisdn(f"254{said[-9:]}"), frozenset())
    return found


def plain(reference: str) -> str:
    """A reference as careless hands write it."""
    return "".join(letter for letter in reference.upper() if letter.isalnum()).translate(_ALIKE)


# --- several of them -----------------------------------------------------------------------------------------------------


def _tolerated(tx: Tx, organisation: UUID, coins: Sequence[Coin]) -> Iterator[str]:
    """Money that was placed by its sum alone is within the tolerance of a debt of that moment."""
    totals = dict(
        _rows(
            tx, sa.select(open_items.c.id, open_items.c.total_minor).where(open_items.c.organisation_id == organisation)
        )
    )
    rows = _rows(
        tx,
        sa.select(applications.c.entry_id, applications.c.account_id, applications.c.item_id, applications.c.minor)
        .join(entries, entries.c.id == applications.c.entry_id)
        .where(entries.c.organisation_id == organisation, applications.c.item_id.is_not(None))
        .order_by(applications.c.entry_id, applications.c.position),
    )
    homes = dict(
        _rows(
            tx, sa.select(open_items.c.id, open_items.c.account_id).where(open_items.c.organisation_id == organisation)
        )
    )
    by_sum = {
        part.entry: coin for coin in coins for part in coin.applied if part.strategy == "amount" and part.minor > 0
    }
    left, seen = dict(totals), set[UUID]()
    for entry, account, item, minor in rows:
        coin = by_sum.get(entry)
        if coin is not None and entry not in seen:
            seen.add(entry)
            debts = [left[one] for one, home in homes.items() if home == account and left[one]]
            if not any(abs(debt - coin.minor) <= TOLERANCE for debt in (*debts, sum(debts))):
                yield f"coin {coin.receipt} of {coin.minor} was placed by its sum, and {debts} was owed"
        left[item] -= minor


def _ruled(tx: Tx, organisation: UUID, coins: Sequence[Coin]) -> Iterator[str]:
    """A family's money is divided by the rule that it had chosen by then."""
    chosen = sa.select(rules.c.subject_id, rules.c.value, rules.c.made_at).where(
        rules.c.organisation_id == organisation, rules.c.name == "split"
    )
    history: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
    for subject, value, made_at in _rows(tx, chosen.order_by(rules.c.version)):
        history[subject].append((made_at, value))
    for coin in coins:
        for part in coin.applied:
            if (
                part.strategy != "family"
                or coin.contact is None
                or part.minor < 0
                or part.reason.startswith("reversed")
            ):
                continue
            before = [value for made_at, value in history[coin.contact] if made_at < part.at]
            split = part.reason.split(":")[1]
            if before and f'"{split}"' not in before[-1]:
                yield f"coin {coin.receipt} was divided by {split}, and the family had chosen {before[-1]}"


def unjoined(mpesa: Mpesa, coins: Sequence[Coin], waiting: Mapping[str, UUID]) -> Iterator[str]:
    """A prompt that was paid does not go on waiting while its coin is in the books as another payment."""
    by_receipt = {coin.receipt: coin for coin in coins}
    for done in mpesa.transactions:
        request, coin = done.checkout_request_id, by_receipt.get(done.receipt)
        if (
            request is not None
            and request in waiting
            and coin is not None
            and coin.request != request
            and mpesa.pushes[request].result == SUCCESS
        ):
            yield f"prompt {request} was paid by {done.receipt}, and waits"


def shown_all_the_same(tx: Tx, organisation: UUID, plan: Place, mpesa: Mpesa) -> Iterator[str]:
    """A prompt of which its payer was told that M-Pesa did not take it was on no phone."""
    of_payments = sa.select(changes.c.subject_id).where(changes.c.subject_kind == "payment")
    never = of_payments.where(changes.c.to_state == Status.FAILED.value, changes.c.reason.in_(_NEVER_SENT))
    begun = of_payments.where(changes.c.to_state == Status.INITIATED.value)
    mine = (payments.c.organisation_id == organisation) & payments.c.id.in_(begun)
    columns = (payments.c.payer_sealed, payments.c.minor, payments.c.id.in_(never))
    shown = Counter(
        (one.payer.digits, one.amount.minor) for one in mpesa.pushes.values() if one.payee.number == plan.shortcode
    )
    for sealed, minor, was_never_sent in _rows(tx, sa.select(*columns).where(mine)):
        shown[(payment_store.open_payer(tx, sealed).msisdn, minor)] -= not was_never_sent
    for (digits, minor), count in shown.items():
        if count > 0:
            yield f"a prompt of {minor} to {Msisdn(digits).masked} is called never sent, or was sent twice: a phone showed it"


# --- what the books say --------------------------------------------------------------------------------------------------


def _school(tx: Tx, plan: SchoolPlan) -> tuple[UUID, _School]:
    organisation = tx.connection.execute(
        sa.select(organisations.c.id).where(organisations.c.slug == plan.slug)
    ).scalar_one()
    mine = customer_accounts.c.organisation_id == organisation
    accounts = dict(_rows(tx, sa.select(customer_accounts.c.id, customer_accounts.c.reference).where(mine)))
    children: dict[Msisdn, set[str]] = defaultdict(set)
    for family in plan.families:
        for guardian in family.guardians:
            children[guardian.msisdn] |= {student.number for student in family.students}
    numbers = {plain(number): number for number in accounts.values()}
    mine = (payments.c.organisation_id == organisation) & payments.c.provider_request_id.is_not(None)
    shown: dict[str, dict[UUID, int]] = defaultdict(dict)
    parts = sa.select(payments.c.provider_request_id, payment_parts.c.account_id, payment_parts.c.minor)
    for name, account, minor in _rows(
        tx, parts.join(payments, payments.c.id == payment_parts.c.payment_id).where(mine)
    ):
        shown[name][account] = minor
    of_phones = {phone: frozenset(found) for phone, found in children.items()}
    return organisation, _School(plan, accounts, numbers, of_phones, shown)


def coins_of(tx: Tx, organisation: UUID) -> list[Coin]:
    """Every payment of an organisation whose money came, with where it went."""
    columns = ("id", "receipt", "minor", "status", "method", "value_on", "provider_request_id", "payer_contact_id")
    mine = (payments.c.organisation_id == organisation) & payments.c.status.in_(_MONEY)
    found = {row[0]: Coin(*row) for row in _rows(tx, sa.select(*(payments.c[name] for name in columns)).where(mine))}
    applied = (
        sa.select(
            applications.c.payment_id,
            *(applications.c[name] for name in ("entry_id", "account_id", "item_id", "minor", "strategy", "reason")),
            entries.c.recorded_at,
        )
        .join(entries, entries.c.id == applications.c.entry_id)
        .where(entries.c.organisation_id == organisation, applications.c.payment_id.is_not(None))
    )
    for payment, *row in _rows(tx, applied.order_by(applications.c.entry_id, applications.c.position)):
        found[payment].applied.append(Applied(*row))
    parts = sa.select(payment_parts.c.payment_id, payment_parts.c.account_id, payment_parts.c.minor)
    for payment, account, minor in _rows(
        tx, parts.join(payments, payments.c.id == payment_parts.c.payment_id).where(mine)
    ):
        found[payment].parts[account] = minor
    return list(found.values())


def prompts_waiting(tx: Tx, organisation: UUID) -> dict[str, UUID]:
    """Prompts without money, by their names at the provider; those that were declared failed have been told so."""
    unpaid = payments.c.receipt.is_(None) & payments.c.status.in_([Status.EXPIRED.value, Status.PROCESSING.value])
    query = sa.select(payments.c.provider_request_id, payments.c.id).where(
        payments.c.organisation_id == organisation, unpaid
    )
    return {name: id_ for name, id_ in _rows(tx, query) if name}


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
