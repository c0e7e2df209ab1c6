"""What every provider's callback goes through: the key in its path, its source address, its size, its raw bytes, the log.

A request that passes carries, for the handler below, a `providers.calls.Call`. One that does not pass is answered 404,
logged with its address, and changes nothing (SEC-1).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import aiohttp
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from core.ports import Clock, Ids
from providers.calls import CALL, LONGEST_BODY, Call, Hook
from storage.exchanges import Exchange, Outcome
from usecases import inbox
from usecases.app import App
from web.metrics import CALLBACK_SECONDS, CALLBACKS
from web.refusals import Refusal, Refusals

log = structlog.get_logger()

KEPT_OF_TOO_LONG = 4 * 1024
"""What is too long is not read, but its beginning is kept: it may be money."""

WHOLE_WITHIN_S = 10.0
"""Providers send a callback in one piece; a body that trickles in for longer holds a connection and says nothing."""

Network = IPv4Network | IPv6Network


class Hooks:
    """The keys in force. Keys are compared by digest, so that timing tells nothing of them."""

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        self._by_digest: dict[bytes, Hook] = {}
        self.refusals = Refusals()
        """Callers that were turned away, until they are written down."""
        self.replace(hooks)

    def replace(self, hooks: Sequence[Hook]) -> None:
        """From now on these keys are in force, and no others."""
        self._by_digest = {_digest(hook.key): hook for hook in hooks}

    def find(self, key: str) -> Hook | None:
        return self._by_digest.get(_digest(key))


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def middleware(app: App, hooks: Hooks, *, clock: Clock, ids: Ids, trusted_proxies: Sequence[str] = ()) -> Middleware:
    """Guard everything below `/hooks/`; other paths pass untouched."""
    trusted = [ip_network(proxy) for proxy in trusted_proxies]
    say = log.bind().info

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.match_info.get("key")
        if key is None or not request.path.startswith("/hooks/"):
            return await handler(request)
        began = clock.monotonic()
        address = source_address(request, trusted)
        operation = _operation(request)
        hook = hooks.find(key)
        if hook is None or not _may_come_from(hook.sources, address):
            CALLBACKS.labels("unknown", "refused").inc()
            log.warning("callback_refused", operation=operation, address=address, known_key=hook is not None)
            hooks.refusals.note(_refusal(hook, operation, address))
            return web.json_response({"error": "not found"}, status=404)
        trace = ids.new().hex
        raw, spoilt = await _body(request)
        call = Call(hook, raw, address, trace, spoilt=spoilt)
        request[CALL] = call
        answer = await handler(request)
        seconds = clock.monotonic() - began
        _counter(operation, call.outcome).inc()
        _timer(operation).observe(seconds)
        say(
            "callback",
            operation=operation,
            outcome=call.outcome,
            address=address,
            trace=trace,
            status=answer.status,
            ms=round(seconds * 1000, 2),
        )
        return answer

    return guard


_counter = lru_cache(maxsize=1_024)(CALLBACKS.labels)
_timer = lru_cache(maxsize=1_024)(CALLBACK_SECONDS.labels)
"""Looking a label up costs more than counting; the few that there are, are kept."""


def _refusal(hook: Hook | None, operation: str, address: str) -> Refusal:
    if hook is None:
        return Refusal(address, operation, "unknown key")
    account = hook.account
    return Refusal(address, operation, "not from there", account.provider, account.organisation, account.id)


def _operation(request: web.Request) -> str:
    """The path below the key, as the route names it: a label of the metrics, so nothing that a caller chose."""
    resource = request.match_info.route.resource
    return resource.canonical.removeprefix("/hooks/{key}/") if resource else ""


async def _body(request: web.Request) -> tuple[bytes, str]:
    """The raw bytes, unpacked; of a body beyond the limit its beginning, however it is sent (`Call.is_too_long`); and why
    it did not come whole (`Call.spoilt`)."""
    pieces, spoilt, content = bytearray(), "", request.content
    try:
        if content.is_eof():  # it came with its headers, as nearly all do
            pieces += content.read_nowait()
        else:
            async with asyncio.timeout(WHOLE_WITHIN_S):
                while len(pieces) <= LONGEST_BODY and (piece := await content.readany()):
                    pieces += piece
    except TimeoutError:
        spoilt = "did not come in time"
    except (ConnectionError, aiohttp.ClientConnectionError):
        spoilt = "the connection broke"
    except (HttpProcessingError, aiohttp.ClientPayloadError, web.RequestPayloadError):
        spoilt = "not in the encoding that it names"
    return bytes(pieces[: LONGEST_BODY + 1]), spoilt


async def keep_unread(app: App, operation: str, call: Call, why: str) -> bool:
    """Store bytes that nobody could read, whole and visible: they may be money. False when not even that could be done;
    then nobody may answer that all is well."""
    account = call.hook.account
    exchange = Exchange(
        provider=account.provider,
        direction="in",
        operation=operation,
        request=call.raw[:KEPT_OF_TOO_LONG] if call.is_too_long else call.raw,
        outcome=Outcome.UNREAD,
        organisation=account.organisation,
        provider_account=account.id,
        address=call.address,
        detail=why,
        trace=call.trace,
    )
    try:
        await app.write(inbox.keep, exchange)
    except Exception as error:
        call.outcome = "busy"
        log.error("callback_not_stored", trace=call.trace, reason=type(error).__name__)  # noqa: TRY400
        return False
    call.outcome = "unread"
    return True


def source_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """Who is calling. `X-Forwarded-For` counts only from a proxy that we trust, and only its last hop: what stands before it,
    also in a header line of its own, was written by the caller."""
    remote = request.remote or ""
    forwarded = request.headers.getall("X-Forwarded-For", None)
    if forwarded and trusted and _within(remote, trusted):
        hop = forwarded[-1].rpartition(",")[2].strip()
        return hop if _address(hop) else remote
    return remote


@lru_cache(maxsize=4_096)
def _may_come_from(sources: tuple[str, ...], address: str) -> bool:
    """Kept for the few addresses that call us all day: reading the list each time was a quarter of the event loop's work."""
    return not sources or _within(address, [ip_network(source) for source in sources])


def _within(address: str, networks: Sequence[Network]) -> bool:
    caller = _address(address)
    return caller is not None and any(caller in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """None for what is no address. A socket for both kinds writes those of the fourth version as `::ffff:196.201.214.200`."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
