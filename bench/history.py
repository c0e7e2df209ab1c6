"""A database with a long past: payments written in bulk, as many as wanted, balanced, in every table that one leaves rows in.

What they say is true of the books as a whole (each entry balances, balances are the sums of postings, receipts have no gaps);
sealed values are random bytes of the usual length, and authenticity codes are random too: nothing here opens or verifies them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from core.ids import CustomerAccountId, OrganisationId
from core.ledger import customer_credit, float_account
from core.money import Currency
from storage import tables
from storage.schema import trigger_names, trigger_statements

BATCH = 20_000
START_US = 1_700_000_000_000_000
DAY = "2026-01-01"
_MASK = 2**64


def grow(folder: Path, payments: int) -> None:
    """Add `payments` to the school in this folder, some seconds apart, up to now."""
    connection = sqlite3.connect(folder / "karani.db", isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-262144"):
            connection.execute(f"PRAGMA {pragma}")
        for name in trigger_names("sqlite"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("BEGIN")
        _write(connection, payments)
        connection.execute("COMMIT")
        for statement in trigger_statements("sqlite"):
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _write(connection: sqlite3.Connection, payments: int) -> None:
    organisation, account, shortcode = _one(
        connection, "SELECT organisation_id, id, shortcode FROM provider_accounts WHERE provider = 'mpesa'"
    )
    customers = [row[0] for row in connection.execute("SELECT id FROM customer_accounts")]
    owner = OrganisationId(UUID(bytes=organisation))
    purse = float_account(owner, "mpesa", shortcode, Currency.KES).id.bytes
    credits = [
        customer_credit(owner, CustomerAccountId(UUID(bytes=customer)), Currency.KES).id.bytes for customer in customers
    ]
    first = int(_one(connection, "SELECT coalesce(max(number), 0) FROM receipts")[0])
    for start in range(0, payments, BATCH):
        numbers = range(start, min(start + BATCH, payments))
        rows = [_Row(number, customers, credits) for number in numbers]
        for table, some in _rows(rows, organisation, account, purse, first).items():
            _insert(connection, table, some)
    each = {purse: 100 * payments}
    for number in range(payments):
        credit = credits[number % len(credits)]
        each[credit] = each.get(credit, 0) - 100
    connection.executemany(
        "INSERT INTO balances (account_id, slot, minor) VALUES (?, 0, ?) "
        "ON CONFLICT (account_id, slot) DO UPDATE SET minor = minor + excluded.minor",
        each.items(),
    )
    kind = (organisation, DAY, "KES", account, "paybill", "fee", "completed")
    connection.execute("INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)", (*kind, payments, 100 * payments))
    connection.execute(
        "INSERT INTO counters (organisation_id, name, last) VALUES (?, 'receipts', ?) "
        "ON CONFLICT (organisation_id, name) DO UPDATE SET last = excluded.last",
        (organisation, first + payments),
    )
    # Everything up to the newest sealed row counts as sealed: without this the workers would begin to seal all of it.
    connection.execute(
        "INSERT INTO seals (number, count, hash, mac, sealed_at) VALUES (1, 1, ?, ?, ?)", (b"", b"", START_US)
    )
    newest = max(as_uuid(payments, 8), _one(connection, "SELECT max(id) FROM entries")[0])
    values = (newest, 1, 0, "entry", b"")
    connection.execute("INSERT INTO sealed (row_id, seal, position, kind, digest) VALUES (?, ?, ?, ?, ?)", values)


def _one(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()


class _Row:
    """One payment's ids and moment."""

    def __init__(self, number: int, customers: list[bytes], credits: list[bytes]) -> None:
        self.number = number
        self.at = START_US + number * 20_000_000
        self.payment, self.entry = as_uuid(number, 0), as_uuid(number, 1)
        self.customer, self.credit = customers[number % len(customers)], credits[number % len(credits)]


def as_uuid(number: int, kind: int) -> bytes:
    """A UUID of version 7 at that payment's moment."""
    milliseconds = (START_US + number * 20_000_000) // 1000 + kind
    tail = (number * 0x9E3779B97F4A7C15 + kind) % _MASK
    return (milliseconds << 80 | 0x7 << 76 | kind << 64 | 0b10 << 62 | tail >> 2).to_bytes(16)


def _rows(
    rows: list[_Row], organisation: bytes, account: bytes, purse: bytes, first: int
) -> dict[str, Iterator[dict[str, object]]]:
    sealed, mac, random = os.urandom(110), os.urandom(16), os.urandom(8).hex()
    common = {"organisation_id": organisation, "trace": random * 2}
    return {
        "payments": (
            {
                **common,
                "id": row.payment,
                "provider_account_id": account,
                "provider": "mpesa",
                "method": "paybill",
                "purpose": "fee",
                "status": "completed",
                "version": 1,
                "minor": 100,
                "currency": "KES",
                "reference": "KV2345",
                "reference_key": "kv2345",
                "receipt": f"H{row.number:09d}",
                "payer_sealed": sealed,
                "value_on": DAY,
                "created_at": row.at,
                "completed_at": row.at,
                "notes": "",
            }
            for row in rows
        ),
        "entries": (
            {
                **common,
                "id": row.entry,
                "key": f"payment:{row.payment.hex()}:received",
                "kind": "payment_received",
                "value_on": DAY,
                "recorded_at": row.at,
                "subject_id": row.payment,
                "mac": mac,
            }
            for row in rows
        ),
        "postings": (
            {"entry_id": row.entry, "position": position, "account_id": place, "minor": minor}
            for row in rows
            for position, (place, minor) in enumerate(((purse, 100), (row.credit, -100)))
        ),
        "applications": (
            {
                "entry_id": row.entry,
                "position": 0,
                "payment_id": row.payment,
                "account_id": row.customer,
                "minor": 100,
                "strategy": "exact_reference",
                "reason": "exact_reference:KV2345",
            }
            for row in rows
        ),
        "receipts": (
            {
                **common,
                "number": first + row.number + 1,
                "payment_id": row.payment,
                "code": f"H{row.number:09d}",
                "issued_at": row.at,
            }
            for row in rows
        ),
        "changes": (
            {
                **common,
                "id": as_uuid(row.number, 2),
                "at": row.at,
                "actor_kind": "provider",
                "actor": "mpesa",
                "origin": "confirmation 127.0.0.1",
                "action": "payment_completed",
                "subject_kind": "payment",
                "subject_id": row.payment,
                "sequence": 1,
                "to_state": "completed",
                "reason": "exact_reference",
                "mac": mac,
            }
            for row in rows
        ),
        "exchanges": (
            {
                **common,
                "id": as_uuid(row.number, 3),
                "provider_account_id": account,
                "provider": "mpesa",
                "direction": "in",
                "operation": "confirmation",
                "payment_id": row.payment,
                "address": "127.0.0.1",
                "request_sealed": sealed * 4,
                "outcome": "credited",
                "detail": "",
                "at": row.at,
            }
            for row in rows
        ),
        "outbox": (
            {
                **common,
                "id": as_uuid(row.number, 4),
                "kind": "sms",
                "event": "payment_received",
                "payment_id": row.payment,
                "facts_sealed": sealed * 2,
                "state": "sent",
                "not_before": row.at,
                "attempts": 1,
                "last_error": "",
                "created_at": row.at,
                "sent_at": row.at,
            }
            for row in rows
        ),
    }


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[dict[str, object]]) -> None:
    columns = {column.name for column in tables.metadata.tables[table].columns}
    names: list[str] = []
    for row in rows:
        names = [name for name in row if name in columns]
        break
    else:
        return
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
    first = [tuple(row[name] for name in names)]
    connection.executemany(statement, first)
    connection.executemany(statement, (tuple(row[name] for name in names) for row in rows))
