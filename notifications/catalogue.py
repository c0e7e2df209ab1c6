"""The message catalogue: one file an event in `messages/`, its languages together; each text one SMS segment (NOT-3).

Beside a template may stand a file of words of the same name (`payment_failed.toml`), for facts that are one of a few.
Templates are sandboxed: they see the facts of their message and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.callers import LANGUAGES
from core.errors import Bug
from core.figures import day_in, money
from core.gsm7 import segments, to_gsm7
from core.messages import Message
from core.money import Money

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["LEAST_NAME", "MESSAGES", "ROOM", "cut", "day_in", "environment", "money", "render", "warm", "words"]
"""`money` and `day_in` are `core.figures`'; templates have them as filters."""

MESSAGES = Path(__file__).parent / "messages"
ROOM = 160
"""Septets of one segment."""
LEAST_NAME = 8
"""An organisation's name is shortened to this and no further; then the text is longer than a segment, but true."""


def render(message: Message, language: str) -> str:
    """What the person is told: GSM-7, and one segment for every realistic length of names and sums.

    Only names are ever shortened (`Kilimani View Second..`) and what the payer typed; amounts, references and receipts
    never are.
    Raises `Bug` for a language that the catalogue does not have.
    """
    facts = facts_of(message, language)
    organisation = to_gsm7(message.organisation)
    text = _told(message.event, language, {**facts, "organisation": organisation})
    if (over := segments(text).units - ROOM) <= 0:
        return text
    name = cut(organisation, max(segments(organisation).units - over, LEAST_NAME))
    return _told(message.event, language, {**facts, "organisation": name})


def facts_of(message: Message, language: str) -> dict[str, object]:
    """What a template may name: the fields of the message, and for its filters the language and the event."""
    facts = {field.name: _plain(getattr(message, field.name)) for field in fields(message)}
    return {**facts, "language": language, "event": message.event}


def _plain(fact: object) -> object:
    return fact.value if isinstance(fact, Enum) else fact


def _told(event: str, language: str, facts: Mapping[str, object]) -> str:
    """The block of `language`, its lines joined: templates may be laid out for their translators."""
    template = _template(event)
    if language not in template.blocks:
        raise Bug(f"{event} has no words in {language}")
    context = template.new_context(dict(facts))
    return " ".join(to_gsm7("".join(template.blocks[language](context))).split())


def cut(text: str, room: int) -> str:
    """`text` in GSM-7 within `room` septets; a cut shows as two dots."""
    said = to_gsm7(text)
    if segments(said).units <= room:
        return said
    while segments(said).units > room - len(".."):
        said = said[:-1]
    return f"{said.rstrip()}.."


# --- the template language --------------------------------------------------------------------------------------------


@cache
def _template(event: str) -> Template:
    return environment().get_template(f"{event}.j2")


@cache
def environment() -> SandboxedEnvironment:
    """The sandbox, made when the first message is rendered: a process that sends nothing never loads it."""
    from jinja2 import FileSystemLoader, StrictUndefined, pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    sandbox = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(MESSAGES),
        undefined=StrictUndefined,
        autoescape=False,  # a text message, not a page
        auto_reload=False,
    )
    sandbox.globals.clear()
    sandbox.filters |= {"money": money, "cut": cut, "day": pass_context(_day), "words": pass_context(_words)}
    sandbox.tests |= {"owed": _owed, "credit": _credit}
    return sandbox


def _owed(balance: Money) -> bool:
    return balance.minor > 0


def _credit(balance: Money) -> bool:
    return balance.minor < 0


def _day(context: Context, day: date) -> str:
    return day_in(day, str(context["language"]))


def _words(context: Context, fact: str) -> str:
    return words(str(context["event"]))[fact][str(context["language"])]


@cache
def words(event: str) -> Mapping[str, Mapping[str, str]]:
    """The words beside a template: fact, language, text."""
    import tomllib

    return tomllib.loads((MESSAGES / f"{event}.toml").read_text(encoding="utf-8"))


def warm() -> None:
    """Compile every template, so that the first receipt is not the slow one."""
    for template in sorted(MESSAGES.glob("*.j2")):
        _template(template.stem)
    for language in LANGUAGES:
        day_in(date(2027, 1, 18), language)
