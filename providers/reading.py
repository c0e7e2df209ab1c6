"""Reading what outside systems send: hostile or merely odd bytes become values, or are kept as unread."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import KaraniError
from core.phones import Msisdn, NotAPhone


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


LONGEST_TEXT = 1_600
"""Ten parts of a long message, more than any phone sends us."""


def required(form: Mapping[str, str], name: str) -> str:
    """A field without which the news means nothing."""
    value = kept_text(form.get(name, ""), most=200, what=name)
    if not value:
        raise Unreadable(f"no {name}")
    return value


def texted(text: str) -> str:
    """What somebody texted us. It may hold line breaks; other control characters become blanks."""
    if len(text) > LONGEST_TEXT:
        raise Unreadable(f"text of {len(text)} characters")
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text).strip()


def texting_phone(text: str, country_code: str) -> Msisdn | None:
    """Whose phone a gateway names. A plus that was not encoded arrives as a blank; some send a national number. None for a
    name (`CALL2DAY`, whose letters a phone library would take for keys) and for other channels (`whatsapp:US.1234`)."""
    if any(letter.isalpha() for letter in text):
        return None
    try:
        return Msisdn.parse(text.strip(), country_code=country_code)
    except NotAPhone:
        return None
