"""What a text most likely wants, by the words of thousands that people read before it: a linear classifier.

The rules (`rules.py`) say why, and hear what somebody foresaw. This hears what nobody did, says no more than how sure it
is, and is asked only where the rules are not certain. It knows words, pairs of words and runs of letters, in all languages
at once; its weights (`weights.json`) are those of an averaged perceptron (Freund and Schapire 1999; averaged as by
Collins 2002), taught by `tests/core/teaching.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from core.accents import without_accents
from core.sms.signs import Intent

WEIGHTS = Path(__file__).with_name("weights.json")
SURER = 12
"""By how much it must be surer of its own reading than of the rules'; of what the rules cannot read, by half of that; that a wish
is none, by twice as much."""
LEAST_TOLD, LEAST_WORDS = 3, 2
"""Words and figures, and words alone, of a text that it listens to: a shorter one is a command, or an answer to a question."""
RUN = 4
"""Letters of a run."""
MOST_WORDS = 80
TOLD = 3
"""Of the words that spoke for a reading, so many are named."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a text wants rather than what the rules read."""

    intent: Intent
    because: tuple[str, ...]
    """The words that spoke for it most."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What was learned, as `weights.json` holds it."""

    intents: Sequence[Intent]
    weights: Mapping[str, Sequence[int]]
    """Of each feature in turn: for which of the intents it speaks (or against), and how loud."""


def opinion(text: str, read_as: Intent) -> Opinion | None:
    """What `text` wants, where that is surely not what the rules have `read_as`; else None."""
    words = _words(text)
    if len(words) - words.count("?") < LEAST_TOLD or sum(map(str.isalpha, words)) < LEAST_WORDS:
        return None
    taught, features = _taught(), _features(words)
    scores = _scores(taught, features)
    best = max(range(len(scores)), key=scores.__getitem__)
    intent = taught.intents[best]
    least = SURER / 2 if read_as is Intent.UNCLEAR else SURER * 2 if intent is Intent.UNCLEAR else SURER
    if scores[best] - scores[taught.intents.index(read_as)] <= least:
        return None
    return Opinion(intent, _because(taught, words, best))


def features_of(text: str) -> set[str]:
    """The words of a text, each two that stand side by side, runs of letters, and how long it is."""
    return _features(_words(text))


def _features(words: Sequence[str]) -> set[str]:
    runs = {
        f"~{marked[at : at + RUN]}"
        for word in words
        if len(word) > RUN and word.isalpha()
        for marked in [f"<{word}>"]
        for at in range(len(marked) - RUN + 1)
    }
    pairs = {f"{one} {two}" for one, two in pairwise(["<", *words, ">"])}
    return {*words, *runs, *pairs, f"={min(len(words) // 3, 6)}"}


_WORD = re.compile(r"[a-z0-9]+(?:[-/.,][a-z0-9]+)*|\?")
_KINDS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"loan.*"), "loan0"),
    (re.compile(r"(?=.*[a-z])(?=.*[0-9])[a-z0-9]{10,11}"), "code0"),
    (re.compile(r"r[0-9]{4,}"), "r0"),
    (re.compile(r"[0-9].*"), "0"),
)
"""What is written with figures, by what it is: which sum and whose number tell nothing of the wish. The rest are accounts."""


def _words(text: str) -> list[str]:
    plain = without_accents(text.casefold())
    found: list[str] = []
    for word in _WORD.findall(plain):
        if any(letter.isdigit() for letter in word):
            found.append(next((kind for pattern, kind in _KINDS if pattern.fullmatch(word)), "a0"))
        else:
            found += re.split("[-/.,]", word)
    return found[:MOST_WORDS]


def _scores(taught: Taught, features: Iterable[str]) -> list[int]:
    """How loud what a text says speaks for each of the intents."""
    scores = [0] * len(taught.intents)
    for feature in features:
        told = taught.weights.get(feature, ())
        for at in range(0, len(told), 2):
            scores[told[at]] += told[at + 1]
    return scores


def _because(taught: Taught, words: Iterable[str], intent: int) -> tuple[str, ...]:
    loud = {word: _scores(taught, [word])[intent] for word in words if word.isalpha()}
    spoke = sorted((word for word in loud if loud[word] > 0), key=lambda word: (-loud[word], word))
    return tuple(spoke[:TOLD])


@cache
def _taught() -> Taught:
    """Read when it is first wanted: some 25 ms that most processes never need."""
    held = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Taught([Intent(value) for value in held["intents"]], held["weights"])
