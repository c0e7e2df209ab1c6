"""Africa's Talking: form-encoded hops with everything typed so far, answered by plain text that starts `CON ` or `END `.

Source: protocols/africastalking-ussd.md. Whatever happens, the answer is HTTP 200: any other status, or another beginning,
makes the gateway end the session with a message of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from urllib.parse import unquote_to_bytes

from aiohttp import web

from core.phones import COUNTRY_OF_CODE, Msisdn, NotAPhone
from dialogue.conversation import Hop
from dialogue.talk import Answer, Talk
from ussd import handler

log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 65_536
MOST_FIELDS = 40
MOST_SESSION_ID = 128

PREFIX_OF_NETWORK = {"639": "254", "635": "250", "641": "256", "640": "255"}
"""The phone prefix of a network's country, by the first digits of `networkCode` (MCC)."""


class Hook(Protocol):
    """What the gate in front of us found out about the address that was called."""

    @property
    def service_codes(self) -> Sequence[str]: ...


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


class Unreadable(Exception):
    """Not a hop of this gateway. The message names the field; it never quotes what was sent."""


class NotOurs(Exception):
    """The service code is none of those that this address serves."""


def routes(talk: Talk, *, on_ended: OnEnded | None = None) -> list[web.RouteDef]:
    """The gateway's two addresses. `on_ended` hears every end-of-session notice that can be read (costs, statistics)."""

    async def ussd(request: web.Request) -> web.Response:
        answer = await _answered(talk, request)
        return web.Response(text=f"{'END' if answer.end else 'CON'} {answer.text}")

    async def events(request: web.Request) -> web.Response:
        try:
            ended = parse_ended(_fields(request), request["hook"].service_codes)
            await talk.closed(Hop(ended.session, ended.msisdn, ended.service_code, "", request["trace"]))
            if on_ended is not None:
                await on_ended(ended)
        except (Unreadable, NotOurs) as reason:
            log.warning(
                "an end-of-session notice was not read", extra={"trace": request["trace"], "reason": str(reason)}
            )
        except Exception:
            log.exception("an end-of-session notice failed", extra={"trace": request["trace"]})
        return web.Response(text="OK")

    return [web.post("/hooks/{key}/ussd", ussd), web.post("/hooks/{key}/ussd/events", events)]


async def _answered(talk: Talk, request: web.Request) -> Answer:
    trace: str = request["trace"]
    try:
        hop = parse_hop(_fields(request), request["hook"].service_codes, trace)
    except NotOurs as reason:
        log.warning("a service code is not ours", extra={"trace": trace, "reason": str(reason)})
        return talk.apology("not_in_use", handler.NOBODY)
    except Unreadable as reason:
        log.warning("a hop was not read", extra={"trace": trace, "reason": str(reason)})
        return talk.apology("unreadable", handler.NOBODY, reference=trace[:8])
    return await handler.answer(talk, hop)


def _fields(request: web.Request) -> dict[str, str]:
    """The form's fields; the media type is tested, not the header, which may carry a charset."""
    if request.content_type != FORM:
        raise Unreadable("content type")
    return parse_form(request["raw"])


def parse_form(raw: bytes) -> dict[str, str]:
    """Fields of a form body; the first of a repeated name counts. Bad percent signs and bad UTF-8 do not raise: what they spoil
    will not be understood as an answer, and says so on the phone."""
    if len(raw) > MOST_BYTES:
        raise Unreadable("size")
    fields: dict[str, str] = {}
    for pair in raw.split(b"&", MOST_FIELDS):
        name, _, value = pair.partition(b"=")
        fields.setdefault(_decoded(name), _decoded(value))
    return fields


def _decoded(value: bytes) -> str:
    if b"+" in value:
        value = value.replace(b"+", b" ")
    if b"%" in value:
        value = unquote_to_bytes(value)
    return value.decode("utf-8", "replace")


def parse_hop(fields: dict[str, str], service_codes: Sequence[str], trace: str) -> Hop:
    """A hop from the gateway's fields. Raises `Unreadable` or `NotOurs`."""
    return Hop(
        session=_session_id(fields),
        msisdn=_phone(fields),
        service_code=_service_code(fields, service_codes),
        text=fields.get("text", ""),
        trace=trace,
    )


def parse_ended(fields: dict[str, str], service_codes: Sequence[str]) -> SessionEnded:
    """An end-of-session notice: whatever is missing or odd but the session, the phone and the code is left empty."""
    return SessionEnded(
        session=_session_id(fields),
        service_code=_service_code(fields, service_codes),
        msisdn=_phone(fields),
        network=fields.get("networkCode", "")[:16],
        status=fields.get("status", "")[:32],
        hops=_whole(fields.get("hopsCount", "")),
        duration_ms=_whole(fields.get("durationInMillis", "")),
        cost=fields.get("cost", "")[:32],
        error=fields.get("errorMessage", "")[:200],
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 12 else None


def _session_id(fields: dict[str, str]) -> str:
    session = fields.get("sessionId", "").strip()
    if not session or len(session) > MOST_SESSION_ID or not session.isprintable():
        raise Unreadable("sessionId")
    return session


def _phone(fields: dict[str, str]) -> Msisdn:
    """The phone in E.164, however the plus fared: sent, lost, or turned into a blank by form decoding."""
    sent = fields.get("phoneNumber", "")
    country = PREFIX_OF_NETWORK.get(fields.get("networkCode", "")[:3], "254")
    digits = sent.strip()
    international = sent.startswith(" ") or (len(digits) >= 11 and digits[:3] in COUNTRY_OF_CODE)
    try:
        return Msisdn.parse(f"+{digits}" if international and digits[:1] != "+" else digits, country_code=country)
    except NotAPhone:
        raise Unreadable("phoneNumber") from None


def _service_code(fields: dict[str, str], ours: Sequence[str]) -> str:
    code = normalised(fields.get("serviceCode", ""))
    if code not in _normalised(tuple(ours)):
        raise NotOurs(code[:40])
    return code


def normalised(code: str) -> str:
    """`*384*70421#` from `384*70421`, ` *384*70421# ` and the like."""
    return f"*{code.strip().strip('*#')}#"


@lru_cache(maxsize=1024)
def _normalised(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalised(code) for code in codes)
