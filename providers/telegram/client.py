"""Our side of the Bot API: python-telegram-bot as transport, over our own HTTP port (so the pool, the clock and the limits
are ours, and a story needs no sockets). No updater, no conversation of the library's: state is in our own books.

Read here first: https://core.telegram.org/bots/api#making-requests. What the library makes of answers: 429 with
`retry_after` is RetryAfter, 403 is Forbidden (they blocked the bot), 400 is BadRequest, 404 and 401 are InvalidToken, 5xx
and silence are NetworkError.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from core.errors import Bug, Unavailable
from core.ports import ChatRefused, ChatTaken, Http, HttpReply, Keyboard
from providers.telegram.updates import ALLOWED

logging.getLogger("telegram").setLevel(logging.WARNING)
"""Below that, the library writes the bot's token into the log."""

TIMEOUT_S = 8.0
SYSTEM = "telegram"
MOST_DATA = 64
"""Bytes that a button can bear: https://core.telegram.org/bots/api#inlinekeyboardbutton"""
LONGEST_TEXT = 4_096
CONNECTIONS = 40

_NOTHING_CHANGED, _GONE = "message is not modified", "message to delete not found"
_TOO_LATE = ("query is too old", "query id is invalid")


class _OverOurPort(BaseRequest):
    """The library's requests through our `Http`. What the port says of the outcome survives as the error's cause."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def read_timeout(self) -> float:
        return TIMEOUT_S

    async def initialize(self) -> None:
        """The port is open already."""

    async def shutdown(self) -> None:
        """The port is closed by whoever opened it."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **named: Any
    ) -> tuple[int, bytes]:
        headers, body = _encoded(request_data)
        reply: HttpReply = await self._http.request(method, url, headers=headers, body=body, timeout_s=TIMEOUT_S)
        if reply.status >= 500:
            # Telegram itself did not answer but its doorman: what was asked was not done.
            raise Unavailable(SYSTEM, f"status {reply.status}", retry_after_s=5)
        return reply.status, reply.body


def _encoded(data: RequestData | None) -> tuple[dict[str, str], bytes | None]:
    if data is None or not data.parameters:
        return {}, None
    if data.contains_files:
        return _multipart(data)
    return {"Content-Type": "application/x-www-form-urlencoded"}, data.url_encoded_parameters().encode()


def _multipart(data: RequestData) -> tuple[dict[str, str], bytes]:
    """RFC 7578. The boundary follows from the content, so that the same message is the same bytes."""
    parts = []
    for name, value in data.json_parameters.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value.encode())
    for name, found in data.multipart_data.items():
        file_name, content, kind = (*found, "", "")[:3]
        assert isinstance(content, bytes)
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content)
    boundary = uuid5(NAMESPACE_URL, repr([len(part) for part in parts])).hex
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


@dataclass(frozen=True, slots=True)
class TelegramBot:
    """One bot (`core.ports.Chat`)."""

    bot: Bot

    @classmethod
    def of(cls, token: str, *, base_url: str, http: Http) -> TelegramBot:
        request = _OverOurPort(http)
        base = base_url.rstrip("/")
        return cls(
            Bot(
                token,
                base_url=f"{base}/bot",
                base_file_url=f"{base}/file/bot",
                request=request,
                get_updates_request=request,
            )
        )

    async def say(self, chat: int, text: str, buttons: Keyboard = ()) -> ChatTaken | ChatRefused:
        return await _done(
            self.bot.send_message(
                chat,
                text[:LONGEST_TEXT],
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(buttons),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )

    async def edit(self, chat: int, number: int, text: str, buttons: Keyboard = ()) -> ChatTaken | ChatRefused:
        return await _done(
            self.bot.edit_message_text(
                text[:LONGEST_TEXT],
                chat_id=chat,
                message_id=number,
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(buttons),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
            passes=(_NOTHING_CHANGED,),
        )

    async def delete(self, chat: int, number: int) -> ChatTaken | ChatRefused:
        return await _done(self.bot.delete_message(chat, number), passes=(_GONE,))

    async def answer(self, query: str, text: str, *, alert: bool) -> ChatTaken | ChatRefused:
        return await _done(
            self.bot.answer_callback_query(query, text[:200] or None, show_alert=alert), passes=_TOO_LATE
        )

    async def send_file(self, chat: int, name: str, content: bytes, caption: str) -> ChatTaken | ChatRefused:
        return await _done(
            self.bot.send_document(chat, content, caption=caption, parse_mode=ParseMode.HTML, filename=name)
        )

    async def fetch(self, file: str, *, most_bytes: int) -> bytes | ChatRefused:
        try:
            found = await self.bot.get_file(file)
            if (found.file_size or 0) > most_bytes:
                return ChatRefused("too large")
            return bytes(await found.download_as_bytearray())
        except TelegramError as error:
            return _refused(error)

    async def register(self, url: str, secret: str) -> str:
        try:
            me = await self.bot.get_me()
            await self.bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED, max_connections=CONNECTIONS)
        except TelegramError as error:
            refused = _refused(error)
            raise Unavailable(SYSTEM, refused.reason, retry_after_s=refused.again_s or 60) from None
        return me.username or ""


def _markup(buttons: Keyboard) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    if any(not 0 < len(data.encode()) <= MOST_DATA for row in buttons for _, data in row):
        raise Bug("a button bears 1 to 64 bytes")
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in buttons]
    )


async def _done(call: Awaitable[Any], passes: tuple[str, ...] = ()) -> ChatTaken | ChatRefused:
    """What came of a call. `passes` are refusals that mean it is as it should be."""
    try:
        answer = await call
    except BadRequest as error:
        if any(words in error.message.lower() for words in passes):
            return ChatTaken()
        return _refused(error)
    except TelegramError as error:
        return _refused(error)
    return ChatTaken(getattr(answer, "message_id", None))


def _refused(error: TelegramError) -> ChatRefused:
    """Raises `Unavailable` where nobody knows, or where Telegram is away. A wrong token may be mended: it is tried again."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return ChatRefused("too fast", float(wait if isinstance(wait, int) else wait.total_seconds()))
    if isinstance(error, BadRequest | Forbidden):
        return ChatRefused(error.message)
    if isinstance(error, InvalidToken):
        return ChatRefused("the token is not valid", 300.0)
    cause = error.__cause__
    if isinstance(cause, Unavailable):
        raise Unavailable(SYSTEM, cause.reason, cause.retry_after_s, cause.sent) from None
    if isinstance(error, NetworkError) and cause is not None:
        raise Bug(f"the transport broke: {cause!r}") from cause
    return ChatRefused(type(error).__name__, 30.0)
