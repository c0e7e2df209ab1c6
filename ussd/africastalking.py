"""Africa's Talking: form-encoded hops with everything typed so far, answered by plain text that starts `CON ` or `END `.

Source: protocols/africastalking-ussd.md. Whatever happens, the answer is HTTP 200: any other status, or another beginning,
makes the gateway end the session with a message of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import structlog
from aiohttp import web

from core.phones import COUNTRY_OF_CODE, Msisdn, NotAPhone
from dialogue.conversation import Hop
from dialogue.talk import Answer, Talk
from providers.calls import CALL, Call
from providers.reading import Unreadable
from ussd import handler

log = structlog.get_logger()

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 65_536
MOST_FIELDS = 40
MOST_SESSION_ID = 128

PREFIX_OF_NETWORK = {"639": "254", "635": "250", "641": "256", "640": "255"}
"""The phone prefix of a network's country, by the first digits of `networkCode` (MCC)."""

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The gateway's last word on a session. May come late, or never. `status` is as sent: Success, Incomplete, Failed."""

    session: str
    service_code: str
    msisdn: Msisdn
    network: str
    status: str
    hops: int | None
    duration_ms: int | None
    cost: str
    error: str


OnEnded = Callable[[SessionEnded], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Codes:
    """What an address of ours serves: its service codes, and the country whose numbers may come without prefix."""

    service_codes: Sequence[str]
    country_code: str


class NotOurs(Exception):
    """The service code is none of those that this address serves."""


def too_busy(talk: Talk) -> web.Response:
    """The end of a dialogue for which there is no room: nothing of it was read, so the language is the country's guess."""
    return web.Response(text=f"END {talk.apology('busy', handler.NOBODY).text}")


def routes(talk: Talk, *, on_ended: OnEnded | None = None) -> list[web.RouteDef]:
    """The gateway's two addresses. `on_ended` hears every end-of-session notice that can be read (costs, statistics)."""

    async def ussd(request: web.Request) -> web.Response:
        answer = await _answered(talk, request)
        return web.Response(text=f"{'END' if answer.end else 'CON'} {answer.text}")

    async def events(request: web.Request) -> web.Response:
        call = request[CALL]
        try:
            ended = parse_ended(_fields(request, call), _codes(call))
            await talk.closed(Hop(ended.session, ended.msisdn, ended.service_code, "", call.trace))
            log.info(
                "ussd_session_ended",
                trace=call.trace,
                session=ended.session,
                status=ended.status,
                hops=ended.hops,
                duration_ms=ended.duration_ms,
                cost=ended.cost,
            )
            if on_ended is not None:
                await on_ended(ended)
        except (Unreadable, NotOurs) as reason:
            call.outcome = "unread"
            log.warning("ussd_event_not_read", trace=call.trace, reason=str(reason))
        except Exception:
            call.outcome = "failed"
            log.exception("ussd_event_failed", trace=call.trace)
        return web.Response(text="OK")

    return [web.post("/hooks/{key}/ussd", ussd), web.post("/hooks/{key}/ussd/events", events)]


async def _answered(talk: Talk, request: web.Request) -> Answer:
    call = request[CALL]
    try:
        hop = parse_hop(_fields(request, call), _codes(call), call.trace)
    except NotOurs as reason:
        call.outcome = "not_ours"
        log.warning("ussd_code_not_ours", trace=call.trace, reason=str(reason))
        return talk.apology("not_in_use", handler.NOBODY)
    except Unreadable as reason:
        call.outcome = "unread"
        log.warning("ussd_hop_not_read", trace=call.trace, reason=str(reason))
        return talk.apology("unreadable", handler.NOBODY, reference=handler.reference(call.trace))
    return await handler.answer(talk, hop)


def _codes(call: Call) -> Codes:
    return Codes(call.hook.service_codes, call.hook.country_code)


def _fields(request: web.Request, call: Call) -> Fields:
    """The form's fields; the media type is tested, not the header, which may carry a charset."""
    if call.spoilt:
        raise Unreadable(call.spoilt)
    if request.content_type != FORM:
        raise Unreadable("not a form")
    return parse_form(call.raw)


def parse_form(raw: bytes) -> Fields:
    """Fields of a form body; the first of a repeated name counts. Bad percent signs and bad UTF-8 do not raise: what they spoil
    will not be understood as an answer, and the phone says so."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"{len(raw)} bytes")
    fields: Fields = {}
    for pair in raw.decode("utf-8", "replace").split("&", MOST_FIELDS):
        name, _, value = pair.partition("=")
        fields.setdefault(_decoded(name), _decoded(value))
    return fields


def _decoded(value: str) -> str:
    if "+" in value:
        value = value.replace("+", " ")
    if "%" in value:
        # Stars, hashes and the plus of phone numbers are nearly all that this gateway ever escapes.
        value = value.replace("%2A", "*").replace("%23", "#").replace("%2B", "+")
        if "%" in value:
            value = unquote_to_bytes(value).decode("utf-8", "replace")
    return value


def parse_hop(fields: Fields, codes: Codes, trace: str) -> Hop:
    """A hop from the gateway's fields. Raises `Unreadable` (naming the field, never quoting it) or `NotOurs`."""
    return Hop(
        session=_session_id(fields),
        msisdn=_phone(fields, codes.country_code),
        service_code=_service_code(fields, codes.service_codes),
        text=fields.get("text", ""),
        trace=trace,
    )


def parse_ended(fields: Fields, codes: Codes) -> SessionEnded:
    """An end-of-session notice: whatever is missing or odd but the session, the phone and the code is left empty."""
    return SessionEnded(
        session=_session_id(fields),
        service_code=_service_code(fields, codes.service_codes),
        msisdn=_phone(fields, codes.country_code),
        network=fields.get("networkCode", "")[:16],
        status=fields.get("status", "")[:32],
        hops=_whole(fields.get("hopsCount", "")),
        duration_ms=_whole(fields.get("durationInMillis", "")),
        cost=fields.get("cost", "")[:32],
        error=fields.get("errorMessage", "")[:200],
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 12 else None


def _session_id(fields: Fields) -> str:
    session = fields.get("sessionId", "").strip()
    if not session or len(session) > MOST_SESSION_ID or not session.isprintable():
        raise Unreadable("sessionId")
    return session


def _phone(fields: Fields, country_code: str) -> Msisdn:
    """The phone in E.164, however the plus fared: sent, lost, or turned into a blank by form decoding."""
    sent = fields.get("phoneNumber", "")
    digits = sent.strip()
    bare = digits.removeprefix("+")
    if not bare.isdecimal() and any(letter.isalpha() for letter in bare):  # a phone library would take them for keys
        raise Unreadable("phoneNumber")
    country = PREFIX_OF_NETWORK.get(fields.get("networkCode", "")[:3], country_code)
    try:
        if len(bare) >= 11 and bare[:3] in COUNTRY_OF_CODE:
            return Msisdn.parse(bare, country_code=bare[:3])
        international = sent[:1] in (" ", "+")
        return Msisdn.parse(f"+{bare}" if international else bare, country_code=country)
    except NotAPhone:
        raise Unreadable("phoneNumber") from None


def _service_code(fields: Fields, ours: Sequence[str]) -> str:
    code = normalised(fields.get("serviceCode", ""))
    if code not in _normalised(tuple(ours)):
        raise NotOurs("serviceCode")
    return code


@lru_cache(maxsize=1024)
def normalised(code: str) -> str:
    """`*384*70421#` from `384*70421`, ` *384*70421# ` and the like."""
    return f"*{code.strip().strip('*#')}#"


@lru_cache(maxsize=1024)
def _normalised(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalised(code) for code in codes)
