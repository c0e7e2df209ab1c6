"""What a screen says now: its words filled with facts, numbered, and packed into the page that is asked for."""

from __future__ import annotations

from typing import NamedTuple

from core.errors import Bug, DomainError
from dialogue.catalogues import Graph, Words, facts_of
from dialogue.conversation import Conversation, View
from dialogue.pages import Content, Piece, pack
from dialogue.screens import Ask, Choose, Confirm, End, Listing, Menu, Screen, Secret, Shown

MOST_ITEMS = 90
"""A list offers no more, so that 98 stays a key."""

BACK, HOME, MORE = 1, 2, 4
"""Keys that a page offers, added up."""


class Rendered(NamedTuple):
    """A page. `shown` counts the lines shown so far, `offered` the numbered ones among them; `more` says that others follow."""

    text: str
    shown: int
    offered: int
    more: bool


def render(graph: Graph, conversation: Conversation, view: View, reason: DomainError | None) -> Rendered:
    """The page on which the conversation stands, with the reason of a refusal above it. Raises `Gone`."""
    screen = graph.screens[conversation.stack[-1]]
    spoken = graph.spoken[view.language]
    words = spoken.screens[screen.name]
    keys = _keys(graph, conversation)
    top: list[Piece] = []
    body: list[Piece] = []
    tail: list[Piece] = []
    if reason is not None:
        top.append(("", spoken.errors[reason.code], facts_of(reason)))
    unnumbered = 0
    match screen:
        case Menu() | Confirm() | Choose():
            shown = screen.shows(view)
            top.append(("", words.text, shown.facts))
            body = _lines(words, shown)
            unnumbered = len(body)
            _number(body, screen, view, words, shown)
        case Ask() | Secret():
            shown = screen.shows(view)
            top += _lines(words, shown)
            tail.append(("", words.text, shown.facts))
        case End():
            shown = screen.shows(view)
            top.append(("", words.text, shown.facts))
            top += _lines(words, shown)
            keys = 0
        case _:
            raise Bug(f"{screen.name} has no page")
    page = pack(Content(top, body, tail, spoken.nav[keys], spoken.nav[keys | MORE]), conversation.pages[-1])
    return Rendered(page.text, page.shown, max(0, page.shown - unnumbered), page.more)


def home_at(graph: Graph, stack: tuple[str, ...]) -> int:
    """Where in `stack` the nearest home is; its first screen when there is none."""
    for at in range(len(stack) - 1, 0, -1):
        if is_home(graph.screens[stack[at]]):
            return at
    return 0


def is_home(screen: Screen) -> bool:
    return isinstance(screen, Menu | Choose) and screen.home


def _lines(words: Words, shown: Shown) -> list[Piece]:
    return [("", words.lines[key], facts) for key, facts in shown.lines]


def _number(body: list[Piece], screen: Listing, view: View, words: Words, shown: Shown) -> None:
    number = 0
    if isinstance(screen, Choose):
        for number, item in enumerate(screen.items(view)[:MOST_ITEMS], 1):
            key, facts = item.line
            body.append((f"{number} ", words.lines[key], facts))
    for choice in screen.choices:
        if choice.when(view):
            number += 1
            body.append((f"{number} ", words.choices[choice.label], shown.facts))


def _keys(graph: Graph, conversation: Conversation) -> int:
    """Which keys lead back from here; home is said only where it is not the same as back."""
    depth = len(conversation.stack)
    if depth == 1:
        return BACK if len(conversation.pages) > 1 else 0
    if depth == 2 or home_at(graph, conversation.stack) >= depth - 2:
        return BACK
    return BACK | HOME
