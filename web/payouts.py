"""What Daraja posts about our payouts: results, time-outs, and answers to our questions about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web

from core.errors import Overloaded, Unavailable
from core.ids import PayoutId
from core.payouts import Status, Told
from providers.calls import Call
from providers.mpesa import validation
from providers.mpesa.parse import Received
from providers.mpesa.payer import Instruction, Topic
from providers.mpesa.results import (
    parse_balance,
    parse_payout_result,
    parse_payout_status,
    parse_timeout,
    utility_of,
)
from providers.reading import Unreadable
from usecases.app import App
from usecases.payouts import FloatTold, PayoutNews, record_float, record_news
from web.answers import acknowledged, kept, not_whole
from web.hooks import keep_unread

log = structlog.get_logger()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 4_000_000_000_000_000
"""Microseconds since 1970; later than any question of ours."""


async def told(app: App, call: Call, instruction: Instruction, received: Received) -> web.Response:
    """A result of a payout, or the answer to a question. Written down or kept as unread before it is acknowledged."""
    if call.is_too_long or call.spoilt:
        return await not_whole(app, call, "result")
    try:
        if instruction.topic is Topic.BALANCE:
            work = _balance(call, instruction, received)
        elif instruction.topic is Topic.STATUS:
            work = _news(call, instruction, parse_payout_status(call.raw, received, asked=instruction.mark))
        else:
            work = _news(call, instruction, parse_payout_result(call.raw, received))
    except Unreadable as unreadable:
        return kept(await keep_unread(app, "result", call, str(unreadable)))
    return await _recorded(app, call, work)


async def timed_out(app: App, call: Call, instruction: Instruction, received: Received) -> web.Response:
    """M-Pesa's queue was too long for it. Of a payout that is news; a question is put again by itself."""
    if call.is_too_long or call.spoilt:
        return await not_whole(app, call, "timeout")
    try:
        news = parse_timeout(call.raw, received)
    except Unreadable as unreadable:
        return kept(await keep_unread(app, "timeout", call, str(unreadable)))
    if instruction.topic is Topic.PAYOUT:
        return await _recorded(app, call, _news(call, instruction, news))
    call.outcome = "noted"
    return acknowledged(validation.ACKNOWLEDGED)


_Work = PayoutNews | FloatTold


def _news(call: Call, instruction: Instruction, news: Told | Status) -> _Work:
    return PayoutNews(PayoutId(instruction.id), call.hook.account, news, call.raw, call.address, call.trace)


def _balance(call: Call, instruction: Instruction, received: Received) -> _Work:
    if instruction.id != call.hook.account.id or instruction.mark > _LATEST:
        raise Unreadable("the balance of another account")
    asked_at = _EPOCH + timedelta(microseconds=instruction.mark)
    balance = utility_of(parse_balance(call.raw, received))
    return FloatTold(call.hook.account, balance, asked_at, call.raw, call.address, call.trace)


async def _recorded(app: App, call: Call, work: _Work) -> web.Response:
    try:
        if isinstance(work, FloatTold):
            outcome = await app.write(record_float, work)
        else:
            outcome = await app.write(record_news, work)
        call.outcome = outcome.value
    except (Overloaded, Unavailable) as busy:
        call.outcome = "busy"
        log.warning("callback_not_stored", trace=call.trace, reason=str(busy))
        return kept(False)
    except Exception as error:
        log.exception("callback_failed", trace=call.trace)
        return kept(await keep_unread(app, "result", call, type(error).__name__))
    return acknowledged(validation.ACKNOWLEDGED)
