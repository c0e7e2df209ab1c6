"""What the staff pages say: one catalogue beside each group of templates in `web/pages/staff`, all languages side by side."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.callers import LANGUAGES
from core.errors import DomainError
from core.money import Currency, Money
from dialogue.catalogues import facts_of
from dialogue.flows import GRAPH
from notifications.catalogue import day_in, money

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = Path(__file__).parents[1] / "pages"
FOLDER = PAGES / "staff"

Words = Mapping[str, Mapping[str, str]]


@cache
def words(language: str) -> Words:
    """Group, key, text. A missing language fails when a test asks for it, not on somebody's page."""
    found = {}
    for file in sorted(FOLDER.glob("*.toml")):
        table: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
        found[file.stem] = {key: texts[language] for key, texts in table.items()}
    return found


def languages() -> list[tuple[str, str]]:
    """Each language with its own name."""
    return [(code, words(code)["common"]["language"]) for code in LANGUAGES]


def refusal(error: DomainError, language: str) -> str:
    """Why not, as every door says it."""
    return GRAPH.spoken[language].errors.get(error.code, error.code).format(**facts_of(error))


@lru_cache(maxsize=1_024)
def moment_in(moment: datetime, language: str, time_zone: str) -> str:
    """`21 Nov 2026, 09:15`, by the organisation's clock."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day_in(local.date(), language)}, {local:%H:%M}"


def sum_of(text: str, code: str) -> str:
    """`KSh 1,500` of `1500.00` and `KES`, as lists of payments hold them: what `Money.plain` wrote, read again."""
    return money(Money(int(text.replace(".", "")), Currency.of(code)))


def coins_of(minor: int, code: str) -> str:
    return money(Money(minor, Currency.of(code)))


def permille_in(permille: int, language: str) -> str:
    """`93.5%` of 935; French writes a comma and keeps its distance."""
    whole, tenth = divmod(permille, 10)
    return f"{whole},{tenth} %" if language == "fr" else f"{whole}.{tenth}%"


def day(on: date, language: str) -> str:
    return day_in(on, language)


def render(template: str, facts: Mapping[str, object]) -> str:
    """A page. A fact that is missing is a mistake, and no empty place."""
    return environment().get_template(template).render(facts)


@cache
def environment() -> Environment:
    """Made when the first page is asked for."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages: Any = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.filters |= {"money": money, "moment": moment_in, "day": day, "sum": sum_of, "coins": coins_of}
    pages.filters["permille"] = permille_in
    found: Environment = pages
    return found


@cache
def stylesheet() -> str:
    """The receipt page's style, and what forms and tables need beside it."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (PAGES / "receipt.css", FOLDER / "staff.css"))


@cache
def stylesheet_name() -> str:
    """Named by its content, so that a browser may keep it for ever."""
    return f"{hashlib.blake2b(stylesheet().encode(), digest_size=8).hexdigest()}.css"
