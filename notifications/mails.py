"""Messages as mail: a subject, paragraphs, and the same as simple HTML; one file an event in `mails/`, languages together.

An event without a file of its own is told in the words of its text message. Facts are put into one line each, so that none
can add a paragraph or become the subject; HTML is made of the finished text, so that no fact can be markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Bug
from core.messages import Message
from core.templates import MOST_MAIL, TemplateRefused
from notifications.catalogue import environment, facts_of, render

if TYPE_CHECKING:
    from jinja2 import Template

MAILS = Path(__file__).parent / "mails"


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says, before its frame: one line of subject, and paragraphs apart by an empty line."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the words. `links` are keys of `frame.toml` with their addresses."""

    organisation: str
    language: str
    links: tuple[tuple[str, str], ...] = ()
    stop: str = ""
    """Where mails of this kind are ended; "" for what nobody can end."""


def words_of(message: Message, language: str) -> Words:
    """The standard words. Raises `Bug` for a language that a file does not have."""
    template = _template(message.event)
    if template is None:
        return Words(one_line(message.organisation), render(message, language))
    if language not in template.blocks:
        raise Bug(f"mail {message.event} has no words in {language}")
    context = template.new_context(mail_facts(message, language))
    return read("".join(template.blocks[language](context)))


def mail_facts(message: Message, language: str) -> dict[str, object]:
    """The facts of the message, none of more than one line."""
    facts = facts_of(message, language)
    return {name: one_line(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}


def read(said: str) -> Words:
    """The first line is the subject. Raises `TemplateRefused` where there is no subject, no body, or too much."""
    if len(said) > MOST_MAIL:
        raise TemplateRefused(f"longer than {MOST_MAIL} characters")
    subject, _, rest = said.strip().partition("\n")
    parts = ["\n".join(" ".join(line.split()) for line in part.strip().split("\n")) for part in _GAP.split(rest)]
    body = "\n\n".join(part for part in parts if part)
    if not subject.strip() or not body:
        raise TemplateRefused("a mail is a subject in the first line, an empty line, and what it says")
    return Words(one_line(subject), body)


_GAP = re.compile(r"\n[ \t\r]*\n\s*")


def one_line(text: str) -> str:
    """Without line breaks and invisible signs."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


# --- the frame ----------------------------------------------------------------------------------------------------------


def as_text(words: Words, frame: Frame) -> str:
    """The whole mail for those who read plain text."""
    below = "\n".join(_small_print(frame))
    return "\n\n".join([*_paragraphs(words, frame), f"-- \n{below}"]) + "\n"


def as_html(words: Words, frame: Frame) -> str:
    """The same for those who do not: no picture, nothing from elsewhere, no script, readable at 320 px and in the dark."""
    paragraphs = "\n".join(f"<p>{_marked_up(each, frame)}</p>" for each in _paragraphs(words, frame))
    below = "<br>\n".join(_marked_up(each, frame) for each in _small_print(frame))
    return _PAGE.format(
        language=escape(frame.language), subject=escape(words.subject), paragraphs=paragraphs, below=below
    )


_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{subject}</title></head>
<body style="margin:0 auto;max-width:36em;padding:1em;font:16px/1.5 sans-serif">
{paragraphs}
<p style="border-top:1px solid;padding-top:1em;font-size:14px">{below}</p>
</body>
</html>
"""


def _paragraphs(words: Words, frame: Frame) -> list[str]:
    said = _frame_words(frame.language)
    links = [said[key].format(url=url) for key, url in frame.links]
    return [said["greeting"], *words.body.split("\n\n"), *links]


def _small_print(frame: Frame) -> list[str]:
    said = _frame_words(frame.language)
    stop = [said["stop"].format(url=frame.stop)] if frame.stop else []
    return [said["footer"].format(organisation=one_line(frame.organisation)), *stop]


def _marked_up(text: str, frame: Frame) -> str:
    """Escaped, line by line; only our own addresses are links, whatever else looks like one."""
    ours: Sequence[str] = [url for _, url in frame.links if url] + ([frame.stop] if frame.stop else [])
    shown = escape(text).replace("\n", "<br>\n")
    for url in dict.fromkeys(ours):
        shown = shown.replace(escape(url), f'<a href="{escape(url)}">{escape(url)}</a>')
    return shown


@cache
def _frame_words(language: str) -> Mapping[str, str]:
    import tomllib

    table = tomllib.loads((MAILS / "frame.toml").read_text(encoding="utf-8"))
    return {key: texts[language] for key, texts in table.items()}


@cache
def _template(event: str) -> Template | None:
    path = MAILS / f"{event}.j2"
    return environment().from_string(path.read_text(encoding="utf-8")) if path.exists() else None
