"""What customers pay into, by the references that they type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.application import CustomerAccount
from core.ids import CustomerAccountId, ItemId, OrganisationId
from core.money import BY_CODE, Currency, Money
from core.open_items import ItemKind, OpenItem
from core.references import Reference
from storage.fast import Change, Insert, Lookup
from storage.tables import account_references, customer_accounts, loans, open_items
from storage.tx import Tx
from storage.types import in_order

LOAN = "loan"
"""The kind of an account that is a loan."""

_REFERENCES = Insert(account_references)


def add_references(
    tx: Tx, organisation: OrganisationId, names: Sequence[tuple[str, CustomerAccountId, ItemId | None]]
) -> None:
    """Let payers find an account (or one item of it) by these names. Two accounts cannot have the same one."""
    rows = []
    for name, account, item in names:
        reference = Reference.read(name)
        rows.append((organisation, reference.exact, reference.canonical, account, item))
    _REFERENCES(tx, rows)


class Named(NamedTuple):
    """A reference in the books: what it is spelt like, and what it stands for."""

    organisation: OrganisationId
    exact: str
    account: CustomerAccountId
    item: ItemId | None


_BY_CANONICAL = Lookup(
    sa.select(
        account_references.c.canonical_key,
        account_references.c.organisation_id,
        account_references.c.exact_key,
        account_references.c.account_id,
        account_references.c.item_id,
    ),
    account_references.c.canonical_key,
)


def named(tx: Tx, canonical_keys: Iterable[str]) -> dict[tuple[OrganisationId, str], list[Named]]:
    """What each canonical key may stand for, per organisation."""
    found: dict[tuple[OrganisationId, str], list[Named]] = {}
    for canonical, organisation, exact, account, item in _BY_CANONICAL(tx, sorted(set(canonical_keys))):
        found.setdefault((organisation, canonical), []).append(Named(organisation, exact, account, item))
    return found


_ACCOUNTS = Lookup(
    sa.select(
        customer_accounts.c.id,
        customer_accounts.c.organisation_id,
        customer_accounts.c.reference,
        customer_accounts.c.currency,
        customer_accounts.c.is_open,
        customer_accounts.c.holder,
        customer_accounts.c.kind,
    ),
    customer_accounts.c.id,
    order_by=(customer_accounts.c.id,),
)
_ITEMS = Lookup(
    sa.select(
        open_items.c.id,
        open_items.c.account_id,
        open_items.c.kind,
        open_items.c.number,
        open_items.c.currency,
        open_items.c.total_minor,
        open_items.c.outstanding_minor,
        open_items.c.due_on,
    ).where(open_items.c.outstanding_minor > 0),
    open_items.c.account_id,
)


class Standing(NamedTuple):
    """A customer account with its organisation and currency, ready for cash application."""

    organisation: OrganisationId
    currency: Currency
    account: CustomerAccount


_KINDS = {kind.value: kind for kind in ItemKind}


def standings(tx: Tx, ids: Iterable[CustomerAccountId], *, lock: bool) -> dict[CustomerAccountId, Standing]:
    """Accounts with what they owe. `lock` keeps other processes from applying cash to them until the commit; it is taken
    in order of id, so that nobody waits in a circle."""
    found: dict[CustomerAccountId, Standing] = {}
    wanted = in_order(ids)
    for id_, organisation, reference, currency, is_open, holder, kind in _ACCOUNTS(tx, wanted, lock=lock):
        account = CustomerAccount(id_, reference, is_open, holder=holder, is_loan=kind == LOAN)
        found[id_] = Standing(organisation, BY_CODE[currency], account)
    for id_, account, kind, number, code, total_minor, outstanding, due_on in _ITEMS(tx, wanted):
        currency = BY_CODE[code]
        found[account].account.items.append(
            OpenItem(
                ItemId(id_),
                account,
                _KINDS[kind],
                number,
                Money(total_minor, currency),
                Money(outstanding, currency),
                due_on,
            )
        )
    if lent := [id_ for id_, standing in found.items() if standing.account.is_loan]:
        _read_loans(tx, lent, found)
    return found


_LOANS = Lookup(
    sa.select(
        loans.c.account_id,
        loans.c.late_minor,
        loans.c.late_since,
        loans.c.next_minor,
        loans.c.next_on,
        loans.c.payoff_minor,
    ),
    loans.c.account_id,
)


def _read_loans(tx: Tx, lent: Sequence[CustomerAccountId], found: dict[CustomerAccountId, Standing]) -> None:
    """What loans ask for: what is late, the next instalment beside it, and what is left to end them."""
    for id_, late, late_since, following, next_on, payoff in _LOANS(tx, lent):
        standing = found[id_]
        parts = [(late, late_since), (following - late, next_on), (payoff - max(late, following), date.max)]
        for place, (minor, due_on) in enumerate(parts):
            if minor > 0:
                amount = Money(minor, standing.currency)
                item = ItemId(UUID(int=id_.int ^ (place + 1)))
                reference = standing.account.reference
                standing.account.items.append(
                    OpenItem(item, id_, ItemKind.LOAN, reference, amount, amount, due_on or date.max)
                )


_REDUCE = Change(
    sa.update(open_items)
    .where(open_items.c.id == sa.bindparam("item"))
    .values(outstanding_minor=open_items.c.outstanding_minor - sa.bindparam("applied", type_=sa.BigInteger)),
    "item",
    "applied",
)


def reduce_items(tx: Tx, paid: Iterable[tuple[ItemId, int]]) -> None:
    """Lower what items owe by what was applied. The table's check refuses to go below zero."""
    sums: dict[ItemId, int] = {}
    for item, minor in paid:
        sums[item] = sums.get(item, 0) + minor
    _REDUCE(tx, [(item, sums[item]) for item in in_order(sums)])
