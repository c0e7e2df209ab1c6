"""Funds hold what their books say; each payment out of them is where its history and its executions say."""

from __future__ import annotations

from collections.abc import Iterator

from core.ids import OrganisationId
from core.ledger import allotted, fund_account
from core.money import Currency
from core.treasury import Status
from storage import verification as books
from storage.tx import Tx
from usecases.verification.findings import Finding

_LET_GO = frozenset({Status.EXECUTING.value, Status.SUCCESS.value, Status.RECONCILED.value})


def treasury(tx: Tx) -> Iterator[Finding]:
    """Balances against the ledger, payments against the trail, executions against payments, who reconciled against the
    trail."""
    yield from _funds(tx)
    for row in books.fund_payments_told(tx):
        if (row.told, row.last) != (row.version, row.status):
            what = f"it is {row.status} in version {row.version}, its history of {row.told} ends at {row.last or 'nothing'}"
            yield Finding("fund_payments", str(row.id), what)
        if row.executions != row.attempts or (row.status in _LET_GO and not row.executions):
            what = f"it was executed {row.attempts} times, {row.executions} are recorded"
            yield Finding("executions", str(row.id), what)
    for row in books.reconciled_told(tx):
        if row.actor != row.staff_id.hex:
            yield Finding("reconciled_entries", str(row.entry_id), "it is reconciled, and its history does not say so")


def _funds(tx: Tx) -> Iterator[Finding]:
    sums: dict[tuple[OrganisationId, Currency], int] = {}
    found = books.funds_kept(tx)
    accounts = [fund_account(row.organisation_id, row.id, Currency[row.currency]) for row in found]
    held = books.balances_of(tx, [account.id for account in accounts])
    for row, account in zip(found, accounts, strict=True):
        key = (row.organisation_id, Currency[row.currency])
        sums[key] = sums.get(key, 0) + row.balance_minor
        if held.get(account.id, 0) != row.balance_minor:
            what = f"{row.slug}: it holds {row.balance_minor}, its account says {held.get(account.id, 0)}"
            yield Finding("funds", str(row.id), what)
    for (organisation, currency), minor in sums.items():
        other = books.balances_of(tx, [allotted(organisation, currency).id])
        if sum(other.values()) != -minor:
            yield Finding("funds", str(organisation), f"they hold {minor} {currency.code}, {other} is allotted")
