"""What screens are made of. Data only: a flow lists its screens, the engine walks them, tests and the map read them.

Words are not here: each screen `flow.name` finds its text, lines and choices under `[name]` in the flow's catalogue.
Every target is written out, so that the graph can be walked without running anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dialogue.conversation import Answers, Hop, View
from dialogue.speech import Facts
from dialogue.world import Effect, Outcome
from usecases.commands import RequestPayment

NOTHING: Facts = {}

Line = tuple[str, Facts]
"""A key of the screen's `lines`, and the facts in it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen shows of the world: the facts of its text and choices, and lines between them."""

    facts: Facts = field(default_factory=dict)
    lines: Sequence[Line] = ()


def bare(_: View) -> Shown:
    """A screen that says the same to everybody."""
    return Shown()


def always(_: View) -> bool:
    return True


def unchanged(_: View) -> Answers:
    return {}


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered choice. It is offered `when` it makes sense, and `sets` answers when taken."""

    label: str
    then: str
    when: Callable[[View], bool] = always
    sets: Callable[[View], Answers] = unchanged


@dataclass(frozen=True, slots=True)
class Menu:
    """A text, perhaps lines, and fixed choices. Without choices it is a page to read. At a `home` one, nothing was begun yet."""

    name: str
    choices: tuple[Choice, ...] = ()
    shows: Callable[[View], Shown] = bare
    home: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """The last screen before something happens. `drafts` decides once, when it is entered, what exactly; the page shows the
    draft and the effect sends the draft. A replay of inputs stops here."""

    name: str
    drafts: Callable[[View, Hop], RequestPayment]
    choices: tuple[Choice, ...]
    shows: Callable[[View], Shown]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list that comes from data: how it reads, and what choosing it sets."""

    line: Line
    sets: Answers


@dataclass(frozen=True, slots=True)
class Choose:
    """A numbered list from data, then fixed choices."""

    name: str
    items: Callable[[View], Sequence[Item]]
    then: str
    choices: tuple[Choice, ...] = ()
    shows: Callable[[View], Shown] = bare
    home: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A free answer: `answer` reads it into answers, or raises the `DomainError` that is shown above the same question.

    Only 0 and 00 are keys here: no amount and no number that we ask for is zero.
    """

    name: str
    answer: Callable[[str, View], Answers]
    then: str
    shows: Callable[[View], Shown] = bare


@dataclass(frozen=True, slots=True)
class Secret:
    """A PIN or a code: the answer goes into the effect, and is kept nowhere, not even in what was typed. The conversation goes
    on with `keeps` of what came of it; a refusal is shown above the same question."""

    name: str
    effect: Callable[[str, View], Effect]
    then: str
    keeps: Callable[[Outcome], Answers]
    shows: Callable[[View], Shown] = bare


@dataclass(frozen=True, slots=True)
class End:
    """The last page of a conversation."""

    name: str
    shows: Callable[[View], Shown] = bare


@dataclass(frozen=True, slots=True)
class Fork:
    """No page: where to go depends on who is calling. `fresh` begins again (only the language is kept)."""

    name: str
    to: tuple[str, ...]
    decide: Callable[[View], str]
    """One of `to`."""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """No page: something is done or asked in the world, then the conversation goes on, with `keeps` of what came of it.

    A refusal is shown above the question before it. After `lookups` times in one conversation, it goes to `exhausted` instead.
    """

    name: str
    effect: Callable[[View], Effect]
    then: str
    keeps: Callable[[Outcome], Answers]
    lookups: int | None = None
    exhausted: str | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    """No page: go on with the conversation that broke off, wherever that was."""

    name: str


Page = Menu | Confirm | Choose | Ask | Secret | End
Screen = Page | Fork | Act | Restore
Listing = Menu | Confirm | Choose


def targets(screen: Screen) -> tuple[str, ...]:
    """Where a screen can lead by going forward."""
    match screen:
        case Fork(to=to):
            return to
        case Act(then=then, exhausted=exhausted):
            return (then,) if exhausted is None else (then, exhausted)
        case Menu(choices=choices) | Confirm(choices=choices):
            return tuple(choice.then for choice in choices)
        case Choose(choices=choices, then=then):
            return (then, *(choice.then for choice in choices))
        case Ask(then=then) | Secret(then=then):
            return (then,)
        case End() | Restore():
            return ()
