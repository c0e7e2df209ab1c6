"""A small world for tests: one school over a real database, a virtual clock, a stepped writer, and hands to make things.

Given a `World`, tests speak of students, guardians and payments; nothing in it decides anything.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from core.fees import FeeLine
from core.ids import CustomerAccountId, OrganisationId, PaymentId, StaffId
from core.ledger import suspense
from core.money import Currency, Money
from core.organisations import Kind, ProviderAccount
from core.payments import FailReason, Method, MoneyArrived, Part, PromptFailed, Witness
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn, PayerPhone
from core.ports import Exchanged, PromptAccepted
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from runtime.ids import SeededIds
from runtime.keyvalue import MemoryKeyValue
from runtime.threads import InlineThreads
from simulation.laws import all_broken_laws
from simulation.stepped import SteppedWriter
from storage import callers, ledger, organisations
from storage import staff as staff_store
from storage.database import DatabaseUrl, Reader, reader_engine, writer_engine
from storage.organisations import StaffMember
from storage.schema import open_vault, prepare_vault, trigger_statements
from storage.tables import customer_accounts, ledger_accounts, metadata, postings
from storage.tx import Tx
from storage.vault import Keyring, Vault, new_wrapped_keys
from storage.writer import Order
from tests.servers import KEPT
from usecases.app import App
from usecases.collection import Arrival, Recorded, record_arrivals
from usecases.commands import PaymentRequested, RequestPayment
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.prompts import Failure, PromptAnswered, prompt_answered, record_failure, request_payment
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol
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

    async def school(self, slug: str = "kivuli", *, more: tuple[ProviderAccountEntry, ...] = (), **wishes: Any) -> None:
        hook_key = "key-of-the-hook" if slug == "kivuli" else f"key-of-{slug}"
        entry = ProviderAccountEntry("mpesa", "600984", "sandbox", hook_key, {"consumer_key": "k"}, {})
        wish = SetUp(
            slug=slug,
            name=f"{slug.title()} Primary School",
            kinds=wishes.pop("kinds", (Kind.SCHOOL,)),
            country="KE",
            language="en",
            service_codes=("*384*70421#",),
            providers=(entry, *more),
            actor=TESTER,
            **wishes,
        )
        self.organisation = await self.app.write(set_up, wish)
        account = await self.app.read(organisations.main_account, self.organisation)
        assert account is not None
        self.account = account

    async def other_school(self, slug: str, **wishes: Any) -> World:
        """A second school behind the same database, writer and clock: what is said to it is said to it alone."""
        other = copy.copy(self)
        await other.school(slug, **wishes)
        return other

    async def students(self, owed: dict[str, int], *, guardians: Mapping[str, Sequence[str]] | None = None) -> None:
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

    async def staff(self, role: Role, phone: str = "254700900001", name: str = "Esther Mutheu") -> Actor:
        """A member of the school's staff, as the actor that they are. Who is there by this phone gets this name and role."""
        member = StaffMember(StaffId(self.ids.new()), self.organisation, name, role, Msisdn.parse(phone))

        def hire(tx: Tx, command: None) -> Actor:
            known = staff_store.phone_owner(tx, member.organisation, member.msisdn)
            if known is None:
                organisations.add_staff(tx, member)
            else:
                staff_store.change(tx, known, name=name, role=role.value)
            return Actor(ActorKind.STAFF, (known or member.id).hex, "test", role)

        return await self.app.write(hire, None)

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

    async def arrives(self, *notices: MoneyArrived) -> list[Recorded]:
        """All of them at the same moment: one commit."""
        return await asyncio.gather(*(self.app.write(record_arrivals, self.arrival(notice)) for notice in notices))

    async def closes(self, reference: str) -> None:
        """The account takes no more money. (No use case does this yet.)"""
        mine = (customer_accounts.c.reference == reference) & (customer_accounts.c.organisation_id == self.organisation)

        def close(tx: Tx, command: None) -> None:
            tx.connection.execute(sa.update(customer_accounts).where(mine).values(is_open=False))

        await self.app.write(close, None)

    async def account_of(self, reference: str) -> CustomerAccountId:
        found = await self.app.read(callers.account_named, self.organisation, reference)
        assert found is not None
        return found[0]

    async def wish(self, phone: str, shares: dict[str, int], *, intent: str | None = None) -> RequestPayment:
        """What a person who wants to pay these shillings to these accounts says on a screen."""
        parts = tuple([Part(await self.account_of(number), kes(shillings)) for number, shillings in shares.items()])
        return RequestPayment(
            intent=intent or f"ussd:{next(self._receipts)}",
            organisation=self.organisation,
            payer=Msisdn.parse(phone),
            contact=None,
            parts=parts,
            reference=next(iter(shares)),
            language="en",
            trace="trace",
        )

    async def asks(self, phone: str, shares: dict[str, int], *, intent: str | None = None) -> PaymentRequested:
        return await self.app.write(request_payment, await self.wish(phone, shares, intent=intent))

    def accepted(self, payment: PaymentId, request_id: str) -> PromptAnswered:
        """The provider took the prompt and named it."""
        exchanged = Exchanged("prompt", b"{}", b"{}", 200, 120)
        return PromptAnswered(payment, PromptAccepted(request_id), exchanged, FailReason.UNKNOWN, "", "trace")

    async def prompts(self, phone: str, shares: dict[str, int], *, request_id: str) -> PaymentId:
        """A prompt that the provider has taken."""
        requested = await self.asks(phone, shares)
        await self.app.write(prompt_answered, self.accepted(requested.payment, request_id))
        return requested.payment

    def failure(self, request_id: str, *, final: bool = True, reason: FailReason = FailReason.CANCELLED) -> Failure:
        """The provider's news that a prompt brought no money."""
        notice = PromptFailed(self.account.id, request_id, "1032", "Request cancelled by user", final, reason)
        return Failure(notice, "mpesa", b"{}", "127.0.0.1", "trace")

    async def fails(self, request_id: str, **facts: Any) -> None:
        await self.app.write(record_failure, self.failure(request_id, **facts))

    # --- then ---

    async def balances(self) -> dict[str, int]:
        """Every account's balance in minor units, recounted from the postings, by code with references for ids."""
        return await self.app.read(_balances, self.organisation)

    async def owes(self, reference: str) -> int:
        """What a customer account owes, in minor units; negative when it holds credit."""
        found = await self.balances()
        return found.get(f"asset:receivable:{reference}", 0) + found.get(f"liability:credit:{reference}", 0)

    async def suspense(self) -> int:
        return -(await self.app.read(ledger.balance, suspense(self.organisation, KES))).minor

    def broken_laws(self) -> list[str]:
        """What is wrong with anybody's books in this database, in words."""
        with self.reads.connect() as connection:
            return all_broken_laws(Tx(connection, self.clock.now(), self.ids.new, self.vault))

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of a query, for what no public query tells."""
        with self.reads.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(text)]

    def close(self) -> None:
        self.writer.disconnect()
        for engine in (self.engine, self.reads):
            if self.url.is_sqlite or not _may_be_kept(engine):
                engine.dispose()
        _keep_engines(self)


def _balances(tx: Tx, organisation: OrganisationId) -> dict[str, int]:
    customers = sa.select(customer_accounts.c.id, customer_accounts.c.reference)
    names = {id_.hex: reference for id_, reference in tx.connection.execute(customers)}
    query = (
        sa.select(ledger_accounts.c.code, sa.func.sum(postings.c.minor))
        .join(postings, postings.c.account_id == ledger_accounts.c.id)
        .where(ledger_accounts.c.organisation_id == organisation)
        .group_by(ledger_accounts.c.code)
        .order_by(ledger_accounts.c.code)
    )
    found = {}
    for code, minor in tx.connection.execute(query):
        head, _, tail = code.rpartition(":")
        found[f"{head}:{names.get(tail, tail)}"] = int(minor)
    return found


def open_world(
    url: DatabaseUrl, *, seed: int = 1, clock: VirtualClock | None = None, keys: Keyring | None = None
) -> World:
    """A world over an existing schema. A second one over the same database is what another process would be."""
    clock = clock or VirtualClock(START)
    ids = SeededIds(clock, seed=seed)
    kept = _IDLE.get(url.text)
    engine, reads = kept.pop() if kept else (writer_engine(url), reader_engine(url))
    for each in (engine, reads):
        with suppress(sa.exc.OperationalError), each.connect() as connection:  # gone with a database that was made anew
            connection.exec_driver_sql("SELECT 1")
    with engine.connect() as connection:
        vault = open_vault(connection, keys or keyring())
    bugs: list[BaseException] = []
    writer = SteppedWriter(engine, vault, clock, ids, on_bug=lambda use_case, error: bugs.append(error))
    reader = Reader(reads, vault, clock, ids, InlineThreads())
    app = App(reader, writer, clock, ids, SeededRandom(seed), MemoryKeyValue(clock), {}, {})
    return World(url, clock, ids, app, writer, engine, vault, reads, bugs)


_IDLE: dict[str, list[tuple[sa.Engine, sa.Engine]]] = {}
_MOST_IDLE = 4


def _may_be_kept(engine: sa.Engine) -> bool:
    """Are its connections to PostgreSQL all at rest, and the server told that the next test has them?"""
    assert isinstance(engine.pool, sa.QueuePool)
    if engine.pool.checkedout():
        return False
    try:
        with ExitStack() as all_of_them:
            for connection in [all_of_them.enter_context(engine.connect()) for _ in range(engine.pool.checkedin())]:
                connection.exec_driver_sql("RESET ALL")
                connection.exec_driver_sql(f"SET application_name = '{KEPT}'")
                connection.commit()
    except sa.exc.DBAPIError:
        return False
    return True


def _keep_engines(world: World) -> None:
    """The next test on the same database finds its statements compiled: a quarter of what such tests cost."""
    kept = _IDLE.setdefault(world.url.text, [])
    if all(engine is not world.engine for engine, _ in kept):
        kept.append((world.engine, world.reads))
    if len(_IDLE) > _MOST_IDLE:
        for engine in itertools.chain.from_iterable(_IDLE.pop(next(iter(_IDLE)))):
            engine.dispose()


__all__ = ["Order", "World", "create_schema", "kes", "open_world"]
