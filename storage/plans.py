"""Payment plans: which instalments stand in place of which debts."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from core.ids import CustomerAccountId, ItemId, OrganisationId
from core.money import Currency, Money
from core.plans import Instalment, Plan
from storage.fast import Insert, Lookup
from storage.tables import instalments, plan_items, plans
from storage.tx import Tx

_STANDING = Lookup(
    sa.select(plans.c.account_id, plans.c.id, plans.c.currency).where(plans.c.ended_at.is_(None)), plans.c.account_id
)
_INSTALMENTS_OF = Lookup(
    sa.select(instalments.c.plan_id, instalments.c.id, instalments.c.minor, instalments.c.due_on),
    instalments.c.plan_id,
    order_by=(instalments.c.plan_id, instalments.c.position),
)
_ITEMS_OF = Lookup(sa.select(plan_items.c.plan_id, plan_items.c.item_id), plan_items.c.plan_id)
_INSTALMENTS = Insert(instalments)
_ITEMS = Insert(plan_items)


def standing(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, Plan]:
    """The plans that hold now, by account."""
    heads = list(_STANDING(tx, sorted(set(accounts))))
    if not heads:
        return {}
    ids = sorted(id_ for _, id_, _ in heads)
    currencies = {id_: Currency[code] for _, id_, code in heads}
    parts: dict[object, list[Instalment]] = {}
    for plan, id_, minor, due_on in _INSTALMENTS_OF(tx, ids):
        parts.setdefault(plan, []).append(Instalment(id_, Money(minor, currencies[plan]), due_on))
    items: dict[object, set[ItemId]] = {}
    for plan, item in _ITEMS_OF(tx, ids):
        items.setdefault(plan, set()).add(item)
    return {account: Plan(id_, account, tuple(parts[id_]), frozenset(items[id_])) for account, id_, _ in heads}


def of_organisation(tx: Tx, organisation: OrganisationId) -> list[Plan]:
    """The plans that hold now, by account."""
    mine = sa.select(plans.c.account_id).where(plans.c.organisation_id == organisation, plans.c.ended_at.is_(None))
    found = standing(tx, tx.connection.scalars(mine))
    return [found[account] for account in sorted(found)]


def add(tx: Tx, organisation: OrganisationId, plan: Plan) -> None:
    """Let it hold. The table refuses a second plan of one account."""
    amount = plan.amount
    tx.connection.execute(
        sa.insert(plans).values(
            id=plan.id,
            organisation_id=organisation,
            account_id=plan.account,
            minor=amount.minor,
            currency=amount.currency.code,
            made_at=tx.now,
        )
    )
    _ITEMS(tx, [(plan.id, item) for item in sorted(plan.items)])
    _INSTALMENTS(tx, [(one.id, plan.id, at, one.amount.minor, one.due_on) for at, one in enumerate(plan.instalments)])


def end(tx: Tx, plan: Plan) -> None:
    """The debts that it covered are due on their own days again."""
    tx.connection.execute(sa.update(plans).where(plans.c.id == plan.id).values(ended_at=tx.now))
