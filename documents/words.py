"""The words of our papers, and people's texts made fit for paper."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words.toml"
LONGEST_WORD = 24
"""Letters without a gap that any column has room for; a longer word may be broken after each so many."""
LONGEST_TEXT = 200

_BREAK = "\u200b"
_GAPS = ("Zl", "Zp", "Zs", "Cc")
_UNSEEN = ("Cf", "Cs", "Co", "Cn")


def words_of(paper: str, language: str) -> dict[str, str]:
    """What the paper of that name says in that language, with what all papers share."""
    said = _catalogue()
    return {key: texts[language] for key, texts in {**said["common"], **said[paper]}.items()}


@cache
def _catalogue() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def fit(text: str) -> str:
    """A name as it can stand on paper: one line of visible characters, without those that turn the direction of what follows
    (a name could otherwise rearrange the sum beside it), and with places where an endless word may be broken."""
    seen = (" " if unicodedata.category(letter) in _GAPS else letter for letter in unicodedata.normalize("NFC", text))
    short = " ".join(_unpiled(letter for letter in seen if unicodedata.category(letter) not in _UNSEEN).split())
    if len(short) > LONGEST_TEXT:
        short = short[: LONGEST_TEXT - 1].rstrip() + "…"
    return " ".join(_breakable(word) for word in short.split(" "))


def _unpiled(letters: Iterable[str]) -> str:
    """At most two accents on a letter: a pile of them would cover the lines above."""
    kept: list[str] = []
    for letter in letters:
        if not (unicodedata.combining(letter) and all(map(unicodedata.combining, kept[-2:])) and len(kept) > 1):
            kept.append(letter)
    return "".join(kept)


def _breakable(word: str) -> str:
    pieces = [word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD)]
    return _BREAK.join(pieces)
