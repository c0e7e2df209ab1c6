"""What the bot says: one catalogue, all languages side by side. Facts are text, and never markup."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from pathlib import Path

from core.callers import LANGUAGES
from core.errors import DomainError
from core.money import Money
from dialogue.catalogues import facts_of
from dialogue.flows import GRAPH
from notifications.catalogue import money

FILE = Path(__file__).with_name("words.toml")


@cache
def words(language: str) -> dict[str, str]:
    """Key, text. A missing language fails when a test asks for it, not in somebody's chat."""
    table: dict[str, dict[str, str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {key: texts[language].strip("\n") for key, texts in table.items()}


def told(language: str, key: str, **facts: object) -> str:
    """A text as Telegram's HTML: what is put into it is escaped."""
    shown = {name: escape(shown_as(fact), quote=False) for name, fact in facts.items()}
    return words(language)[key].format(**shown)


def shown_as(fact: object) -> str:
    return money(fact) if isinstance(fact, Money) else str(fact)


def refusal(error: DomainError, language: str) -> str:
    """Why not, as every door says it; plain text."""
    return GRAPH.spoken[language].errors.get(error.code, error.code).format(**facts_of(error))


def refused(error: DomainError, language: str) -> str:
    """The same as Telegram's HTML, for a message: it may hold what somebody typed."""
    return escape(refusal(error, language), quote=False)


def languages() -> list[tuple[str, str]]:
    """Each language with its own name."""
    return [(code, words(code)["language"]) for code in LANGUAGES]
