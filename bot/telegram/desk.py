"""The staff's desk in the chat: one update is taken up, answered and marked as done in one transaction.

So an update that is told twice, or taken up by two processes, or cut by a crash at any point, has one effect: either all of
it stands, with its answer in the outbox, or nothing does and it waits still.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from bot.telegram import approvals, funds, live, loans, menu, payments, refunds, reminding, suspense
from bot.telegram.visit import Room, Visit
from bot.telegram.words import refusal, refused, told
from core.chats import MOST_TRIES, ButtonSpent, ButtonUnknown, Pressed, require_pressable
from core.errors import DomainError, KaraniError, NotPermitted, Overloaded, Unavailable
from core.ids import ProviderAccountId
from core.permissions import Action
from providers.reading import Unreadable
from providers.telegram.updates import Membership, Message, Press, Update, parse
from storage import chats, organisations, outbox
from storage.chats import Facts
from storage.outbox import ChatFacts, Kind, Out, Sent
from storage.tx import Tx
from usecases.app import App
from usecases.chats import (
    FOLLOW,
    UPDATES,
    Broken,
    ChatDue,
    ChatsSettled,
    LinkChat,
    Unlink,
    chat_actor,
    claim_chats,
    link_chat,
    put_update_off,
    settle_chats,
    unlink,
)

log = structlog.get_logger()

ACTS: dict[str, menu.Act] = {
    **menu.ACTS,
    **payments.ACTS,
    **suspense.ACTS,
    **approvals.ACTS,
    **live.ACTS,
    **refunds.ACTS,
    **funds.ACTS,
    **loans.ACTS,
    **reminding.ACTS,
}
"""What a button does, by the name that its row bears."""
QUESTIONS: dict[str, Callable[[Visit, Facts, str], None]] = {
    **payments.QUESTIONS,
    **suspense.QUESTIONS,
    **approvals.QUESTIONS,
    **refunds.QUESTIONS,
    **funds.QUESTIONS,
}
"""What a text answers, by the question that waits for it."""
_COMMAND = re.compile(r"/([a-z]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)
AT_ONCE = 32
SOON = timedelta(seconds=1)
LONGEST_TYPED = 400


class TooEarly(KaraniError):
    """A button was pressed whose message we have not heard of yet: the chat service was faster than our own books."""


@dataclass(frozen=True, slots=True)
class TakeUp:
    account: ProviderAccountId
    number: int


def take_up(tx: Tx, wish: TakeUp) -> str:
    """Answer one update that waits; what came of it. One that does not wait any more changes nothing."""
    update = chats.take_update(tx, wish.account, wish.number)
    if update is None:
        return "known"
    try:
        said = parse(update.raw)
    except Unreadable as unreadable:
        chats.end_update(tx, update, state="unread", came_to=str(unreadable))
        return "unread"
    try:
        came_to = _answered(tx, update, said)
    except TooEarly:
        chats.postpone_update(tx, update, tx.now + SOON)
        tx.queued[UPDATES] = tx.now + SOON
        return "too early"
    chats.end_update(tx, update, state="done", came_to=came_to)
    return came_to


def _answered(tx: Tx, update: chats.Update, said: Update) -> str:
    if said.callback_query is not None:
        return _pressed(tx, update, said.callback_query)
    if said.message is not None:
        return _written(tx, update, said.message)
    if said.my_chat_member is not None:
        return _moved(tx, update, said.my_chat_member)
    return "nothing for us"


def _room(tx: Tx, update: chats.Update, chat: int, member: organisations.StaffMember | None) -> Room:
    organisation = organisations.by_id(tx, update.organisation)
    language = organisation.language if member is None or chat < 0 else member.language or organisation.language
    return Room(tx, organisation, chat, language, member if chat > 0 else None, update.trace)


# --- a press ------------------------------------------------------------------------------------------------------------


def _pressed(tx: Tx, update: chats.Update, press: Press) -> str:
    """Whatever is wrong with it, whoever pressed is told, and nothing changes."""
    member = chats.member_of(tx, update.organisation, press.sender.id)
    chat = press.message.chat.id if press.message else press.sender.id
    room = _room(tx, update, chat, member)
    if member is None:
        _reply(room, press, told(room.language, "stranger_pressed"), alert=True)
        return "stranger"
    try:
        with tx.connection.begin_nested():
            came_to = _acted(room, member, update, press)
    except DomainError as error:
        language = member.language or room.organisation.language
        _reply(room, press, refusal(error, language), alert=True)
        return error.code
    _reply(room, press, "", alert=False)
    return came_to


def _acted(room: Room, member: organisations.StaffMember, update: chats.Update, press: Press) -> str:
    tx = room.tx
    found = chats.button(tx, update.organisation, press.data) if press.message else None
    if found is None or press.message is None:
        raise ButtonUnknown
    if not found.is_sent:
        if update.tries + 1 < MOST_TRIES:
            raise TooEarly
        raise ButtonUnknown
    pressed = Pressed(member.id, press.message.chat.id, press.message.message_id, tx.now)
    require_pressable(found.button, pressed)
    if found.once and not chats.spend(tx, found.message, member.id):
        raise ButtonSpent(member.name)
    visit = Visit(room, member, query=press.id, pressed=found.message)
    ACTS[found.act](visit, found.facts)
    return found.act


def _reply(room: Room, press: Press, text: str, *, alert: bool) -> None:
    facts = ChatFacts("answer", room.chat, text, query=press.id, alert=alert)
    outbox.put(room.tx, [Out(room.organisation.id, Kind.CHAT, "answer", facts, trace=room.trace)])


# --- a message ----------------------------------------------------------------------------------------------------------


def _written(tx: Tx, update: chats.Update, message: Message) -> str:
    if message.sender is None or message.sender.is_bot:
        return "nobody's"
    chat, text = message.chat.id, (message.text or message.caption).strip()[:LONGEST_TYPED]
    command = _COMMAND.fullmatch(text)
    name, rest = (command.group(1), (command.group(2) or "").strip()) if command else ("", "")
    member = chats.member_of(tx, update.organisation, message.sender.id)
    room = _room(tx, update, chat, member)
    if name == "start" and rest:
        return _linked(room, message.sender.id, rest, is_private=message.chat.is_private)
    if member is None:
        if message.chat.is_private or name:
            room.say(told(room.language, "stranger", organisation=room.organisation.name))
        return "stranger"
    visit = Visit(room, member, number=message.message_id)
    try:
        with tx.connection.begin_nested():
            return _understood(visit, name, rest, text, message)
    except DomainError as error:
        room.say(refused(error, room.language))
        return error.code


def _understood(visit: Visit, name: str, rest: str, text: str, message: Message) -> str:
    """A command, else the answer to what was asked, else what they look for."""
    if name == "here":
        if not visit.may(Action.HEAR_SUMMARY):
            raise NotPermitted(Action.HEAR_SUMMARY.value)
        menu.here(visit, message.chat.title)
        return "here"
    question = chats.take_question(visit.tx, visit.room.chat, visit.me.id)
    if name:
        act = menu.COMMANDS.get(name)
        if act is None:
            visit.say(visit.word("not_understood"))
            return "not understood"
        act(visit, {"typed": rest} if rest else {})
        return name
    if question is not None:
        asked, facts = question
        QUESTIONS[asked](visit, facts, text)
        return asked
    if visit.room.is_group:
        return "talk of others"
    return _looked_for(visit, text)


def _looked_for(visit: Visit, text: str) -> str:
    """A text that answers nothing is what they look for."""
    if not text or not visit.may(Action.SEE_PAYMENTS):
        visit.say(visit.word("not_understood"))
        return "not understood"
    payments.found(visit, {"text": text})
    return "found"


def _linked(room: Room, user: int, token: str, *, is_private: bool) -> str:
    """`/start TOKEN`: somebody opened their link."""
    if not is_private:
        room.say(told(room.language, "only_private"))
        return "link in a group"
    tx = room.tx
    try:
        with tx.connection.begin_nested():
            member = link_chat(tx, LinkChat(room.organisation.id, token, user))
    except DomainError as error:
        room.say(refused(error, room.language))
        return error.code
    language = member.language or room.organisation.language
    visit = Visit(Room(tx, room.organisation, room.chat, language, member, room.trace), member)
    role = visit.word(f"role_{member.role.value}")
    welcome = visit.word("welcome", name=member.name, role=role, organisation=room.organisation.name)
    visit.say(welcome, menu.menu_rows(visit))
    return "linked"


# --- who comes and goes -------------------------------------------------------------------------------------------------


def _moved(tx: Tx, update: chats.Update, moved: Membership) -> str:
    """They blocked the bot, or a group put it out: nothing is said there any more."""
    if moved.now.status not in ("kicked", "left"):
        return "let in"
    if not moved.chat.is_private:
        chats.drop_group(tx, update.organisation, moved.chat.id)
        return "put out"
    member = chats.member_of(tx, update.organisation, moved.sender.id)
    if member is not None:
        unlink(tx, Unlink(member.id, chat_actor(member)))
    return "blocked"


# --- what is due --------------------------------------------------------------------------------------------------------


def claim(tx: Tx, limit: int) -> list[ChatDue]:
    """What is to be sent now. What only says that something changed is carried out here: it becomes messages of its own."""
    left, followed = [], []
    for one in claim_chats(tx, limit):
        facts = one.row.facts
        if isinstance(facts, ChatFacts) and facts.act == FOLLOW:
            approvals.follow(tx, UUID(facts.subject), one.row.trace)
            followed.append(Sent(one.row.id, None, attempt=one.row.attempts))
        else:
            left.append(one)
    settle_chats(tx, ChatsSettled(followed))
    return left


# --- the worker ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answering:
    """Takes up what waits. One whose answer breaks harms no other: it is tried again a few times, then left for people."""

    app: App

    async def round(self) -> int:
        """How many were taken up."""
        waiting = await self.app.read(_pending)
        for account, number in waiting:
            try:
                came_to = await self.app.write(take_up, TakeUp(account, number))
                log.info("chat_update", number=number, came_to=came_to)
            except (Overloaded, Unavailable):
                raise
            except Exception as error:
                log.error("chat_update_failed", number=number, reason=type(error).__name__)  # noqa: TRY400 - the writer told it
                await self.app.write(put_update_off, Broken(account, number, SOON))
        return len(waiting)


def _pending(tx: Tx) -> list[tuple[ProviderAccountId, int]]:
    return chats.pending_updates(tx, limit=AT_ONCE)
