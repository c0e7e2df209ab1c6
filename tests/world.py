"""A small world for tests: one school over a real database, a virtual clock, a stepped writer, and hands to make things.

Given a `World`, tests speak of students, guardians and payments; nothing in it decides anything.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from core.fees import FeeLine
from core.ids import OrganisationId
from core.ledger import suspense
from core.money import Currency, Money
from core.organisations import Kind, ProviderAccount
from core.payments import Method, MoneyArrived, Witness
from core.permissions import Actor, ActorKind
from core.phones import Msisdn, PayerPhone
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from runtime.ids import SeededIds
from runtime.keyvalue import MemoryKeyValue
from storage import ledger, organisations
from storage.database import DatabaseUrl, InlineReader, inline_reader_engine, writer_engine
from storage.schema import open_vault, prepare_vault, trigger_statements
from storage.tables import metadata
from storage.tx import Tx
from storage.vault import Keyring, Vault, new_wrapped_keys
from storage.writer import Order, Writer
from usecases.app import App
from usecases.collection import Arrival
from usecases.school import ClassFees, Enrol, GuardianEntry, OpenTerm, RunInvoices, StudentEntry
from usecases.school import enrol, open_term, run_invoices
from usecases.setup import ProviderAccountEntry, SetUp, set_up

START = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
TESTER = Actor(ActorKind.OPERATOR, "tester", "test")
KES = Currency.KES


def kes(shillings: int) -> Money:
    return Money(shillings * 100, KES)


def keyring() -> Keyring:
    return Keyring([b"a key for tests only"], SeededRandom(7).token)


def create_schema(url: DatabaseUrl) -> None:
    """An empty, migrated database."""
    engine = writer_engine(url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        for statement in trigger_statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
        prepare_vault(connection, new_wrapped_keys(keyring(), SeededRandom(8).token))
    engine.dispose()


class SteppedWriter(Writer):
    """Runs when the event loop is next idle: what was put in one turn shares a commit, always in the same order."""

    _woken = False

    def put(self, use_case: Callable[[Tx, Any], Any], command: Any) -> asyncio.Future[Any]:
        future = super().put(use_case, command)
        if not self._woken:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._wake)
        return future

    def _wake(self) -> None:
        self._woken = False
        self.step()


@dataclass
class World:
    """One school, "Kivuli Primary School", with a paybill at M-Pesa."""

    url: DatabaseUrl
    clock: VirtualClock
    ids: SeededIds
    app: App
    writer: SteppedWriter
    engine: sa.Engine
    vault: Vault
    reads: sa.Engine
    bugs: list[BaseException] = field(default_factory=list)
    organisation: OrganisationId = field(init=False)
    account: ProviderAccount = field(init=False)
    _receipts: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- given ---

    async def school(self, **wishes: Any) -> None:
        entry = ProviderAccountEntry("mpesa", "600984", "sandbox", "key-of-the-hook", {"consumer_key": "k"}, {})
        wish = SetUp(
            slug="kivuli",
            name="Kivuli Primary School",
            kinds=(Kind.SCHOOL,),
            country="KE",
            language="en",
            service_codes=("*384*70421#",),
            providers=(entry,),
            actor=TESTER,
            **wishes,
        )
        self.organisation = await self.app.write(set_up, wish)
        account = await self.app.read(organisations.main_account, self.organisation)
        assert account is not None
        self.account = account

    async def students(self, owed: dict[str, int], *, guardians: dict[str, Sequence[str]] | None = None) -> None:
        """Enrol students by number, each in a class of its own that is charged `owed` shillings this term."""
        phones = guardians or {}
        entries = tuple(
            StudentEntry(
                number,
                f"Student {number}",
                f"Class {number}",
                tuple(GuardianEntry(f"Guardian {phone[-3:]}", Msisdn.parse(phone)) for phone in phones.get(number, ())),
            )
            for number in owed
        )
        await self.app.write(enrol, Enrol(self.organisation, entries, TESTER))
        fees = tuple(
            ClassFees(f"Class {number}", (FeeLine("Tuition", kes(shillings)),)) for number, shillings in owed.items()
        )
        term = f"Term {next(self._receipts)}"
        await self.app.write(
            open_term,
            OpenTerm(self.organisation, term, date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30), fees, TESTER),
        )
        await self.app.write(run_invoices, RunInvoices(self.organisation, term, date(2026, 9, 1), TESTER))

    def notice(
        self,
        reference: str,
        shillings: int,
        *,
        payer: PayerPhone | None = None,
        name: str = "",
        receipt: str | None = None,
        witness: Witness = Witness.CONFIRMATION,
        request_id: str | None = None,
        exact: bool = True,
    ) -> MoneyArrived:
        return MoneyArrived(
            provider_account=self.account.id,
            organisation=self.organisation,
            provider="mpesa",
            witness=witness,
            method=Method.PAYBILL if request_id is None else Method.PROMPT,
            receipt=receipt or f"UKL{next(self._receipts):07d}",
            amount=kes(shillings),
            exact=exact,
            amount_text=f"{shillings}.00",
            reference=reference,
            payer=payer,
            payer_name=name,
            value_at=self.clock.now(),
            provider_request_id=request_id,
        )

    def arrival(self, notice: MoneyArrived) -> Arrival:
        return Arrival(notice, b'{"raw": true}', "127.0.0.1", "trace")

    # --- then ---

    async def balances(self) -> dict[str, int]:
        """Every account's balance in minor units, recounted from the postings, by code with references for ids."""
        return await self.app.read(_balances)

    async def suspense(self) -> int:
        return -(await self.app.read(ledger.balance, suspense(self.organisation, KES))).minor

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of a query, for what no public query tells."""
        with self.reads.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(text)]

    def close(self) -> None:
        self.writer.disconnect()
        self.engine.dispose()
        self.reads.dispose()


def _balances(tx: Tx) -> dict[str, int]:
    query = """
        SELECT a.code, SUM(p.minor) AS minor FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
        GROUP BY a.code ORDER BY a.code
    """
    names = {
        id_.hex if hasattr(id_, "hex") and not isinstance(id_, bytes) else bytes(id_).hex(): reference
        for id_, reference in tx.connection.exec_driver_sql("SELECT id, reference FROM customer_accounts")
    }
    found = {}
    for code, minor in tx.connection.exec_driver_sql(query):
        head, _, tail = code.rpartition(":")
        found[f"{head}:{names.get(tail, tail)}"] = int(minor)
    return found


def open_world(url: DatabaseUrl, *, seed: int = 1) -> World:
    """A world over an existing schema."""
    clock = VirtualClock(START)
    ids = SeededIds(clock, seed=seed)
    engine = writer_engine(url)
    with engine.connect() as connection:
        vault = open_vault(connection, keyring())
    bugs: list[BaseException] = []
    writer = SteppedWriter(engine, vault, clock, ids, on_bug=lambda use_case, error: bugs.append(error))
    reads = inline_reader_engine(url)
    app = App(
        InlineReader(reads, vault, clock, ids), writer, clock, ids, SeededRandom(seed), MemoryKeyValue(clock), {}, {}
    )
    return World(url, clock, ids, app, writer, engine, vault, reads, bugs)


__all__ = ["Order", "World", "create_schema", "kes", "open_world"]
