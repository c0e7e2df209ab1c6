"""Short-lived shared state: in this process, or in Redis when several processes share it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import Unavailable
from core.limits import Rule, decide
from core.ports import Clock

if TYPE_CHECKING:
    from redis.asyncio import Redis

Command = tuple[str | bytes | int, ...]


class MemoryKeyValue:
    """A dictionary that forgets: by time, and the longest unwritten first when it is full."""

    def __init__(self, clock: Clock, *, most: int = 100_000) -> None:
        """`most` keys are held at once."""
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        # Apart from the rest: whoever tries from very many addresses pushes out other tries, and no conversation.
        self._buckets: OrderedDict[str, int] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] <= self._clock.monotonic():
            del self._kept[key]
            return None
        return kept[1]

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get(key) for key in keys]

    async def put_many(self, kept: Sequence[tuple[str, bytes, float]]) -> None:
        for key, value, ttl_s in kept:
            await self.put(key, value, ttl_s=ttl_s)

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        self._kept[key] = (self._clock.monotonic() + ttl_s, value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._make_room()

    async def put_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        if await self.get(key) is not None:
            return False
        await self.put(key, value, ttl_s=ttl_s)
        return True

    async def delete(self, key: str) -> None:
        self._kept.pop(key, None)
        self._buckets.pop(key, None)

    async def take(self, key: str, rule: Rule) -> int:
        verdict = decide(self._buckets.get(key, 0), round(self._clock.monotonic() * 1000), rule)
        if verdict.wait_ms == 0:
            self._buckets[key] = verdict.full_at_ms
            self._buckets.move_to_end(key)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return verdict.wait_ms

    def _make_room(self) -> None:
        """Forget what has expired; if that is nothing, the longest unwritten tenth, so that this is rarely done."""
        now = self._clock.monotonic()
        for key in [key for key, (until, _) in self._kept.items() if until <= now]:
            del self._kept[key]
        while len(self._kept) > self._most:
            for _ in range(max(1, self._most // 10)):
                self._kept.popitem(last=False)


TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local apart, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local begun = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = begun - now - (most - 1) * apart
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', begun + apart), 'PX', string.format('%.0f', begun + apart - now))
return 0
"""
"""`core.limits.decide`, where the state is: by the server's clock, forgotten when the bucket is full again."""


KEEP = """
for at, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2 * at - 1], 'PX', ARGV[2 * at]) end
return #KEYS
"""
"""Values and how long each lives, in milliseconds, by turns."""


@dataclass(slots=True)
class _Wish:
    """What one caller wants of the next trip: keys to read, or values to keep, or something of its own."""

    answer: asyncio.Future[Any]
    read: Sequence[str] = ()
    keep: Sequence[tuple[str, bytes, int]] = ()
    command: Command | None = None


class RedisKeyValue:
    """The same over Redis or Valkey. A server that does not answer is `Unavailable`; nothing here is ever money.

    What waits while one trip is under way shares the next, as the writer's commands share a commit: a busy process makes
    few trips, and an idle one waits for nobody. On a trip all that is read is one command, and all that is kept another:
    for the client each costs as much as ten values.
    """

    def __init__(self, url: str, *, prefix: str = "karani:", timeout_s: float = 2.0) -> None:
        """`url` as `redis://host:6379/0`. Keys begin with `prefix`, so that a server can be shared."""
        self._url = url
        self._prefix = prefix
        self._timeout_s = timeout_s
        self._client: Redis | None = None
        self._waiting: list[_Wish] = []
        self._travelling: asyncio.Task[None] | None = None

    async def get(self, key: str) -> bytes | None:
        (value,) = await self.get_many([key])
        return value

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        wish = self._wish()
        wish.read = [self._prefix + key for key in keys]
        found: list[bytes | None] = await self._trip(wish, changes=False)
        return found

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        await self.put_many([(key, value, ttl_s)])

    async def put_many(self, kept: Sequence[tuple[str, bytes, float]]) -> None:
        if not kept:
            return
        wish = self._wish()
        wish.keep = [(self._prefix + key, value, _ms(ttl_s)) for key, value, ttl_s in kept]
        await self._trip(wish)

    async def put_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        return bool(await self._command("SET", self._prefix + key, value, "PX", _ms(ttl_s), "NX"))

    async def delete(self, key: str) -> None:
        await self._command("DEL", self._prefix + key)

    async def take(self, key: str, rule: Rule) -> int:
        return int(await self._command("EVAL", TAKE, 1, self._prefix + key, rule.apart_ms, rule.most))

    async def close(self) -> None:
        if self._travelling is not None:
            await self._travelling
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _command(self, *words: str | bytes | int) -> Any:
        wish = self._wish()
        wish.command = words
        return await self._trip(wish)

    def _wish(self) -> _Wish:
        return _Wish(asyncio.get_running_loop().create_future())

    async def _trip(self, wish: _Wish, *, changes: bool = True) -> Any:
        """The server's answer. `changes` says whether a trip whose answer was lost may have done something."""
        self._waiting.append(wish)
        if self._travelling is None:
            self._travelling = asyncio.ensure_future(self._travel())
        from redis.exceptions import RedisError

        try:
            found = await wish.answer
            if isinstance(found, Exception):
                raise found
        except (RedisError, OSError) as error:
            raise Unavailable("redis", type(error).__name__, retry_after_s=1, sent=changes) from error
        return found

    async def _travel(self) -> None:
        """Trip after trip until nobody waits."""
        try:
            while self._waiting:
                party, self._waiting = self._waiting[:_PARTY], self._waiting[_PARTY:]
                reads = [key for wish in party for key in wish.read]
                kept = [each for wish in party for each in wish.keep]
                commands = [wish.command for wish in party if wish.command is not None]
                if reads:
                    commands.append(("MGET", *reads))
                if kept:
                    values = (word for _, value, ms in kept for word in (value, ms))
                    commands.append(("EVAL", KEEP, len(kept), *[key for key, _, _ in kept], *values))
                try:
                    pipeline = self._redis().pipeline(transaction=False)
                    for command in commands:
                        pipeline.execute_command(*command)
                    found = await pipeline.execute(raise_on_error=False)
                except Exception as error:
                    found = [error] * len(commands)
                _tell(party, found)
        finally:
            self._travelling = None

    def _redis(self) -> Redis:
        if self._client is None:
            from redis.asyncio import Redis

            self._client = Redis.from_url(
                self._url, socket_timeout=self._timeout_s, socket_connect_timeout=self._timeout_s
            )
        return self._client


_PARTY = 256
"""Callers that share a trip at most."""


def _ms(ttl_s: float) -> int:
    return max(1, round(ttl_s * 1000))


def _tell(party: Sequence[_Wish], found: list[Any]) -> None:
    """Each its own answer: those of commands of their own stand first, then all that was read, then that all was kept."""
    is_kept = found.pop() if any(wish.keep for wish in party) else None
    values: Any = found.pop() if any(wish.read for wish in party) else None
    own = iter(found)
    at = 0
    for wish in party:
        if wish.command is not None:
            answer = next(own)
        elif wish.keep:
            answer = is_kept
        else:
            answer = values if isinstance(values, Exception) else values[at : at + len(wish.read)]
            at += len(wish.read)
        if not wish.answer.done():  # else: whoever asked is gone
            wish.answer.set_result(answer)
