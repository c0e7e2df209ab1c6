"""Rollups: the figures of days, are they what a recount gives, and setting them right (ANA-1, ANA-2)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date, timedelta

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.money import Currency, Money
from core.permissions import Action
from core.takings import Line
from storage import organisations, rollups
from storage.rollups import Wrong
from storage.tx import Tx
from usecases.rollups import Correct, correct, recount
from usecases.takings import RECENT


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Business days, both included; without them the last ones until today."""

    since: date | None = None
    until: date | None = None
    organisation: str | None = None


class FigureLine(msgspec.Struct, frozen=True):
    """Payments of one kind that stand in one state, on one day."""

    day: date
    organisation: str
    account: str
    method: str
    purpose: str
    state: str
    count: int
    amount: str
    currency: str


async def list_figures(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[FigureLine, None]:
    """By day. What staff pages and the day's summary tell is added up from these."""
    operator.require(Action.SEE_PAYMENTS)
    organisation = await operator.only(opened.app, args.organisation)
    until = args.until or organisation.local_day(opened.app.clock.now())
    since = args.since or until - timedelta(days=RECENT - 1)
    found = await opened.app.read(rollups.lines, organisation.id, since=since, until=until)
    accounts = await opened.app.read(_accounts, found)
    for line in found:
        yield FigureLine(
            day=line.on,
            organisation=organisation.slug,
            account=accounts[line.account],
            method=line.method.value,
            purpose=line.purpose.value,
            state=line.state,
            count=line.count,
            amount=line.amount.plain(),
            currency=line.amount.currency.code,
        )


def _accounts(tx: Tx, lines: Sequence[Line]) -> dict[object, str]:
    found = organisations.provider_accounts_of(tx, sorted({line.account for line in lines}))
    return {id_: f"{account.provider} {account.shortcode}" for id_, account in found.items()}


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class DifferenceLine(msgspec.Struct, frozen=True):
    """Figures that a recount does not confirm: what must be added to make them true."""

    day: date
    organisation: str
    method: str
    purpose: str
    state: str
    told: int
    counted: int
    amount: str
    currency: str


async def check(opened: Opened, args: NoArgs, operator: Operator) -> AsyncGenerator[DifferenceLine, None]:
    """A line for each figure that is wrong; none, and all is well."""
    operator.require_system_user("rollups")
    found = await opened.app.read(recount)
    for line in await opened.app.read(_lines, found.wrong):
        yield line


async def rebuild(opened: Opened, args: NoArgs, operator: Operator) -> AsyncGenerator[DifferenceLine, None]:
    """A line for each figure that was wrong and is right now. Safe to repeat, and beside payments that arrive."""
    operator.require_system_user("rollups")
    found = await opened.app.read(recount)
    if not found.wrong:
        return
    if await opened.app.write(correct, Correct(found, operator.actor)):
        for line in await opened.app.read(_lines, found.wrong):
            yield line


def _lines(tx: Tx, wrong: Sequence[Wrong]) -> list[DifferenceLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    return [
        DifferenceLine(
            day=one.on,
            organisation=slugs[one.organisation],
            method=one.method,
            purpose=one.purpose,
            state=one.state,
            told=one.said,
            counted=one.said + one.count,
            amount=Money(one.minor, Currency.of(one.currency)).plain(),
            currency=one.currency,
        )
        for one in wrong
    ]


LIST = Command(ListArgs, FigureLine, list_figures)
CHECK = Command(NoArgs, DifferenceLine, check, apart=True)
REBUILD = Command(NoArgs, DifferenceLine, rebuild, writes=True)
