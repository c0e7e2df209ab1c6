"""What providers say that they hold for us, asked for when a payout wants to start on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.ids import ProviderAccountId
from core.money import Currency, Money
from core.organisations import ProviderAccount
from core.payouts import Float
from storage import payouts
from storage.fast import Insert
from storage.tables import floats
from storage.tx import Tx

_INSERT = Insert(floats, "provider_account_id", "organisation_id", "currency", "halted", or_ignore=True)
ASK_AGAIN = timedelta(seconds=30)
"""How long an answer may take before the question is put once more."""


def want(tx: Tx, account: ProviderAccount) -> None:
    """Somebody wants to know the balance: it is asked for, unless it is being asked already."""
    _INSERT(tx, [(account.id, account.organisation, account.currency.code, "")])
    mine = floats.c.provider_account_id == account.id
    tx.connection.execute(sa.update(floats).where(mine, floats.c.wanted_at.is_(None)).values(wanted_at=tx.now))


def wanted(tx: Tx) -> list[ProviderAccountId]:
    """Accounts whose balance somebody waits for, and which were not asked just now."""
    not_asked = sa.or_(floats.c.asked_at.is_(None), floats.c.asked_at < tx.now - ASK_AGAIN)
    query = sa.select(floats.c.provider_account_id).where(floats.c.wanted_at.is_not(None), not_asked)
    return list(tx.connection.scalars(query.order_by(floats.c.wanted_at, floats.c.provider_account_id)))


def asked(tx: Tx, account: ProviderAccountId) -> None:
    """The question was put just now."""
    mine = floats.c.provider_account_id == account
    tx.connection.execute(sa.update(floats).where(mine).values(asked_at=tx.now))


def told(tx: Tx, account: ProviderAccountId, balance: Money, *, asked_at: datetime) -> None:
    """The answer to the question of that moment. An older answer than the one we have changes nothing."""
    mine = floats.c.provider_account_id == account
    newer = sa.or_(floats.c.read_at.is_(None), floats.c.read_at < asked_at)
    tx.connection.execute(
        sa.update(floats).where(mine, newer).values(minor=balance.minor, read_at=asked_at, wanted_at=None)
    )


def halt(tx: Tx, account: ProviderAccount, why: str) -> None:
    """Nothing more is sent from this account until a person resumes it; "" resumes."""
    _INSERT(tx, [(account.id, account.organisation, account.currency.code, "")])
    mine = floats.c.provider_account_id == account.id
    tx.connection.execute(sa.update(floats).where(mine).values(halted=why))


def of(tx: Tx, accounts: Iterable[ProviderAccountId], *, lock: bool = False) -> dict[ProviderAccountId, Float]:
    """What is known of each account's balance. Taken in order, so that two processes never start on the same shilling."""
    ids = sorted(set(accounts))
    query = sa.select(floats).where(floats.c.provider_account_id.in_(ids)).order_by(floats.c.provider_account_id)
    rows = tx.connection.execute(query.with_for_update() if lock else query).all()
    return {row.provider_account_id: _float(tx, row) for row in rows}


def _float(tx: Tx, row: sa.Row[tuple[object, ...]]) -> Float:
    currency = Currency[row.currency]
    spoken_for = payouts.spoken_for(tx, row.provider_account_id, since=row.read_at)
    read = Money(row.minor, currency) if row.minor is not None else None
    return Float(read, row.read_at, Money(spoken_for, currency), row.halted)
