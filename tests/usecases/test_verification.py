"""`karani verify` finds nothing in honest books, and names whatever was done to them behind the program's back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.ids import PaymentId
from core.phones import MaskedMsisdn, Msisdn
from runtime.clock import VirtualClock
from storage import schema, seals, tables, verification
from storage.database import DatabaseUrl
from tests.servers import Postgres
from tests.usecases.test_reversals import reverses
from tests.world import START, TESTER, World, open_world
from usecases.reallocation import Reallocate, reallocate
from usecases.sealing import Sealed, SealSome, seal
from usecases.suspense import AssignSuspense, assign
from usecases.verification import Anchor, Finding, verify

GUARDIAN = "254712345678"


async def founded(url: DatabaseUrl) -> None:
    """A school that has seen a bit of everything, half of it sealed."""
    world = open_world(url)
    await world.school()
    await live(world, "KV1")
    await seals_all(world)
    await live(world, "KV2")
    world.close()
    assert world.bugs == []


@pytest.fixture(scope="module")
def sqlite_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("school") / "karani.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(founded(DatabaseUrl(f"sqlite:///{path}")))
    return path


@pytest.fixture(scope="module")
def pg_school(postgres: Postgres, pg_template: str, worker_id: str) -> Iterator[str]:
    name = f"karani_school_{worker_id}"
    asyncio.run(founded(DatabaseUrl(postgres.create(name, template=pg_template))))
    yield name
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of that school, an hour later; read in tiny pages, so that every pass has many."""
    monkeypatch.setattr(verification, "PAGE", 3)
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_copy")(request.getfixturevalue("sqlite_school"))
    else:
        url = DatabaseUrl(request.getfixturevalue("pg_copy")(request.getfixturevalue("pg_school")))
    world = open_world(url, seed=2, clock=VirtualClock(START + timedelta(hours=1)))
    yield world
    world.close()


async def live(world: World, prefix: str) -> None:
    """Debts, payments known and unknown, credit that meets a new invoice, prompts that are paid, failed and waiting."""
    one, two = f"{prefix}0", f"{prefix}1"
    phone = f"2547{prefix[2:] * 8}"
    await world.students({one: 4_000, two: 2_500}, guardians={one: [phone], two: [phone]})
    await world.arrives(
        world.notice(one, 1_500, payer=Msisdn.parse(phone)),
        world.notice(two, 3_000),
        world.notice("nobody", 700, payer=MaskedMsisdn("2547", "678"), name="Asha"),
        world.notice("", 900),
    )
    waiting = world.rows("SELECT payment_id FROM suspense_items WHERE closed_at IS NULL ORDER BY opened_at, payment_id")
    assigned = AssignSuspense(PaymentId(as_uuid(waiting[0][0])), one, TESTER, "trace")
    await world.app.write(assign, assigned)
    await world.students({two: 1_000})
    (mistaken,) = await world.arrives(world.notice(one, 50))
    await world.app.write(reallocate, Reallocate(mistaken.payment, two, TESTER, "trace"))
    await world.prompts(phone, {one: 100, two: 200}, request_id=f"{prefix}-paid")
    await world.arrives(world.notice(one, 300, payer=Msisdn.parse(phone), request_id=f"{prefix}-paid"))
    await world.prompts(phone, {one: 105}, request_id=f"{prefix}-odd")
    await world.arrives(world.notice(one, 90, payer=Msisdn.parse(phone), request_id=f"{prefix}-odd"))
    await world.arrives(world.notice(one, 20, receipt=f"{prefix}R1"), world.notice("?", 30, receipt=f"{prefix}R2"))
    await reverses(world, f"{prefix}R1")
    await reverses(world, f"{prefix}R2")
    await world.prompts(phone, {one: 110}, request_id=f"{prefix}-failed")
    await world.fails(f"{prefix}-failed")
    await world.asks(phone, {two: 120})
    await world.clock.advance(60)


async def seals_all(world: World, *, most: int = 7) -> list[Sealed]:
    made = []
    while (one := await world.app.write(seal, SealSome(most))).number is not None:
        made.append(one)
    return made


def as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


async def findings(world: World, anchor: Anchor | None = None) -> list[Finding]:
    return await world.app.read(verify, anchor)


# --- honest books -------------------------------------------------------------------------------------------------------


async def test_honest_books_have_no_finding(books: World) -> None:
    assert await findings(books) == []


async def test_nor_when_all_is_sealed(books: World) -> None:
    await seals_all(books)

    assert await findings(books) == []


async def test_nor_when_read_in_pages_of_the_usual_size(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert verification.PAGE == 1_000
    assert await findings(books) == []


async def test_nor_do_empty_ones(database: DatabaseUrl) -> None:
    world = open_world(database)

    assert await findings(world) == []
    world.close()


# --- behind the program's back ------------------------------------------------------------------------------------------

Tampering = Callable[[sa.Connection], tuple[str, Any]]
"""Does something to the books; the table and the id that must be named for it."""


def first(connection: sa.Connection, query: sa.Select[Any], *, newest: bool = False) -> Any:
    rows = connection.execute(query).all()
    return rows[-1 if newest else 0]


def an_entry(connection: sa.Connection, kind: str = "payment_received", *, newest: bool = False) -> Any:
    """The oldest such entry is sealed, the newest is not."""
    query = sa.select(tables.entries).where(tables.entries.c.kind == kind).order_by(tables.entries.c.id)
    return first(connection, query, newest=newest)


def a_payment(connection: sa.Connection, status: str = "completed", *, newest: bool = False) -> Any:
    query = sa.select(tables.payments).where(tables.payments.c.status == status).order_by(tables.payments.c.id)
    return first(connection, query, newest=newest)


def change(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool], **values: Any) -> None:
    assert connection.execute(sa.update(table).where(*where).values(values)).rowcount == 1


def remove(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> None:
    assert connection.execute(sa.delete(table).where(*where)).rowcount >= 1


def add(connection: sa.Connection, table: sa.Table, like: Any, **values: Any) -> None:
    """A copy of a row with some other values."""
    row = {name: value for name, value in like._mapping.items() if name in table.c}
    connection.execute(sa.insert(table).values(row | values))


NEW = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
E, P, A, C = tables.entries, tables.postings, tables.applications, tables.changes


def entry_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    change(c, E, E.c.id == entry.id, kind="payment_recieved")
    return "entries", entry.id


def entry_redated(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, "invoice_issued", newest=newest)
    change(c, E, E.c.id == entry.id, recorded_at=entry.recorded_at.replace(year=2025))
    return "entries", entry.id


def entry_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    remove(c, E, E.c.id == entry.id)
    return ("postings", entry.id) if newest else ("entries", entry.id)


def entry_inserted(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c)
    add(c, E, entry, id=NEW, key="payment:again")
    for line in c.execute(sa.select(P).where(P.c.entry_id == entry.id)).all():
        add(c, P, line, entry_id=NEW)
    return "entries", NEW


def entry_inserted_among_sealed_ones(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c)
    older = UUID(int=entry.id.int + 1)
    add(c, E, entry, id=older, key="payment:again")
    return "entries", older


def posting_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    change(c, P, P.c.entry_id == entry.id, P.c.position == 0, minor=1)
    return "postings", entry.id


def posting_sent_to_another_account(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry, other = an_entry(c, newest=newest), an_entry(c, "invoice_issued")
    account = first(c, sa.select(P).where(P.c.entry_id == other.id, P.c.minor < 0)).account_id
    change(c, P, P.c.entry_id == entry.id, P.c.position == 1, account_id=account)
    return "entries", entry.id


def posting_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    remove(c, P, P.c.entry_id == entry.id, P.c.position == 1)
    return "postings", entry.id


def postings_added_in_balance(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    entry = an_entry(c, newest=newest)
    line = first(c, sa.select(P).where(P.c.entry_id == entry.id).order_by(P.c.position))
    add(c, P, line, position=8, minor=5)
    add(c, P, line, position=9, minor=-5)
    return "entries", entry.id


def posting_of_no_entry(c: sa.Connection) -> tuple[str, Any]:
    add(c, P, first(c, sa.select(P)), entry_id=NEW)
    return "postings", NEW


def everything_made_to_fit_a_larger_amount(c: sa.Connection) -> tuple[str, Any]:
    """A payment of 1,500 becomes one of 1,501 wherever it is written: the books add up, but they are not ours."""
    entry = an_entry(c)
    lines = c.execute(sa.select(P).where(P.c.entry_id == entry.id).order_by(P.c.position)).all()
    for line in lines:
        sign = 1 if line.minor > 0 else -1
        change(c, P, P.c.entry_id == entry.id, P.c.position == line.position, minor=line.minor + sign * 100)
        b = tables.balances
        change(c, b, b.c.account_id == line.account_id, minor=b.c.minor + sign * 100)
    applied = first(c, sa.select(A).where(A.c.entry_id == entry.id))
    change(c, A, A.c.entry_id == entry.id, minor=applied.minor + 100)
    items = tables.open_items
    change(c, items, items.c.id == applied.item_id, outstanding_minor=items.c.outstanding_minor - 100)
    change(c, tables.payments, tables.payments.c.id == entry.subject_id, minor=tables.payments.c.minor + 100)
    return "entries", entry.id


def application_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, minor=applied.minor - 1)
    return "applications", applied.entry_id


def application_excused(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id))
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, reason="staff:KV10")
    return "applications", applied.entry_id


def application_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    remove(c, A, A.c.entry_id == applied.entry_id)
    return "applications", applied.entry_id


def application_inserted(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=newest)
    add(c, A, applied, position=9)
    return "applications", applied.entry_id


def application_of_no_entry(c: sa.Connection) -> tuple[str, Any]:
    add(c, A, first(c, sa.select(A)), entry_id=NEW)
    return "applications", NEW


def change_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id), newest=newest)
    change(c, C, C.c.id == row.id, actor="somebody else")
    return "changes", row.id


def change_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    remove(c, C, C.c.id == row.id)
    return "changes", row.id


def change_removed_from_the_middle(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.sequence == 2).order_by(C.c.id), newest=True)
    remove(c, C, C.c.id == row.id)
    return "changes", f"{row.subject_id}/2"


def newest_change_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.subject_kind == "payment").order_by(C.c.id), newest=True)
    remove(c, C, C.c.id == row.id)
    return "payments", row.subject_id


def change_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    add(c, C, row, id=NEW, sequence=99)
    return "changes", NEW


def payment_made_larger(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    change(c, tables.payments, tables.payments.c.id == payment.id, minor=payment.minor + 1)
    return "payments", payment.id


def payment_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    remove(c, tables.payments, tables.payments.c.id == payment.id)
    return "payments", payment.id


def payment_inserted(c: sa.Connection) -> tuple[str, Any]:
    add(c, tables.payments, a_payment(c), id=NEW, receipt="UKL7777777")
    return "payments", NEW


def failed_payment_completed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, "failed")
    change(c, tables.payments, tables.payments.c.id == payment.id, status="completed", receipt="UKL7777777")
    return "payments", payment.id


def completed_payment_failed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="failed")
    return "payments", payment.id


def reversed_payment_completed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, "reversed")
    change(c, tables.payments, tables.payments.c.id == payment.id, status="completed")
    return "payments", payment.id


def completed_payment_reversed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="reversed")
    return "payments", payment.id


def reversal_of_less(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c, "payment_reversed")
    change(c, tables.payments, tables.payments.c.id == entry.subject_id, minor=tables.payments.c.minor + 1)
    return "payments", entry.subject_id


def receipt_of_the_provider_freed_for_another_credit(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, receipt="UKL7777777")
    return "receipts", payment.id


def nonsense_status(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="paid")
    return "payments", payment.id


def debt_forgiven(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).where(items.c.outstanding_minor > 0).order_by(items.c.id), newest=newest)
    change(c, items, items.c.id == item.id, outstanding_minor=0)
    return "open_items", item.id


def invoice_made_smaller(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).where(items.c.outstanding_minor > 0).order_by(items.c.id))
    change(
        c, items, items.c.id == item.id, total_minor=item.total_minor - 1, outstanding_minor=item.outstanding_minor - 1
    )
    return "open_items", item.id


def invoice_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).order_by(items.c.id), newest=newest)
    remove(c, items, items.c.id == item.id)
    return "open_items", item.id


def invoice_inserted(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    add(c, items, first(c, sa.select(items)), id=NEW, number="INV-009999", source="by hand")
    return "open_items", NEW


def invoice_line_changed(c: sa.Connection) -> tuple[str, Any]:
    lines = tables.item_lines
    line = first(c, sa.select(lines))
    change(c, lines, lines.c.item_id == line.item_id, lines.c.position == line.position, minor=line.minor + 1)
    return "item_lines", line.item_id


def balance_changed(c: sa.Connection) -> tuple[str, Any]:
    b = tables.balances
    row = first(c, sa.select(b))
    change(c, b, b.c.account_id == row.account_id, b.c.slot == row.slot, minor=row.minor + 1)
    return "balances", row.account_id


def credit_overdrawn(c: sa.Connection) -> tuple[str, Any]:
    b, accounts = tables.balances, tables.ledger_accounts
    of_credit = accounts.c.code.startswith("liability:credit:")
    row = first(c, sa.select(b, accounts.c.code).join(accounts, accounts.c.id == b.c.account_id).where(of_credit))
    change(c, b, b.c.account_id == row.account_id, b.c.slot == row.slot, minor=10**9)
    return "customer_accounts", UUID(row.code.removeprefix("liability:credit:"))


def balance_removed(c: sa.Connection) -> tuple[str, Any]:
    b = tables.balances
    row = first(c, sa.select(b).where(b.c.minor != 0))
    remove(c, b, b.c.account_id == row.account_id)
    return "balances", row.account_id


def balance_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.balances))
    add(c, tables.balances, row, slot=50, minor=7)
    return "balances", row.account_id


def balance_of_nothing(c: sa.Connection) -> tuple[str, Any]:
    c.execute(sa.insert(tables.balances).values(account_id=NEW, slot=0, minor=7))
    return "ledger_accounts", NEW


def receipt_renumbered(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    change(c, r, r.c.number == 3, number=99)
    return "receipts", "R000003"


def receipt_code_altered(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    change(c, r, r.c.number == 3, code="7K2M9QXAV9")
    return "receipts", "R000003"


def receipt_codes_exchanged(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    one, two = first(c, sa.select(r).where(r.c.number == 1)), first(c, sa.select(r).where(r.c.number == 2))
    change(c, r, r.c.number == 1, code="")
    change(c, r, r.c.number == 2, code=one.code)
    change(c, r, r.c.number == 1, code=two.code)
    return "receipts", "R000001"


def receipts_exchanged(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    one, two = first(c, sa.select(r).where(r.c.number == 1)), first(c, sa.select(r).where(r.c.number == 2))
    change(c, r, r.c.number == 1, number=0)
    change(c, r, r.c.number == 2, number=1)
    change(c, r, r.c.number == 0, number=2)
    del two
    return "receipts", one.payment_id


def receipt_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    r = tables.receipts
    row = first(c, sa.select(r).order_by(r.c.number), newest=newest)
    remove(c, r, r.c.number == row.number)
    return "receipts", row.payment_id


def receipt_inserted(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    failed = a_payment(c, "failed")
    last = first(c, sa.select(r).order_by(r.c.number), newest=True)
    add(c, r, last, number=last.number + 1, payment_id=failed.id, code="7K2M9QXAV9")
    return "receipts", f"R{last.number + 1:06d}"


def receipt_of_nothing(c: sa.Connection) -> tuple[str, Any]:
    add(c, tables.receipts, first(c, sa.select(tables.receipts)), number=77, payment_id=NEW, code="7K2M9QXAV9")
    return "receipts", NEW


def counter_turned(c: sa.Connection) -> tuple[str, Any]:
    counters = tables.counters
    row = first(c, sa.select(counters).where(counters.c.name == "receipts"))
    change(c, counters, counters.c.name == "receipts", last=row.last + 1)
    return "counters", f"{row.organisation_id}/receipts"


def suspense_made_smaller(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_(None)))
    change(c, s, s.c.payment_id == row.payment_id, minor=row.minor - 1)
    return "suspense_items", row.payment_id


def suspense_forgotten(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_(None)))
    remove(c, s, s.c.payment_id == row.payment_id)
    return "suspense_items", row.payment_id


def suspense_opened_again(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_not(None)))
    change(c, s, s.c.payment_id == row.payment_id, closed_at=None)
    return "suspense_items", row.payment_id


def hold_released(c: sa.Connection) -> tuple[str, Any]:
    h = tables.holds
    row = first(c, sa.select(h).where(h.c.state == "settled"))
    change(c, h, h.c.id == row.id, state="released")
    return "holds", row.id


def hold_removed(c: sa.Connection) -> tuple[str, Any]:
    h = tables.holds
    row = first(c, sa.select(h).order_by(h.c.id))
    remove(c, h, h.c.payment_id == row.payment_id)
    return "holds", row.payment_id


def part_changed(c: sa.Connection) -> tuple[str, Any]:
    parts = tables.payment_parts
    row = first(c, sa.select(parts))
    change(c, parts, parts.c.payment_id == row.payment_id, parts.c.position == row.position, minor=row.minor + 1)
    return "payment_parts", row.payment_id


def account_renamed(c: sa.Connection) -> tuple[str, Any]:
    accounts = tables.ledger_accounts
    row = first(c, sa.select(accounts).where(accounts.c.code == "liability:suspense"))
    change(c, accounts, accounts.c.id == row.id, code="income:gifts")
    return "ledger_accounts", row.id


def account_removed(c: sa.Connection) -> tuple[str, Any]:
    accounts = tables.ledger_accounts
    row = first(c, sa.select(accounts).where(accounts.c.code.like("asset:receivable:%")))
    remove(c, accounts, accounts.c.id == row.id)
    return "ledger_accounts", row.id


def listed_digest_changed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    change(c, tables.sealed, tables.sealed.c.row_id == row.row_id, digest=bytes(len(row.digest)))
    return "seals", row.seal


def listed_row_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    remove(c, tables.sealed, tables.sealed.c.row_id == row.row_id)
    return "seals", row.seal


def listed_row_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed))
    add(c, tables.sealed, row, row_id=NEW, position=999)
    return "seals", row.seal


def seal_changed(c: sa.Connection) -> tuple[str, Any]:
    change(c, tables.seals, tables.seals.c.number == 2, hash=bytes(32))
    return "seals", 2


def seal_redated(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).where(tables.seals.c.number == 2))
    change(c, tables.seals, tables.seals.c.number == 2, sealed_at=row.sealed_at.replace(year=2025))
    return "seals", 2


def seal_removed(c: sa.Connection) -> tuple[str, Any]:
    remove(c, tables.seals, tables.seals.c.number == 2)
    return "seals", 2


def newest_seal_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).order_by(tables.seals.c.number), newest=True)
    remove(c, tables.seals, tables.seals.c.number == row.number)
    return "seals", row.number


def seal_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).order_by(tables.seals.c.number), newest=True)
    add(c, tables.seals, row, number=row.number + 1)
    return "seals", row.number + 1


def application_of_another_payment(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=True)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, payment_id=NEW)
    return "applications", f"{applied.entry_id}/{applied.position}"


def application_to_nobody(c: sa.Connection) -> tuple[str, Any]:
    applied = first(c, sa.select(A).order_by(A.c.entry_id), newest=True)
    change(c, A, A.c.entry_id == applied.entry_id, A.c.position == applied.position, account_id=NEW)
    return "applications", f"{applied.entry_id}/{applied.position}"


def change_with_another_code(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    change(c, C, C.c.id == row.id, mac=bytes(16))
    return "changes", row.id


def change_that_came_from_elsewhere(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.sequence == 2, C.c.subject_kind == "payment").order_by(C.c.id), newest=True)
    change(c, C, C.c.id == row.id, from_state="expired")
    return "changes", row.id


def payment_at_nobodys_account(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, provider_account_id=NEW)
    return "payments", payment.id


def payment_redated(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, value_on=payment.value_on - timedelta(days=1))
    return "payments", payment.id


def payment_in_another_currency(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, currency="TZS")
    return "payments", payment.id


def invoice_in_no_currency(c: sa.Connection) -> tuple[str, Any]:
    items = tables.open_items
    item = first(c, sa.select(items).order_by(items.c.id))
    change(c, items, items.c.id == item.id, currency="XXX")
    return "open_items", item.id


def student_removed(c: sa.Connection) -> tuple[str, Any]:
    customers = tables.customer_accounts
    row = first(c, sa.select(customers).order_by(customers.c.reference))
    remove(c, customers, customers.c.id == row.id)
    return "customer_accounts", row.id


def listed_as_something_else(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    change(c, tables.sealed, tables.sealed.c.row_id == row.row_id, kind="nothing")
    return "sealed", row.row_id


TWICE = [
    entry_changed,
    entry_redated,
    entry_removed,
    posting_changed,
    posting_sent_to_another_account,
    posting_removed,
    postings_added_in_balance,
    application_changed,
    application_removed,
    application_inserted,
    change_changed,
    payment_made_larger,
    payment_removed,
    completed_payment_failed,
    debt_forgiven,
    invoice_removed,
    receipt_removed,
]
"""Done to a row that is sealed, and to one that is not."""
ONCE = [
    entry_inserted,
    entry_inserted_among_sealed_ones,
    posting_of_no_entry,
    everything_made_to_fit_a_larger_amount,
    application_excused,
    application_of_no_entry,
    application_of_another_payment,
    application_to_nobody,
    change_with_another_code,
    change_that_came_from_elsewhere,
    payment_at_nobodys_account,
    payment_redated,
    payment_in_another_currency,
    invoice_in_no_currency,
    student_removed,
    listed_as_something_else,
    change_removed,
    change_removed_from_the_middle,
    newest_change_removed,
    change_inserted,
    payment_inserted,
    failed_payment_completed,
    reversed_payment_completed,
    completed_payment_reversed,
    reversal_of_less,
    receipt_of_the_provider_freed_for_another_credit,
    nonsense_status,
    invoice_made_smaller,
    invoice_inserted,
    invoice_line_changed,
    balance_changed,
    credit_overdrawn,
    balance_removed,
    balance_inserted,
    balance_of_nothing,
    receipt_renumbered,
    receipt_code_altered,
    receipt_codes_exchanged,
    receipts_exchanged,
    receipt_inserted,
    receipt_of_nothing,
    counter_turned,
    suspense_made_smaller,
    suspense_forgotten,
    suspense_opened_again,
    hold_released,
    hold_removed,
    part_changed,
    account_renamed,
    account_removed,
    listed_digest_changed,
    listed_row_removed,
    listed_row_inserted,
    seal_changed,
    seal_redated,
    seal_removed,
    newest_seal_removed,
    seal_inserted,
]


@pytest.mark.sampled
@pytest.mark.parametrize("tampering", ONCE)
async def test_whatever_is_done_behind_the_programs_back_is_named(books: World, tampering: Tampering) -> None:
    table, id_ = behind_the_back(books, tampering)

    found = await findings(books)

    assert (table, str(id_)) in named(found)


@pytest.mark.sampled
@pytest.mark.parametrize("newest", [False, True], ids=["sealed", "unsealed"])
@pytest.mark.parametrize("tampering", TWICE)
async def test_sealed_or_not(books: World, tampering: Any, newest: bool) -> None:
    table, id_ = behind_the_back(books, lambda c: tampering(c, newest=newest))

    found = await findings(books)

    assert (table, str(id_)) in named(found)


async def test_a_lost_trigger_is_named(books: World) -> None:
    name = min(schema.trigger_names(books.engine.dialect.name))
    engine = sa.create_engine(books.url.driver)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if books.url.is_sqlite else " ON applications"))
    engine.dispose()

    assert named(await findings(books)) == {("triggers", name)}


async def test_a_seal_that_was_written_down_vouches_for_what_came_before(books: World) -> None:
    last = await books.app.read(seals.last)
    assert last is not None

    assert await findings(books, Anchor.parse(f"{last.number}:{last.hash.hex()}")) == []
    assert named(await findings(books, Anchor(last.number, bytes(32)))) == {("seals", str(last.number))}
    assert named(await findings(books, Anchor(last.number + 1, last.hash))) == {("seals", str(last.number + 1))}


def named(found: list[Finding]) -> set[tuple[str, str]]:
    """What is named; a posting by its entry."""
    return {(finding.table, finding.id.partition("/")[0]) for finding in found} | {(f.table, f.id) for f in found}


def behind_the_back(world: World, tampering: Tampering) -> tuple[str, Any]:
    """On a connection that knows nothing of us, with triggers and foreign keys off; afterwards nothing shows that."""
    engine = sa.create_engine(world.url.driver)
    with engine.begin() as connection:
        if world.url.is_sqlite:
            for name in schema.triggers(connection):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
            for table in tables.APPEND_ONLY:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        answer = tampering(connection)
        if not world.url.is_sqlite:
            connection.exec_driver_sql("SET session_replication_role = origin")
    with engine.begin() as connection:
        schema.lay_triggers(connection)
    engine.dispose()
    return answer
