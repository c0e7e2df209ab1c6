"""What every request of the staff API passes: who bears the token, may they, is it asked too often; and how it is answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import msgspec
import structlog
from aiohttp import web

from core.errors import Bug, DomainError, NotFound, NotPermitted, Overloaded, Unavailable
from core.limits import Rule, TooManyTries, address_key
from core.permissions import Action, require
from usecases import limits
from usecases.app import App
from usecases.tokens import Bearer, bearer
from web.api.shapes import Problem
from web.hooks import source_address
from web.staff.words import refusal

log = structlog.get_logger()

ASKED = Rule(most=120, per_s=60)
"""Requests of one token."""
STRANGE = Rule(most=20, per_s=60)
"""Requests of one address with a token that is nobody's."""
LONGEST_BODY = 32 * 1024
A_PAGE, MOST_A_PAGE = 25, 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of somebody who may make it."""

    bearer: Bearer
    id: UUID | None
    """The id in the path."""
    body: Any
    query: dict[str, str]
    trace: str
    agent: str

    @property
    def limit(self) -> int:
        """`?limit=`: 25 without it. Raises `BadRequest`."""
        text = self.query.get("limit", str(A_PAGE))
        if not (text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= MOST_A_PAGE):
            raise BadRequest("limit", f"a whole number from 1 to {MOST_A_PAGE}")
        return int(text)

    def uuid(self, name: str) -> UUID | None:
        """An id in the query; None when it is left out. Raises `BadRequest`."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            return UUID(text)
        except ValueError:
            raise BadRequest(name, "an id") from None


class BadRequest(Exception):
    """The request cannot be read: which part of it, and what it should be."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


Handler = Callable[[App, Asked], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked: what the route does and what the document says are both made of it."""

    method: str
    path: str
    """With `{id}` where an id belongs, and a slash at the end; it is served without it as well."""
    handler: Handler
    needs: Action
    answer: Any
    """The type of what comes back."""
    body: type[msgspec.Struct] | None = None
    query: Sequence[tuple[str, dict[str, Any]]] = ()
    """Name and JSON schema of what may stand in the query."""
    must: Sequence[str] = ()
    """What of it must not be left out."""
    status: int = 200
    summary: str = field(default="")

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def serve(
    app: App, endpoint: Endpoint, *, trusted_proxies: Sequence[str]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The route of one endpoint."""
    trusted = [ip_network(proxy) for proxy in trusted_proxies]

    async def answer(request: web.Request) -> web.Response:
        trace = app.ids.new().hex
        address = source_address(request, trusted)
        try:
            asked = await _asked(app, endpoint, request, address, trace)
            found = await endpoint.handler(app, asked)
        except Exception as error:
            return _refused(error, request, trace)
        return _said(request, endpoint, found)

    return answer


async def _asked(app: App, endpoint: Endpoint, request: web.Request, address: str, trace: str) -> Asked:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    is_one = kind == "Bearer" and 20 <= len(token) <= 200 and token.isascii()
    known = await app.read(bearer, token, address) if is_one else None
    if known is None:
        await limits.allow(app.memory, "api:stranger", address_key(address), STRANGE)
        raise web.HTTPUnauthorized
    await limits.allow(app.memory, "api", known.staff.hex, ASKED)
    require(known.actor, endpoint.needs)
    if ("write" if endpoint.writes else "read") not in known.scopes:
        raise NotPermitted("write" if endpoint.writes else "read")
    return Asked(
        known,
        _id(request),
        await _body(endpoint, request),
        _query(endpoint, request),
        trace,
        "".join(each for each in request.headers.get("User-Agent", "") if each.isprintable())[:200],
    )


def _id(request: web.Request) -> UUID | None:
    text = request.match_info.get("id")
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("id", text[:40]) from None


def _query(endpoint: Endpoint, request: web.Request) -> dict[str, str]:
    known = {name for name, _ in endpoint.query}
    for name in request.query:
        if name not in known:
            raise BadRequest(name[:40], "is not known here")
    for name in endpoint.must:
        if name not in request.query:
            raise BadRequest(name, "is missing")
    return dict(request.query)


async def _body(endpoint: Endpoint, request: web.Request) -> Any:
    if endpoint.body is None:
        return None
    raw = await request.content.read(LONGEST_BODY + 1)
    if len(raw) > LONGEST_BODY:
        raise BadRequest("body", f"at most {LONGEST_BODY} bytes")
    try:
        return msgspec.json.decode(raw or b"{}", type=endpoint.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest("body", str(error)) from None


_encode = msgspec.json.Encoder().encode
HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}


def _said(request: web.Request, endpoint: Endpoint, found: Any) -> web.Response:
    """The answer, with its ETag where it was only looked at: who polls and sees nothing new is told so in a few bytes."""
    body = _encode(found)
    if endpoint.writes:
        return web.Response(status=endpoint.status, body=body, content_type="application/json", headers=HEADERS)
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    headers = {**HEADERS, "ETag": tag}
    if tag in known or known == ["*"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _refused(error: Exception, request: web.Request, trace: str) -> web.Response:
    """A problem document: what a person can do about it, and a name for programs. Nothing of ours leaks."""
    match error:
        case web.HTTPUnauthorized():
            said = _problem(401, "unauthorized", "A valid bearer token is missing.")
            said.headers["WWW-Authenticate"] = 'Bearer realm="karani"'
            return said
        case BadRequest():
            return _problem(400, "bad_request", str(error))
        case TooManyTries(minutes):
            said = _problem(429, error.code, refusal(error, "en"))
            said.headers["Retry-After"] = str(60 * minutes)
            return said
        case Overloaded() | Unavailable():
            return _problem(503, "overloaded", "Come back shortly.")
        case NotFound():
            return _problem(404, error.code, refusal(error, "en"))
        case NotPermitted():
            return _problem(403, error.code, refusal(error, "en"))
        case DomainError():
            return _problem(409 if error.code in _CONFLICTS else 422, error.code, refusal(error, "en"))
        case web.HTTPException():
            return _problem(error.status, "http", error.reason)
        case _:
            log.error("api_failed", path=request.path, trace=trace, is_bug=isinstance(error, Bug), exc_info=error)
            return _problem(500, "internal_error", f"It was written down as {trace}.")


_CONFLICTS = frozenset(
    {
        *("payment_status", "approval_over", "approval_expired", "content_changed", "not_approved", "attempts_spent"),
        *("payout_under_way", "payout_too_late", "no_variance", "decided_before", "already_reconciled"),
    }
)


def not_served(served: Sequence[tuple[str, str]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The answer to a path that nobody serves, or not by this method. `served`: each method with its path."""
    known = [(re.compile(re.sub(r"{\w+}", "[^/]+", path.rstrip("/")) + "/?"), method) for method, path in served]

    async def answer(request: web.Request) -> web.Response:
        methods = sorted(method for path, method in known if path.fullmatch(request.path))
        if not methods:
            return _problem(404, "no_such_path", "Nothing is served here: GET /api/openapi.json says what is.")
        said = _problem(405, "method_not_allowed", f"Here it is {', '.join(methods)}.")
        said.headers["Allow"] = ", ".join(methods)
        return said

    return answer


def _problem(status: int, code: str, detail: str) -> web.Response:
    title = web.Response(status=status).reason
    body = _encode(Problem(title or "", status, code, detail))
    return web.Response(status=status, body=body, content_type="application/problem+json", headers=HEADERS)
