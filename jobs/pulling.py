"""Pulls what a provider remembers, and credits what nobody told us of: every few minutes, and at once where somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from core import pulling
from core.errors import Bug, Overloaded, Unavailable
from core.ids import ProviderAccountId
from core.payments import MoneyArrived, MoneyReturned
from core.ports import PulledRow, Puller
from core.schedule import Due
from storage import pulls
from storage.pulls import Pulling
from usecases.app import App
from usecases.collection import Arrival, record_arrivals
from usecases.pulling import Pulled, Unheard, end_pull, keep_pulled
from usecases.reversals import Returned, record_reversal

log = structlog.get_logger()

MOST_PAGES = 500
"""Of one window. A provider that always has one more page is not believed; nothing is skipped, the next pull begins again."""
AT_ONCE = 100
"""Lines that are credited together: a page of thousands must not fill the writer's queue, which callbacks need."""
REST_S = 60.0
"""How long an account is left alone that could not be pulled, however many people wait for it."""
FROM = "pull"
"""In place of the address that a callback has."""


async def pull_missed(app: App, due: Due) -> str:
    """Pull every account of an organisation. One that cannot be pulled now harms no other; its mark stays where it is."""
    accounts = await app.read(pulls.of_organisation, due.organisation)
    reports = await asyncio.gather(*(_tried(app, one) for one in accounts))
    if failed := [report for report in reports if isinstance(report, Unavailable)]:
        raise failed[0]
    return ", ".join(str(report) for report in reports) or "nothing to pull"


@dataclass(frozen=True, slots=True)
class PullingNow:
    """Pulls at once where somebody waits for it: a prompt that was paid without a receipt, a person who asks."""

    app: App
    resting: dict[ProviderAccountId, datetime] = field(default_factory=dict)
    """Accounts whose provider was away, until when."""

    async def round(self) -> int:
        now = self.app.clock.now()
        waiting = [one for one in await self.app.read(pulls.wanted) if self.resting.get(one.account.id, now) <= now]
        for one, report in zip(waiting, await asyncio.gather(*(_tried(self.app, one) for one in waiting)), strict=True):
            if isinstance(report, Unavailable):
                self.resting[one.account.id] = now + timedelta(seconds=max(REST_S, report.retry_after_s or 0))
        return 0


async def _tried(app: App, one: Pulling) -> str | Unavailable:
    try:
        return await pull_account(app, one)
    except (Unavailable, TimeoutError) as error:
        log.warning("pull_unavailable", account=one.account.id.hex, reason=str(error))
        return error if isinstance(error, Unavailable) else Unavailable(one.account.provider, "no answer in time")


async def pull_account(app: App, one: Pulling) -> str:
    """Read a window to its end, page by page, then move the mark. Raises `Unavailable`: then the mark stays."""
    account = one.account
    rail: object = app.rails.get(account.id)  # not every rail can be asked
    if not isinstance(rail, Puller):
        return f"{account.shortcode}: nobody to ask"
    window = pulling.window(one.covered_until, app.clock.now())
    trace = app.ids.new().hex
    offset, found, before = 0, 0, None
    for _ in range(MOST_PAGES):
        page = await rail.pull(account, window, offset=offset)
        if not page.rows or page == before:  # the same page again: this provider knows no offsets
            break
        found += await _record(app, one, page.rows, trace)
        offset, before = offset + len(page.rows), page
    else:
        raise Unavailable(account.provider, f"more than {MOST_PAGES} pages")
    await app.write(end_pull, Pulled(account, window.until, found, window.gap_since, window.since, trace))
    if found:
        log.info("pull_found", account=account.id.hex, found=found, trace=trace)
    return f"{account.shortcode}: {offset} read, {found} new"


async def _record(app: App, one: Pulling, rows: Sequence[PulledRow], trace: str) -> int:
    """Credit what is new, then book what was taken back: a payment is known before its reversal. How many were new."""
    fresh = await app.read(pulls.news, one.account, rows)
    arrived = [row for row in fresh if isinstance(row.news, MoneyArrived)]
    done: list[bool | None] = []
    for first in range(0, len(arrived), AT_ONCE):
        some = arrived[first : first + AT_ONCE]
        done += await asyncio.gather(*(_credit(app, row, trace) for row in some))
    unheard = [row for row in fresh if row.news is None]
    unheard += [row for row, is_new in zip(arrived, done, strict=True) if is_new is None]
    for row in fresh:
        if isinstance(row.news, MoneyReturned):
            await app.write(record_reversal, Returned(row.news, row.raw, FROM, trace))
    if unheard:
        await app.write(keep_pulled, Unheard(one.account, unheard, trace))
    return sum(filter(None, done))


async def _credit(app: App, row: PulledRow, trace: str) -> bool | None:
    """Was it new? None when our own bug stood in the way: the line is kept, and the rest of the page is not held up."""
    assert isinstance(row.news, MoneyArrived)
    try:
        recorded = await app.write(record_arrivals, Arrival(row.news, row.raw, FROM, trace))
    except (Overloaded, Unavailable) as busy:
        raise Unavailable("writer", str(busy)) from busy
    except Exception as error:
        log.exception("pulled_row_failed", trace=trace, bug=isinstance(error, Bug))
        return None
    return recorded.is_new
