"""Africa's Talking's callbacks about messages. Any 200 will do; a report that cannot be read is kept."""

from __future__ import annotations

from aiohttp import web

from providers.africastalking.callbacks import parse_delivery_report, parse_incoming, parse_opt_out
from providers.calls import CALL, Call
from storage.attempts import Delivery
from storage.texts import Text
from usecases import delivery, texts
from usecases.app import App
from usecases.texts import OptedOut, TextReceived
from web.news import take

PROVIDER = "africastalking"


def routes(app: App, *, public_url: str) -> list[web.RouteDef]:
    """Texts that people send us, opt-outs, and delivery reports: these come in any order, more than once, and sometimes
    before the answer to our own call."""

    async def reported(request: web.Request) -> web.Response:
        call = request[CALL]

        def read() -> Delivery:
            return _report(call)

        return _answer(
            await take(app, call, "sms/delivery", read, delivery.note_delivery, outcomes=("reported", "early"))
        )

    async def incoming(request: web.Request) -> web.Response:
        call = request[CALL]

        def read() -> TextReceived:
            return _text(app, call, f"{public_url}/d/")

        return _answer(await take(app, call, "sms", read, texts.receive_text, outcomes=("heard", "known")))

    async def opt_out(request: web.Request) -> web.Response:
        call = request[CALL]

        def read() -> OptedOut:
            told = parse_opt_out(call.raw, country_code=call.hook.country_code)
            return OptedOut(call.hook.organisations, told.phone, PROVIDER)

        return _answer(await take(app, call, "sms/optout", read, texts.opt_out, outcomes=("heard", "known")))

    return [
        web.post("/hooks/{key}/sms/delivery", reported),
        web.post("/hooks/{key}/sms", incoming),
        web.post("/hooks/{key}/sms/optout", opt_out),
    ]


def _report(call: Call) -> Delivery:
    report = parse_delivery_report(call.raw, country_code=call.hook.country_code)
    status = report.status
    return Delivery(PROVIDER, report.gateway_id, status.value, status.rank, report.failure_reason, report.verdict)


def _text(app: App, call: Call, opens_at: str) -> TextReceived:
    sms = parse_incoming(call.raw, country_code=call.hook.country_code, received_at=app.clock.now())
    sender = sms.sender.digits if sms.sender else sms.sender_text
    text = Text(PROVIDER, sms.gateway_id, sender, sms.short_code, sms.text, call.trace)
    code = call.hook.service_codes[0] if call.hook.service_codes else ""
    return TextReceived(call.hook.organisations, sms.sender, text, code, opens_at)


def _answer(stored: bool) -> web.Response:
    return web.Response(text="OK") if stored else web.Response(text="Try again", status=503)
