"""One update being answered: who writes, where, and the hands to answer with. All of it is one transaction."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from bot.telegram.words import told
from core.chats import ANSWERS_FOR, BUTTON_BYTES, BUTTONS_FOR
from core.errors import NotFound
from core.ids import MessageId, OrganisationId
from core.permissions import TABLE, Action, Actor
from storage import chats, outbox
from storage.chats import Facts, NewButton
from storage.organisations import Organisation, StaffMember
from storage.outbox import ChatFacts, Kind, Out
from storage.tx import Tx
from usecases.chats import chat_actor


@dataclass(frozen=True, slots=True)
class Key:
    """A button to be shown: what it says, what it does, about what. `once`: its first press spends the whole message."""

    label: str
    act: str
    facts: Facts = field(default_factory=dict)
    once: bool = False
    until: datetime | None = None
    """What it offers lasts as long; None is a day."""


Rows = Sequence[Sequence[Key]]


@dataclass(frozen=True, slots=True)
class Room:
    """A chat as we write to it: whose eyes read it, in which language."""

    tx: Tx
    organisation: Organisation
    chat: int
    language: str
    member: StaffMember | None
    """None in a group, and for a stranger."""
    trace: str = ""

    @property
    def is_group(self) -> bool:
        return self.chat < 0

    def say(self, text: str, rows: Rows = (), *, subject: UUID | None = None) -> MessageId:
        """A new message, with buttons that are only for its reader; in a group, for whoever has the right."""
        tx, id_ = self.tx, self.organisation.id
        (message,) = self._names(1)
        buttons, shown = self._buttons(message, rows)
        (row,) = outbox.put(tx, [self._out(ChatFacts("say", self.chat, text, shown, language=self.language))])
        reader = self.member.id if self.member else None
        chats.put_message(tx, row, id_, self.chat, staff_id=reader, subject=subject)
        chats.put_buttons(tx, row, id_, reader, buttons)
        return row

    def change(self, message: MessageId, text: str, rows: Rows = ()) -> None:
        """A message of ours says this from now on, and its old buttons are nobody's."""
        (name,) = self._names(1)
        buttons, shown = self._buttons(name, rows)
        facts = ChatFacts("edit", self.chat, text, shown, about=message, language=self.language)
        (row,) = outbox.put(self.tx, [self._out(facts)])
        chats.change_message(self.tx, message, row)
        reader = self.member.id if self.member else None
        chats.put_buttons(self.tx, message, self.organisation.id, reader, buttons)

    def paper(self, kind: str, subject: UUID, caption: str) -> None:
        """A document into the chat: made when it is sent."""
        facts = ChatFacts("paper", self.chat, caption, paper=kind, subject=subject.hex, language=self.language)
        outbox.put(self.tx, [self._out(facts)])

    def delete(self, number: int) -> None:
        """Take a message of theirs out of the chat: it held what others should not read there."""
        outbox.put(self.tx, [self._out(ChatFacts("delete", self.chat, number=number))])

    def _out(self, facts: ChatFacts) -> Out:
        return Out(self.organisation.id, Kind.CHAT, facts.act, facts, trace=self.trace)

    def _names(self, count: int) -> list[UUID]:
        return [self.tx.new_id() for _ in range(count)]

    def _buttons(self, seed: UUID, rows: Rows) -> tuple[list[NewButton], tuple[tuple[tuple[str, str], ...], ...]]:
        """The rows of the books and of the chat. A button's name is a keyed digest: nobody can tell the next one."""
        until = self.tx.now + BUTTONS_FOR
        made: list[NewButton] = []
        shown: list[tuple[tuple[str, str], ...]] = []
        for row in rows:
            line: list[tuple[str, str]] = []
            for key in row:
                digest = self.tx.vault.index("chat-button-name", f"{seed.hex}:{len(made)}")
                token = urlsafe_b64encode(digest[:BUTTON_BYTES]).decode().rstrip("=")
                made.append(NewButton(token, key.act, key.facts, key.once, key.until or until))
                line.append((key.label, token))
            shown.append(tuple(line))
        return made, tuple(shown)


@dataclass(frozen=True, slots=True)
class Visit:
    """An update of somebody who is linked."""

    room: Room
    me: StaffMember
    query: str = ""
    """The press that is being answered."""
    pressed: MessageId | None = None
    """The message that bears the pressed button."""
    number: int = 0
    """Of the message that they wrote."""

    @property
    def tx(self) -> Tx:
        return self.room.tx

    @property
    def organisation(self) -> OrganisationId:
        return self.room.organisation.id

    @property
    def actor(self) -> Actor:
        return chat_actor(self.me)

    @property
    def language(self) -> str:
        return self.room.language

    @property
    def clear(self) -> bool:
        """May whole phone numbers be shown here? Never in a group (SEC-2)."""
        return not self.room.is_group and self.may(Action.SEE_WHOLE_PHONES)

    def may(self, action: Action) -> bool:
        """Whether to offer it; the use case asks again."""
        return self.me.role in TABLE[action]

    def require_private(self) -> None:
        """Raise `NotFound` in a group: what holds whole names goes to one person."""
        if self.room.is_group:
            raise NotFound("paper", self.word("only_private"))

    def word(self, key: str, **facts: object) -> str:
        return told(self.language, key, **facts)

    def show(self, text: str, rows: Rows = ()) -> None:
        """The next page: in place of the one whose button was pressed, else as a new message."""
        if self.pressed is not None:
            self.room.change(self.pressed, text, rows)
        else:
            self.room.say(text, rows)

    def say(self, text: str, rows: Rows = ()) -> MessageId:
        return self.room.say(text, rows)

    def ask(self, act: str, facts: Facts, text: str, rows: Rows = ()) -> None:
        """The next text that they write here answers this."""
        until = self.tx.now + ANSWERS_FOR
        chats.ask(self.tx, self.organisation, self.room.chat, self.me.id, act, facts, until)
        self.room.say(text, rows)

    def in_language(self, language: str) -> Visit:
        return replace(self, room=replace(self.room, language=language))
