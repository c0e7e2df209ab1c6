"""Funds and what they will last, asking that one be filled up, and ticking off their ledgers (OUT-2, OUT-6, OUT-7)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import OrganisationId, StaffId
from core.ledger import OF_FUNDS, fund_account
from core.money import Money, parse_typed
from core.permissions import Action
from core.treasury import Fund
from storage import ledger, organisations, treasury
from storage.ledger import EntryKept
from storage.tx import Tx
from usecases.funds import Forecast, ReconcileEntries, Replenish, forecasts, reconcile_entries, replenish

MOST_LISTED = 1_000


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


class LedgerArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fund` by its short name. `open`: only what nobody has reconciled."""

    fund: str
    open: bool = False
    limit: int = 50
    organisation: str | None = None


class EntryLine(msgspec.Struct, frozen=True):
    """One entry of a fund. `amount`: by how much the fund has more, or less, to spend."""

    id: UUID
    day: date
    kind: str
    amount: str
    currency: str
    reconciled_by: str
    reconciled_at: datetime | None


async def list_entries(opened: Opened, args: LedgerArgs, operator: Operator) -> AsyncGenerator[EntryLine, None]:
    """The newest first."""
    operator.require(Action.SEE_FUNDS)
    organisation = await operator.only(opened.app, args.organisation)
    fund = await opened.app.read(fund_named, organisation.id, args.fund)
    limit = max(0, min(args.limit, MOST_LISTED))
    for line in await opened.app.read(_of_fund, fund, limit, is_open=args.open):
        yield line


def _of_fund(tx: Tx, fund: Fund, limit: int, *, is_open: bool) -> list[EntryLine]:
    code = fund_account(fund.organisation, fund.id, fund.balance.currency).code
    found = ledger.listed(tx, fund.organisation, limit=limit, code=code, is_open=is_open)
    return _entry_lines(tx, fund.organisation, found)


def _entry_lines(tx: Tx, organisation: OrganisationId, found: Sequence[EntryKept]) -> list[EntryLine]:
    names = {member.id: member.name for member in organisations.staff_of(tx, organisation)}
    return [_entry_line(one, names) for one in found]


def _entry_line(one: EntryKept, names: Mapping[StaffId, str]) -> EntryLine:
    moved = [line for line in one.postings if line.account.code.startswith(OF_FUNDS)]
    amount = Money(sum(line.minor for line in moved), moved[0].account.currency)
    return EntryLine(
        one.id,
        one.value_on,
        one.kind,
        f"-{(-amount).plain()}" if amount.minor < 0 else amount.plain(),
        amount.currency.code,
        names.get(one.reconciled_by, "") if one.reconciled_by else "",
        one.reconciled_at,
    )


class ReconcileArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`entries` by their ids, as `karani funds ledger` lists them."""

    entries: list[UUID]
    organisation: str | None = None


async def reconcile(opened: Opened, args: ReconcileArgs, operator: Operator) -> AsyncGenerator[EntryLine, None]:
    """They were compared with what really happened: all of them, or none, are marked as the member of staff whom `--as` names."""
    operator.require(Action.RECONCILE_PAYMENT)
    organisation = await operator.only(opened.app, args.organisation)
    wish = ReconcileEntries(organisation.id, tuple(args.entries), operator.actor, opened.app.ids.new().hex)
    marked = await opened.app.write(reconcile_entries, wish)
    for line in await opened.app.read(_entry_lines, organisation.id, marked):
        yield line


def fund_named(tx: Tx, organisation: OrganisationId, slug: str) -> Fund:
    """The fund of that short name. Raises `NotFound`."""
    found = treasury.fund_named(tx, organisation, slug)
    if found is None:
        raise NotFound("fund", slug[:40])
    return found


LIST = Command(ListArgs, FundLine, list_funds)
LEDGER = Command(LedgerArgs, EntryLine, list_entries)
RECONCILE = Command(ReconcileArgs, EntryLine, reconcile, writes=True)
REPLENISH = Command(ReplenishArgs, ReplenishLine, replenish_fund, writes=True)
