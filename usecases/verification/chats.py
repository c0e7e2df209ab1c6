"""Chats that are somebody's: whoever writes a row of their own there could decide in another's name."""

from __future__ import annotations

from collections.abc import Iterator

from storage import chats
from storage.tx import Tx
from usecases.verification.findings import Finding


def links(tx: Tx) -> Iterator[Finding]:
    """Every linked chat is found under its own name, and the trail tells that its person linked it and has not ended it."""
    for one in chats.everybody(tx):
        if not one.is_consistent:
            yield Finding("chat_people", one.staff.hex, "is not the chat account under which it is found")
        if one.last_told != "chat_linked":
            yield Finding("chat_people", one.staff.hex, "the trail does not tell that this chat was linked")
