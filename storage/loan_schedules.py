"""Schedules of loans, every version, and of what their borrowers were reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from core.ids import CustomerAccountId
from core.loans.schedule import Row
from storage.fast import Insert, Lookup
from storage.tables import (
    loan_chased,
    loan_instalments,
)
from storage.tx import Tx


def schedule_of(tx: Tx, account: CustomerAccountId) -> tuple[int, tuple[Row, ...]]:
    """The newest version of a loan's schedule with its number; version 0 and no rows before it is given."""
    return schedules(tx, [account])[account]


def schedules(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, tuple[int, tuple[Row, ...]]]:
    """The same of several."""
    versions, rows = dict.fromkeys(accounts, 0), {account: list[Row]() for account in accounts}
    for account, version, *row in _NEWEST(tx, accounts):
        versions[account] = version
        rows[account].append(Row(*row))
    return {account: (versions[account], tuple(rows[account])) for account in accounts}


_older = loan_instalments.alias("of_the_same")
_NEWEST = Lookup(
    sa.select(
        *(loan_instalments.c[name] for name in ("account_id", "version", "number", "due_on")),
        *(loan_instalments.c[name] for name in ("principal_minor", "interest_minor")),
    ).where(
        loan_instalments.c.version
        == sa.select(sa.func.max(_older.c.version))
        .where(_older.c.account_id == loan_instalments.c.account_id)
        .scalar_subquery()
    ),
    loan_instalments.c.account_id,
    order_by=(loan_instalments.c.account_id, loan_instalments.c.number),
)


_INSTALMENTS = Insert(loan_instalments)


def add_schedule(tx: Tx, account: CustomerAccountId, version: int, rows: Sequence[Row]) -> None:
    _INSTALMENTS(tx, [(account, version, row.number, row.due_on, row.principal, row.interest) for row in rows])


def chased(tx: Tx, account: CustomerAccountId) -> list[tuple[date, str]]:
    """What the borrower was told, of which instalment."""
    query = sa.select(loan_chased.c.due_on, loan_chased.c.step).where(loan_chased.c.account_id == account)
    return [(row.due_on, row.step) for row in tx.connection.execute(query)]


def note_chased(tx: Tx, account: CustomerAccountId, due_on: date, step: str) -> None:
    """The table refuses to tell the same twice."""
    tx.connection.execute(sa.insert(loan_chased).values(account_id=account, due_on=due_on, step=step, at=tx.now))
