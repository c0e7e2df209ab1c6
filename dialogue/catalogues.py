"""Words: TOML beside the flows, all languages side by side, compiled once when the program starts.

A catalogue `flows/pay.toml` holds a table for each screen of its flow; what stands under it is a text, `lines` and `choices`:

    [amount]
    en = "Amount to pay:"
    sw = "Kiasi cha kulipa:"
    [amount.lines]
    one = { en = "...", sw = "..." }

A missing language is an error here, at start, not on somebody's phone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from importlib import resources
from typing import Any

from core.callers import LANGUAGES
from core.errors import Bug, DomainError
from core.money import Money
from dialogue.screens import Screen
from dialogue.speech import Facts, day, money, name

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """What one screen says in one language."""

    text: str
    lines: Texts
    choices: Texts


@dataclass(frozen=True, slots=True)
class Spoken:
    """Everything that is said in one language."""

    screens: Mapping[str, Words]
    errors: Texts
    """By the error's code."""
    nav: tuple[str, ...]
    """Key lines by what is possible: 1 back, 2 home, 4 more, added up."""
    apologies: Texts


@dataclass(frozen=True, slots=True)
class Graph:
    """Screens and their words: what the engine walks."""

    screens: Mapping[str, Screen]
    spoken: Mapping[str, Spoken]
    start: str
    """The fork where a conversation begins."""
    resume: str
    """The page that offers a conversation which broke off."""


def compiled(screens: Iterable[Screen], *, start: str, resume: str) -> Graph:
    """Join screens with their words from `dialogue/flows` and `dialogue/words`."""
    named = {screen.name: screen for screen in screens}
    flows = {flow: _read("flows", f"{flow}.toml") for flow in sorted({name.partition(".")[0] for name in named})}
    common, errors = _read("words", "common.toml"), _read("words", "errors.toml")
    spoken = {language: _spoken(language, named, flows, common, errors) for language in LANGUAGES}
    return Graph(named, spoken, start, resume)


def _read(folder: str, file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("dialogue") / folder / file).read_text(encoding="utf-8"))


def _spoken(
    language: str,
    screens: Mapping[str, Screen],
    flows: Mapping[str, dict[str, Any]],
    common: dict[str, Any],
    errors: dict[str, Any],
) -> Spoken:
    words = {}
    for full in screens:
        flow, _, own = full.partition(".")
        table = flows[flow].get(own, {})
        words[full] = Words(
            text=_text(table, language, full) if _speaks(table) else "",
            lines=_texts(table.get("lines", {}), language, full),
            choices=_texts(table.get("choices", {}), language, full),
        )
    keys = _texts(common["nav"], language, "nav")
    nav = [
        " ".join(keys[key] for bit, key in enumerate(("back", "home", "more")) if possible >> bit & 1)
        for possible in range(8)
    ]
    return Spoken(
        words, _texts(errors, language, "errors"), tuple(nav), _texts(common["apologies"], language, "apologies")
    )


def _speaks(table: dict[str, Any]) -> bool:
    return any(language in table for language in LANGUAGES)


def _texts(table: dict[str, Any], language: str, where: str) -> Texts:
    return {key: _text(texts, language, f"{where}.{key}") for key, texts in table.items()}


def _text(table: dict[str, Any], language: str, where: str) -> str:
    if language not in table:
        raise Bug(f"{where} says nothing in {language}")
    return str(table[language])


def facts_of(error: DomainError) -> Facts:
    """The facts in the text of a refusal, written as screens write them."""
    return {field.name: _fact(getattr(error, field.name)) for field in fields(error)}


def _fact(value: object) -> str:
    match value:
        case Money():
            return money(value)
        case date():
            return day(value)
        case _:
            return name(str(value)[:40])
