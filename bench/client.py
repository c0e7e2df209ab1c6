"""A load client in raw asyncio: keep-alive connections, requests built beforehand, and no more of HTTP than it must read.

Closed loop (`flood`): each connection sends its next request when it has its answer: throughput, and latency under full load.
Open loop (`stream`): requests are due at a fixed rate whether or not answers come; latency counts from when each was due, so a
stall is felt by all that it delayed.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Protocol, TypeVar

CONNECTIONS = 64
GRACE_S = 30.0
"""How long answers may still come when nothing more is asked."""


class Player(Protocol):
    """What one connection says."""

    def request(self) -> bytes | None:
        """The next request, whole; None when nothing is left to say."""
        ...

    def answered(self, ok: bool, body: bytes) -> None:
        """What came back. `ok` means status 200."""
        ...


@dataclass(slots=True)
class Load:
    """What a load brought."""

    seconds: float = 0.0
    answers: int = 0
    refused: int = 0
    """Answers with another status than 200."""
    latencies: list[float] = field(default_factory=list)
    """Seconds, of each answer."""
    exhausted: bool = False
    """The client ran out of prepared requests before the time was over."""

    @property
    def rate(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """The latency that `share` of all answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def post(path: str, body: bytes, content_type: str, *, host: str = "karani.example") -> bytes:
    """One whole request as providers' HTTP clients send it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: okhttp/4.12\r\nAccept: */*\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class _Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, load: Load, player: Player, until: float) -> None:
        self.player = player
        self.done = asyncio.get_running_loop().create_future()
        self._load = load
        self._until = until
        self._sent = 0.0
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def begin(self) -> None:
        self.next()

    def next(self) -> None:
        """Say the next thing, unless the time is over."""
        now = perf_counter()
        if now >= self._until:
            self.end()
            return
        request = self.player.request()
        if request is None:
            self._load.exhausted = True
            self.end()
            return
        self.send(request, now)

    def send(self, request: bytes, since: float) -> None:
        assert self._transport is not None
        self._sent = since
        self._transport.write(request)

    def end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        head = data.find(_END_OF_HEAD)
        if head < 0:
            self._rest = data
            return
        length = _content_length(data, head)
        if len(data) < head + 4 + length:
            self._rest = data
            return
        self._rest = b""
        load, ok = self._load, data.startswith(b"200", 9)
        load.latencies.append(perf_counter() - self._sent)
        load.answers += 1
        if not ok:
            load.refused += 1
        self.player.answered(ok, data[head + 4 :])
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        self.end()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _content_length(data: bytes, head: int) -> int:
    at = data.find(b"Content-Length: ", 0, head)
    if at < 0:
        at = data.lower().find(_LENGTH, 0, head)
        if at < 0:
            return 0
    at += len(_LENGTH)
    return int(data[at : data.find(b"\r", at)])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The client's own garbage collection would show as the server's latency."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


_Made = TypeVar("_Made")


def _same(made: _Made) -> _Made:
    """For an event loop that wants its protocols made by a function."""
    return made


async def flood(ports: Sequence[int], players: Sequence[Player], *, seconds: float) -> Load:
    """Closed loop: one connection a player, spread over `ports`, until `seconds` have passed and all is answered."""
    load = Load()
    loop = asyncio.get_running_loop()
    with _undisturbed():
        until = perf_counter() + 3600
        connections: list[_Connection] = []
        for at, player in enumerate(players):
            made = _Connection(load, player, until)
            await loop.create_connection(partial(_same, made), "127.0.0.1", ports[at % len(ports)])
            connections.append(made)
        began = perf_counter()
        for connection in connections:
            connection._until = began + seconds
            connection.begin()
        await asyncio.wait([connection.done for connection in connections], timeout=seconds + GRACE_S)
        load.seconds = perf_counter() - began
    for connection in connections:
        connection.close()
    return load


class _Streamed(_Connection):
    """A connection that is given requests when they are due, and says when it is free."""

    def __init__(
        self, load: Load, player: Player, free: deque[_Streamed], due: deque[float], look: Callable[[], None]
    ) -> None:
        super().__init__(load, player, 0.0)
        self._free = free
        self._due = due
        self._look = look

    def next(self) -> None:
        self._look()
        if self._due:
            self.take(self._due.popleft())
        else:
            self._free.append(self)

    def take(self, since: float) -> None:
        request = self.player.request()
        if request is None:
            self._load.exhausted = True
            return
        self.send(request, since)


async def stream(ports: Sequence[int], players: Sequence[Player], *, rate: float, seconds: float) -> Load:
    """Open loop: `rate` requests a second for `seconds`, on as many connections as there are players."""
    load, free, due, finished = Load(), deque[_Streamed](), deque[float](), asyncio.Event()
    total, sent = int(rate * seconds), 0
    loop = asyncio.get_running_loop()

    def look() -> None:
        if load.answers >= total:
            finished.set()

    with _undisturbed():
        connections: list[_Streamed] = []
        for at, player in enumerate(players):
            made = _Streamed(load, player, free, due, look)
            await loop.create_connection(partial(_same, made), "127.0.0.1", ports[at % len(ports)])
            connections.append(made)
        free.extend(connections)
        began = perf_counter()
        while sent < total:
            now = perf_counter()
            while sent < total and began + sent / rate <= now:
                at_time = began + sent / rate
                sent += 1
                if free:
                    free.popleft().take(at_time)
                else:
                    due.append(at_time)
            await asyncio.sleep(max(0.0, min(0.001, began + sent / rate - perf_counter())))
        if load.answers < total:
            with suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), GRACE_S)
        load.seconds = perf_counter() - began
    for connection in connections:
        connection.close()
    return load


class Repeated:
    """Says the same thing again and again."""

    def __init__(self, request: bytes) -> None:
        self._request = request

    def request(self) -> bytes | None:
        return self._request

    def answered(self, ok: bool, body: bytes) -> None:
        return None
