"""Fits what a screen has to say into pages of 160 septets.

A page counts its `CON ` or `END ` too (protocols/africastalking-ussd.md), which leaves 156. Every piece is made of
one-septet characters (see `speech`; the catalogues are tested), so that `len` measures. Names are shortened before a list
is broken into pages; amounts, references and receipt numbers never are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dialogue.speech import Facts, names, shortened

ROOM = 160 - len("CON ")

LIMITS = (30, 24, 20, 17, 14, 12)
"""Lengths that names are cut to, one after the other, before a list is broken into pages."""

PAGED = (20, 16, 12)
"""Lengths of names on pages of a broken list."""

LAST_RESORT = (10, 8, 6, 4)

A_GOOD_PAGE = 3
"""A page of a broken list should show so many lines, if names that are cut shorter allow it."""

Piece = tuple[str, str, Facts]
"""What stands before it (a number and a blank, or nothing), the text, and the facts in the text."""


class Content(NamedTuple):
    """What a screen says, in order: `top` on every page, `body` in as many pages as it needs, `tail` on every page."""

    top: Sequence[Piece]
    body: Sequence[Piece]
    tail: Sequence[Piece]
    nav: str
    """The keys that lead back, on every page; may be empty."""
    nav_more: str
    """The same with the key for the next page."""


class Page(NamedTuple):
    """A page, and how many pieces of the body have been shown with it. `more` says that others follow."""

    text: str
    shown: int
    more: bool


def pack(content: Content, start: int) -> Page:
    """The page that begins with piece `start` of the body."""
    body = content.body[start:] if start else content.body
    text = _join([*content.top, *body, *content.tail], content.nav)
    if len(text) > ROOM:
        pieces = (_fixed(content.top), _fixed(content.body), _fixed(content.tail))
        return _remembered(*pieces, content.nav, content.nav_more, start)
    return Page(text, len(content.body), more=False)


Fixed = tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
"""Pieces as something that can be looked up."""


def _fixed(pieces: Sequence[Piece]) -> Fixed:
    return tuple([(before, text, tuple(facts.items())) for before, text, facts in pieces])


def _loose(pieces: Fixed) -> list[Piece]:
    return [(before, text, dict(facts)) for before, text, facts in pieces]


@lru_cache(maxsize=1_024)
def _remembered(top: Fixed, body: Fixed, tail: Fixed, nav: str, nav_more: str, start: int) -> Page:
    """A full page is gone back to again and again, and costs as much to fit as all the rest of a hop."""
    return _squeezed(Content(_loose(top), _loose(body), _loose(tail), nav, nav_more), start)


def _squeezed(content: Content, start: int) -> Page:
    """Shorten names; then break the body; then shorten names beyond beauty."""
    body, size = content.body[start:], len(content.body)
    whole = [*content.top, *body, *content.tail]
    longest = max(map(len, names(facts for _, _, facts in whole)), default=0)
    limits = [limit for limit in LIMITS if limit < longest]  # another would cut nothing
    fits = bisect_left(limits, True, key=lambda limit: len(_join(_cut(whole, limit), content.nav)) <= ROOM)
    if fits < len(limits):
        return Page(_join(_cut(whole, limits[fits]), content.nav), size, more=False)
    best: tuple[int, str] | None = None
    for limit in (*PAGED, *LAST_RESORT) if body else LAST_RESORT:
        if limit < PAGED[-1] and best:
            break
        best = _most(content, body, limit) or best
        if best and best[0] >= min(A_GOOD_PAGE, len(body)):
            break
    # Facts beyond all measure (a reference of a hundred characters) are cut rather than lost by the network.
    count, text = best or (min(1, len(body)), _join([*content.top, *body[:1], *content.tail], content.nav)[:ROOM])
    return Page(text, start + count, more=start + count < size)


def _most(content: Content, body: Sequence[Piece], limit: int) -> tuple[int, str] | None:
    """As many pieces of `body` as fit when names have `limit` characters, and the page; None when not even one does."""
    cut = _cut([*content.top, *body, *content.tail], limit)
    first, last = len(content.top), len(content.top) + len(body)
    for count in range(len(body), min(0, len(body) - 1), -1):
        nav = content.nav_more if count < len(body) else content.nav
        text = _join([*cut[: first + count], *cut[last:]], nav)
        if len(text) <= ROOM and (count or not body):
            return count, text
    return None


def _cut(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    facts = shortened([facts for _, _, facts in pieces], limit)
    return [(before, text, fewer) for (before, text, _), fewer in zip(pieces, facts, strict=True)]


def _join(pieces: Sequence[Piece], nav: str) -> str:
    lines = [before + (text.format_map(facts) if "{" in text else text) for before, text, facts in pieces]
    if nav:
        lines.append(nav)
    return "\n".join(lines)
