"""The worker that sends messages: claims due rows lot by lot, has several calls under way at once, and settles what became of
each. What one call is, and what its answer means, is in `jobs/handover.py`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from core.dispatch import Route
from core.errors import Overloaded, Unavailable
from core.ids import OrganisationId
from core.preferences import Channel
from jobs.handover import Batch, Handover
from jobs.mailing import Papers, Post
from storage.outbox import Tried, Untried
from usecases import messages
from usecases.app import App
from usecases.messages import Addressed, Claim

log = structlog.get_logger()

MOST_CLAIMED = 500
"""Messages claimed together. Two lots may be in doubt if this process dies now: one under way, one that waits behind it."""
NEARLY_ALL = 384
"""A lot of so many had more behind it, very likely: some of what was due ended in the claim, as what is no longer true."""
SETTLED_TOGETHER = 32
SETTLED_WITHIN_S = 1.0
"""Outcomes share a commit, but none waits longer than this once another is known."""
PATIENCE_S = 20.0
"""No call is handed over later than this after its claim: with the call that it may wait behind it stays below the lease."""
STOPS_WITHIN_S = 5.0
"""An orderly stop waits so long for calls under way; what is still out then may have been sent."""


@dataclass(frozen=True, slots=True)
class _Lot:
    """Messages that were claimed together, and since when they are ours."""

    members: list[Addressed]
    began: float


@dataclass(frozen=True, slots=True)
class _Settled:
    """So many outcomes are written down."""

    count: int


_News = list[Tried] | _Lot | _Settled | BaseException
"""What became of a batch, what was claimed or settled meanwhile, or why one of them ended."""


@dataclass(slots=True)
class _Hands:
    """What one round has in hand."""

    settled_at: float
    news: asyncio.Queue[_News] = field(default_factory=asyncio.Queue)
    waiting: deque[tuple[Batch | Post, float]] = field(default_factory=deque)
    """Claimed, and not handed over yet."""
    outcomes: list[Tried] = field(default_factory=list)
    """Known, and not written down yet."""
    left: int = 0
    """Batches whose outcome is not known."""
    callers: int = 0
    claims: bool = False
    """Is the next lot being claimed?"""
    settles: bool = False
    """Are outcomes being written down?"""
    is_full: bool = False
    """Was the last lot so large that there is probably more?"""
    claimed: int = 0
    in_doubt: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Those that go on; a run of hundreds of thousands keeps none that ended."""

    @property
    def has_work(self) -> bool:
        return bool(self.left or self.outcomes or self.claims or self.settles or self.may_claim_more)

    @property
    def may_claim_more(self) -> bool:
        """Only when whatever is left is under way: a caller that was started just now has taken nothing up yet."""
        return self.is_full and not self.claims and self.left <= self.callers and self.in_doubt <= MOST_CLAIMED

    def should_settle(self, now: float) -> bool:
        if self.settles or not self.outcomes:
            return False
        is_last = not self.left and not self.claims
        return is_last or len(self.outcomes) >= SETTLED_TOGETHER or now - self.settled_at > SETTLED_WITHIN_S

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def untried(self) -> list[Tried]:
        """What waits, and then waits no more here."""
        waited = [_untried(one) for batch, _ in self.waiting for one in batch.members]
        self.waiting.clear()
        return waited

    def drop(self) -> None:
        for task in self.tasks:
            task.cancel()


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends what is due. A message that may have been sent is never sent again by us (NOT-4)."""

    app: App
    calls: int = 4
    """How many may be under way together: two a thread, so that the next one waits there when one ends. A thread would else
    rest until the event loop had its turn, which under load is longer than the call."""
    public_url: str = ""
    """Where readers reach us."""
    papers: Papers | None = None
    """What makes papers for mails; without it they have links alone."""

    @property
    def _handover(self) -> Handover:
        return Handover(self.app, self.public_url, self.papers)

    async def round(self) -> int:
        """Claim, send, settle. How many messages were claimed.

        While the last of a full lot is under way the next one is claimed, and while outcomes are written the next calls are
        made, so that no gateway waits for our books.
        Who cancels it stops it in order: what was not handed over yet is due again.
        """
        if not await self.app.read(messages.has_due_messages):
            return 0
        hands = _Hands(self.app.clock.monotonic())
        hands.claims = True
        hands.start(self._claim(hands))
        try:
            while hands.has_work:
                if hands.may_claim_more:
                    hands.start(self._claim_ahead(hands))
                    hands.claims = True
                if hands.should_settle(self.app.clock.monotonic()):
                    outcomes, hands.outcomes = hands.outcomes, []
                    hands.start(self._settle(hands, outcomes))
                    hands.settles = True
                self._hear(hands, await hands.news.get())
        except asyncio.CancelledError:
            try:
                await self._put_back(hands)
            except Exception:
                log.exception("stop_unsettled")  # the lease ends by itself; who stops us is not kept from it
            raise
        finally:
            hands.drop()
        return hands.claimed

    async def _settle(self, hands: _Hands, outcomes: list[Tried]) -> None:
        """What began to be written is not given up by a stop, and a busy database makes nothing doubtful that was sent."""
        try:
            while True:
                try:
                    await self.app.write(messages.settle, outcomes)
                    break
                except (Overloaded, Unavailable) as busy:
                    log.warning("settling_waits", count=len(outcomes), reason=str(busy))
                await self.app.clock.sleep(SETTLED_WITHIN_S)
            hands.news.put_nowait(_Settled(len(outcomes)))
        except BaseException as end:
            hands.news.put_nowait(end)

    async def _put_back(self, hands: _Hands) -> None:
        """Whoever stops us in order may start us again at once: what surely was not handed over is due again now, and calls
        under way are awaited a little."""
        over = asyncio.ensure_future(self.app.clock.sleep(STOPS_WITHIN_S))
        try:
            await self.app.write(messages.settle, hands.untried())
            ends: list[asyncio.Future[Any]] = [asyncio.gather(*hands.tasks, return_exceptions=True), over]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        while not hands.news.empty():
            news = hands.news.get_nowait()
            if isinstance(news, _Lot):
                hands.outcomes += map(_untried, news.members)
            elif isinstance(news, list):
                hands.outcomes += news
        await self.app.write(messages.settle, hands.outcomes)

    async def _claimed(self) -> list[Addressed]:
        opens_at = f"{self.public_url}/d/" if self.public_url else ""
        return await self.app.write(messages.claim_messages, Claim(MOST_CLAIMED, self._routes(), opens_at))

    async def _claim(self, hands: _Hands) -> None:
        """The first lot."""
        try:
            hands.news.put_nowait(_Lot(await self._claimed(), hands.settled_at))
        except BaseException as end:
            hands.news.put_nowait(end)

    async def _claim_ahead(self, hands: _Hands) -> None:
        began = self.app.clock.monotonic()
        try:
            due = await self.app.read(messages.has_due_messages)
            hands.news.put_nowait(_Lot(await self._claimed() if due else [], began))
        except (Overloaded, Unavailable) as busy:
            log.warning("claim_waits", reason=str(busy))  # what is under way goes on
            hands.news.put_nowait(_Lot([], began))
        except BaseException as end:
            hands.news.put_nowait(end)

    def _take_on(self, hands: _Hands, claimed: list[Addressed], began: float) -> None:
        batches, unsent = self._handover.lots(claimed)
        hands.claimed += len(claimed)
        hands.in_doubt += len(claimed)
        hands.is_full = len(claimed) >= NEARLY_ALL
        hands.outcomes += unsent
        hands.left += len(batches)
        hands.waiting += [(batch, began) for batch in batches]
        for _ in range(min(len(batches), self.calls - hands.callers)):
            hands.callers += 1
            hands.start(self._call(hands))

    def _hear(self, hands: _Hands, news: _News) -> None:
        if isinstance(news, BaseException):
            raise news
        if isinstance(news, _Lot):
            hands.claims = False
            self._take_on(hands, news.members, news.began)
        elif isinstance(news, _Settled):
            hands.settles = False
            hands.in_doubt -= news.count
            hands.settled_at = self.app.clock.monotonic()
        else:
            hands.left -= 1
            hands.outcomes += news

    async def _call(self, hands: _Hands) -> None:
        """Hand over one batch after the other. One whose turn comes too late is put back untried."""
        try:
            while hands.waiting:
                batch, began = hands.waiting.popleft()
                if self.app.clock.monotonic() - began > PATIENCE_S:
                    hands.news.put_nowait([_untried(one) for one in batch.members])
                else:
                    hands.news.put_nowait(await self._handover.outcomes(batch))
            hands.callers -= 1
        except BaseException as end:
            hands.news.put_nowait(end)

    def _routes(self) -> dict[OrganisationId, tuple[Route, ...]]:
        """The ways that each organisation has, in the order in which it set them up."""
        ways: dict[OrganisationId, tuple[Route, ...]] = {}
        for channel, known in ((Channel.SMS, self.app.gateways), (Channel.EMAIL, self.app.mailers)):
            for organisation, found in known.items():
                ways[organisation] = ways.get(organisation, ()) + tuple(Route(channel, name) for name in found)
        return ways


def _untried(one: Addressed) -> Tried:
    return Untried(one.id, one.attempts)
