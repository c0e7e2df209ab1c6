"""M-Pesa's callbacks. A success is answered only when the news is on disk (PAY-3); what cannot be read is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog
from aiohttp import web

from core.errors import KaraniError, Overloaded, Unavailable
from core.organisations import Rejection
from core.payments import MoneyArrived, PromptFailed
from providers.calls import CALL, Call
from providers.mpesa import validation
from providers.mpesa.client import MpesaRail
from providers.mpesa.parse import (
    NotOurShortcode,
    Received,
    parse_confirmation,
    parse_prompt_result,
    parse_validation,
)
from providers.mpesa.payer import Instruction
from providers.mpesa.status import parse_status
from providers.reading import Unreadable
from usecases.app import App
from usecases.collection import Arrival, record_arrivals
from usecases.prompts import Failure, record_failure
from usecases.questions import StatusAnswer, record_status
from usecases.validation import Validate, validate
from web import payouts
from web.answers import acknowledged, kept, not_whole
from web.hooks import keep_unread

log = structlog.get_logger()

VERDICT_WITHIN_S = 4.0
"""Daraja waits some 8 seconds for a validation, from its own sending on; later the URL's default decides."""


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
        call, received = request[CALL], _received(app, request[CALL])
        if call.is_too_long or call.spoilt:
            return await not_whole(app, call, "c2b/validation")
        try:
            notice = parse_validation(call.raw, received)
        except NotOurShortcode as wrong:
            await keep_unread(app, "c2b/validation", call, str(wrong))
            return acknowledged(validation.rejected(validation.Rejection.INVALID_SHORTCODE))
        except Unreadable as unreadable:
            await keep_unread(app, "c2b/validation", call, str(unreadable))
            return acknowledged(validation.verdict(Rejection.UNREADABLE))
        wish = Validate(notice, call.raw, call.address, call.trace)
        try:
            async with asyncio.timeout(VERDICT_WITHIN_S):
                rejection = await app.write(validate, wish)
            call.outcome = rejection.value if rejection else "accepted"
        except Exception as error:
            # Not able to judge. The default takes money from anybody, and the confirmation finds its owner.
            log.warning("validation_not_judged", trace=call.trace, reason=type(error).__name__)
            rejection, call.outcome = None, "busy"
        return acknowledged(validation.verdict(rejection))

    async def result(request: web.Request) -> web.Response:
        """What became of a payout, or the answer to a question of ours."""
        name = request.match_info["question"]
        if instruction := Instruction.read(name):
            return await payouts.told(app, request[CALL], instruction, _received(app, request[CALL]))
        return await _answered(app, request[CALL], name, "result")

    async def timeout(request: web.Request) -> web.Response:
        """M-Pesa's queue was too long: no answer, and no failure either. It is asked again by itself."""
        name = request.match_info["question"]
        if instruction := Instruction.read(name):
            return await payouts.timed_out(app, request[CALL], instruction, _received(app, request[CALL]))
        return await _answered(app, request[CALL], name, "timeout")

    return [
        web.post("/hooks/{key}/c2b/confirmation", c2b_confirmation),
        web.post("/hooks/{key}/result/{question}", result),
        web.post("/hooks/{key}/timeout/{question}", timeout),
        web.post("/hooks/{key}/c2b/validation", c2b_validation),
        web.post("/hooks/{key}/stk", stk),
    ]


def not_judged() -> web.Response:
    """The answer to a validation that nobody had time for: money is taken, and the confirmation finds its owner."""
    return acknowledged(validation.verdict(None))


Parse = Callable[[bytes, Received], MoneyArrived | PromptFailed]


async def _told(app: App, call: Call, operation: str, parse: Parse) -> web.Response:
    """Read, write down, answer. Three ends: handled; kept as unread; or not stored at all, which is never a 200."""
    received = _received(app, call)
    if call.is_too_long or call.spoilt:
        return await not_whole(app, call, operation)
    try:
        news = parse(call.raw, received)
    except Unreadable as unreadable:
        return kept(await keep_unread(app, operation, call, str(unreadable)))
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
        return kept(False)
    except Exception as error:
        # Our bug must not lose money: the bytes are kept, to be handled when it is mended.
        log.exception("callback_failed", trace=call.trace)
        why = f"{type(error).__name__}: {error}" if isinstance(error, KaraniError) else type(error).__name__
        return kept(await keep_unread(app, operation, call, why))
    return acknowledged(validation.ACKNOWLEDGED)


async def _answered(app: App, call: Call, question: str, operation: str) -> web.Response:
    """Written down or kept as unread; it credits at most what the provider's own books say is ours."""
    received = _received(app, call)
    if call.is_too_long or call.spoilt:
        return await not_whole(app, call, operation)
    try:
        told, id_ = parse_status(call.raw, received), UUID(hex=question)
    except (Unreadable, ValueError) as unreadable:
        return kept(await keep_unread(app, operation, call, str(unreadable)))
    news = StatusAnswer(id_, call.hook.account, told, call.raw, call.address, call.trace)
    try:
        call.outcome = (await app.write(record_status, news)).value
    except (Overloaded, Unavailable) as busy:
        call.outcome = "busy"
        log.warning("callback_not_stored", trace=call.trace, reason=str(busy))
        return kept(False)
    except Exception as error:
        log.exception("callback_failed", trace=call.trace)
        return kept(await keep_unread(app, operation, call, type(error).__name__))
    return acknowledged(validation.ACKNOWLEDGED)


def _received(app: App, call: Call) -> Received:
    hook, account = call.hook, call.hook.account
    if account.provider != "mpesa":
        call.outcome = "refused"
        raise web.HTTPNotFound
    rail = app.rails.get(account.id)
    return Received(
        provider_account=account.id,
        organisation=account.organisation,
        currency=account.currency,
        country_code=hook.country_code,
        received_at=app.clock.now(),
        shortcodes=rail.shortcodes if isinstance(rail, MpesaRail) else (account.shortcode,),
    )
