"""One-time codes that are sent to somebody's phone, mail or chat: what each is good for, and how long (OUT-4).

A code is good for one person, one approval and exactly the content that was approved: what is kept of it is bound to all
three, so that it opens nothing else. Source of the numbers: NIST SP 800-63B section 5.1.3 (at most ten minutes, once, limited
tries), halved and more because money leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, NewType
from uuid import UUID

from core.approvals import ApprovalId, ContentHash
from core.errors import DomainError
from core.ids import StaffId

CodeId = NewType("CodeId", UUID)

NUMBERS = 1_000_000
"""A code is one of so many, drawn at the edge."""
LASTS = timedelta(minutes=5)
TRIES = 5
"""Wrong ones, before a code is worth nothing."""
WRONG_A_DAY = 10
"""Wrong ones of one person, of whatever kind, before nothing is tried for them any more that day."""
DAY = timedelta(days=1)

APART = timedelta(seconds=60)
MOST_AN_HOUR, MOST_A_DAY = 5, 20
"""How many codes one person may have sent: texts cost money, and somebody may press for another."""


class Way(Enum):
    """How a code reaches its person."""

    MESSAGE = "message"
    """By SMS or mail, as their messages go."""
    TELEGRAM = "telegram"
    """The bot writes it into their own chat, never into a group. It counts at every other door: typed where it was read it would
    prove no more than the chat did already."""


class Proof(Enum):
    """What came of a code that somebody typed."""

    AUTHENTICATOR = "authenticator"
    SENT = "sent"
    WRONG = "wrong"
    PIN = "pin"
    """A right PIN: it lets a person decide from any phone, and is no code."""
    WRONG_PIN = "wrong_pin"


CODES = frozenset({Proof.AUTHENTICATOR, Proof.SENT})
"""What counts as the code that a payment asks for."""


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code on its way: nobody but its reader knows it."""

    id: CodeId
    approval: ApprovalId
    staff: StaffId
    content: ContentHash
    sent_at: datetime
    expires_at: datetime
    tries: int = 0
    used_at: datetime | None = None
    is_replaced: bool = False
    """A newer one was sent."""
    way: Way = Way.MESSAGE


@dataclass(eq=False)
class CodeOld(DomainError):
    """More than five minutes have passed, or a newer one was sent."""

    code: ClassVar[str] = "code_old"


@dataclass(eq=False)
class CodeSpent(DomainError):
    """Tried wrong too often: it is worth nothing any more."""

    code: ClassVar[str] = "code_spent"


@dataclass(eq=False)
class CodeOfChat(DomainError):
    """It was read in the chat and typed in the chat: it counts on the pages, on the phone and at the command line."""

    code: ClassVar[str] = "code_of_chat"


@dataclass(eq=False)
class NoChat(DomainError):
    """No chat is linked that a code could be sent to."""

    code: ClassVar[str] = "no_chat"


@dataclass(eq=False)
class CodesBlocked(DomainError):
    """Too many wrong codes today: another administrator can help."""

    code: ClassVar[str] = "codes_blocked"


@dataclass(eq=False)
class CodeTooSoon(DomainError):
    """One was sent just now, or too many were."""

    code: ClassVar[str] = "code_too_soon"
    minutes: int


def figures(number: int) -> str:
    """`004217`: as people read and type it."""
    return f"{number % NUMBERS:06d}"


def binding(code: SentCode, typed: str) -> str:
    """What is kept of a code (under a key that lies outside the database): bound to itself, its person, its approval and what
    was approved, so that no other row can be made to accept it."""
    return f"{code.id.hex}:{code.staff.hex}:{code.approval.hex}:{code.content.hex()}:{typed}"


def why_not(
    code: SentCode, *, approval: ApprovalId, staff: StaffId, content: ContentHash, now: datetime
) -> DomainError | None:
    """Why this code cannot be tried for this; None when it can. A code for something else is as good as none."""
    if (code.approval, code.staff, code.content) != (approval, staff, content) or code.used_at is not None:
        return CodeOld()
    if code.is_replaced or now >= code.expires_at:
        return CodeOld()
    return CodeSpent() if code.tries >= TRIES else None


def is_chat(origin: str) -> bool:
    """Is it the chat that somebody came by, where no code counts that was read there?"""
    return origin.partition(" ")[0] == Way.TELEGRAM.value


def wait(sent: Sequence[datetime], now: datetime) -> timedelta:
    """How long until another code may be sent to somebody, after those of the last day (any order). Zero: now."""
    waits = [timedelta(0)]
    newest = sorted((at for at in sent if now - at < DAY), reverse=True)
    if newest:
        waits.append(newest[0] + APART - now)
    hour = [at for at in newest if now - at < timedelta(hours=1)]
    if len(hour) >= MOST_AN_HOUR:
        waits.append(hour[MOST_AN_HOUR - 1] + timedelta(hours=1) - now)
    if len(newest) >= MOST_A_DAY:
        waits.append(newest[MOST_A_DAY - 1] + DAY - now)
    return max(waits)
