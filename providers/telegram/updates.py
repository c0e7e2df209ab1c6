"""What Telegram tells us: messages, pressed buttons, and who let the bot in or put it out.

Only what we use is read, and all of it may be missing or of another kind: Telegram adds fields without notice.
Source: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from providers.reading import Unreadable

Number = Annotated[int, msgspec.Meta(gt=-(1 << 53), lt=1 << 53)]
"""Telegram's ids have at most 52 significant bits."""


class User(msgspec.Struct, frozen=True):
    id: Number
    is_bot: bool = False
    first_name: str = ""


class Chat(msgspec.Struct, frozen=True):
    id: Number
    type: str = "private"
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.type == "private"


class Document(msgspec.Struct, frozen=True):
    file_id: str
    file_name: str = ""
    file_size: int = 0


class Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    message_id: Number
    chat: Chat
    sender: User | None = None
    text: str = ""
    caption: str = ""
    document: Document | None = None


class Placed(msgspec.Struct, frozen=True):
    """Where a pressed button stands: also of a message that Telegram does not show any more."""

    message_id: Number
    chat: Chat


class Press(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    id: str
    sender: User
    data: str = ""
    message: Placed | None = None


class Standing(msgspec.Struct, frozen=True):
    status: str = ""


class Membership(msgspec.Struct, frozen=True, rename={"sender": "from", "now": "new_chat_member"}):
    chat: Chat
    sender: User
    now: Standing = Standing()


class Update(msgspec.Struct, frozen=True):
    update_id: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    message: Message | None = None
    callback_query: Press | None = None
    my_chat_member: Membership | None = None


ALLOWED = ("message", "callback_query", "my_chat_member")
"""What we ask Telegram for. Edited messages are not among them: an edited command must not run again."""


class _Numbered(msgspec.Struct, frozen=True):
    update_id: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


def number_of(raw: bytes) -> int:
    """The number of an update, whatever else it holds. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(raw, type=_Numbered).update_id
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def parse(raw: bytes) -> Update:
    """An update. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(raw, type=Update)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
