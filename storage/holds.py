"""Parts of a debt that a prompt is asking for right now: reserved, then settled or released; they expire by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from core.ids import CustomerAccountId, PaymentId
from core.ledger import HOLD_NEXT, Hold, HoldState
from core.money import Currency, Money
from storage.fast import Change, Insert, Lookup
from storage.tables import holds
from storage.tx import Tx

_INSERT = Insert(holds)


def add(tx: Tx, new: Sequence[Hold]) -> None:
    _INSERT(
        tx,
        [
            (
                hold.id,
                hold.organisation,
                hold.account,
                hold.payment,
                hold.amount.minor,
                hold.amount.currency.code,
                hold.state.value,
                hold.expires_at,
            )
            for hold in new
        ],
    )


def end(tx: Tx, payments: Iterable[PaymentId], state: HoldState) -> None:
    """End the holds of these payments, from every state from which the table allows it."""
    _ending(state)(tx, [(payment,) for payment in sorted(set(payments))])


@cache
def _ending(state: HoldState) -> Change:
    before: list[Any] = [
        sa.literal_column(f"'{old.value}'") for old, following in HOLD_NEXT.items() if state in following
    ]
    return Change(
        sa.update(holds)
        .where(holds.c.payment_id == sa.bindparam("payment"), holds.c.state.in_(before))
        .values(state=sa.literal_column(f"'{state.value}'")),
        "payment",
    )


def active(tx: Tx, accounts: Sequence[CustomerAccountId], *, now: datetime) -> dict[CustomerAccountId, Money]:
    """What prompts are asking for right now, per account. An overdue hold counts no more, even before it is swept."""
    rows = _ACTIVE(tx, accounts, now=now)
    return {account: Money(int(minor), Currency[code]) for account, code, minor in rows}


_ACTIVE = Lookup(
    sa.select(holds.c.account_id, holds.c.currency, sa.func.sum(holds.c.minor))
    .where(holds.c.state == sa.literal_column("'active'"), holds.c.expires_at > sa.bindparam("now"))
    .group_by(holds.c.account_id, holds.c.currency),
    holds.c.account_id,
)
