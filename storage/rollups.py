"""Counts and sums of payments by day, account, method, purpose and state: folded in the transaction that changes them.

Whoever writes a payment through `storage.payments` or `storage.suspense` keeps them true without a word: one statement a
call, one row for each kind of payment in it. `difference` recounts, and `correct` sets right what a recount finds wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId, ProviderAccountId
from core.money import Currency, Money
from core.payments import Method, Payment, Purpose
from core.takings import SUSPENSE, Line
from storage.fast import Insert, Query
from storage.tables import payments, rollups, suspense_items
from storage.tx import Tx

_FOLD = Insert(rollups, add=("count", "minor"))

_Key = tuple[UUID, date, str, UUID, str, str, str]
Moved = tuple[Payment, str, int, int]
"""A payment, the state that it enters (count 1) or leaves (count -1), and the amount by which that state's sum changes."""


def entered(payment: Payment) -> Moved:
    """It is there now, as it stands."""
    return payment, payment.status.value, 1, payment.amount.minor


def left(payment: Payment) -> Moved:
    """It does not stand so any more."""
    return payment, payment.status.value, -1, -payment.amount.minor


def waits(payment: Payment, amount: Money) -> Moved:
    """So much of it waits for its owner."""
    return payment, SUSPENSE, 1, amount.minor


def waits_no_more(payment: Payment, amount: Money) -> Moved:
    return payment, SUSPENSE, -1, -amount.minor


def fold(tx: Tx, moved: Iterable[Moved]) -> None:
    """Add what changed: one row for each kind of payment, whatever the number of payments."""
    sums: dict[_Key, list[int]] = {}
    for payment, state, count, minor in moved:
        key = (
            payment.organisation,
            payment.value_on,
            payment.amount.currency.code,
            payment.provider_account,
            payment.method.value,
            payment.purpose.value,
            state,
        )
        kept = sums.get(key)
        if kept is None:
            sums[key] = [count, minor]
        else:
            kept[0] += count
            kept[1] += minor
    # In one fixed order, so that two processes folding the same rows never wait for each other in a circle.
    _FOLD(tx, [(*key, tx.slot, *sums[key]) for key in sorted(sums)])


# --- asked --------------------------------------------------------------------------------------------------------------

_DIMENSIONS = ("organisation_id", "value_on", "currency", "provider_account_id", "method", "purpose")
_BETWEEN = (
    sa.select(
        rollups.c.value_on,
        rollups.c.currency,
        rollups.c.provider_account_id,
        rollups.c.method,
        rollups.c.purpose,
        rollups.c.state,
        sa.func.sum(rollups.c.count).label("count"),
        sa.func.sum(rollups.c.minor).label("minor"),
    )
    .where(
        rollups.c.organisation_id == sa.bindparam("organisation", type_=rollups.c.organisation_id.type),
        rollups.c.value_on >= sa.bindparam("since", type_=rollups.c.value_on.type),
        rollups.c.value_on <= sa.bindparam("until", type_=rollups.c.value_on.type),
    )
    # In the order of the key, so that nothing is sorted: a report of years is read in one go.
    .group_by(
        rollups.c.value_on,
        rollups.c.currency,
        rollups.c.provider_account_id,
        rollups.c.method,
        rollups.c.purpose,
        rollups.c.state,
    )
    .having(sa.or_(sa.func.sum(rollups.c.count) != 0, sa.func.sum(rollups.c.minor) != 0))
    .order_by(
        rollups.c.value_on,
        rollups.c.currency,
        rollups.c.provider_account_id,
        rollups.c.method,
        rollups.c.purpose,
        rollups.c.state,
    )
)
_LINES = Query(_BETWEEN)


def lines(tx: Tx, organisation: OrganisationId, *, since: date, until: date) -> list[Line]:
    """What the business days from `since` to `until`, both included, brought of each kind, by day."""
    return [_line(row) for row in _LINES(tx, organisation=organisation, since=since, until=until)]


def _line(row: Sequence[Any]) -> Line:
    on, code, account, method, purpose, state, count, minor = row
    return Line(
        on=on,
        account=ProviderAccountId(account),
        method=Method(method),
        purpose=Purpose(purpose),
        state=state,
        count=int(count),
        amount=Money(int(minor), Currency[code]),
    )


# --- recounted ----------------------------------------------------------------------------------------------------------


def counted() -> sa.Select[Any]:
    """The full query: what the rollups must say, counted from every payment there is."""
    dimensions = [payments.c[name] for name in _DIMENSIONS]
    standing = (
        sa.select(
            *dimensions,
            payments.c.status.label("state"),
            sa.func.count().label("count"),
            sa.func.sum(payments.c.minor).label("minor"),
        )
        .select_from(payments)
        .group_by(*dimensions, payments.c.status)
    )
    waiting = (
        sa.select(
            *dimensions,
            sa.literal(SUSPENSE).label("state"),
            sa.func.count().label("count"),
            sa.func.sum(suspense_items.c.minor).label("minor"),
        )
        .select_from(suspense_items.join(payments, payments.c.id == suspense_items.c.payment_id))
        .where(suspense_items.c.closed_at.is_(None))
        .group_by(*dimensions)
    )
    both = sa.union_all(standing, waiting).subquery()
    return sa.select(*both.c)


def _wrong() -> sa.Select[Any]:
    """What must be added to the rollups to make them true, and what they say."""
    recount = counted().subquery()
    keys = (*_DIMENSIONS, "state")
    none = sa.literal(0)
    truth = sa.select(*(recount.c[key] for key in keys), recount.c.count, recount.c.minor, none.label("said"))
    said = sa.select(*(rollups.c[key] for key in keys), -rollups.c.count, -rollups.c.minor, rollups.c.count)
    both = sa.union_all(truth, said).subquery()
    dimensions = [both.c[key] for key in keys]
    count, minor = sa.func.sum(both.c.count), sa.func.sum(both.c.minor)
    return (
        sa.select(*dimensions, count.label("count"), minor.label("minor"), sa.func.sum(both.c.said).label("said"))
        .group_by(*dimensions)
        .having(sa.or_(count != 0, minor != 0))
    )


@dataclass(frozen=True, slots=True)
class Wrong:
    """Figures that a recount does not confirm: what is missing from them (below zero: what is too much)."""

    organisation: OrganisationId
    on: date
    account: ProviderAccountId
    method: str
    purpose: str
    state: str
    currency: str
    said: int
    """How many payments the rollups tell of."""
    count: int
    minor: int


def difference(tx: Tx) -> list[Wrong]:
    """Where the rollups are not what a recount of every payment gives, by day. Linear in the payments."""
    return sorted(map(_as_wrong, tx.connection.execute(_wrong())), key=_row)


def _as_wrong(row: sa.Row[Any]) -> Wrong:
    organisation, on, currency, account, method, purpose, state, count, minor, said = tuple(row)
    return Wrong(organisation, on, account, method, purpose, state, currency, int(said), int(count), int(minor))


def correct(tx: Tx, wrong: Sequence[Wrong]) -> None:
    """Add what a recount found missing. It may be a moment old: what was folded since is in neither the recount nor the
    figures that it was compared with, and stays. Once only, or it is added twice."""
    _FOLD(tx, [(*_row(each), tx.slot, each.count, each.minor) for each in sorted(wrong, key=_row)])


def _row(wrong: Wrong) -> _Key:
    return (wrong.organisation, wrong.on, wrong.currency, wrong.account, wrong.method, wrong.purpose, wrong.state)
