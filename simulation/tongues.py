"""In which language something is written: by the words that only one of them has, taken from our own catalogues."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from core.callers import LANGUAGES
from dialogue.flows import GRAPH
from notifications.catalogue import MESSAGES

_WORD = re.compile(r"[a-zà-ÿ']{3,}")
_FACT = re.compile(r"\{[^}]*\}")
_BLOCK = re.compile(r"\{% block (\w\w) %\}(.*?)\{% endblock %\}", re.DOTALL)
_TAG = re.compile(r"\{[%{#].*?[%}#]\}", re.DOTALL)
ENOUGH = 2
"""Words of another language, and none of the reader's own: then it is the wrong one."""


def is_foreign(text: str, *readers: str) -> bool:
    """Is it surely written in a language that is none of the reader's?"""
    owners = _owners()
    found = Counter(owners[word] for word in _words(text) if word in owners)
    return bool(found) and found.most_common(1)[0][1] >= ENOUGH and not any(found[language] for language in readers)


@cache
def _owners() -> dict[str, str]:
    """The language of each word that only one has."""
    said: dict[str, set[str]] = {}
    for language, text in _catalogues():
        for word in _words(text):
            said.setdefault(word, set()).add(language)
    return {word: next(iter(languages)) for word, languages in said.items() if len(languages) == 1}


def _catalogues() -> Iterator[tuple[str, str]]:
    for path in sorted(MESSAGES.glob("*.j2")):
        for language, block in _BLOCK.findall(path.read_text()):
            yield language, _TAG.sub(" ", block)
    for language in LANGUAGES:
        spoken = GRAPH.spoken[language]
        for words in spoken.screens.values():
            for text in (words.text, *words.lines.values(), *words.choices.values()):
                yield language, _FACT.sub(" ", text)
        for text in (*spoken.errors.values(), *spoken.nav, *spoken.apologies.values()):
            yield language, _FACT.sub(" ", text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
