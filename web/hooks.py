"""What every provider's callback goes through: the key in its path, its source address, its size, its raw bytes, the log.

A request that passes carries, for the handler below, a `providers.calls.Call`. One that does not pass is answered 404,
logged with its address, and changes nothing (SEC-1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.ports import Clock, Ids
from providers.calls import CALL, LONGEST_BODY, Call, Hook
from storage.exchanges import Exchange, Outcome
from usecases import inbox
from usecases.app import App
from web.metrics import CALLBACK_SECONDS, CALLBACKS

log = structlog.get_logger()

KEPT_OF_TOO_LONG = 4 * 1024
"""What is too long is not read, but its beginning is kept: it may be money."""

Network = IPv4Network | IPv6Network


class Hooks:
    """The keys in force. Keys are compared by digest, so that timing tells nothing of them."""

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        self._by_digest: dict[bytes, Hook] = {}
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

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.match_info.get("key")
        if key is None or not request.path.startswith("/hooks/"):
            return await handler(request)
        began = clock.monotonic()
        address = source_address(request, trusted)
        operation = request.path.partition(key)[2].strip("/")
        hook = hooks.find(key)
        if hook is None or not _may_come_from(hook.sources, address):
            CALLBACKS.labels("unknown", "refused").inc()
            log.warning("callback_refused", operation=operation, address=address, known_key=hook is not None)
            return web.json_response({"error": "not found"}, status=404)
        trace = ids.new().hex
        call = Call(hook, await _body(request), address, trace)
        request[CALL] = call
        answer = await handler(request)
        seconds = clock.monotonic() - began
        CALLBACKS.labels(operation, call.outcome).inc()
        CALLBACK_SECONDS.labels(operation).observe(seconds)
        log.info(
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


async def _body(request: web.Request) -> bytes:
    """The raw bytes; of a body beyond the limit its beginning, however it is sent (`Call.is_too_long`)."""
    if request.content_length is not None and request.content_length <= LONGEST_BODY:
        return await request.read()
    pieces = bytearray()
    async for piece in request.content.iter_chunked(LONGEST_BODY):
        pieces += piece
        if len(pieces) > LONGEST_BODY:
            break
    return bytes(pieces[: LONGEST_BODY + 1])


async def keep_unread(app: App, operation: str, call: Call, why: str) -> None:
    """Store bytes that nobody could read, whole and visible: they may be money."""
    call.outcome = "unread"
    account = call.hook.account
    await app.write(
        inbox.keep,
        Exchange(
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
        ),
    )


def source_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """Who is calling. `X-Forwarded-For` counts only from a proxy that we trust, and only its last hop."""
    remote = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For")
    if forwarded and trusted and _within(remote, trusted):
        return forwarded.rpartition(",")[2].strip()
    return remote


def _may_come_from(sources: Sequence[str], address: str) -> bool:
    return not sources or _within(address, [ip_network(source) for source in sources])


def _within(address: str, networks: Sequence[Network]) -> bool:
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in network for network in networks)
