"""What adds up: balances, debts, credit, suspense and the numbers on receipts and invoices."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec

from core.fees import invoice_number, receipt_number
from core.ids import CustomerAccountId, OrganisationId
from core.ledger import Account, customer_credit, income, receivable
from core.money import Currency, Money
from storage import rollups
from storage import verification as books
from storage.tx import Tx
from storage.verification import DebtPage, Posted, Row
from usecases.verification.findings import Finding


def balances(tx: Tx) -> Iterator[Finding]:
    """Each account is what its name says, its balance what its postings sum to, and suspense what waits there."""
    waiting = books.suspense_waiting(tx)
    for page in books.balance_pages(tx):
        known = set()
        for row in page.accounts:
            known.add(row.id)
            balance = page.folded.get(row.id, 0)
            if not _is_itself(row):
                yield Finding("ledger_accounts", str(row.id), f"{row.code} in {row.currency} was altered")
            if balance != page.recounted.get(row.id, 0):
                what = f"{row.code}: the balance is {balance}, its postings sum to {page.recounted.get(row.id, 0)}"
                yield Finding("balances", str(row.id), what)
            if row.code == "liability:suspense":
                waits = waiting.pop((row.organisation_id, row.currency), 0)
                if waits != -balance:
                    what = f"{waits} waits in all, but the suspense account holds {-balance} {row.currency}"
                    yield Finding("suspense_items", str(row.organisation_id), what)
        for id_ in sorted((page.folded.keys() | page.recounted.keys()) - known):
            yield Finding("ledger_accounts", str(id_), "it has a balance or postings, but is not in the chart")
    for (organisation, currency), waits in waiting.items():
        yield Finding(
            "suspense_items", str(organisation), f"{waits} {currency} waits, but there is no suspense account"
        )


def _is_itself(row: Row) -> bool:
    currency = next((currency for currency in Currency if currency.code == row.currency), None)
    return currency is not None and Account(row.organisation_id, row.code, currency).id == row.id


def debts(tx: Tx) -> Iterator[Finding]:
    """Each item owes its total less what was applied to it, its total is what was issued, an account owes the sum of its
    items, and no credit is overdrawn."""
    for page in books.debt_pages(tx):
        applied = {(row.account_id, row.item_id): int(row.minor) for row in page.applied}
        owed: dict[tuple[UUID, str], int] = {}
        issued = books.posted_under(tx, [f"item:{item.id.hex}:issued" for item in page.items])
        for item in page.items:
            paid = applied.pop((item.account_id, item.id), 0)
            key = (item.account_id, item.currency)
            owed[key] = owed.get(key, 0) + item.outstanding_minor
            yield from _item(item, paid, issued.get(f"item:{item.id.hex}:issued"), page.lines)
        for (account, item_id), minor in applied.items():
            if item_id is not None and minor:
                yield Finding("open_items", str(item_id), f"{minor} was applied to it on account {account}: not there")
        yield from _accounts(tx, page, owed)


def _item(item: Row, paid: int, issued: Posted | None, lines: dict[UUID, int]) -> Iterator[Finding]:
    name = f"{item.number}: "
    if item.outstanding_minor != item.total_minor - paid:
        what = f"{name}it owes {item.outstanding_minor}, but {paid} of {item.total_minor} was applied"
        yield Finding("open_items", str(item.id), what)
    account = _receivable(item.organisation_id, item.account_id, item.currency)
    posted = issued.moved.get(account.id.hex) if issued and account else None
    if posted != item.total_minor:
        what = f"{name}its total is {item.total_minor}, but {posted or 'nothing'} was posted when it was issued"
        yield Finding("open_items", str(item.id), what)
    if item.id in lines and lines[item.id] != item.total_minor:
        yield Finding("item_lines", str(item.id), f"{name}its lines sum to {lines[item.id]}, not to {item.total_minor}")


def corrections(tx: Tx) -> Iterator[Finding]:
    """Each credit note took back what it says, from the account whose invoice it corrects, and its lines sum to it."""
    for page in books.credit_note_pages(tx):
        posted = books.posted_under(tx, [f"credit_note:{note.id.hex}:issued" for note in page])
        for note in page:
            found = posted.get(f"credit_note:{note.id.hex}:issued")
            place = _income(note.organisation_id, note.currency)
            back = found.moved.get(place.id.hex) if found and place else None
            if back != note.minor:
                what = f"{note.number}: it says {note.minor}, but {back or 'nothing'} was posted"
                yield Finding("credit_notes", str(note.id), what)
            lines = -sum(minor for _, minor in msgspec.json.decode(note.lines))
            if lines != note.minor:
                yield Finding("credit_notes", str(note.id), f"{note.number}: its lines sum to {lines}")


def agreements(tx: Tx) -> Iterator[Finding]:
    """The instalments of each payment plan sum to what it was agreed for."""
    for plan, minor, parts in books.uneven_plans(tx):
        yield Finding("plans", str(plan), f"it is for {minor}, its instalments sum to {parts}")


def _income(organisation: UUID, currency: str | None) -> Account | None:
    if currency is None or currency not in Currency.__members__:
        return None
    return income(OrganisationId(organisation), "fees", Currency[currency])


def _receivable(organisation: UUID, account: UUID, currency: str) -> Account | None:
    if currency not in Currency.__members__:
        return None
    return receivable(OrganisationId(organisation), CustomerAccountId(account), Currency[currency])


def _accounts(tx: Tx, page: DebtPage, owed: dict[tuple[UUID, str], int]) -> Iterator[Finding]:
    places = {row.id: (row.organisation_id, row.reference, row.currency) for row in page.accounts}
    for account, _ in owed:
        if account not in places:
            yield Finding("customer_accounts", str(account), "it has items, but is not there")
    pairs = [
        (row, currency)
        for row in page.accounts
        for currency in Currency
        if currency.code == row.currency or (row.id, currency.code) in owed
    ]
    debts = {(row.id, currency): receivable(row.organisation_id, row.id, currency).id for row, currency in pairs}
    credit = {(row.id, currency): customer_credit(row.organisation_id, row.id, currency).id for row, currency in pairs}
    balances = books.balances_of(tx, [*debts.values(), *credit.values()])
    for row, currency in pairs:
        debt, held = balances.get(debts[row.id, currency], 0), -balances.get(credit[row.id, currency], 0)
        items = owed.get((row.id, currency.code), 0)
        if debt != items:
            what = f"{row.reference}: its items owe {items}, its receivable is {debt}"
            yield Finding("customer_accounts", str(row.id), what)
        if held < 0:
            what = f"{row.reference}: its credit is overdrawn by {Money(-held, currency)}"
            yield Finding("customer_accounts", str(row.id), what)


def numbers(tx: Tx) -> Iterator[Finding]:
    """Receipts and invoices are numbered from one without a gap, up to what their counters say."""
    for organisation, first, last in books.receipt_gaps(tx):
        what = f"missing up to {receipt_number(last)}, organisation {organisation}"
        yield Finding("receipts", receipt_number(first), what)
    for organisation, name, counter, there in books.counted(tx):
        if counter == there:
            continue
        yield Finding("counters", f"{organisation}/{name}", f"it says {counter}, but there are {there}")
        if name == "invoices":
            for number in books.missing_invoices(tx, organisation, counter, invoice_number):
                yield Finding("open_items", number, "this invoice is missing")


def figures(tx: Tx) -> Iterator[Finding]:
    """Rollups are what a recount of every payment gives. They are no money: `karani rollups rebuild` sets them right."""
    for wrong in rollups.difference(tx):
        where = f"{wrong.on} {wrong.account} {wrong.method} {wrong.purpose} {wrong.state}"
        what = (
            f"{wrong.count:+} payments and {wrong.minor:+} {wrong.currency} in coins to what they tell make a recount"
        )
        yield Finding("rollups", where, what)
