"""P10 and P11: a report of two years from the figures of days beside the full query, and what keeping them costs a payment."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import sqlalchemy as sa

import wiring
from bench import books, school, settings
from bench.history import as_uuid
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from core.ids import OrganisationId
from core.money import Currency, Money
from core.organisations import ProviderAccount
from core.payments import Method, MoneyArrived, Witness
from runtime.chance import SystemRandom
from runtime.clock import SystemClock
from runtime.ids import UuidV7
from storage import organisations, rollups
from storage.database import DatabaseUrl, writer_engine
from storage.schema import open_vault
from storage.tables import payments
from storage.tx import Tx
from storage.vault import Keyring
from storage.writer import UseCase
from usecases.collection import Arrival, record_arrivals

BATCH = 50
BATCHES_A_SECOND = 60
"""Of each kind, for each second of the plan."""
DAYS = 730
FIRST_DAY = date(2025, 1, 1)
_METHODS = ("paybill", "prompt", "till")
_STATES = ("completed",) * 18 + ("failed", "expired")


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    results: list[Result] = []
    if "P10" in wanted:
        results.append(await _report(lab, plan))
    if "P11" in wanted:
        results.append(await _upkeep(lab, plan))
    return results


class Desk:
    """The writer's own connection to a school of its own, without threads or queues: a transaction is what we time."""

    def __init__(self, folder: Path) -> None:
        self.engine = writer_engine(DatabaseUrl(f"sqlite:///{folder}/karani.db"))
        chance = SystemRandom()
        self._clock, self._ids = SystemClock(), UuidV7()
        with self.engine.connect() as connection:
            self._vault = open_vault(connection, Keyring([settings.SECRET_KEY.encode()], chance.token))

    def transaction(self, work: Callable[[Tx], object]) -> None:
        with self.engine.begin() as connection:
            work(Tx(connection, self._clock.now(), self._ids.new, self._vault))

    def close(self) -> None:
        self.engine.dispose()


# --- P11 ---------------------------------------------------------------------------------------------------------------


async def _upkeep(lab: Lab, plan: Plan) -> Result:
    """The same batches of confirmations by turns, with the figures folded and without, in processor time."""
    folder = lab.place("figures")
    filled = await school.build(folder, opening_payments=False)
    account = await _account(folder)
    arrivals = _arrivals(filled, account)
    desk = Desk(folder)
    _spend(desk, arrivals, 20)
    kept: list[float] = []
    bare: list[float] = []
    batches = max(4, int(plan.seconds * BATCHES_A_SECOND))
    for _ in range(plan.rounds):
        with_, without = 0.0, 0.0
        for _ in range(batches):
            with_ += _spend(desk, arrivals, 1)
            with patch.object(rollups, "fold", lambda tx, moved: None):
                without += _spend(desk, arrivals, 1)
        kept.append(with_ / (batches * BATCH) * 1e6)
        bare.append(without / (batches * BATCH) * 1e6)
    problems: list[str] = []
    with desk.engine.connect() as connection:
        missing = sum(
            one.count for one in rollups.difference(Tx(connection, SystemClock().now(), UuidV7().new, desk._vault))
        )
    books.expect(problems, "payments that the figures lack", missing, plan.rounds * batches * BATCH)
    desk.close()
    found = books.read(folder)
    return Result(
        "P11",
        "a confirmation with the figures of days, to one without",
        "us of processor",
        Goal(1.08, at_least=False),
        bare,
        kept,
        f"C2B confirmations to the use case in transactions of {BATCH}, SQLite, synchronous=FULL, by turns with and without",
        found.rows,
        problems + found.problems,
    )


async def _account(folder: Path) -> ProviderAccount:
    async with wiring.open_app(settings.config(folder)) as running:
        (organisation,) = await running.app.read(organisations.all_organisations)
        account = await running.app.read(organisations.main_account, organisation.id)
    assert account is not None
    return account


def _arrivals(filled: school.School, account: ProviderAccount) -> Iterator[Arrival]:
    numbers = [student.number for student, _ in filled.students]
    at = 0
    while True:
        notice = MoneyArrived(
            provider_account=account.id,
            organisation=account.organisation,
            provider=account.provider,
            witness=Witness.CONFIRMATION,
            method=Method.PAYBILL,
            receipt=school.receipt(11, at),
            amount=Money(1_000, Currency.KES),
            exact=True,
            amount_text="10.00",
            reference=numbers[at % len(numbers)],
            payer=None,
            payer_name="",
            value_at=SystemClock().now(),
        )
        yield Arrival(notice, b"{}" * 200, "bench", "bench")
        at += 1


def _spend(desk: Desk, arrivals: Iterator[Arrival], batches: int) -> float:
    """Processor seconds of these transactions."""
    ready = [[next(arrivals) for _ in range(BATCH)] for _ in range(batches)]
    began = time.thread_time()
    for batch in ready:
        desk.transaction(partial(_recorded, batch))
    return time.thread_time() - began


def _recorded(batch: Sequence[Arrival], tx: Tx) -> None:
    take_all: UseCase = record_arrivals  # as the writer calls it: with all that wait
    take_all(tx, batch)


# --- P10 ---------------------------------------------------------------------------------------------------------------


async def _report(lab: Lab, plan: Plan) -> Result:
    """Sums of two years by day, method and state: from every payment, and from the figures, which must be the same."""
    folder = lab.place("report")
    await school.build(folder, opening_payments=False)
    account = await _account(folder)
    _grow(folder, account, plan.payments)
    desk = Desk(folder)
    desk.transaction(lambda tx: rollups.correct(tx, rollups.difference(tx)))
    problems: list[str] = []
    full_s: list[float] = []
    kept_s: list[float] = []
    until = FIRST_DAY + timedelta(days=DAYS)

    def measure(tx: Tx) -> None:
        began = time.perf_counter()
        full = _counted(tx, account.organisation, until)
        full_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        lines = rollups.lines(tx, account.organisation, since=FIRST_DAY, until=until)
        kept_s.append(time.perf_counter() - began)
        kept = {(line.on, line.method.value, line.state): (line.count, line.amount.minor) for line in lines}
        if kept != full:
            problems.append("the figures are not those of the full query")

    for _ in range(plan.rounds):
        desk.transaction(measure)
    desk.close()
    return Result(
        "P10",
        "reports of two years a second, from the figures to the full query",
        "/s",
        Goal(500) if plan.payments >= 10_000_000 else None,
        [1 / spent for spent in full_s],
        [1 / spent for spent in kept_s],
        f"{plan.payments:,} payments over {DAYS} days by three methods; by day, method and state; the goal is set for 10 million",
        {"payments": plan.payments},
        problems,
    )


def _counted(tx: Tx, organisation: OrganisationId, until: date) -> dict[tuple[date, str, str], tuple[int, int]]:
    kind = (payments.c.value_on, payments.c.method, payments.c.status)
    query = (
        sa.select(*kind, sa.func.count(), sa.func.sum(payments.c.minor))
        .where(payments.c.organisation_id == organisation, payments.c.value_on.between(FIRST_DAY, until))
        .group_by(*kind)
    )
    return {(on, method, state): (count, minor) for on, method, state, count, minor in tx.connection.execute(query)}


def _grow(folder: Path, account: ProviderAccount, count: int) -> None:
    """Payments alone, as a report reads them; everything sealed is random."""
    chance = random.Random(10)
    sealed = chance.randbytes(110)
    start_us = 1_735_689_600_000_000
    columns = (
        "id, organisation_id, provider_account_id, provider, method, purpose, status, version, minor, currency, reference, "
        "reference_key, receipt, payer_sealed, value_on, created_at"
    )
    connection = sqlite3.connect(folder / "karani.db", isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-262144"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    rows = (
        (
            as_uuid(number, 0),
            *(account.organisation.bytes, account.id.bytes, "mpesa", chance.choice(_METHODS), "fee"),
            *(chance.choice(_STATES), 1, chance.randrange(100, 500_000), "KES", "KV2345", "kv2345", f"H{number:09d}"),
            *(sealed, (FIRST_DAY + timedelta(days=number * DAYS // count)).isoformat(), start_us + number),
        )
        for number in range(count)
    )
    connection.executemany(f"INSERT INTO payments ({columns}) VALUES ({', '.join('?' * 16)})", rows)  # noqa: S608 - our names
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
