"""Funds and what they will last, and asking that one be filled up (OUT-2, OUT-7)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import OrganisationId
from core.money import parse_typed
from core.permissions import Action
from core.treasury import Fund
from storage import treasury
from storage.tx import Tx
from usecases.funds import Forecast, Replenish, forecasts, replenish


class FundLine(msgspec.Struct, frozen=True):
    """One fund. `dry_on`: the day it runs dry if it is spent as in the last thirty days."""

    id: UUID
    fund: str
    name: str
    region: str
    branch: str
    balance: str
    currency: str
    spendable: str
    most: str
    reorder: str
    full: str
    spent_30_days: str
    dry_on: date | None


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


async def list_funds(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[FundLine, None]:
    """By name."""
    operator.require(Action.SEE_FUNDS)
    organisation = await operator.only(opened.app, args.organisation)
    for one in await opened.app.read(forecasts, organisation.id):
        yield line_of(one)


def line_of(one: Forecast) -> FundLine:
    fund = one.fund
    return FundLine(
        fund.id,
        fund.slug,
        fund.name,
        fund.region,
        fund.branch,
        fund.balance.plain(),
        fund.balance.currency.code,
        fund.spendable.plain(),
        fund.most.plain(),
        fund.reorder.plain(),
        fund.full.plain(),
        one.spent.plain(),
        one.dry,
    )


class ReplenishArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fund` by its short name; without an amount it is filled to the brim."""

    fund: str
    amount: str | None = None
    organisation: str | None = None


class ReplenishLine(msgspec.Struct, frozen=True):
    replenishment: UUID
    fund: str
    amount: str
    currency: str
    state: str


async def replenish_fund(
    opened: Opened, args: ReplenishArgs, operator: Operator
) -> AsyncGenerator[ReplenishLine, None]:
    """Ask for it; others approve (`karani approvals`), and then it is funded."""
    operator.require(Action.REQUEST_PAYMENT)
    organisation = await operator.only(opened.app, args.organisation)
    fund = await opened.app.read(fund_named, organisation.id, args.fund)
    amount = parse_typed(args.amount, fund.balance.currency) if args.amount else None
    wish = Replenish(organisation.id, fund.id, amount, operator.actor, opened.app.ids.new().hex)
    one = await opened.app.write(replenish, wish)
    yield ReplenishLine(one.id, fund.slug, one.amount.plain(), one.amount.currency.code, one.ruling.value)


def fund_named(tx: Tx, organisation: OrganisationId, slug: str) -> Fund:
    """The fund of that short name. Raises `NotFound`."""
    found = treasury.fund_named(tx, organisation, slug)
    if found is None:
        raise NotFound("fund", slug[:40])
    return found


LIST = Command(ListArgs, FundLine, list_funds)
REPLENISH = Command(ReplenishArgs, ReplenishLine, replenish_fund, writes=True)
