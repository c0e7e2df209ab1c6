"""M-Pesa's callbacks. A success is answered only when the news is on disk (PAY-3); what cannot be read is kept."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from aiohttp import web

from core.errors import KaraniError, Overloaded, Unavailable
from core.organisations import Rejection
from core.payments import MoneyArrived, PromptFailed
from providers.calls import CALL, Call, Hook
from providers.mpesa import validation
from providers.mpesa.parse import (
    Received,
    parse_confirmation,
    parse_prompt_result,
    parse_validation,
)
from providers.reading import Unreadable
from usecases.app import App
from usecases.collection import Arrival, record_arrivals
from usecases.prompts import Failure, record_failure
from usecases.validation import Validate, validate
from web.hooks import keep_unread

log = structlog.get_logger()


def routes(app: App) -> list[web.RouteDef]:
    """The paths that `register_urls` and each prompt give to Daraja."""

    async def c2b_confirmation(request: web.Request) -> web.Response:
        """Money has arrived. It cannot be refused: an unknown account means suspense."""
        return await _told(app, request[CALL], "c2b/confirmation", parse_confirmation)

    async def stk(request: web.Request) -> web.Response:
        """What became of a prompt."""
        return await _told(app, request[CALL], "stk", parse_prompt_result)

    async def c2b_validation(request: web.Request) -> web.Response:
        """May this payment be made? Answered within seconds, or the provider decides by itself."""
        call = request[CALL]
        if call.is_too_long:
            return await _too_long(app, call, "c2b/validation")
        try:
            notice = parse_validation(call.raw, _received(app, call.hook))
        except Unreadable as unreadable:
            await keep_unread(app, "c2b/validation", call, str(unreadable))
            return _json(validation.verdict(Rejection.UNREADABLE))
        wish = Validate(notice, call.raw, call.address, call.trace)
        try:
            rejection = await app.write(validate, wish)
        except (Overloaded, Unavailable):
            # Too busy to judge. The default takes money from anybody, and the confirmation finds its owner.
            rejection = None
        call.outcome = rejection.value if rejection else "accepted"
        return _json(validation.verdict(rejection))

    return [
        web.post("/hooks/{key}/c2b/confirmation", c2b_confirmation),
        web.post("/hooks/{key}/c2b/validation", c2b_validation),
        web.post("/hooks/{key}/stk", stk),
    ]


Parse = Callable[[bytes, Received], MoneyArrived | PromptFailed]


async def _told(app: App, call: Call, operation: str, parse: Parse) -> web.Response:
    """Read, write down, answer. Three ends: handled; kept as unread; or not stored at all, which is never a 200."""
    if call.is_too_long:
        return await _too_long(app, call, operation)
    try:
        news = parse(call.raw, _received(app, call.hook))
    except Unreadable as unreadable:
        await keep_unread(app, operation, call, str(unreadable))
        return _json(validation.ACKNOWLEDGED)
    try:
        if isinstance(news, PromptFailed):
            await app.write(record_failure, Failure(news, "mpesa", call.raw, call.address, call.trace))
            call.outcome = "not_paid"
        else:
            recorded = await app.write(record_arrivals, Arrival(news, call.raw, call.address, call.trace))
            call.outcome = "credited" if recorded.is_new else "known"
    except (Overloaded, Unavailable) as busy:
        call.outcome = "busy"
        log.warning("callback_not_stored", trace=call.trace, reason=str(busy))
        return web.json_response({"ResultCode": 1, "ResultDesc": "Try again"}, status=503)
    except Exception as error:
        # Our bug must not lose money: the bytes are kept, to be handled when it is mended.
        log.exception("callback_failed", trace=call.trace)
        why = f"{type(error).__name__}: {error}" if isinstance(error, KaraniError) else type(error).__name__
        await keep_unread(app, operation, call, why)
    return _json(validation.ACKNOWLEDGED)


async def _too_long(app: App, call: Call, operation: str) -> web.Response:
    await keep_unread(app, operation, call, "longer than 64 KiB")
    return web.json_response({"ResultCode": 1, "ResultDesc": "Too long"}, status=413)


def _received(app: App, hook: Hook) -> Received:
    account = hook.account
    if account.provider != "mpesa":
        raise web.HTTPNotFound
    return Received(
        provider_account=account.id,
        organisation=account.organisation,
        currency=account.currency,
        country_code=hook.country_code,
        received_at=app.clock.now(),
    )


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
