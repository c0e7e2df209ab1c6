"""What all of the pretend Daraja's services share: how they read fields, and how they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from core.errors import DomainError
from core.phones import Msisdn
from core.ports import Random


def payer(digits: str) -> Msisdn | None:
    try:
        found = Msisdn.parse(digits)
    except DomainError:
        return None
    return found if found.digits == digits and len(digits) == 12 else None


def text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def json(status: int, said: Mapping[str, object]) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(said), content_type="application/json")


def error(random: Random, status: int, code: str, message: str) -> web.Response:
    """A gateway error, which always bears a request id."""
    request_id = f"{random.below(100_000)}-{random.below(100_000_000)}-1"
    return json(status, {"requestId": request_id, "errorCode": code, "errorMessage": message})
