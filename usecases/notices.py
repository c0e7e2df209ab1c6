"""A guardian reads what they were told (NOT-2): as a portal, a page or a chat asks. Another's message does not exist."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotFound
from core.ids import ContactId, MessageId
from storage import notices
from storage.notices import Notice
from storage.tx import Tx

A_PAGE = 10


def notices_of(tx: Tx, contact: ContactId, *, before: MessageId | None = None, limit: int = A_PAGE) -> list[Notice]:
    """A query: the newest first."""
    return notices.page_of(tx, contact, limit=max(1, min(limit, 100)), before=before)


def notice_of(tx: Tx, contact: ContactId, message: MessageId) -> Notice:
    """A query: one message with its ways. Raises `NotFound` for another's."""
    found = notices.one(tx, contact, message)
    if found is None:
        raise NotFound("notification", message.hex)
    return found


def unread(tx: Tx, contact: ContactId) -> int:
    """A query: how many they have not read here."""
    return notices.unread_count(tx, contact)


@dataclass(frozen=True, slots=True)
class ReadNotices:
    """They have read one, or without one all."""

    contact: ContactId
    message: MessageId | None = None


def read_notices(tx: Tx, wish: ReadNotices) -> int:
    """How many were unread. Safe to repeat. Raises `NotFound` for another's message."""
    if wish.message is not None:
        notice_of(tx, wish.contact, wish.message)
    return notices.mark_read(tx, wish.contact, wish.message)
