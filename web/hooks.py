"""What every provider's callback goes through: the key in its path, its source address, its size, its raw bytes, the log.

A request that passes carries, for the handler below, `request["hook"]`, `request["raw"]`, `request["address"]` and
`request["trace"]`. One that does not pass is answered 404 or 413, logged with its address, and changes nothing (SEC-1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import structlog
from aiohttp import web

from core.ids import OrganisationId
from core.organisations import ProviderAccount
from core.ports import Clock, Ids
from storage.exchanges import Exchange, Outcome
from usecases import inbox
from usecases.app import App
from web.metrics import CALLBACK_SECONDS, CALLBACKS

log = structlog.get_logger()

LONGEST_BODY = 64 * 1024
"""Providers send less than 4 KiB. What is longer is not read, but its beginning is kept: it may be money."""
KEPT_OF_TOO_LONG = 4 * 1024

Middleware = Callable[[web.Request, "Handler"], Awaitable[web.StreamResponse]]
Network = IPv4Network | IPv6Network
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Hook:
    """Who may use a key: one organisation's account at a provider, or a gateway that serves several organisations."""

    key: str
    account: ProviderAccount | None
    country_code: str
    service_codes: tuple[str, ...]
    organisations: tuple[OrganisationId, ...]
    sources: tuple[str, ...] = ()
    """Networks that callbacks may come from; empty allows all."""


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
        raw = await _body(request)
        if raw is None or len(raw) > LONGEST_BODY:
            return await _too_long(app, hook, operation, raw or b"", address, trace)
        request["hook"] = hook
        request["raw"] = raw
        request["address"] = address
        request["trace"] = trace
        answer = await handler(request)
        seconds = clock.monotonic() - began
        outcome = request.get("outcome", "answered")
        CALLBACKS.labels(operation, outcome).inc()
        CALLBACK_SECONDS.labels(operation).observe(seconds)
        log.info(
            "callback",
            operation=operation,
            outcome=outcome,
            address=address,
            trace=trace,
            status=answer.status,
            ms=round(seconds * 1000, 2),
        )
        return answer

    return guard


async def _body(request: web.Request) -> bytes | None:
    """The raw bytes; of a body beyond the limit only the beginning, however it is sent."""
    if (request.content_length or 0) <= LONGEST_BODY:
        try:
            return await request.read()
        except web.HTTPRequestEntityTooLarge:
            return b""
    return await request.content.read(KEPT_OF_TOO_LONG)


async def _too_long(app: App, hook: Hook, operation: str, head: bytes, address: str, trace: str) -> web.Response:
    CALLBACKS.labels(operation, "too_long").inc()
    log.warning("callback_too_long", operation=operation, address=address, trace=trace)
    await keep_unread(app, hook, operation, head[:KEPT_OF_TOO_LONG], address, trace, "longer than 64 KiB")
    return web.json_response({"error": "too long"}, status=413)


async def keep_unread(app: App, hook: Hook, operation: str, raw: bytes, address: str, trace: str, why: str) -> None:
    """Store bytes that nobody could read, whole and visible: they may be money."""
    await app.write(
        inbox.keep,
        Exchange(
            provider=hook.account.provider if hook.account else "gateway",
            direction="in",
            operation=operation,
            request=raw,
            outcome=Outcome.UNREAD,
            organisation=hook.account.organisation if hook.account else None,
            provider_account=hook.account.id if hook.account else None,
            address=address,
            detail=why,
            trace=trace,
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
