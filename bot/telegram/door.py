"""Telegram's updates: known by the secret that it shows with each, stored, acknowledged, and taken up by the worker."""

from __future__ import annotations

import hmac

import structlog
from aiohttp import web

from core.limits import Rule, TooManyTries
from providers.calls import CALL, Call
from providers.reading import Unreadable
from providers.telegram.secret import HEADER
from providers.telegram.updates import Update, number_of, parse
from usecases import limits
from usecases.app import App
from usecases.chats import KeepUpdate, keep_update

log = structlog.get_logger()

FROM_ONE = Rule(most=40, per_s=60)
"""Updates that one account of the chat service may cause: a person who types and presses fast, and no machine."""


def routes(app: App) -> list[web.RouteDef]:
    async def updates(request: web.Request) -> web.Response:
        call = request[CALL]
        if not call.hook.secret or not hmac.compare_digest(
            request.headers.get(HEADER, "").encode("utf-8", "surrogateescape"), call.hook.secret.encode()
        ):
            call.outcome = "refused"
            log.warning("callback_unsigned", address=call.address, trace=call.trace)
            return web.Response(text="not signed", status=403)
        if call.spoilt or call.is_too_long:
            call.outcome = "unread"
            return web.Response(status=503 if call.spoilt else 200)
        return web.Response(status=await _kept(app, call))

    return [web.post("/hooks/{key}/telegram", updates)]


async def _kept(app: App, call: Call) -> int:
    """200 once it is on disk, or can never be anything to us; 503 for another try."""
    try:
        number = number_of(call.raw)
    except Unreadable as unreadable:
        call.outcome = "unread"
        log.warning("callback_unread", operation="telegram", trace=call.trace, reason=str(unreadable)[:120])
        return 200
    try:
        said, is_read = parse(call.raw), True
    except Unreadable:
        said, is_read = None, False
    try:
        await _require_patience(app, said)
        is_new = await app.write(keep_update, KeepUpdate(call.hook.account.id, number, call.raw, call.trace, is_read))
    except TooManyTries:
        call.outcome = "limited"
        return 200
    except Exception as error:
        call.outcome = "busy"
        log.warning("callback_not_stored", trace=call.trace, reason=type(error).__name__)
        return 503
    call.outcome = "heard" if is_new else "known"
    return 200


async def _require_patience(app: App, said: Update | None) -> None:
    """Who floods us is not heard for a while."""
    if said is None:
        return
    for one in (said.callback_query, said.message, said.my_chat_member):
        if one is not None and one.sender is not None:
            await limits.allow(app.memory, "telegram:from", str(one.sender.id), FROM_ONE)
