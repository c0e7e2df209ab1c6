"""Statements and invoices recounted: each must end where the ledger, the open items and the caller's screen stand."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core.ids import CustomerAccountId, OrganisationId
from core.ledger import customer_credit
from core.money import total
from storage import customer_accounts, invoices, ledger
from storage.tables import customer_accounts as accounts_table
from storage.tables import open_items
from storage.tx import Tx
from usecases.documents import student_statement


def paper_faults(tx: Tx, organisation: OrganisationId) -> list[str]:
    """What is wrong with the papers of an organisation's accounts, in words."""
    mine = sa.select(accounts_table.c.id).where(accounts_table.c.organisation_id == organisation)
    faults = [fault for account in tx.connection.scalars(mine) for fault in _statement_faults(tx, account)]
    items = sa.select(open_items.c.id).where(open_items.c.organisation_id == organisation)
    for item in tx.connection.scalars(items):
        one = invoices.issued(tx, item)
        assert one is not None
        if one.outstanding + one.paid + one.corrected != one.total or one.paid.minor < 0:
            faults.append(f"{one.number}: {one.paid} and {one.corrected} of {one.total} leave {one.outstanding}")
        if one.lines and total([line.amount for line in one.lines], one.total.currency) != one.total:
            faults.append(f"{one.number}: its lines are not {one.total}")
    return faults


def _statement_faults(tx: Tx, account: CustomerAccountId) -> list[str]:
    paper = student_statement(tx, account)
    assert paper is not None
    (own,) = paper.accounts
    standing = customer_accounts.standings(tx, [account], lock=False)[account]
    owed = total([item.outstanding for item in standing.account.items], standing.currency)
    credit = ledger.balance(tx, customer_credit(standing.organisation, account, standing.currency))
    faults = []
    if own.closing != owed + credit:
        faults.append(f"{own.reference}: the statement ends at {own.closing}, the books at {owed + credit}")
    if not all(movement.number for movement in own.movements):
        faults.append(f"{own.reference}: a line without a number")
    for day in {movement.on for movement in own.movements}:
        before = student_statement(tx, account, until=day - timedelta(days=1))
        after = student_statement(tx, account, since=day)
        assert before is not None
        assert after is not None
        if before.accounts[0].closing != after.accounts[0].opening or after.accounts[0].closing != own.closing:
            faults.append(f"{own.reference}: what ends before {day} is not what begins then")
    return faults
