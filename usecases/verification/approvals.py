"""Approvals and refunds: each is where its history says, nobody was paid without enough people, nothing was paid twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from core.payments import Status
from core.refunds import LIVE, State, refund_number
from storage import approved
from storage.approved import History, Row
from storage.tx import Tx
from usecases.verification.findings import Finding

_PAYING = {State.PAYING.value, State.PAID.value}
_LIVE = {state.value for state in LIVE}


def approvals(tx: Tx) -> Iterator[Finding]:
    """Each ends where its history does; what was approved has as many yeses as it took, and no no."""
    history, verdicts = approved.histories(tx, "approval"), approved.verdicts(tx)
    for row in approved.all_approvals(tx):
        yield from _history("approvals", str(row.id), row, history)
        yes, no = verdicts[(row.id, "approve")], verdicts[(row.id, "reject")]
        if row.state in ("approved", "executed") and (yes < row.people or no):
            yield Finding("approvals", str(row.id), f"it is {row.state} with {yes} of {row.people} yeses and {no} noes")
        if row.executed_by is not None and row.executed_by == row.requested_by:
            yield Finding("approvals", str(row.id), "whoever asked for it carried it out")
    yield from _strangers("approvals", history)


def refunds(tx: Tx) -> Iterator[Finding]:
    """Each ends where its history does, was approved before it was paid, has taken its money once and sent it once, and all
    refunds of a payment together are not more than it; the payment's own state says how much is back with its payer."""
    history, seen = approved.histories(tx, "refund"), approved.refunds_seen(tx)
    asked: Counter[UUID] = Counter()
    paid: Counter[UUID] = Counter()
    for row in seen.refunds:
        name = refund_number(row.number)
        yield from _history("refunds", name, row, history)
        asked[row.payment_id] += row.minor if row.state in _LIVE else 0
        paid[row.payment_id] += row.minor if row.state == State.PAID.value else 0
        if row.state in (*_PAYING, State.FAILED.value) and seen.approved.get(row.id) != row.minor:
            yield Finding("refunds", name, f"it is {row.state}, but nobody approved {row.minor}")
        is_gone = seen.payments[row.payment_id].status == Status.REVERSED.value
        expected = row.minor if row.state in _PAYING and not is_gone else 0
        if seen.taken[row.id.hex] != expected:
            what = f"it is {row.state} of {row.minor}, but the books took {seen.taken[row.id.hex]} for it"
            yield Finding("refunds", name, what)
        sent = seen.paid.get(row.id, 0)
        if sent != (row.minor if row.state == State.PAID.value else 0):
            yield Finding("refunds", name, f"it is {row.state} of {row.minor}, and payouts of {sent} have left for it")
    for id_, payment in seen.payments.items():
        if asked[id_] > payment.minor:
            yield Finding("refunds", str(id_), f"refunds of {asked[id_]} in all exceed the payment of {payment.minor}")
        state = "refunded" if paid[id_] >= payment.minor else "partly_refunded" if paid[id_] else ""
        if state and payment.status == Status.REVERSED.value:
            yield Finding(
                "payments", str(id_), f"{paid[id_]} of it was paid back, and the provider took it back as well"
            )
        elif state and payment.status != state:
            yield Finding("payments", str(id_), f"{paid[id_]} of {payment.minor} was paid back, it is {payment.status}")
    yield from _strangers("refunds", history)


def _history(table: str, name: str, row: Row, history: History) -> Iterator[Finding]:
    rows, last = history.pop(row.id, (0, None))
    if rows != row.version or last != row.state:
        what = f"it is {row.state} in version {row.version}, its history of {rows} ends at {last or 'nothing'}"
        yield Finding(table, name, what)


def _strangers(table: str, history: History) -> Iterator[Finding]:
    for id_ in sorted(history, key=str):
        yield Finding(table, str(id_), "it has a history, but is not there")
