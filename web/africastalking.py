"""Africa's Talking's callbacks about messages. Any 200 will do; a report that cannot be read is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from aiohttp import web

from providers.africastalking.callbacks import parse_delivery_report, parse_incoming, parse_opt_out
from providers.calls import CALL, Call
from providers.reading import Unreadable
from storage.outbox import Delivery
from storage.texts import Text
from storage.tx import Tx
from usecases import messages, texts
from usecases.app import App
from usecases.texts import OptedOut, TextReceived
from web.hooks import keep_unread

log = structlog.get_logger()
C = TypeVar("C")


def routes(app: App) -> list[web.RouteDef]:
    """Texts that people send us, opt-outs, and delivery reports: these come in any order, more than once, and sometimes
    before the answer to our own call."""

    async def delivery(request: web.Request) -> web.Response:
        call = request[CALL]
        try:
            if call.spoilt:
                raise Unreadable(call.spoilt)
            report = parse_delivery_report(call.raw, country_code=call.hook.country_code)
        except Unreadable as unreadable:
            stored = await keep_unread(app, "sms/delivery", call, str(unreadable))
            return web.Response(text="OK") if stored else _later()
        news = Delivery(report.gateway_id, report.status.value, report.status.rank, report.failure_reason)
        try:
            known = await app.write(messages.note_delivery, news)
        except Exception as error:
            call.outcome = "busy"
            log.warning("callback_not_stored", trace=call.trace, reason=type(error).__name__)
            return _later()
        call.outcome = report.status.value if known else "early"
        return web.Response(text="OK")

    return [web.post("/hooks/{key}/sms/delivery", delivery), *_from_people(app)]


def _from_people(app: App) -> list[web.RouteDef]:
    """Texts to one of our short codes, and opt-outs that the gateway took for us."""

    async def incoming(request: web.Request) -> web.Response:
        call = request[CALL]
        try:
            if call.spoilt:
                raise Unreadable(call.spoilt)
            sms = parse_incoming(call.raw, country_code=call.hook.country_code, received_at=app.clock.now())
        except Unreadable as unreadable:
            stored = await keep_unread(app, "sms", call, str(unreadable))
            return web.Response(text="OK") if stored else _later()
        sender = sms.sender.digits if sms.sender else sms.sender_text
        text = Text("africastalking", sms.gateway_id, sender, sms.short_code, sms.text, call.trace)
        code = call.hook.service_codes[0] if call.hook.service_codes else ""
        return await _kept(call, texts.receive_text, TextReceived(call.hook.organisations, sms.sender, text, code))

    async def opt_out(request: web.Request) -> web.Response:
        call = request[CALL]
        try:
            if call.spoilt:
                raise Unreadable(call.spoilt)
            told = parse_opt_out(call.raw, country_code=call.hook.country_code)
        except Unreadable as unreadable:
            stored = await keep_unread(app, "sms/optout", call, str(unreadable))
            return web.Response(text="OK") if stored else _later()
        return await _kept(call, texts.opt_out, OptedOut(call.hook.organisations, told.phone, "africastalking"))

    async def _kept(call: Call, use_case: Callable[[Tx, C], bool], news: C) -> web.Response:
        """Answered after the commit; what could not be stored is asked for again."""
        try:
            is_new = await app.write(use_case, news)
        except Exception as error:
            call.outcome = "busy"
            log.warning("callback_not_stored", trace=call.trace, reason=type(error).__name__)
            return _later()
        call.outcome = "heard" if is_new else "known"
        return web.Response(text="OK")

    return [web.post("/hooks/{key}/sms", incoming), web.post("/hooks/{key}/sms/optout", opt_out)]


def _later() -> web.Response:
    return web.Response(text="Try again", status=503)
