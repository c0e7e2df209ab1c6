"""P2's baseline: the same confirmation on the same schema, as most programs would write it.

One asynchronous session and one transaction a request, objects mapped onto the same tables, the same rows written, the
same values sealed and numbered. Nothing is batched, and nothing is done badly on purpose.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from aiohttp import web
from sqlalchemy import event, orm
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench import settings
from bench.school import MPESA_KEY
from core import ledger
from core.ids import AccountId, CustomerAccountId, EntryId, ItemId, OrganisationId
from core.ledger import customer_credit, float_account, receivable, suspense
from core.money import Currency
from core.phones import MaskedMsisdn, Msisdn, read_payer
from core.receipt_codes import code_from
from core.references import Reference
from runtime.chance import SystemRandom
from runtime.ids import UuidV7
from runtime.logs import start_logs
from storage import audit, tables
from storage.database import DatabaseUrl, writer_engine
from storage.organisations import connections
from storage.schema import open_vault
from storage.tx import Tx
from storage.types import to_us
from storage.vault import Keyring, Vault

log = structlog.get_logger()
registry = orm.registry()
RETRIES = 5


class Row:
    """What is mapped onto a table; its attributes are the columns."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


def _mapped(name: str, table: sa.Table) -> Any:
    made = type(name, (Row,), {})
    registry.map_imperatively(made, table)
    return made


AccountReference = _mapped("AccountReference", tables.account_references)
CustomerAccount = _mapped("CustomerAccount", tables.customer_accounts)
OpenItem = _mapped("OpenItem", tables.open_items)
Phone = _mapped("Phone", tables.phones)
Contact = _mapped("Contact", tables.contacts)
Payment = _mapped("Payment", tables.payments)
Entry = _mapped("Entry", tables.entries)
Posting = _mapped("Posting", tables.postings)
Balance = _mapped("Balance", tables.balances)
Application = _mapped("Application", tables.applications)
SuspenseItem = _mapped("SuspenseItem", tables.suspense_items)
Exchange = _mapped("Exchange", tables.exchanges)
Change = _mapped("Change", tables.changes)
Counter = _mapped("Counter", tables.counters)
Receipt = _mapped("Receipt", tables.receipts)
Outgoing = _mapped("Outgoing", tables.outbox)


class Clerk:
    """Records confirmations for one provider account."""

    def __init__(self, vault: Vault, organisation: OrganisationId, provider_account: uuid.UUID, shortcode: str) -> None:
        self.vault = vault
        self.organisation = organisation
        self.provider_account = provider_account
        self.shortcode = shortcode
        self.new_id = UuidV7().new

    async def record(self, session: AsyncSession, raw: bytes, address: str, trace: str) -> bool:
        """One confirmation, in the session's transaction. True when it is new."""
        said, now = json.loads(raw), datetime.now(UTC)
        organisation, currency = self.organisation, Currency.KES
        known = await session.scalar(
            sa.select(Payment).where(
                Payment.organisation_id == organisation, Payment.provider == "mpesa", Payment.receipt == said["TransID"]
            )
        )
        if known is not None:
            session.add(self._exchange(raw, address, trace, known.id, "known", now))
            return False
        amount = round(float(said["TransAmount"]) * 100)
        typed = Reference.read(said["BillRefNumber"])
        payer = read_payer(said["MSISDN"])
        contact = await self._contact(session, payer, said["FirstName"])
        reference = await session.scalar(
            sa.select(AccountReference).where(
                AccountReference.organisation_id == organisation, AccountReference.canonical_key == typed.canonical
            )
        )
        account = await session.get(CustomerAccount, reference.account_id) if reference is not None else None
        seen = {"partial": f"{payer.prefix}*{payer.suffix}" if isinstance(payer, MaskedMsisdn) else ""}
        payment = Payment(
            id=self.new_id(),
            organisation_id=organisation,
            provider_account_id=self.provider_account,
            provider="mpesa",
            method="paybill",
            purpose="fee",
            status="completed",
            version=1,
            minor=amount,
            currency=currency.code,
            reference=said["BillRefNumber"].strip(),
            reference_key=typed.canonical,
            receipt=said["TransID"],
            payer_contact_id=contact.id if contact is not None else None,
            payer_sealed=self.vault.seal(json.dumps({**seen, "name": said["FirstName"]}).encode()),
            value_on=now.date(),
            created_at=now,
            completed_at=now,
            notes="",
        )
        entry_id, key = EntryId(self.new_id()), f"payment:{payment.id.hex}:received"
        lines, applied = await self._applied(session, account, amount, currency)
        canonical = ledger.canonical(
            entry_id, organisation, key, "payment_received", now.date(), to_us(now), payment.id, None, lines
        )
        entry = Entry(
            id=entry_id,
            organisation_id=organisation,
            key=key,
            kind="payment_received",
            value_on=now.date(),
            recorded_at=now,
            subject_id=payment.id,
            mac=self.vault.mac(canonical),
        )
        session.add_all([payment, entry])
        await session.flush()
        for position, (ledger_account, minor) in enumerate(lines):
            session.add(Posting(entry_id=entry_id, position=position, account_id=ledger_account, minor=minor))
            balance = await session.get(Balance, (ledger_account, 0))
            if balance is None:
                session.add(Balance(account_id=ledger_account, slot=0, minor=minor))
            else:
                balance.minor += minor
        for position, (item, minor) in enumerate(applied):
            assert account is not None
            session.add(
                Application(
                    entry_id=entry_id,
                    position=position,
                    payment_id=payment.id,
                    account_id=account.id,
                    item_id=item,
                    minor=minor,
                    strategy="exact_reference",
                    reason=f"exact_reference:{account.reference}",
                )
            )
        if account is None:
            session.add(
                SuspenseItem(
                    payment_id=payment.id,
                    organisation_id=organisation,
                    minor=amount,
                    currency=currency.code,
                    reason="unknown_reference",
                    opened_at=now,
                )
            )
        session.add(self._exchange(raw, address, trace, payment.id, "credited", now))
        session.add(self._change(payment, address, trace, now))
        number = await self._receipt(session, payment, now)
        if account is not None:
            session.add(self._message(payment, account, number, now, trace))
        return True

    async def _contact(self, session: AsyncSession, payer: object, name: str) -> Any:
        """The one contact whose number may be the masked one, and who bears the name."""
        if not isinstance(payer, MaskedMsisdn):
            return None
        found = await session.execute(
            sa.select(Phone, Contact)
            .join(Contact, Contact.id == Phone.contact_id)
            .where(Phone.organisation_id == self.organisation)
            .where(Phone.tail_index == self.vault.index("tail", payer.suffix[-3:]))
        )
        fitting = [
            contact
            for phone, contact in found
            if payer.may_be(Msisdn(self.vault.open_text(phone.msisdn_sealed)))
            and name.casefold() in contact.name.casefold().split()
        ]
        return fitting[0] if len(fitting) == 1 else None

    async def _applied(
        self, session: AsyncSession, account: Any, amount: int, currency: Currency
    ) -> tuple[list[tuple[AccountId, int]], list[tuple[ItemId | None, int]]]:
        """Postings, and what each open item took; the rest is credit."""
        organisation = self.organisation
        lines = [(float_account(organisation, "mpesa", self.shortcode, currency).id, amount)]
        if account is None:
            return [*lines, (suspense(organisation, currency).id, -amount)], []
        applied: list[tuple[ItemId | None, int]] = []
        left = amount
        items = await session.scalars(
            sa.select(OpenItem)
            .where(OpenItem.account_id == account.id, OpenItem.outstanding_minor > 0)
            .order_by(OpenItem.due_on, OpenItem.number)
        )
        for item in items:
            taken = min(left, item.outstanding_minor)
            if taken:
                item.outstanding_minor -= taken
                applied.append((item.id, taken))
                left -= taken
        owner = CustomerAccountId(account.id)
        if amount - left:
            lines.append((receivable(organisation, owner, currency).id, left - amount))
        if left:
            applied.append((None, left))
            lines.append((customer_credit(organisation, owner, currency).id, -left))
        return lines, applied

    def _exchange(self, raw: bytes, address: str, trace: str, payment: uuid.UUID, outcome: str, now: datetime) -> Any:
        return Exchange(
            id=self.new_id(),
            organisation_id=self.organisation,
            provider_account_id=self.provider_account,
            provider="mpesa",
            direction="in",
            operation="confirmation",
            payment_id=payment,
            address=address,
            request_sealed=self.vault.seal(raw),
            outcome=outcome,
            detail="",
            at=now,
            trace=trace,
        )

    def _change(self, payment: Any, address: str, trace: str, now: datetime) -> Any:
        values = {
            "organisation_id": self.organisation,
            "at": now,
            "actor_kind": "provider",
            "actor": "mpesa",
            "origin": f"confirmation {address}",
            "action": "payment_completed",
            "subject_kind": "payment",
            "subject_id": payment.id,
            "sequence": 1,
            "from_state": None,
            "to_state": "completed",
            "reason": "exact_reference",
            "trace": trace,
        }
        id_ = self.new_id()
        canonical = audit.canonical(id_, *({**values, "at": to_us(now)}.values()))
        return Change(id=id_, **values, mac=self.vault.mac(canonical))

    async def _receipt(self, session: AsyncSession, payment: Any, now: datetime) -> int:
        counter = await session.get(Counter, (self.organisation, "receipts"))
        if counter is None:
            counter = Counter(organisation_id=self.organisation, name="receipts", last=0)
            session.add(counter)
        counter.last += 1
        number = int(counter.last)
        code = code_from(self.vault.mac(f"receipt code|{payment.id.hex}|0".encode()))
        session.add(
            Receipt(organisation_id=self.organisation, number=number, payment_id=payment.id, code=code, issued_at=now)
        )
        return number

    def _message(self, payment: Any, account: Any, number: int, now: datetime, trace: str) -> Any:
        facts = {"receipt": payment.receipt, "number": number, "reference": account.reference, "minor": payment.minor}
        return Outgoing(
            id=self.new_id(),
            organisation_id=self.organisation,
            kind="sms",
            event="payment_received",
            payment_id=payment.id,
            facts_sealed=self.vault.seal(msgspec.json.encode(facts)),
            state="pending",
            not_before=now,
            attempts=0,
            last_error="",
            created_at=now,
            trace=trace,
        )


def _engine(folder: Path, pool: int) -> Any:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/karani.db", pool_size=pool, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _clerk(folder: Path) -> Clerk:
    config = settings.config(folder)
    engine = writer_engine(DatabaseUrl(config.database_url))
    keyring = Keyring([key.get_secret_value().encode() for key in config.secret_keys], SystemRandom().token)
    try:
        with engine.connect() as connection:
            vault = open_vault(connection, keyring)
            tx = Tx(connection, datetime.now(UTC), UuidV7().new, vault)
            account = next(each.account for each in connections(tx) if each.account.provider == "mpesa")
    finally:
        engine.dispose()
    return Clerk(vault, account.organisation, account.id, account.shortcode)


async def serve(port: int, folder: Path, pool: int, until_told: Callable[[], Awaitable[None]]) -> None:
    """The endpoint, with `pool` connections to the database."""
    start_logs("info")
    clerk, engine = _clerk(folder), _engine(folder, pool)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def confirmation(request: web.Request) -> web.Response:
        if request.match_info["key"] != MPESA_KEY:
            raise web.HTTPNotFound
        raw, trace, new = await request.read(), clerk.new_id().hex, False
        for attempt in range(1, RETRIES + 1):
            try:
                async with sessions() as session, session.begin():
                    new = await clerk.record(session, raw, request.remote or "", trace)
                break
            except OperationalError:
                if attempt == RETRIES:
                    raise
        log.info("callback", operation="c2b/confirmation", outcome="credited" if new else "known", trace=trace)
        return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})

    site = web.Application()
    site.router.add_post("/hooks/{key}/c2b/confirmation", confirmation)
    runner = web.AppRunner(site, access_log=None, keepalive_timeout=75)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await until_told()
    await runner.cleanup()
    await engine.dispose()
