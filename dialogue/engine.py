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
from dialogue.catalogues import Graph
from dialogue.conversation import Answers, Conversation, Gone, Hop, View
from dialogue.render import MOST_ITEMS, home_at, is_home, render
from dialogue.screens import Act, Ask, Choose, Confirm, End, Fork, Listing, Menu, Page, Restore, Secret
from dialogue.world import Effect, Outcome

BACK, HOME, MORE = "0", "00", "98"


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
    act: Act | Secret
    effect: Effect


Step = Said | Wanted


def begin(graph: Graph, caller: Caller, hop: Hop, *, paused: Conversation | None = None) -> Step:
    """The first page of a new dialogue: where the last one broke off is offered, when one did."""
    walk = _Walk(graph, caller, hop)
    if paused is None:
        return walk.go(Conversation(), graph.start)
    return walk.go(Conversation(answers=_language_of(paused), paused=paused), graph.resume)


def advance(graph: Graph, conversation: Conversation, typed: str, caller: Caller, hop: Hop) -> Step:
    """The person answered. `hop` names this point of the dialogue, should something be drafted here."""
    return _Walk(graph, caller, hop).advance(conversation, typed.strip())


def settle(graph: Graph, wanted: Wanted, outcome: Outcome | DomainError, caller: Caller, hop: Hop) -> Step:
    """The effect was performed, or refused: go on, or say why not above the question before it."""
    walk, conversation = _Walk(graph, caller, hop), wanted.conversation
    if isinstance(outcome, DomainError):
        return walk.show(conversation, outcome)
    return walk.go(_knowing(conversation, wanted.act.keeps(outcome)), wanted.act.then)


def unfinished(graph: Graph, conversation: Conversation) -> Conversation | None:
    """What of a conversation is worth offering again when its dialogue broke off: None when nothing was entered since home,
    or when it ended on a page to read."""
    here = graph.screens[conversation.stack[-1]]
    if here.name == graph.resume:
        return conversation.paused
    entered = conversation.answers.keys() - {"language", "organisation"}
    reading = isinstance(here, Menu) and not here.choices
    return None if not entered or reading or is_home(here) else replace(conversation, paused=None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One hop's way through the graph, for one caller."""

    graph: Graph
    caller: Caller
    hop: Hop

    def advance(self, conversation: Conversation, answer: str) -> Step:
        if answer == HOME:
            return self.home(conversation)
        try:
            if answer == BACK:
                return self.back(conversation)
            match self.graph.screens[conversation.stack[-1]]:
                case Ask() as ask:
                    return self.answered(conversation, ask, answer)
                case Secret() as secret:
                    return self.confided(conversation, secret, answer)
                case Menu() | Confirm() | Choose() as listing:
                    return self.chosen(conversation, listing, answer)
                case screen:
                    raise Bug(f"{screen.name} awaits no answer")
        except DomainError as refusal:
            return self.show(conversation, refusal)

    def answered(self, conversation: Conversation, ask: Ask, answer: str) -> Step:
        try:
            known = ask.answer(answer, View(conversation, self.caller))
        except Gone:
            return self.go(conversation, self.graph.start)
        return self.go(_knowing(conversation, known), ask.then)

    def confided(self, conversation: Conversation, secret: Secret, answer: str) -> Step:
        try:
            return Wanted(conversation, secret, secret.effect(answer, View(conversation, self.caller)))
        except Gone:
            return self.go(conversation, self.graph.start)

    def chosen(self, conversation: Conversation, listing: Listing, answer: str) -> Step:
        if answer == MORE and conversation.more:
            return self.show(replace(conversation, pages=(*conversation.pages, conversation.shown)))
        number = int(answer) if answer.isdecimal() and len(answer) <= 2 and answer[0] != "0" else 0
        if not 0 < number <= conversation.offered:
            raise NotOffered
        try:
            then, sets = _offer(listing, View(conversation, self.caller), number)
        except Gone:
            return self.go(conversation, self.graph.start)
        return self.go(_knowing(conversation, sets), then)

    def back(self, conversation: Conversation) -> Step:
        """One page back, else one screen back; on the first page of the first screen, that page."""
        if len(conversation.pages) > 1:
            return self.show(replace(conversation, pages=conversation.pages[:-1]))
        if len(conversation.stack) == 1:
            return self.show(conversation)
        return self.go(replace(conversation, stack=conversation.stack[:-1]), conversation.stack[-2])

    def home(self, conversation: Conversation) -> Step:
        """The nearest home behind us. Answers are kept; a draft is not."""
        stack = conversation.stack[: home_at(self.graph, conversation.stack) + 1]
        return self.show(replace(conversation, stack=stack, pages=(0,), offered=0, draft=None))

    def go(self, conversation: Conversation, name: str) -> Step:
        """Enter the screen `name`, through whatever has no page."""
        try:
            while True:
                match self.graph.screens[name]:
                    case Fork() as fork:
                        if fork.fresh:
                            conversation = Conversation(answers=_language_of(conversation))
                        name = fork.decide(View(conversation, self.caller))
                    case Act() as act if act.exhausted and conversation.lookups >= (act.lookups or 0):
                        name = act.exhausted
                    case Act() as act:
                        counted = replace(conversation, lookups=conversation.lookups + (act.lookups is not None))
                        return Wanted(counted, act, act.effect(View(counted, self.caller)))
                    case Restore():
                        return self.restored(conversation)
                    case page:
                        return self.enter(conversation, page)
        except Gone:
            return self.go(conversation, self.graph.start)

    def enter(self, conversation: Conversation, page: Page) -> Step:
        """Come to a page. One that is already behind us is gone back to; what a `Confirm` confirms is drafted anew."""
        stack, name, draft = conversation.stack, page.name, conversation.draft
        stack = stack[: stack.index(name) + 1] if name in stack else (*stack, name)
        if isinstance(page, Confirm):
            draft = page.drafts(View(conversation, self.caller), self.hop)
        return self.show(replace(conversation, stack=stack, pages=(0,), offered=0, draft=draft))

    def restored(self, conversation: Conversation) -> Step:
        """Go on with what broke off, draft and all, in the language now spoken."""
        if conversation.paused is None:
            return self.go(conversation, self.graph.start)
        return self.show(replace(_knowing(conversation.paused, _language_of(conversation)), offered=0))

    def show(self, conversation: Conversation, reason: DomainError | None = None) -> Step:
        try:
            page = render(self.graph, conversation, View(conversation, self.caller), reason)
        except Gone:
            return self.go(conversation, self.graph.start)
        seen = replace(conversation, shown=page.shown, offered=max(page.offered, conversation.offered), more=page.more)
        return Said(seen, page.text, end=isinstance(self.graph.screens[conversation.stack[-1]], End))


def _offer(listing: Listing, view: View, number: int) -> tuple[str, Answers]:
    """Where a number on the page leads, and what it sets."""
    if isinstance(listing, Choose):
        items = listing.items(view)[:MOST_ITEMS]
        if number <= len(items):
            return listing.then, items[number - 1].sets
        number -= len(items)
    for choice in listing.choices:
        if choice.when(view):
            number -= 1
            if number == 0:
                return choice.then, choice.sets(view)
    raise NotOffered


def _knowing(conversation: Conversation, answers: Answers) -> Conversation:
    return replace(conversation, answers={**conversation.answers, **answers}) if answers else conversation


def _language_of(conversation: Conversation) -> dict[str, str | int]:
    """All that a fresh start keeps."""
    return {key: value for key, value in conversation.answers.items() if key == "language"}
