"""Reading what outside systems send: hostile or merely odd bytes become values, or are kept as unread."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from core.errors import KaraniError


@dataclass(eq=False)
class Unreadable(KaraniError):
    """A body that we cannot understand. Its raw bytes are kept, visible and replayable; it may be about money."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def kept_text(text: str, *, most: int, what: str) -> str:
    """`text` without blanks around it, fit to be stored and shown. Raises `Unreadable` when it is longer than `most`, or
    holds control characters, which no phone can type and PostgreSQL cannot keep."""
    text = text.strip(" ")
    if len(text) > most:
        raise Unreadable(f"{what} of {len(text)} characters")
    if not text.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise Unreadable(f"control characters in {what}")
    return text


def tidied(text: str, *, most: int) -> str:
    """`text` for display only (a name, an explanation): anything unprintable becomes a blank, and the rest is cut."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text[: 4 * most].split())[:most]
