"""Walks a conversation from screen to screen. Pure: the same state and the same answer give the same step.

Keys everywhere: 0 back, 00 home, and 98 more on lists. An answer that is not understood repeats the page with the reason
above it, and costs nothing that was entered before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from core.callers import Caller
from core.errors import Bug, DomainError
from dialogue import pages
from dialogue.catalogues import Graph, Words, facts_of
from dialogue.conversation import Answers, Conversation, Gone, Hop, View
from dialogue.screens import Act, Ask, Choose, Confirm, End, Fork, Listing, Menu, Page, Restore
from dialogue.speech import Facts
from dialogue.world import Effect, Outcome

BACK, HOME, MORE = "0", "00", "98"
MOST_ITEMS = 90
"""A list offers no more: 98 stays a key."""


@dataclass(eq=False)
class NotOffered(DomainError):
    """The answer is none of the numbers on the page."""

    code: ClassVar[str] = "not_offered"


@dataclass(frozen=True, slots=True)
class Said:
    """A page for the person. `end` means that no answer is awaited."""

    conversation: Conversation
    text: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The world is needed before the next page: perform `effect`, then `settle` with what came of it."""

    conversation: Conversation
    act: Act
    effect: Effect


Step = Said | Wanted


def begin(graph: Graph, caller: Caller, hop: Hop, *, paused: Conversation | None = None) -> Step:
    """The first page of a new dialogue: where the last one broke off is offered, when one did."""
    if paused is None:
        return _go(graph, Conversation(), caller, graph.start, hop)
    kept = {key: value for key, value in paused.answers.items() if key == "language"}
    return _go(graph, Conversation(answers=kept, paused=paused), caller, graph.resume, hop)


def advance(graph: Graph, conversation: Conversation, typed: str, caller: Caller, hop: Hop) -> Step:
    """The person answered. `hop` names this point of the dialogue, should something be drafted here."""
    answer = typed.strip()
    if answer == BACK:
        return _back(graph, conversation, caller, hop)
    if answer == HOME:
        return _home(graph, conversation, caller)
    screen = graph.screens[conversation.stack[-1]]
    try:
        match screen:
            case Ask():
                return _answered(graph, conversation, screen, answer, caller, hop)
            case Menu() | Confirm() | Choose():
                return _chosen(graph, conversation, screen, answer, caller, hop)
            case _:
                raise Bug(f"{screen.name} awaits no answer")
    except DomainError as refusal:
        return _show(graph, conversation, caller, refusal)
    except Gone:
        return _go(graph, conversation, caller, graph.start, hop)


def settle(graph: Graph, wanted: Wanted, outcome: Outcome | DomainError, caller: Caller, hop: Hop) -> Step:
    """The effect was performed, or refused: go on, or say why not above the question before it."""
    conversation = wanted.conversation
    if isinstance(outcome, DomainError):
        return _show(graph, conversation, caller, outcome)
    return _go(graph, _knowing(conversation, wanted.act.keeps(outcome)), caller, wanted.act.then, hop)


def shown_again(graph: Graph, conversation: Conversation, caller: Caller) -> Said:
    """The page on which a conversation stands."""
    return _show(graph, conversation, caller)


def unfinished(graph: Graph, conversation: Conversation) -> Conversation | None:
    """What of a conversation is worth offering again when its dialogue broke off: None when nothing was begun."""
    if conversation.stack[-1] == graph.resume:
        return conversation.paused
    screen = graph.screens[conversation.stack[-1]]
    begun = len(conversation.stack) > 1 and not (isinstance(screen, Menu | Choose) and screen.home)
    return replace(conversation, paused=None) if begun and not isinstance(screen, End) else None


# --- where an answer leads ---------------------------------------------------------------------------------------------


def _answered(graph: Graph, conversation: Conversation, screen: Ask, answer: str, caller: Caller, hop: Hop) -> Step:
    known = screen.answer(answer, View(conversation, caller))
    return _go(graph, _knowing(conversation, known), caller, screen.then, hop)


def _chosen(graph: Graph, conversation: Conversation, screen: Listing, answer: str, caller: Caller, hop: Hop) -> Step:
    if answer == MORE and conversation.more:
        return _show(graph, replace(conversation, pages=(*conversation.pages, conversation.shown)), caller)
    number = int(answer) if answer.isdecimal() and len(answer) <= 2 and answer[0] != "0" else 0
    if not 0 < number <= conversation.offered:
        raise NotOffered
    then, sets = _offer(screen, View(conversation, caller), number)
    return _go(graph, _knowing(conversation, sets), caller, then, hop)


def _offer(screen: Listing, view: View, number: int) -> tuple[str, Answers]:
    """Where a number on the page leads, and what it sets."""
    if isinstance(screen, Choose):
        items = screen.items(view)[:MOST_ITEMS]
        if number <= len(items):
            return screen.then, items[number - 1].sets
        number -= len(items)
    for choice in screen.choices:
        if choice.when(view):
            number -= 1
            if not number:
                return choice.then, choice.sets(view)
    raise NotOffered


def _back(graph: Graph, conversation: Conversation, caller: Caller, hop: Hop) -> Step:
    """One page back, else one screen back; on the first page of the first screen, that page."""
    if len(conversation.pages) > 1:
        return _show(graph, replace(conversation, pages=conversation.pages[:-1]), caller)
    if len(conversation.stack) == 1:
        return _show(graph, conversation, caller)
    earlier = replace(conversation, stack=conversation.stack[:-1])
    return _go(graph, earlier, caller, earlier.stack[-1], hop)


def _home(graph: Graph, conversation: Conversation, caller: Caller) -> Said:
    """The nearest home behind us. Answers are kept; a draft is not."""
    stack = conversation.stack[: _home_at(graph, conversation.stack) + 1]
    return _show(graph, replace(conversation, stack=stack, pages=(0,), draft=None), caller)


def _home_at(graph: Graph, stack: tuple[str, ...]) -> int:
    for at in range(len(stack) - 1, 0, -1):
        screen = graph.screens[stack[at]]
        if isinstance(screen, Menu | Choose) and screen.home:
            return at
    return 0


def _knowing(conversation: Conversation, answers: Answers) -> Conversation:
    return replace(conversation, answers={**conversation.answers, **answers}) if answers else conversation


def _go(graph: Graph, conversation: Conversation, caller: Caller, name: str, hop: Hop) -> Step:
    """Enter the screen `name`, through whatever has no page. A screen that is already behind us is gone back to."""
    while True:
        screen = graph.screens[name]
        match screen:
            case Fork():
                if screen.fresh:
                    kept = {key: value for key, value in conversation.answers.items() if key == "language"}
                    conversation = Conversation(answers=kept)
                name = screen.decide(View(conversation, caller))
            case Act():
                if screen.lookups is not None:
                    if conversation.lookups >= screen.lookups and screen.exhausted is not None:
                        name = screen.exhausted
                        continue
                    conversation = replace(conversation, lookups=conversation.lookups + 1)
                return Wanted(conversation, screen, screen.effect(View(conversation, caller)))
            case Restore():
                return _restored(graph, conversation, caller, hop)
            case _:
                return _enter(graph, conversation, caller, screen, hop)


def _enter(graph: Graph, conversation: Conversation, caller: Caller, screen: Page, hop: Hop) -> Step:
    stack = conversation.stack
    stack = stack[: stack.index(screen.name) + 1] if screen.name in stack else (*stack, screen.name)
    if isinstance(screen, Confirm):
        draft = screen.drafts(View(conversation, caller), hop)
        return _show(graph, replace(conversation, stack=stack, pages=(0,), draft=draft), caller)
    return _show(graph, replace(conversation, stack=stack, pages=(0,)), caller)


def _restored(graph: Graph, conversation: Conversation, caller: Caller, hop: Hop) -> Step:
    """Go on with what broke off, in the language now spoken; at the start, when what it spoke of is gone."""
    if conversation.paused is None:
        return _go(graph, conversation, caller, graph.start, hop)
    spoken = {key: value for key, value in conversation.answers.items() if key == "language"}
    return _show(graph, _knowing(conversation.paused, spoken), caller)


# --- what a page says --------------------------------------------------------------------------------------------------


def _show(graph: Graph, conversation: Conversation, caller: Caller, reason: DomainError | None = None) -> Said:
    try:
        return _page(graph, conversation, caller, reason)
    except Gone:
        # What the screen spoke of is no longer there: the start never speaks of anything that may be gone.
        hop = Hop("", caller.msisdn, "", "", "")
        begun = begin(graph, caller, hop)
        assert isinstance(begun, Said)
        return begun


def _page(graph: Graph, conversation: Conversation, caller: Caller, reason: DomainError | None) -> Said:
    screen = graph.screens[conversation.stack[-1]]
    view = View(conversation, caller)
    spoken = graph.spoken[view.language]
    words = spoken.screens[screen.name]
    top: list[pages.Piece] = [] if reason is None else [("", spoken.errors[reason.code], facts_of(reason))]
    body: list[pages.Piece] = []
    tail: list[pages.Piece] = []
    possible, unnumbered = _possible(graph, conversation), 0
    match screen:
        case Menu() | Confirm() | Choose():
            shown = screen.shows(view)
            if words.text:
                top.append(("", words.text, shown.facts))
            body += [("", words.lines[key], facts) for key, facts in shown.lines]
            unnumbered = len(body)
            _number(body, screen, view, words, shown.facts)
        case Ask():
            shown = screen.shows(view)
            top += [("", words.lines[key], facts) for key, facts in shown.lines]
            tail.append(("", words.text, shown.facts))
        case End():
            shown = screen.shows(view)
            top.append(("", words.text, shown.facts))
            top += [("", words.lines[key], facts) for key, facts in shown.lines]
            possible = 0
        case _:
            raise Bug(f"{screen.name} has no page")
    content = pages.Content(top, body, tail, spoken.nav[possible], spoken.nav[possible | 4])
    page = pages.pack(content, conversation.pages[-1])
    conversation = replace(
        conversation, shown=page.shown, offered=max(0, page.shown - unnumbered), more=page.more
    )
    return Said(conversation, page.text, end=isinstance(screen, End))


def _number(body: list[pages.Piece], screen: Listing, view: View, words: Words, facts: Facts) -> None:
    number = 0
    if isinstance(screen, Choose):
        for number, item in enumerate(screen.items(view)[:MOST_ITEMS], 1):
            key, own = item.line
            body.append((f"{number} ", words.lines[key], own))
    for choice in screen.choices:
        if choice.when(view):
            number += 1
            body.append((f"{number} ", words.choices[choice.label], facts))


def _possible(graph: Graph, conversation: Conversation) -> int:
    """Which keys lead back from here: 1 for back, 2 for home (said only where it is not the same)."""
    depth = len(conversation.stack)
    back = depth > 1 or len(conversation.pages) > 1
    home = depth > 2 and _home_at(graph, conversation.stack) < depth - 2
    return back | home << 1
