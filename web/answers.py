"""What Daraja is answered: a success only for what is on disk."""

from __future__ import annotations

from aiohttp import web

from providers.calls import Call
from providers.mpesa import validation
from usecases.app import App
from web.hooks import keep_unread


def kept(stored: bool) -> web.Response:
    """A success only for what is on disk."""
    if stored:
        return acknowledged(validation.ACKNOWLEDGED)
    return web.json_response({"ResultCode": 1, "ResultDesc": "Try again"}, status=503)


async def not_whole(app: App, call: Call, operation: str) -> web.Response:
    """Kept for people to look at, and never answered as a success: whoever sends it again sends all of it."""
    await keep_unread(app, operation, call, call.spoilt or "longer than 64 KiB")
    said, status = ("Incomplete", 400) if call.spoilt else ("Too long", 413)
    return web.json_response({"ResultCode": 1, "ResultDesc": said}, status=status)


def acknowledged(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
