"""The managers' chats over HTTP: what people do there, for the page and for scripts (DESIGN section 8)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import msgspec
from aiohttp import web

from core.errors import NotFound
from core.ports import Clock
from sandbox.routes import GUARDS, body_of, reply, said_so

AWAITED_S = 6.0
LOOK_S = 0.05
MOST_FILE = 12 * 1024 * 1024

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_096)]


class Say(msgspec.Struct, forbid_unknown_fields=True):
    text: Text
    by: int = 0
    """In a group: who writes."""


class Press(msgspec.Struct, forbid_unknown_fields=True):
    message: int
    button: str | int
    """What it says; or its place in the message, from 0."""
    by: int = 0


class File(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    base64: str
    caption: str = ""
    by: int = 0


class Chats(Protocol):
    """The pretend chat service."""

    def view(self, chat: int) -> Mapping[str, Any]: ...

    def say(self, chat: int, text: str, *, by: int = 0) -> None: ...

    def press(self, chat: int, number: int, button: str, *, by: int = 0) -> None: ...

    def send_file(self, chat: int, name: str, content: bytes, *, by: int = 0, caption: str = "") -> None: ...

    def file(self, chat: int, number: int) -> bytes: ...


def chat_routes(chats: Chats, clock: Clock) -> list[web.RouteDef]:
    async def look(request: web.Request) -> web.Response:
        return reply(chats.view(_chat(request)))

    async def say(request: web.Request) -> web.Response:
        chat, asked = _chat(request), await body_of(request, Say)
        before = _seen(chats, chat)
        chats.say(chat, asked.text, by=asked.by)
        return await answered(chat, before)

    async def press(request: web.Request) -> web.Response:
        chat, asked = _chat(request), await body_of(request, Press)
        before = _seen(chats, chat)
        chats.press(chat, asked.message, str(asked.button), by=asked.by)
        return await answered(chat, before)

    async def send_file(request: web.Request) -> web.Response:
        chat, asked = _chat(request), await body_of(request, File, most=MOST_FILE)
        try:
            content = b64decode(asked.base64, validate=True)
        except NotBase64:
            raise NotFound("file", "that is not base64") from None
        before = _seen(chats, chat)
        chats.send_file(chat, asked.name, content, by=asked.by, caption=asked.caption)
        return await answered(chat, before)

    async def file(request: web.Request) -> web.Response:
        content = chats.file(_chat(request), int(request.match_info["number"]))
        headers = {**GUARDS, "Content-Disposition": "attachment"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)

    async def answered(chat: int, before: object) -> web.Response:
        """The chat once the bot has answered; as it is when it does not."""
        for _ in range(int(AWAITED_S / LOOK_S)):
            await clock.sleep(LOOK_S)
            if _seen(chats, chat) != before:
                break
        return reply(chats.view(chat))

    chat = "/sandbox/chats/{telegram_id:-?[0-9]{1,15}}"
    return [
        web.get(chat, said_so(look)),
        web.post(chat + "/say", said_so(say)),
        web.post(chat + "/press", said_so(press)),
        web.post(chat + "/file", said_so(send_file)),
        web.get(chat + "/file/{number:[0-9]{1,9}}", said_so(file)),
    ]


def _chat(request: web.Request) -> int:
    return int(request.match_info["telegram_id"])


def _seen(chats: Chats, chat: int) -> object:
    """What the bot has said there so far."""
    view = chats.view(chat)
    return [post for post in view["messages"] if post["from"] == "bot"], view["notice"]
