"""Twilio's callbacks, signed over the address that we gave it and every field. What is not signed by it changes nothing."""

from __future__ import annotations

import structlog
from aiohttp import web

from providers.calls import CALL, Call
from providers.reading import Unreadable
from providers.twilio.callbacks import form_of, parse_incoming, parse_status
from providers.twilio.signature import HEADER, OTHER_ALGORITHM, is_signed
from storage.attempts import Delivery
from storage.texts import Text
from usecases import delivery, texts
from usecases.app import App
from usecases.texts import TextReceived
from web.news import take

log = structlog.get_logger()
PROVIDER = "twilio"
_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Answers go through our own outbox, where a stop and a limit hold; so Twilio is told to say nothing itself."""


def routes(app: App, *, public_url: str) -> list[web.RouteDef]:
    """How messages are doing, and what people text us. `public_url` is how Twilio reaches us: its signatures are over it."""

    async def status(request: web.Request) -> web.Response:
        call = request[CALL]
        if not _is_theirs(call, request, public_url):
            return _refused(call)

        def read() -> Delivery:
            report = parse_status(form_of(call.raw), request.query.get("mark", ""))
            reason = report.error
            return Delivery(PROVIDER, report.sid, report.status, report.rank, reason, report.verdict, report.mark)

        stored = await take(app, call, "twilio/status", read, delivery.note_delivery, outcomes=("reported", "early"))
        return _answer(stored)

    async def incoming(request: web.Request) -> web.Response:
        call = request[CALL]
        if not _is_theirs(call, request, public_url):
            return _refused(call)

        def read() -> TextReceived:
            sms = parse_incoming(form_of(call.raw), country_code=call.hook.country_code)
            sender = sms.sender.digits if sms.sender else sms.sender_text
            text = Text(PROVIDER, sms.sid, sender, sms.to, sms.text, call.trace)
            code = call.hook.service_codes[0] if call.hook.service_codes else ""
            return TextReceived(call.hook.organisations, sms.sender, text, code, f"{public_url}/d/")

        return _answer(await take(app, call, "twilio/sms", read, texts.receive_text, outcomes=("heard", "known")))

    return [web.post("/hooks/{key}/twilio/status", status), web.post("/hooks/{key}/twilio/sms", incoming)]


def _is_theirs(call: Call, request: web.Request, public_url: str) -> bool:
    """A body that did not come whole cannot be checked: Twilio is asked to send it again."""
    if call.spoilt or OTHER_ALGORITHM in request.headers:
        return False
    try:
        fields = form_of(call.raw)
    except Unreadable:
        return False
    return is_signed(f"{public_url}{request.raw_path}", fields, request.headers.get(HEADER, ""), call.hook.secret)


def _refused(call: Call) -> web.Response:
    call.outcome = "refused"
    log.warning("callback_unsigned", address=call.address, trace=call.trace)
    return web.Response(text="not signed", status=403)


def _answer(stored: bool) -> web.Response:
    if not stored:
        return web.Response(text="Try again", status=503)
    return web.Response(text=_NOTHING, content_type="text/xml")
