"""Entries: each is ours and balances, and what it applied is what it posted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core import ledger
from storage import seals
from storage import verification as books
from storage.tx import Tx
from storage.types import written
from storage.verification import Row
from usecases.verification.findings import Finding, by


def entries(tx: Tx) -> Iterator[Finding]:
    """Each entry is ours and balances, its postings have accounts of its own organisation, and what it applied is what it
    posted."""
    for page in books.entry_pages(tx):
        lines = by(page.postings, "entry_id")
        applied = by(page.applications, "entry_id")
        for entry in page.entries:
            yield from _entry(tx, entry, lines.pop(entry.id, []), applied.pop(entry.id, []))
        for orphan, rows in (*lines.items(), *applied.items()):
            table = "applications" if rows[0] in page.applications else "postings"
            yield Finding(table, written(orphan), "there is no such entry")


def _entry(tx: Tx, entry: Row, lines: Sequence[Row], applied: Sequence[Row]) -> Iterator[Finding]:
    content = ledger.canonical_of_digits(
        entry.id,
        entry.organisation_id,
        entry.key,
        entry.kind,
        entry.value_on,
        entry.recorded_at,
        entry.subject_id,
        entry.reverses_id,
        [(line.account_id, line.minor) for line in lines],
    )
    if not tx.vault.is_authentic(content, entry.mac):
        yield Finding(
            "entries",
            written(entry.id),
            f"{entry.key}: it or its postings were not written by this program, or were altered",
        )
    sums: dict[str | None, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.minor
        if line.organisation_id != entry.organisation_id:
            what = (
                "its ledger account is not in the chart"
                if line.code is None
                else "its account is another organisation's"
            )
            yield Finding("postings", f"{written(entry.id)}/{line.position}", what)
    if any(sums.values()) or not lines:
        yield Finding("postings", written(entry.id), f"{entry.key}: its postings do not sum to zero")
    if entry.kind == seals.RECEIVED and entry.payment is None:
        yield Finding(
            "payments",
            written(entry.subject_id),
            f"entry {written(entry.id)} credits this payment, which is not there",
        )
    if entry.kind in _OF_ITEMS and entry.item is None:
        what = f"entry {written(entry.id)} {_OF_ITEMS[entry.kind]} this item, which is not there"
        yield Finding("open_items", written(entry.subject_id), what)
    yield from _applied(entry, lines, applied)


_OF_ITEMS = {"invoice_issued": "issued", "opening_balance": "issued", "invoice_corrected": "corrected"}
_APPLIES = {
    "payment_received": ("item", "credit"),
    "suspense_assigned": ("item", "credit"),
    "applications_moved": ("item", "credit"),
    "credit_applied": ("item",),
    "payment_reversed": ("item", "credit"),
    "refund_taken": ("item", "credit"),
    "refund_given_back": ("item", "credit"),
    "credit_withdrawn": ("item",),
    "invoice_issued": (),
    "opening_balance": (),
    "invoice_corrected": ("item", "credit"),
}
"""By the entry's kind: which of its postings its applications explain. `item` lowers a receivable, `credit` is held."""
_OF_CREDIT = ("credit_applied", "credit_withdrawn", "invoice_corrected")
"""What these applied was credit held before, or a credit note: it names no payment."""
_SIDES = {"asset:receivable": "item", "liability:credit": "credit"}


def _applied(entry: Row, lines: Sequence[Row], applied: Sequence[Row]) -> Iterator[Finding]:
    """Per customer account, applications say the same as the postings that they explain."""
    explained = _APPLIES.get(entry.kind)
    if explained is None:
        return
    posted: dict[tuple[str, str], int] = {}
    for line in lines:
        root, _, customer = (line.code or "").rpartition(":")
        if (side := _SIDES.get(root)) in explained and side is not None:
            posted[(side, customer)] = posted.get((side, customer), 0) - line.minor
    said: dict[tuple[str, str], int] = {}
    for row in applied:
        key = ("credit" if row.item_id is None else "item", row.account_id)
        said[key] = said.get(key, 0) + row.minor
        if row.organisation_id != entry.organisation_id:
            yield Finding(
                "applications", f"{written(entry.id)}/{row.position}", "its account is another organisation's, or gone"
            )
        if row.payment_id != (None if entry.kind in _OF_CREDIT else entry.subject_id):
            yield Finding(
                "applications", f"{written(entry.id)}/{row.position}", "it names another payment than its entry"
            )
    if posted == said:
        return
    for side, customer in sorted(
        {key for key in posted.keys() | said.keys() if posted.get(key, 0) != said.get(key, 0)}
    ):
        expected, found = posted.get((side, customer), 0), said.get((side, customer), 0)
        what = f"{found} applied ({side}) to customer account {customer}, but {expected} posted"
        yield Finding("applications", written(entry.id), what)
