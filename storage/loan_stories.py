"""What happened to loans, in order, and the movements of money that it came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.ids import CustomerAccountId
from core.loans.events import Disbursed, Event, Kind, Movement, Repaid, Restructured, Waived, WrittenOff
from storage.fast import Insert, Lookup
from storage.loan_products import terms_of, written
from storage.tables import (
    applications,
    loan_events,
    loan_movements,
    payments,
)
from storage.tx import Tx


def tell_event(tx: Tx, account: CustomerAccountId, event: Event) -> UUID:
    """Add what happened; the day may be past. Money is no event of its own: it stands in `applications`."""
    assert not isinstance(event, Repaid)
    id_ = tx.new_id()
    terms = event.terms if isinstance(event, (Disbursed, Restructured)) else None
    values = {
        "id": id_,
        "account_id": account,
        "kind": _KINDS[type(event)],
        "on_day": event.on,
        "minor": event.minor if isinstance(event, Waived) else 0,
        "terms": written(terms) if terms else None,
        "made_at": tx.now,
    }
    tx.connection.execute(sa.insert(loan_events).values(values))
    return id_


_KINDS: dict[type[Event], str] = {
    Disbursed: "disbursed",
    Waived: "waived",
    Restructured: "restructured",
    WrittenOff: "written_off",
}


def take_back(tx: Tx, account: CustomerAccountId, kind: str, on: date) -> bool:
    """Take the newest standing event of that kind out of the story. False where there is none."""
    standing = [row for row in _standing(tx, [account]) if row.kind == kind]
    if not standing:
        return False
    tx.connection.execute(
        sa.insert(loan_events).values(
            id=tx.new_id(),
            account_id=account,
            kind=kind,
            on_day=on,
            minor=0,
            terms=None,
            undoes_id=standing[-1].id,
            made_at=tx.now,
        )
    )
    return True


class _Told(NamedTuple):
    """A row of `loan_events`."""

    id: UUID
    account: CustomerAccountId
    kind: str
    on_day: date
    minor: int
    terms: str | None
    undoes: UUID | None


_EVENTS = Lookup(
    sa.select(
        *(loan_events.c[name] for name in ("id", "account_id", "kind", "on_day", "minor", "terms", "undoes_id")),
    ),
    loan_events.c.account_id,
    order_by=(loan_events.c.id,),
)


def _standing(tx: Tx, accounts: Sequence[CustomerAccountId]) -> list[_Told]:
    """What was told and not taken back, in the order in which it was told."""
    rows = list(map(_Told._make, _EVENTS(tx, accounts)))
    undone = {row.undoes for row in rows if row.undoes}
    return [row for row in rows if row.undoes is None and row.id not in undone]


def story(tx: Tx, account: CustomerAccountId) -> list[Event]:
    """All that happened to a loan: what was told of it, and the money that is applied to it, on the day of each payment."""
    return stories(tx, [account])[account]


def stories(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, list[Event]]:
    """The same of several."""
    found: dict[CustomerAccountId, list[Event]] = {account: [] for account in accounts}
    for row in _standing(tx, accounts):
        found[row.account].append(_event(row))
    for account, value_on, _, minor in _REPAYMENTS(tx, accounts):
        found[account].append(Repaid(value_on, int(minor)))
    return found


def _event(row: _Told) -> Event:
    match row.kind:
        case "disbursed":
            return Disbursed(row.on_day, terms_of(row.terms or ""))
        case "waived":
            return Waived(row.on_day, row.minor)
        case "restructured":
            return Restructured(row.on_day, terms_of(row.terms or ""))
        case _:
            return WrittenOff(row.on_day)


_REPAYMENTS = Lookup(
    sa.select(applications.c.account_id, payments.c.value_on, payments.c.id, sa.func.sum(applications.c.minor))
    .join(applications, applications.c.payment_id == payments.c.id)
    .group_by(applications.c.account_id, payments.c.id, payments.c.value_on)
    .having(sa.func.sum(applications.c.minor) > 0),
    applications.c.account_id,
    order_by=(payments.c.value_on, payments.c.id),
)
"""What is left of each payment for a loan."""


def booked(tx: Tx, accounts: Sequence[CustomerAccountId]) -> dict[CustomerAccountId, list[Movement]]:
    """The movements of each that the books hold already."""
    by_entry = booked_by_entry(tx, accounts)
    return {account: [movement for _, movement in moved] for account, moved in by_entry.items()}


def booked_by_entry(
    tx: Tx, accounts: Sequence[CustomerAccountId]
) -> dict[CustomerAccountId, list[tuple[UUID, Movement]]]:
    """The same with the entry of each, in the order in which they were written."""
    found: dict[CustomerAccountId, list[tuple[UUID, Movement]]] = {account: [] for account in accounts}
    for account, entry, on, kind, *minors in _BOOKED(tx, accounts):
        found[account].append((entry, Movement(on, Kind(kind), *minors)))
    return found


_BOOKED = Lookup(
    sa.select(
        *(loan_movements.c[name] for name in ("account_id", "entry_id", "on_day", "kind")),
        *(loan_movements.c[f"{name}_minor"] for name in ("principal", "interest", "penalty", "recovered")),
    ),
    loan_movements.c.account_id,
    order_by=(loan_movements.c.entry_id,),
)


_MOVEMENTS = Insert(loan_movements)


def book(tx: Tx, moved: Iterable[tuple[UUID, CustomerAccountId, Movement]]) -> None:
    """Write movements beside the entries that posted them."""
    _MOVEMENTS(
        tx,
        [
            (entry, account, m.on, m.kind.value, m.principal, m.interest, m.penalty, m.recovered)
            for entry, account, m in moved
        ],
    )
