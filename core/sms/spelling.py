"""Words as thumbs spell them: a slip or two, vowels left out (`pymnt`), several without a blank between them (`howmuchdoiowe`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from core.sms.numbers import NUMBER_WORDS
from core.sms.signs import Sign
from core.sms.words import COMMON, POLITE, SIGNS, signs_of

LEAST_GLUED = 7
"""Letters of a word that may be several: a shorter one is a name."""
LONGEST_WORD = 16
TWO_SLIPS = 9
"""Letters of a word in which two slips are looked for; its first letter stands then."""


_BESIDE = frozenset([Sign.SETTLE, Sign.PUT, Sign.NEW, Sign.FEE, Sign.KNOW, Sign.GENUINE, Sign.LEFT])
_SPELLED = tuple(word for word, signs in SIGNS.items() if not signs <= _BESIDE)
"""What a slip is looked for in: words that tell a wish by themselves."""


def _by(start: int, end: int) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word in _SPELLED:
        if len(word) >= 3:
            found.setdefault(word[start:end], set()).add(word)
    return {letters: frozenset(words) for letters, words in found.items()}


_BEGIN, _GO_ON = _by(0, 1), _by(1, 3)


@lru_cache(maxsize=65_536)
def nearest(token: str) -> str | None:
    """The one word that a slip makes this of; None when there is none, or when two mean different things."""
    if len(token) < 3 or not token.isalpha() or token in COMMON:
        return None
    reach = 2 if len(token) >= TWO_SLIPS else 1
    found: dict[int, set[str]] = {}
    for word in _alike(token):
        if not _may_be(token, word, reach):
            continue
        gap = distance(token, word, most=reach if token[0] == word[0] else 1)
        short = min(len(word), len(token)) <= 3
        if gap is not None and not (short and len(word) == len(token) and sorted(word) != sorted(token)):
            found.setdefault(gap, set()).add(word)
    if not found:
        return _without_vowels(token)
    best = found[min(found)]
    meanings = {SIGNS[word] for word in best}
    return min(best) if len(meanings) == 1 else None


def _alike(token: str) -> frozenset[str]:
    """Words that begin alike, or with the first letter lost or swapped."""
    none: frozenset[str] = frozenset()
    return _BEGIN.get(token[0], none) | _BEGIN.get(token[1], none) | _GO_ON.get(token[:2], none)


def _may_be(token: str, word: str, reach: int) -> bool:
    """Worth comparing: of about one length. A short denial is not what a slip makes of anything."""
    return abs(len(word) - len(token)) <= reach and not (len(word) == 3 and Sign.NOT in SIGNS[word])


_VOWELS = "aeiou"


@lru_cache(maxsize=16_384)
def nearest_number(token: str, words: frozenset[str]) -> str | None:
    """The one of these number's words that has lost a vowel within it, or has two letters swapped (`hundrd`, `kmi`, `irindiw`); None
    where that may be two, and for other words. What a thumb would have to do more for is rather a name."""
    if len(token) < 3 or not token.isalpha() or token in NUMBER_WORDS or _is_word(token):
        return None
    near = [word for word in words if _is_slipped(token, word)]
    return near[0] if len(near) == 1 else None


def _is_slipped(token: str, word: str) -> bool:
    if (token[0], token[-1]) == (word[0], word[-1]) and len(token) == len(word) - 1:
        return any(word[at] in _VOWELS and word[:at] + word[at + 1 :] == token for at in range(1, len(word) - 1))
    is_swapped = len(token) == len(word) and sorted(token) == sorted(word) and token[0] == word[0]
    return is_swapped and distance(token, word, most=1) is not None


def _bones(word: str) -> str:
    return "".join(letter for letter in word if letter not in _VOWELS)


def _boned() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys((*_SPELLED, *POLITE)):
        found.setdefault(_bones(word), []).append(word)
    return {bones: tuple(words) for bones, words in found.items() if len(bones) >= 3}


_BONED = _boned()


def _without_vowels(token: str) -> str | None:
    """`blnc` is `balance`, `angh` is `angahe`: the same consonants, and of the vowels not one more. A denial is never guessed."""
    meant = [word for word in _BONED.get(_bones(token), ()) if word[0] == token[0] and _is_within(token, word)]
    meanings = {SIGNS.get(word, frozenset()) for word in meant}
    return min(meant) if len(meanings) == 1 and not any(not signs or Sign.NOT in signs for signs in meanings) else None


def _is_within(token: str, word: str) -> bool:
    letters = iter(word)
    return all(letter in letters for letter in token)


@lru_cache(maxsize=65_536)
def glued(token: str) -> tuple[str, ...]:
    """The words that stand in one without a blank between them, where all of it is words that we know and one tells something;
    the fewest that do. Empty when it is one word."""
    if not LEAST_GLUED <= len(token) <= 40 or not token.isalpha() or token in COMMON:
        return ()
    best: list[tuple[str, ...] | None] = [(), *[None] * len(token)]
    for end in range(1, len(token) + 1):
        for start in range(max(0, end - LONGEST_WORD), end):
            before, word = best[start], token[start:end]
            if before is None or not _is_word(word):
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = (*before, word)
    parts = best[-1] or ()
    told = any(len(part) >= 3 and signs_of(part) for part in parts)
    return parts if told and len(parts) > 1 else ()


def _is_word(word: str) -> bool:
    if len(word) == 1:
        return word in ("i", "u")
    return word in POLITE or (len(word) >= 3 and (word in COMMON or bool(signs_of(word))))


@lru_cache(maxsize=16_384)
def distance(one: str, two: str, *, most: int) -> int | None:
    """Slips between two words: a letter more, less, another, or two neighbours swapped. None beyond `most`."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one):
        following = [at + 1]
        for to, other in enumerate(two):
            cost = min(row[to + 1] + 1, following[to] + 1, row[to] + (letter != other))
            if at and to and letter == two[to - 1] and one[at - 1] == other:
                cost = min(cost, before[to - 1] + 1)
            following.append(cost)
        if min(following) > most:
            return None
        before, row = row, following
    return row[-1] if row[-1] <= most else None
