"""What is really in a database after a load, and whether its books are whole. Plain SQL, apart from the product's own checks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = (
    "payments",
    "entries",
    "receipts",
    "applications",
    "suspense_items",
    "exchanges",
    "changes",
    "outbox",
    "intents",
)

_WHOLE = {
    "the trial balance is not zero": "SELECT count(*) FROM (SELECT a.organisation_id, a.currency FROM postings p "
    "JOIN ledger_accounts a ON a.id = p.account_id GROUP BY 1, 2 HAVING sum(p.minor) <> 0) AS broken",
    "an entry does not balance": "SELECT count(*) FROM (SELECT entry_id FROM postings GROUP BY 1 "
    "HAVING sum(minor) <> 0) AS broken",
    "a folded balance is not the sum of its postings": "SELECT count(*) FROM (SELECT account_id FROM "
    "(SELECT account_id, minor FROM balances UNION ALL SELECT account_id, -minor FROM postings) AS both_ways "
    "GROUP BY 1 HAVING sum(minor) <> 0) AS broken",
    "a completed payment has no entry of its own": "SELECT count(*) FROM payments WHERE status = 'completed' "
    "AND id NOT IN (SELECT subject_id FROM entries)",
    "a payment's money is not where its parts say": "SELECT count(*) FROM (SELECT id FROM "
    "(SELECT id, minor FROM payments WHERE status = 'completed' "
    "UNION ALL SELECT payment_id, -minor FROM applications WHERE payment_id IS NOT NULL "
    "UNION ALL SELECT payment_id, -minor FROM suspense_items WHERE closed_at IS NULL) AS parts "
    "GROUP BY 1 HAVING sum(minor) <> 0) AS broken",
    "an item owes other than its total less what was applied": "SELECT count(*) FROM (SELECT id FROM "
    "(SELECT id, outstanding_minor - total_minor AS minor FROM open_items "
    "UNION ALL SELECT item_id, minor FROM applications WHERE item_id IS NOT NULL) AS parts "
    "GROUP BY 1 HAVING sum(minor) <> 0) AS broken",
    "receipt numbers have gaps": "SELECT count(*) FROM (SELECT organisation_id FROM receipts GROUP BY 1 "
    "HAVING count(*) <> max(number) OR min(number) <> 1) AS broken",
    "a receipt was credited twice": "SELECT count(*) FROM (SELECT receipt FROM payments WHERE receipt IS NOT NULL "
    "GROUP BY receipt HAVING count(*) > 1) AS broken",
}
"""Each counts what breaks it, in one pass: the tables may be long."""


@dataclass(frozen=True, slots=True)
class Books:
    """Rows by table, and what is wrong."""

    rows: dict[str, int]
    problems: list[str]

    def since(self, before: Books) -> dict[str, int]:
        """Rows that have been added."""
        return {table: count - before.rows[table] for table, count in self.rows.items() if count != before.rows[table]}


def read(folder: Path) -> Books:
    """The books in a SQLite data folder."""
    connection = sqlite3.connect(folder / "karani.db")
    try:
        return _read(lambda statement: connection.execute(statement).fetchone())
    finally:
        connection.close()


def read_postgresql(url: str) -> Books:
    """The books of a PostgreSQL database."""
    import psycopg

    with psycopg.connect(url) as connection:
        return _read(lambda statement: connection.execute(statement).fetchone())


def _read(one: Callable[[str], Sequence[Any] | None]) -> Books:
    def number(statement: str) -> int:
        row = one(statement)
        return int(row[0]) if row else 0

    rows = {table: number(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608 - names of our own tables
    problems = [what for what, statement in _WHOLE.items() if number(statement)]
    return Books(rows, problems)


def expect(problems: list[str], what: str, found: int, expected: int) -> None:
    """Add a sentence when a count is not what it must be."""
    if found != expected:
        problems.append(f"{what}: {found:,} in the database, {expected:,} expected")
