"""What families promised to pay and by when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import CustomerAccountId, OrganisationId
from core.money import Currency, Money
from core.promises import Promise, PromiseState
from storage.fast import Lookup
from storage.tables import applications, entries, promises
from storage.tx import Tx

_COLUMNS = (
    promises.c.account_id,
    promises.c.id,
    promises.c.minor,
    promises.c.currency,
    promises.c.due_on,
    promises.c.state,
    promises.c.paid_minor,
    promises.c.made_on,
    promises.c.made_by,
)
_OF = Lookup(sa.select(*_COLUMNS), promises.c.account_id, order_by=(promises.c.account_id, promises.c.made_at))


def _promise(row: Sequence[Any]) -> Promise:
    account, id_, minor, code, due_on, state, paid, made_on, made_by = row
    currency = Currency[code]
    return Promise(
        id_,
        account,
        Money(minor, currency),
        due_on,
        PromiseState(state),
        Money(paid, currency),
        made_on,
        made_by,
    )


def last_of(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, Promise]:
    """The promise that was given last, by account."""
    return {row[0]: _promise(row) for row in _OF(tx, sorted(set(accounts)))}


def of_organisation(
    tx: Tx, organisation: OrganisationId, *, state: PromiseState | None = PromiseState.OPEN
) -> list[Promise]:
    """Every promise in this state (None: in any), the earliest due first."""
    query = sa.select(*_COLUMNS).where(promises.c.organisation_id == organisation)
    if state is not None:
        query = query.where(promises.c.state == state.value)
    return [_promise(row) for row in tx.connection.execute(query.order_by(promises.c.due_on, promises.c.id))]


def add(tx: Tx, organisation: OrganisationId, promise: Promise) -> None:
    """The table refuses a second open promise of one account."""
    tx.connection.execute(
        sa.insert(promises).values(
            id=promise.id,
            organisation_id=organisation,
            account_id=promise.account,
            minor=promise.amount.minor,
            currency=promise.amount.currency.code,
            due_on=promise.due_on,
            state=promise.state.value,
            paid_minor=promise.paid_before.minor,
            made_on=promise.made_on,
            made_by=promise.made_by,
            made_at=tx.now,
        )
    )


def end(tx: Tx, promise: UUID, state: PromiseState) -> None:
    open_one = sa.update(promises).where(promises.c.id == promise, promises.c.state == PromiseState.OPEN.value)
    tx.connection.execute(open_one.values(state=state.value))


def paid_by(tx: Tx, promise: Promise) -> Money:
    """All that was ever paid to the account up to the day of the promise, less what was taken back."""
    return _paid(tx, promise.account, promise.amount.currency, entries.c.value_on <= promise.due_on)


def paid_until_now(tx: Tx, account: CustomerAccountId, currency: Currency) -> Money:
    return _paid(tx, account, currency, sa.true())


def _paid(tx: Tx, account: CustomerAccountId, currency: Currency, when: sa.ColumnElement[bool]) -> Money:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(applications.c.minor), 0))
        .join(entries, entries.c.id == applications.c.entry_id)
        .where(applications.c.account_id == account, applications.c.payment_id.is_not(None), when)
    )
    return Money(int(tx.connection.scalar(query) or 0), currency)
