"""The live feed of the sandbox page: Server-Sent Events about one phone and the books.

The books are asked once per beat for all listeners together, and only while somebody listens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from core.ports import Clock
from sandbox.books import BalanceLine, Books, EntryCard, EventLine, News

BEAT_S = 0.4
"""How soon the page notices: below what feels like waiting."""
SILENCE_S = 15.0
"""A comment is sent after so long without news, so that a listener who left is noticed."""
REMEMBERED = 40
"""How many entries and events a newcomer is shown."""
MOST_LISTENERS = 50

T = TypeVar("T", EntryCard, EventLine)


@dataclass
class Tail(Generic[T]):
    """The newest of one kind of news, each with its place in the order of their coming."""

    kept: deque[tuple[int, T]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    last_id: str | None = None
    count: int = 0

    def add(self, news: Sequence[T]) -> None:
        for each in news:
            self.count += 1
            self.kept.append((self.count, each))
            self.last_id = each.id

    def since(self, seen: int) -> list[T]:
        return [each for place, each in self.kept if place > seen]


class Feed:
    """Tells listeners what is new, until closed."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books, self._clock = books, clock
        self._entries, self._events = Tail[EntryCard](), Tail[EventLine]()
        self._totals: Sequence[BalanceLine] = ()
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._listeners = 0
        self._closed = False

    @property
    def is_full(self) -> bool:
        """No more listeners, please: a page can also ask now and then."""
        return self._listeners >= MOST_LISTENERS

    def close(self) -> None:
        """Every stream ends within a beat: the server is going down."""
        self._closed = True

    async def stream(self, phone: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
        """Messages for one page: `phone` gives the JSON of the phone that it shows."""
        self._listeners += 1
        try:
            async for message in self._messages(phone):
                yield message
        finally:
            self._listeners -= 1

    async def _messages(self, phone: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
        shown, totals = b"", None
        entries = events = 0
        spoke_at = self._clock.monotonic()
        yield b"retry: 2000\n\n"
        while not self._closed:
            messages = []
            if (view := await phone()) != shown:
                shown = view
                messages.append(_message(b"phone", view))
            await self._ask()
            news = News(
                self._totals if self._totals != totals else (),
                self._entries.since(entries),
                self._events.since(events),
            )
            if news.totals or news.entries or news.events:
                totals, entries, events = self._totals, self._entries.count, self._events.count
                messages.append(_message(b"news", msgspec.json.encode(news)))
            elif self._clock.monotonic() - spoke_at > SILENCE_S:
                messages.append(b": still here\n\n")
            if messages:
                spoke_at = self._clock.monotonic()
                yield b"".join(messages)
            await self._clock.sleep(BEAT_S)

    async def _ask(self) -> None:
        """Bring the tails up to date, unless another listener did so within this beat."""
        async with self._asking:
            if self._clock.monotonic() - self._asked_at < BEAT_S / 2:
                return
            self._entries.add(await self._books.recent(self._entries.last_id, REMEMBERED))
            self._events.add(await self._books.events(self._events.last_id, REMEMBERED))
            self._totals = await self._books.totals()
            self._asked_at = self._clock.monotonic()


def _message(event: bytes, data: bytes) -> bytes:
    """JSON has no line breaks of its own, so one `data` line holds it."""
    return b"event: " + event + b"\ndata: " + data + b"\n\n"
