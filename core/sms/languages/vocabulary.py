"""What each language tells us of its words: said here once, and filled in by the modules beside this one.

Everything is written in lower case and without accents. To teach the parser a word, add it to the module of its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Protocol

from core.sms.signs import Cue, Sign


class Vocabulary(Protocol):
    """What a module of a language offers. Words stand in one text, with blanks between them."""

    SAID: Mapping[Sign, str]
    """Words by what they tell. A word may tell several things."""
    CUES: Mapping[Cue, str]
    """Words that a rule looks for by themselves."""
    POLITE: str
    """Words that add nothing to a wish and take nothing from it."""
    COMMON: str
    """Words that people use beside their wish: each is itself, and never a slip of another word."""
    PASSING: str
    """Words that tell their wish only beside money, or where little else is said."""
    SHORT: Mapping[str, str]
    """Words, each with the ways in which thumbs shorten it."""
    PHRASES: Mapping[str, str]
    """Several words that say one thing, by the one word that says it (of any language); written as `phrases_of` reads it."""
    ADDRESSED: str
    """A pattern of the words by which people ask to be written or spoken to: before a language's name they wish for it."""
    STEMS: tuple[tuple[str, Sign], ...]
    """Verbs that say who, when and whom within the word, as patterns; a denial stands before what it denies."""


_PHRASE = re.compile(r"(?:[^|(\n]|\([^)]*\))+")
_GROUP = re.compile(r"[()]")


def phrases_of(written: str) -> Iterator[tuple[str, ...]]:
    """Each phrase of `a jour|je (paie|regle) (tout|)`, which are five: between bars or on a line of its own; of what stands in
    brackets one way or another is said, and where nothing stands beside a bar there it may be left out."""
    for pattern in _PHRASE.findall(written):
        groups = [[tuple(way.split()) for way in group.split("|")] for group in _GROUP.split(pattern)]
        for ways in product(*groups):
            if phrase := sum(ways, ()):
                yield phrase
