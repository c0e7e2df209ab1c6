"""What a word tells, and whose it is: the four vocabularies of `core/sms/languages/` as one.

A word of two languages counts for neither. What is listed as courtesy adds nothing to a wish and takes nothing from it; a word
that stands nowhere makes what it stands beside uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from core.sms.languages import en, fr, rw, sw
from core.sms.languages.vocabulary import Vocabulary, phrases_of
from core.sms.signs import Cue, Sign

_OF: Mapping[str, Vocabulary] = {"en": en, "sw": sw, "rw": rw, "fr": fr}
NAMES: Mapping[str, str] = {
    **dict.fromkeys(["en", "english", "kiingereza", "icyongereza", "cyongereza", "anglais"], "en"),
    **dict.fromkeys(["sw", "swahili", "kiswahili", "igiswahili", "giswahili"], "sw"),
    **dict.fromkeys(["rw", "kinyarwanda", "ikinyarwanda", "rwanda"], "rw"),
    **dict.fromkeys(["fr", "french", "kifaransa", "igifaransa", "gifaransa", "francais"], "fr"),
}
"""Languages as they are called in each."""


def _told() -> Iterable[tuple[str, str, Sign]]:
    """Each listed word, whose it is, what it tells."""
    return (
        (word, language, sign)
        for language, module in _OF.items()
        for sign, words in module.SAID.items()
        for word in words.split()
    )


def _signs() -> dict[str, frozenset[Sign]]:
    found: dict[str, set[Sign]] = {}
    for word, _, sign in _told():
        found.setdefault(word, set()).add(sign)
    for name in NAMES:
        if len(name) > 2:
            found.setdefault(name, set()).add(Sign.LANGUAGE)
    return {word: frozenset(signs) for word, signs in found.items()}


def _languages() -> dict[str, str | None]:
    polite = [(word, language) for language, module in _OF.items() for word in module.POLITE.split()]
    found: dict[str, str | None] = {}
    for word, language in [*((word, language) for word, language, _ in _told()), *polite]:
        found[word] = language if found.get(word, language) == language else None
    return found


SIGNS = _signs()
"""What each word tells, as it is listed."""
LANGUAGE_OF = _languages()
"""Whose word it is; None for those of several languages."""
POLITE = frozenset(word for module in _OF.values() for word in module.POLITE.split())
"""Words that say nothing by themselves."""
COMMON = frozenset(word for module in _OF.values() for word in module.COMMON.split()) - SIGNS.keys()
"""Words that people use beside their wish: each is itself, and never a slip of another."""
PASSING = frozenset(word for module in _OF.values() for word in module.PASSING.split())
"""Words that tell their wish only beside money, or where little else is said."""
CUES: Mapping[Cue, frozenset[str]] = {
    cue: frozenset(word for module in _OF.values() for word in module.CUES.get(cue, "").split()) for cue in Cue
}
"""Words that a rule looks for by themselves, of all languages."""
SHORT: Mapping[str, str] = {
    short: word for module in _OF.values() for word, ways in module.SHORT.items() for short in ways.split()
}
"""Words as thumbs shorten them."""
PHRASES: Mapping[tuple[str, ...], str] = {
    phrase: word
    for module in _OF.values()
    for word, written in module.PHRASES.items()
    for phrase in phrases_of(written)
}
"""Several words that say one thing, and the word that says it."""
_STEMS = tuple(
    (re.compile(pattern), frozenset({sign}), language)
    for language, module in _OF.items()
    for pattern, sign in module.STEMS
)
_ADDRESSED = re.compile("|".join(module.ADDRESSED for module in _OF.values()))
_NEGATED = re.compile(
    "(?P<forbids>usi|msi|ntu(?!mi|ma)|ntimu)[a-z]+|(?:hatu|ham|hawa|si|nti|ndu)[a-z]+|(?:a|wa)(?:na|ta|li|me)[a-z]+"
)
"""Of verbs of writing and speaking: that it is not done, not to be done, or done by others."""


def is_addressed(word: str) -> bool:
    """Is it one by which people ask to be written or spoken to?"""
    return _ADDRESSED.fullmatch(word) is not None and _NEGATED.fullmatch(word) is None


def is_forbidden(word: str) -> bool:
    """Is it one by which people ask not to be: `usiniandikie`?"""
    found = _NEGATED.fullmatch(word)
    return found is not None and bool(found["forbids"]) and _ADDRESSED.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def signs_of(word: str) -> frozenset[Sign]:
    """What a word tells: as listed, else by its stem; empty when it tells nothing."""
    if word in SIGNS:
        return SIGNS[word]
    return next((signs for pattern, signs, _ in _STEMS if pattern.fullmatch(word)), frozenset())


def language_of(word: str) -> str | None:
    """Whose word it is; None for those of several languages and of none."""
    if word in LANGUAGE_OF:
        return LANGUAGE_OF[word]
    return next((language for pattern, _, language in _STEMS if pattern.fullmatch(word)), None)
