"""References as people type them (PAY-5): tolerant of case, blanks, dashes, and of O for 0 and I or L for 1.

Two keys are read from a text. The exact key forgives spelling: `sk/10-24` and `SK 1024` are one. The canonical key also
takes look-alikes as one: `SKIO24`. Storage keeps both beside each reference, so that a lookup is two index probes; what
was found is then decided here, and never guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

LONGEST = 100
"""No reference is longer (providers allow 13 to 20); a longer text is no reference at all, and costs nothing to refuse."""

_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as typed, with its keys. Empty keys match nothing."""

    exact: str
    canonical: str

    @classmethod
    def read(cls, text: str) -> Reference:
        """The keys of any text, however hostile: at most `LONGEST` characters of it are ever looked at."""
        typed = text if len(text) <= LONGEST else text.strip()
        return _read(typed) if len(typed) <= LONGEST else cls("", "")


@lru_cache(maxsize=16_384)
def _read(typed: str) -> Reference:
    """One payment asks for the keys of its reference several times."""
    exact = _exact(typed)
    return Reference(exact, exact.translate(_ALIKE))


def _exact(text: str) -> str:
    """Letters and digits only, compatibility forms and case folded; digits of any script are read as ours."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join([str(unicodedata.decimal(letter, letter)) for letter in text])
        text = unicodedata.normalize("NFKC", text.casefold())
    return "".join([letter for letter in text.casefold() if letter.isalnum()])


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One candidate, and no other, bears the reference. `exact` is False when look-alikes had to be forgiven."""

    candidate: T
    exact: bool


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several candidates could be meant. A person decides, never we."""

    count: int


def resolve(typed: str, candidates: Iterable[tuple[str, T]]) -> Found[T] | Ambiguous | None:
    """Which of `candidates` (reference and what bears it) is meant by `typed`.

    An exact match wins over look-alikes; look-alikes decide only when there is one. The same thing offered twice
    (equal values) counts once.
    """
    wanted = Reference.read(typed)
    if not wanted.exact:
        return None
    exact: list[T] = []
    alike: list[T] = []
    for text, candidate in candidates:
        reference = Reference.read(text)
        if reference.exact == wanted.exact and candidate not in exact:
            exact.append(candidate)
        if reference.canonical == wanted.canonical and candidate not in alike:
            alike.append(candidate)
    matches = exact or alike
    if len(matches) > 1:
        return Ambiguous(len(matches))
    return Found(matches[0], exact=bool(exact)) if matches else None
