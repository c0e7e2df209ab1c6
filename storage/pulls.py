"""What was pulled from providers: how far each account was read, and which lines of a page are news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.ids import OrganisationId, ProviderAccountId
from core.organisations import ProviderAccount
from core.payments import MoneyReturned, Witness
from core.ports import PulledRow
from core.pulling import OVERLAP
from storage import organisations
from storage.fast import Change, Insert, Lookup, Query
from storage.tables import exchanges, payments, pulls
from storage.tx import Tx

_REGISTER = Insert(pulls, "provider_account_id", "organisation_id", "registered_at", "found", or_ignore=True)


def register(tx: Tx, account: ProviderAccount) -> None:
    """From now on the provider remembers for us what arrives at this account."""
    _REGISTER(tx, [(account.id, account.organisation, tx.now, 0)])


@dataclass(frozen=True, slots=True)
class Pulling:
    """An account that is pulled, and how far."""

    account: ProviderAccount
    registered_at: datetime
    covered_until: datetime | None
    """Everything that arrived before was surely read; None before the first pull."""
    wanted_at: datetime | None
    """Somebody waits for an answer that a pull may bring."""
    pulled_at: datetime | None
    found: int
    """How many payments nobody else had told us of."""


def of_organisation(tx: Tx, organisation: OrganisationId) -> list[Pulling]:
    """The accounts of an organisation that are pulled."""
    return _pulling(tx, _OF_ORGANISATION(tx, organisation=organisation))


def wanted(tx: Tx) -> list[Pulling]:
    """The accounts that should be pulled at once."""
    return _pulling(tx, _WANTED(tx))


def has_read(tx: Tx, account: ProviderAccountId, until: datetime) -> bool:
    """Was everything that arrived at this account before that moment surely read? What the next window reads again may still
    bring news: a provider may list a payment late."""
    read = sa.select(pulls.c.provider_account_id).where(
        pulls.c.provider_account_id == account, pulls.c.covered_until > until + OVERLAP
    )
    return tx.connection.execute(read).first() is not None


def all_pulled(tx: Tx) -> list[Pulling]:
    return _pulling(tx, _ALL(tx))


def _pulling(tx: Tx, rows: Sequence[tuple[Any, ...]]) -> list[Pulling]:
    accounts = organisations.provider_accounts_of(tx, [row[0] for row in rows])
    return [Pulling(accounts[account], *how_far) for account, *how_far in rows]


_SELECT = sa.select(
    *(pulls.c.provider_account_id, pulls.c.registered_at, pulls.c.covered_until),
    *(pulls.c.wanted_at, pulls.c.pulled_at, pulls.c.found),
).order_by(pulls.c.provider_account_id)
_OF_ORGANISATION = Query(_SELECT.where(pulls.c.organisation_id == sa.bindparam("organisation")))
_WANTED = Query(_SELECT.where(pulls.c.wanted_at.is_not(None)))
_ALL = Query(_SELECT)


def want(tx: Tx, account: ProviderAccountId) -> bool:
    """Ask that this account is pulled soon. False when it is not pulled at all."""
    mine = pulls.c.provider_account_id == account
    done = tx.connection.execute(sa.update(pulls).where(mine).values(wanted_at=tx.now))
    return bool(done.rowcount)


def covered(tx: Tx, account: ProviderAccountId, *, until: datetime, found: int) -> None:
    """A whole window was read and written down. The mark never goes back, whoever is late."""
    _READ(tx, [(account, until, found, tx.now)])


_UNTIL = sa.bindparam("until", type_=pulls.c.covered_until.type)
_READ = Change(
    sa.update(pulls)
    .where(pulls.c.provider_account_id == sa.bindparam("mine"))
    .values(
        found=pulls.c.found + sa.bindparam("more", type_=sa.BigInteger),
        pulled_at=sa.bindparam("now", type_=pulls.c.pulled_at.type),
        covered_until=sa.case((pulls.c.covered_until > _UNTIL, pulls.c.covered_until), else_=_UNTIL),
        wanted_at=sa.case((pulls.c.wanted_at <= _UNTIL, sa.null()), else_=pulls.c.wanted_at),
    ),
    *("mine", "until", "more", "now"),
)


_PULLED = Lookup(
    sa.select(payments.c.receipt, payments.c.organisation_id, payments.c.provider, exchanges.c.detail)
    .select_from(payments)
    .join(
        exchanges,
        sa.and_(
            exchanges.c.payment_id == payments.c.id,
            exchanges.c.operation == sa.literal_column(f"'{Witness.PULL.value}'"),
        ),
    ),
    payments.c.receipt,
)


def news(tx: Tx, account: ProviderAccount, rows: Sequence[PulledRow]) -> list[PulledRow]:
    """Which lines say something that no pull has said before: windows overlap, and a witness is heard once."""
    receipts = {row.news.receipt for row in rows if row.news is not None}
    heard: set[tuple[str, bool]] = set()
    for receipt, organisation, provider, detail in _PULLED(tx, sorted(receipts)):
        if (organisation, provider) != (account.organisation, account.provider):
            continue
        heard.add((receipt, "reversed" in detail))
    return [
        row for row in rows if row.news is None or (row.news.receipt, isinstance(row.news, MoneyReturned)) not in heard
    ]
