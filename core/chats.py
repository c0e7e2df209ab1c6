"""Staff in a chat: who is linked, and which press of a button counts (TG-1, TG-2). Pure.

A button is a row of our books; what the chat holds is an unguessable name of it. Everything that a press brings with it
(who, in which chat, at which message) is compared with that row: what was forwarded, edited, kept, copied or made up is
none of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from core.errors import DomainError
from core.ids import StaffId

LINK_FOR = timedelta(minutes=10)
"""A deep link is good for so long."""
LINK_BYTES = 16
"""128 bits: 22 characters of what Telegram allows behind `?start=` (64 of A-Z, a-z, 0-9, _ and -)."""
BUTTON_BYTES = 16
BUTTONS_FOR = timedelta(hours=24)
"""How long what a message offers can be pressed."""
ANSWERS_FOR = timedelta(minutes=10)
"""How long a question in a chat waits for its answer."""
MOST_TRIES = 5
"""How often an update is taken up again when our own work on it breaks."""


@dataclass(eq=False)
class ChatLinkSpent(DomainError):
    """The link into the chat was used, replaced, or is too old."""

    code: ClassVar[str] = "chat_link_spent"


@dataclass(eq=False)
class ChatTaken(DomainError):
    """This chat account is somebody else's here already: one person is one person."""

    code: ClassVar[str] = "chat_taken"


@dataclass(eq=False)
class ButtonUnknown(DomainError):
    """No button of ours has this name: it was made up, or it is so old that it was forgotten."""

    code: ClassVar[str] = "button_unknown"


@dataclass(eq=False)
class ButtonNotYours(DomainError):
    """It was made for somebody else."""

    code: ClassVar[str] = "button_not_yours"


@dataclass(eq=False)
class ButtonMoved(DomainError):
    """It belongs to another message or chat: this one was copied or forwarded."""

    code: ClassVar[str] = "button_moved"


@dataclass(eq=False)
class ButtonExpired(DomainError):
    """It was offered too long ago."""

    code: ClassVar[str] = "button_expired"


@dataclass(eq=False)
class ButtonSpent(DomainError):
    """It was pressed already, by `by`."""

    code: ClassVar[str] = "button_spent"
    by: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button as the books know it."""

    staff: StaffId | None
    """For whom; None in a group, where whoever has the right may press."""
    chat: int
    number: int | None
    """The message's number in its chat; None while the chat service has not told it."""
    until: datetime
    is_spent: bool
    spent_by: str = ""
    """Their name."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press as the chat service reports it."""

    staff: StaffId
    chat: int
    number: int
    at: datetime


def require_pressable(button: Button, press: Pressed) -> None:
    """Raise why this press does not count. The order matters: whoever may not press learns nothing of the button."""
    if button.chat != press.chat or (button.number is not None and button.number != press.number):
        raise ButtonMoved
    if button.staff is not None and button.staff != press.staff:
        raise ButtonNotYours
    if button.is_spent:
        raise ButtonSpent(button.spent_by)
    if press.at >= button.until:
        raise ButtonExpired
