"""An organisation's own words: a small part of Jinja, checked when they are set and harmless when they are used (NOT-3).

They may put in the facts of their message, choose with `if`, and use the catalogue's filters. There are no loops, calls,
attributes or assignments, so that what they cost is bounded by their length; the sandbox is the second wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

from core.gsm7 import Segments, segments
from core.messages import Message
from core.templates import MOST_MAIL, MOST_PARTS, MOST_SOURCE, TemplateRefused
from notifications.catalogue import environment, facts_of, render
from notifications.examples import EXAMPLES
from notifications.mails import Words, mail_facts, read, words_of

if TYPE_CHECKING:
    from jinja2 import Template, nodes

FILTERS = ("money", "cut", "day", "words")
TESTS = ("owed", "credit")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would be for one example, and what a gateway makes of it."""

    text: str
    segments: Segments


def fields_of(event: str) -> tuple[str, ...]:
    """The facts that words for this event may name."""
    return tuple(field.name for field in fields(EXAMPLES[event][0]))


def previews(event: str, language: str, source: str) -> list[Preview]:
    """The text for every example of the event. Raises `TemplateRefused` for words that cannot be used."""
    checked(event, source)
    found = []
    for example in EXAMPLES[event]:
        try:
            found.append(_preview(said(example, language, source)))
        except Exception as error:
            raise TemplateRefused(f"{type(error).__name__}: {error}"[:90]) from None
    return found


def standard(event: str, language: str) -> list[Preview]:
    """The same for the standard text."""
    return [_preview(render(example, language)) for example in EXAMPLES[event]]


def _preview(text: str) -> Preview:
    return Preview(text, segments(text))


def said(message: Message, language: str, source: str) -> str:
    """The text that these words make. Raises whatever a template may raise, and `TemplateRefused` for an empty or too long
    text: the caller falls back to the standard one."""
    text = " ".join(_compiled(message.event, source).render(facts_of(message, language)).split())
    if not text:
        raise TemplateRefused("it says nothing")
    if (parts := segments(text).parts) > MOST_PARTS:
        raise TemplateRefused(f"{parts} segments; {MOST_PARTS} at most")
    return text


def said_by_mail(message: Message, language: str, source: str) -> Words:
    """The mail that these words make: the first line is its subject. Raises as `said`."""
    return read(_compiled(message.event, source, MOST_MAIL).render(mail_facts(message, language)))


def mail_previews(event: str, language: str, source: str) -> list[Words]:
    """The mail for every example of the event; of the standard words without a `source`. Raises `TemplateRefused`."""
    if not source:
        return [words_of(example, language) for example in EXAMPLES[event]]
    checked(event, source, MOST_MAIL)
    found = []
    for example in EXAMPLES[event]:
        try:
            found.append(said_by_mail(example, language, source))
        except TemplateRefused:
            raise
        except Exception as error:
            raise TemplateRefused(f"{type(error).__name__}: {error}"[:90]) from None
    return found


@lru_cache(maxsize=512)
def _compiled(event: str, source: str, most: int = MOST_SOURCE) -> Template:
    checked(event, source, most)
    return environment().from_string(source)


def checked(event: str, source: str, most: int = MOST_SOURCE) -> None:
    """Raise `TemplateRefused` unless these words use nothing but what words may use."""
    from jinja2 import TemplateSyntaxError

    if len(source) > most:
        raise TemplateRefused(f"longer than {most} characters")
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        raise TemplateRefused(f"line {error.lineno}: {error.message}"[:90]) from None
    except RecursionError:
        raise TemplateRefused("too deeply nested") from None
    known = set(fields_of(event)) | {"language"}
    for node in _all(tree):
        _look(node, known)


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def _look(node: nodes.Node, known: set[str]) -> None:
    from jinja2 import nodes as jinja

    plain = (jinja.Template, jinja.Output, jinja.TemplateData, jinja.If, jinja.CondExpr, jinja.Const)
    logic = (jinja.And, jinja.Or, jinja.Not, jinja.Neg, jinja.Compare, jinja.Operand)
    if isinstance(node, jinja.Name):
        if node.name not in known:
            raise TemplateRefused(f"nothing is known of {node.name[:30]}; there are {', '.join(sorted(known))}"[:110])
    elif isinstance(node, jinja.Filter):
        if node.name not in FILTERS:
            raise TemplateRefused(f"no filter {node.name[:30]}; there are {', '.join(FILTERS)}")
    elif isinstance(node, jinja.Test):
        if node.name not in TESTS:
            raise TemplateRefused(f"no test {node.name[:30]}; there are {', '.join(TESTS)}")
    elif not isinstance(node, plain + logic):
        raise TemplateRefused(f"{type(node).__name__} is not allowed: only facts, filters and if")
