"""Payments and the audit trail: a payment is where its history, its entry, its receipt and its holds say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from core import ledger
from core.fees import receipt_number
from core.ids import OrganisationId, PaymentId
from core.ledger import HoldState, float_account
from core.money import Currency
from core.payments import WAITING, Status
from storage import receipts, seals
from storage import verification as books
from storage.tx import Tx
from storage.types import uuid_of, written
from storage.verification import PaymentPage, Posted, Row
from usecases.verification.findings import Finding, by

_MONEYED = {Status.COMPLETED, Status.REVERSED, Status.PARTLY_REFUNDED, Status.REFUNDED}
_HOLDS_AFTER = {
    Status.FAILED: {HoldState.RELEASED.value, HoldState.EXPIRED.value},
    Status.EXPIRED: {HoldState.EXPIRED.value, HoldState.RELEASED.value},
    **{status: {HoldState.SETTLED.value} for status in _MONEYED},
    **{status: {HoldState.ACTIVE.value, HoldState.EXPIRED.value} for status in WAITING},
}


def changes_and_payments(tx: Tx) -> Iterator[Finding]:
    """Each change is ours and follows the one before it; each payment is where its history, its entry, its receipt, its
    holds and suspense say."""
    for page in books.payment_pages(tx):
        yield from _changes(tx, page.changes)
        history = by((row for row in page.changes if row.subject_kind == "payment"), "subject_id")
        related = _Related.of(tx, page)
        for payment in page.payments:
            yield from _history(payment, history.pop(payment.id, []))
            yield from _payment(payment, related)
            yield from _codes(tx, related.receipts.get(payment.id, []))
        for id_ in history:
            yield Finding("payments", written(id_), "it has a history, but is not there")
        for table, ids in related.strangers(page):
            for id_ in sorted(ids):
                yield Finding(table, written(id_), "there is no such payment")


def _changes(tx: Tx, rows: Sequence[Row]) -> Iterator[Finding]:
    for subject, of_subject in groupby(rows, key=lambda row: row.subject_id):
        expected, state = 1, None
        for row in of_subject:
            if not tx.vault.is_authentic(seals.content_of_change(row), row.mac):
                yield Finding(
                    "changes", written(row.id), f"{row.action}: was not written by this program, or was altered"
                )
            if row.sequence != expected:
                yield Finding("changes", f"{written(subject)}/{expected}", "this step of its history is missing")
            elif row.subject_kind == "payment" and row.from_state != state:
                yield Finding(
                    "changes", written(row.id), f"it left {row.from_state}, but the step before led to {state}"
                )
            expected, state = row.sequence + 1, row.to_state


def _history(payment: Row, history: Sequence[Row]) -> Iterator[Finding]:
    if not history:
        yield Finding("payments", written(payment.id), "it has no history")
    elif (history[-1].to_state, history[-1].sequence) != (payment.status, payment.version):
        told = f"{history[-1].to_state} after {history[-1].sequence} steps"
        what = f"it is {payment.status} after {payment.version} steps, its history says {told}"
        yield Finding("payments", written(payment.id), what)


def _id(digits: str) -> UUID:
    return uuid_of(bytes.fromhex(digits))


@lru_cache(maxsize=1_024)
def _float(organisation: str, provider: str, shortcode: str, currency: Currency) -> tuple[str, str]:
    """The digits of the account's id, and its code."""
    account = float_account(OrganisationId(_id(organisation)), provider, shortcode, currency)
    return account.id.hex, account.code


@lru_cache(maxsize=1_024)
def _suspense(organisation: str, currency: Currency) -> str:
    return ledger.suspense(OrganisationId(_id(organisation)), currency).id.hex


_EVENTS = ("received", "assigned", "reversed")
"""The entries that a payment's own state and suspense are compared with."""


@dataclass(frozen=True, slots=True)
class _Related:
    """What else the books know of the payments of a page, by payment."""

    received: dict[str, Posted]
    assigned: dict[str, Posted]
    reversed: dict[str, Posted]
    receipts: dict[str, list[Row]]
    holds: dict[str, list[Row]]
    parts: dict[str, int]
    suspense: dict[str, list[Row]]

    @classmethod
    def of(cls, tx: Tx, page: PaymentPage) -> _Related:
        keys = {f"payment:{row.id}:{event}": (row.id, event) for row in page.payments for event in _EVENTS}
        found: dict[str, dict[str, Posted]] = {event: {} for event in _EVENTS}
        for key, posted in books.posted_under(tx, list(keys)).items():
            payment, event = keys[key]
            found[event][payment] = posted
        return cls(
            found["received"],
            found["assigned"],
            found["reversed"],
            by(page.receipts, "payment_id"),
            by(page.holds, "payment_id"),
            page.parts,
            by(page.suspense, "payment_id"),
        )

    def strangers(self, page: PaymentPage) -> Iterator[tuple[str, set[str]]]:
        """Rows about payments that are not there, by table."""
        known = {row.id for row in page.payments}
        yield "receipts", self.receipts.keys() - known
        yield "holds", self.holds.keys() - known
        yield "payment_parts", self.parts.keys() - known
        yield "suspense_items", self.suspense.keys() - known


def _payment(payment: Row, related: _Related) -> Iterator[Finding]:
    try:
        status, currency = Status(payment.status), Currency[payment.currency]
    except (ValueError, KeyError):
        yield Finding(
            "payments", written(payment.id), f"no such state or currency: {payment.status}, {payment.currency}"
        )
        return
    if payment.account_organisation != payment.organisation_id:
        yield Finding("payments", written(payment.id), "its provider account is another organisation's, or gone")
    moneyed = status in _MONEYED
    received = related.received.get(payment.id)
    if received is None and moneyed:
        yield Finding("payments", written(payment.id), f"it is {status.value}, but no entry credits it")
    elif received is not None and not moneyed:
        yield Finding("payments", written(payment.id), f"it is {status.value}, but an entry credits it")
    elif received is not None:
        yield from _credited(payment, currency, received)
    if moneyed != (payment.receipt is not None) or moneyed != (payment.completed_at is not None):
        yield Finding(
            "payments",
            written(payment.id),
            f"it is {status.value}: the provider's receipt or its time does not fit that",
        )
    yield from _taken_back(payment, status, currency, related.reversed.get(payment.id))
    yield from _receipt(payment, related.receipts.get(payment.id, []), moneyed=moneyed)
    yield from _held(payment, status, related)
    yield from _suspended(payment, currency, related)


def _credited(payment: Row, currency: Currency, received: Posted) -> Iterator[Finding]:
    account, code = _float(payment.organisation_id, payment.provider, payment.shortcode or "", currency)
    arrived = received.moved.get(account)
    if arrived is None:
        yield Finding("payments", written(payment.id), f"its entry does not debit {code} in {currency.code}")
    elif arrived != payment.minor:
        yield Finding("payments", written(payment.id), f"its amount is {payment.minor}, its entry received {arrived}")
    if (received.organisation, received.value_on) != (payment.organisation_id, payment.value_on):
        yield Finding("payments", written(payment.id), "its entry is of another day or organisation")


def _taken_back(payment: Row, status: Status, currency: Currency, back: Posted | None) -> Iterator[Finding]:
    """A payment is reversed when, and only when, an entry takes all of it out of the account that it reached."""
    if back is None and status is Status.REVERSED:
        yield Finding("payments", written(payment.id), "it is reversed, but no entry takes it back")
    elif back is not None and status is not Status.REVERSED:
        yield Finding("payments", written(payment.id), f"it is {status.value}, but an entry takes it back")
    elif back is not None:
        account, _ = _float(payment.organisation_id, payment.provider, payment.shortcode or "", currency)
        taken = -back.moved.get(account, 0)
        if taken != payment.minor:
            yield Finding("payments", written(payment.id), f"its amount is {payment.minor}, its reversal took {taken}")


def _receipt(payment: Row, issued: Sequence[Row], *, moneyed: bool) -> Iterator[Finding]:
    for row in issued:
        if not moneyed or row.organisation_id != payment.organisation_id:
            what = f"it belongs to payment {written(payment.id)}, which is {payment.status} or another organisation's"
            yield Finding("receipts", receipt_number(row.number), what)
    if moneyed and not issued:
        yield Finding("receipts", written(payment.id), "this payment has no receipt")


def _codes(tx: Tx, rows: Sequence[Row]) -> Iterator[Finding]:
    """Whoever altered a code would make somebody's paper false, or a false paper true."""
    for row in rows:
        if not receipts.is_code_of(tx, PaymentId(_id(row.payment_id)), row.code):
            yield Finding("receipts", receipt_number(row.number), "its code is not the one that its payment was given")


def _held(payment: Row, status: Status, related: _Related) -> Iterator[Finding]:
    holds = related.holds.get(payment.id, [])
    parts, held = related.parts.get(payment.id), sum(hold.minor for hold in holds)
    # What was asked for is in parts and is held; what then arrives may be another sum (its entry says which).
    if parts is not None and parts != payment.minor and (status not in _MONEYED or parts != held):
        yield Finding("payment_parts", written(payment.id), f"its parts sum to {parts}, it is {payment.minor}")
    if held != (parts or 0):
        yield Finding("holds", written(payment.id), f"its holds sum to {held}, its parts to {parts or 0}")
    for hold in holds:
        if hold.state not in _HOLDS_AFTER[status]:
            yield Finding(
                "holds", written(hold.id), f"it is {hold.state}, its payment {written(payment.id)} is {status.value}"
            )


def _suspended(payment: Row, currency: Currency, related: _Related) -> Iterator[Finding]:
    """What the entry put into suspense waits there, until the entry that assigns it or takes it back."""
    account = _suspense(payment.organisation_id, currency)
    received, back = related.received.get(payment.id), related.reversed.get(payment.id)
    assigned = related.assigned.get(payment.id)
    if assigned is None and back is not None and account in back.moved:
        assigned = back  # nobody found its owner before the provider took it back
    posted = -received.moved.get(account, 0) if received else 0
    taken = assigned.moved.get(account, 0) if assigned else 0
    items = related.suspense.get(payment.id, [])
    waits = sum(item.minor for item in items)
    if waits != posted:
        yield Finding(
            "suspense_items", written(payment.id), f"{waits} is noted for it, but {posted} was posted to suspense"
        )
    is_closed = any(item.closed_at is not None for item in items)
    if is_closed != (assigned is not None) or (assigned is not None and taken != waits):
        what = f"it is {'closed' if is_closed else 'open'}, but its assignment took {taken} out of suspense"
        yield Finding("suspense_items", written(payment.id), what)
