"""Africa's Talking's callbacks about messages. Any 200 will do; a report that cannot be read is kept."""

from __future__ import annotations

import structlog
from aiohttp import web

from providers.africastalking.callbacks import parse_delivery_report
from providers.calls import CALL
from providers.reading import Unreadable
from storage.outbox import Delivery
from usecases import messages
from usecases.app import App
from web.hooks import keep_unread

log = structlog.get_logger()


def routes(app: App) -> list[web.RouteDef]:
    """Delivery reports: they come in any order, more than once, and sometimes before the answer to our own call."""

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

    return [web.post("/hooks/{key}/sms/delivery", delivery)]


def _later() -> web.Response:
    return web.Response(text="Try again", status=503)
