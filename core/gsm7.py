"""The alphabet of text messages and USSD: what fits a segment, and how to say a text in it.

Source: 3GPP TS 23.038 (default alphabet and extension table); boundaries as networks cut them: an escape pair or a
surrogate pair moves whole to the next part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One septet each. 127 characters: the 128th code is the escape to `EXTENDED`."""

EXTENDED = "\f^{}\\[~]|€"
"""Two septets each: escape and one more."""

_SEPTETS = {**dict.fromkeys(BASIC, 1), **dict.fromkeys(EXTENDED, 2)}
_basic = re.compile(f"[{re.escape(BASIC)}]*").fullmatch
_gsm7 = re.compile(f"[{re.escape(BASIC + EXTENDED)}]*").fullmatch


class Encoding(Enum):
    """How a message travels. One character outside both tables turns the whole of it into UCS-2."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Units in a message of one part, and in each of several parts (the rest numbers the parts)."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: `units` are septets or UTF-16 code units; an empty text has no part."""

    encoding: Encoding
    units: int
    parts: int


def is_basic(text: str) -> bool:
    """True when every character takes exactly one septet, so that `len(text)` is the length on the air."""
    return _basic(text) is not None


def is_gsm7(text: str) -> bool:
    """True when the text can travel as septets."""
    return _gsm7(text) is not None


def septets(text: str) -> int | None:
    """Length on the air in septets; None when the text needs UCS-2."""
    if is_basic(text):
        return len(text)
    return sum(_SEPTETS[character] for character in text) if is_gsm7(text) else None


def segments(text: str) -> Segments:
    """How many parts a gateway makes of `text`, and of what kind. The count of parts is what is paid for."""
    if is_basic(text):  # nearly every text: nothing takes two units, so nothing moves whole to the next part
        alone, each = ROOM[Encoding.GSM7]
        units = len(text)
        return Segments(Encoding.GSM7, units, min(units, 1) if units <= alone else -(-units // each))
    encoding = Encoding.GSM7 if is_gsm7(text) else Encoding.UCS2
    if encoding is Encoding.GSM7:
        sizes = [_SEPTETS[character] for character in text]
    else:
        sizes = [2 if character > "\uffff" else 1 for character in text]
    units = sum(sizes)
    alone, each = ROOM[encoding]
    parts = min(units, 1) if units <= alone else _parts(sizes, each)
    return Segments(encoding, units, parts)


def _parts(sizes: Iterable[int], room: int) -> int:
    """Parts of `room` units each, when what takes two units may not be cut."""
    parts, left = 1, room
    for size in sizes:
        if size > left:
            parts, left = parts + 1, room
        left -= size
    return parts


_SAID_AS = {
    **dict.fromkeys("‘’‚‛ʼʻʹ′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‹", "<"),
    **dict.fromkeys("›", ">"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("•‣·∙", "-"),
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "ç": "c",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ħ": "h",
    "Ħ": "H",
    "ı": "i",
    "ĸ": "k",
    "ŋ": "ng",
    "Ŋ": "Ng",
    "ŧ": "t",
    "Ŧ": "T",
    "ẞ": "SS",
    "ɓ": "b",
    "ɗ": "d",
    "ƙ": "k",
    "ƴ": "y",
    "⁄": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "x",
    "÷": "/",
    "±": "+-",
    "°": "o",
    "¹": "1",
    "²": "2",
    "³": "3",
    "¼": "1/4",
    "½": "1/2",
    "¾": "3/4",
    "™": "TM",
    "©": "(c)",
    "®": "(R)",
    "№": "no",
    "¢": "c",
    "\t": " ",
    "\r": "\n",
    "\v": "\n",
    "\f": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
}
"""What the alphabet lacks, in its own words. Anything that only lacks an accent is not listed: accents are dropped."""

_WITHOUT_ESCAPE = {"^": "", "{": "(", "}": ")", "\\": "/", "[": "(", "~": "-", "]": ")", "|": "/", "€": "EUR"}

_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "So", "Sk"})
"""Categories that are left out: controls, joiners and directions, emoji and their modifiers, loose accents."""


def to_gsm7(text: str, *, extended: bool = True) -> str:
    """Say `text` in the alphabet, as close as it allows: `Kigali’s école…` becomes `Kigali's école...`.

    With `extended=False` only one-septet characters are used (`[` becomes `(`): what USSD screens need. Letters of other
    scripts become `?`. For texts to people only, never for what must be copied exactly (codes, links): those are
    chosen from the basic table to begin with. Saying twice changes nothing more.
    """
    if is_basic(text) and "\r" not in text:
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join([_said(character, extended) for character in composed])


def _said(character: str, extended: bool) -> str:
    if character in _SAID_AS:
        return _SAID_AS[character]
    size = _SEPTETS.get(character)
    if size == 1 or (size and extended):
        return character
    if size:
        return _WITHOUT_ESCAPE[character]
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in _SILENT:
        return ""
    bare = "".join([letter for letter in unicodedata.normalize("NFKD", character) if not unicodedata.combining(letter)])
    if bare != character:
        return "".join([_said(letter, extended) for letter in bare])
    return "?"
