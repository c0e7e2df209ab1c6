"""What people dial for beside paying. They find the line that they want by its words, in whatever language they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.callers import LANGUAGES
from dialogue.flows import GRAPH

_LINE = re.compile(r"^([0-9]{1,2})[ .:)](?!x )(.*)$", re.MULTILINE)
"""`4 x KSh 1,365` is no line that can be chosen."""
_SHORTEST = 4
"""Fewer letters tell no line from another."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody wants: the lines that lead there, `screen.line`, and what is typed where a page asks."""

    name: str
    lines: tuple[str, ...]
    types: str = ""
    """`sum`, `scrap`, `number` or `code`: what a page without lines is answered."""
    says: str = ""
    """That scrap."""
    keys: int = 3
    """So many answers it takes at least."""
    hurries: bool = False
    """Takes the first line of every page that has none of those."""


PAY = Errand("pay", ())
PAY_ALL = Errand("pay all", ("home.menu.pay_all", "pay.confirm.now"), hurries=True)
PROMISE = Errand(
    "promise",
    (
        *("home.menu.child", "home.menu.children", "pay.child.later"),
        *("promise.sum.all", "promise.confirm.yes"),
    ),
    "sum",
    keys=7,
)
PROMISE_PART = Errand(
    "promise a part",
    (
        *("home.menu.child", "home.menu.children", "pay.child.later"),
        *("promise.sum.part", "promise.confirm.yes"),
    ),
    "sum",
    keys=8,
)
GIVES_WORD = Errand("gives word", ("promise.confirm.yes",))
CHOOSES_DAY = Errand("chooses a day", ("promise.day.soon",))
ASK = Errand("ask", ("home.menu.help", "home.stranger.help", "help.menu.money", "trace.seen.look"), "scrap")
_SHARE = ("home.menu.children", "pay.children.split")
SHARE = Errand("share", _SHARE)
SHARE_EQUALLY = Errand("share equally", (*_SHARE, "pay.split.equal"))
SHARE_BY_AGE = Errand("share by age", (*_SHARE, "pay.split.oldest"))
OF_FAMILIES = (SHARE, SHARE_EQUALLY, SHARE_EQUALLY, SHARE_BY_AGE)
"""What who has several children does besides."""
LOOK_UP = Errand("look up", ("home.menu.payments",))
MONEY_BACK = Errand(
    "money back",
    (*("home.menu.payments", "mine.payments.refund", "refund.sum.all", "refund.sum.part"), "refund.confirm.yes"),
    "sum",
)
DETAILS = Errand("details", ("home.menu.help", "help.menu.details"))
STATEMENT = Errand("statement", ("home.menu.child", "home.menu.children", "pay.child.statement"))
SPEAK = Errand("speak", ("home.menu.language", "home.stranger.language"))
OTHER = Errand("other", ("home.menu.other", "home.stranger.number"), "number")
CHECK = Errand("check", ("home.menu.help", "home.stranger.help", "help.menu.receipt"), "code")
ALL_CHILDREN = Errand("all children", ("home.menu.children", "pay.children.all", "pay.confirm.now"))
BROWSE = Errand("browse", ("home.menu.children",))

ERRANDS = (
    *(PROMISE, PROMISE, PROMISE_PART, PROMISE_PART, ASK, ASK, SHARE, ALL_CHILDREN, LOOK_UP, DETAILS),
    *(STATEMENT, SPEAK, OTHER, OTHER, CHECK, BROWSE),
)
"""As often as each stands here."""
WITH_OFFICES = (*ERRANDS, MONEY_BACK, MONEY_BACK)
"""Likewise, where somebody is there to pay back."""


@cache
def _beginnings(label: str) -> tuple[str, ...]:
    """How a choice's line, or one of a list, begins in each language, up to the first fact in it."""
    screen, _, line = label.rpartition(".")
    words = [GRAPH.spoken[language].screens[screen] for language in LANGUAGES]
    texts = [{**one.lines, **one.choices}[line] for one in words]
    return tuple(begins for text in texts if len(begins := text.partition("{")[0].strip()) >= _SHORTEST)


def lines_on(screen: str) -> dict[str, str]:
    """The numbered lines of a page."""
    return {number: text.strip() for number, text in _LINE.findall(screen)}


def line_for(errand: Errand, lines: Mapping[str, str]) -> str | None:
    """The number of the line that leads on; None when none does."""
    for label in errand.lines:
        for number, text in lines.items():
            if text.startswith(_beginnings(label)):
                return number
    return None
