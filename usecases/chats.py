"""Staff in chats: linked by a one-time deep link, parted again; updates kept before anything follows from them; what is to
be said there claimed, sent once and settled (TG-1, TG-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core import chats as rules
from core.chats import ChatLinkSpent, ChatTaken
from core.errors import NotFound
from core.ids import MessageId, OrganisationId, ProviderAccountId, StaffId
from core.messages import AccessEvent, Message
from core.permissions import Action, Actor, ActorKind
from storage import approvals, audit, chats, organisations, outbox
from storage.audit import Change
from storage.organisations import StaffMember
from storage.outbox import ChatFacts, Due, Held, Kind, MessageFacts, NotSent, Out, Skipped, Tried
from storage.tx import Tx
from usecases import delivery
from usecases.rights import require_for
from usecases.staff import warn

LEASE = timedelta(seconds=60)
"""Longer than any call to a chat service may take."""


def chat_actor(member: StaffMember) -> Actor:
    """Who acts when a linked person writes or presses."""
    return Actor(ActorKind.STAFF, member.id.hex, "telegram", member.role)


# --- links ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IssueLink:
    """`token` is drawn at the edge; only its hash is kept."""

    staff: StaffId
    token: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class LinkIssued:
    bot: str
    until: datetime

    def address(self, token: str) -> str:
        """Where the person opens the chat; the token comes to us as `/start TOKEN`."""
        return f"https://t.me/{self.bot}?start={token}"


def issue_link(tx: Tx, wish: IssueLink) -> LinkIssued:
    """A link that links whoever opens it first, for a few minutes: one's own, or made by who manages the staff."""
    member = _of(tx, wish.actor, wish.staff)
    bot = chats.bot_of(tx, member.organisation)
    if bot is None or member.is_disabled:
        raise NotFound("bot", "telegram")
    until = tx.now + rules.LINK_FOR
    chats.put_link(tx, member.organisation, member.id, wish.token, until)
    _note(tx, wish.actor, member, "chat_link_issued")
    return LinkIssued(bot, until)


@dataclass(frozen=True, slots=True)
class LinkChat:
    """Somebody opened the bot by a link."""

    organisation: OrganisationId
    token: str
    user: int


def link_chat(tx: Tx, wish: LinkChat) -> StaffMember:
    """From now on this chat account is that person. Raises `ChatLinkSpent`, and `ChatTaken` when the account is another's:
    then the link stays as it was."""
    found = chats.owner(tx, wish.organisation, wish.user)
    staff = chats.take_link(tx, wish.organisation, wish.token)
    member = organisations.staff_by_id(tx, staff, lock=True) if staff else None
    if member is None or member.is_disabled:
        raise ChatLinkSpent
    if found not in (None, member.id):
        raise ChatTaken
    chats.join(tx, wish.organisation, member.id, wish.user)
    approvals.add_mark(tx, member.id, "telegram", str(wish.user))  # whoever else ever has it is the same person
    _note(tx, chat_actor(member), member, "chat_linked")
    warn(tx, member, AccessEvent.CHAT_LINKED)
    return member


@dataclass(frozen=True, slots=True)
class Unlink:
    staff: StaffId
    actor: Actor


def unlink(tx: Tx, wish: Unlink) -> int | None:
    """They are no more known in the chat: the account that they had there, or None."""
    member = _of(tx, wish.actor, wish.staff)
    user = chats.part(tx, member.id)
    if user is not None:
        _note(tx, wish.actor, member, "chat_unlinked")
    return user


def _of(tx: Tx, actor: Actor, staff: StaffId) -> StaffMember:
    """The person, where the actor is that person or manages them."""
    member = organisations.staff_by_id(tx, staff, lock=True)
    if member is None:
        raise NotFound("staff", staff.hex)
    if actor.kind is not ActorKind.STAFF or actor.name != staff.hex:
        require_for(tx, actor, Action.MANAGE_STAFF, member.organisation, what="staff", name=staff.hex)
    return member


def _note(tx: Tx, actor: Actor, member: StaffMember, action: str) -> None:
    sequence = audit.next_sequence(tx, member.id)
    audit.record(tx, [(Change(member.organisation, action, "staff", member.id, sequence, None, None), actor)])


# --- what comes in ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepUpdate:
    """One update as it was told. `is_read` is False for bytes of which only the number could be read."""

    account: ProviderAccountId
    number: int
    raw: bytes
    trace: str
    is_read: bool = True


def keep_update(tx: Tx, told: KeepUpdate) -> bool:
    """Stored before anything follows from it; True when it is new. The worker is woken by it."""
    state = "pending" if told.is_read else "unread"
    is_new = chats.keep_update(tx, told.account, told.number, told.raw, state=state, trace=told.trace)
    if is_new and told.is_read:
        tx.queued[UPDATES] = tx.now
    return is_new


UPDATES = "chat_update"
"""Under this name the writer tells of updates that wait (`Tx.queued`)."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Our own work on an update broke, or it came too early."""

    account: ProviderAccountId
    number: int
    again_after: timedelta


def put_update_off(tx: Tx, broken: Broken) -> bool:
    """It is taken up again later, and after some tries left for people to look at. True when it waits still."""
    update = chats.take_update(tx, broken.account, broken.number)
    if update is None:
        return False
    if update.tries + 1 >= rules.MOST_TRIES:
        chats.end_update(tx, update, state="failed", came_to="our own work on it broke")
        return False
    until = tx.now + broken.again_after
    chats.postpone_update(tx, update, until)
    tx.queued[UPDATES] = until
    return True


# --- what goes out ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChatDue:
    """A claimed row, and the number of the message that it changes, where it changes one."""

    row: Due
    number: int | None


def has_due_chats(tx: Tx) -> bool:
    return outbox.is_due(tx, Kind.CHAT)


def claim_chats(tx: Tx, limit: int) -> list[ChatDue]:
    """Take what is due in chats, in the order in which it was written. A change that had to wait until another was made of the
    same message is not carried out any more: it would show what was so before."""
    delivery.care(tx)
    due = sorted(outbox.claim(tx, kind=Kind.CHAT, limit=limit, lease=LEASE), key=lambda row: row.id)
    found = [(row, *_changes(tx, row)) for row in due]
    outbox.settle(tx, [Skipped(row.id, "the message was changed again") for row, _, is_old in found if is_old])
    return [ChatDue(row, number) for row, number, is_old in found if not is_old]


def _changes(tx: Tx, row: Due) -> tuple[int | None, bool]:
    """The number of the message that the row changes, and whether a newer change of it was made since."""
    facts = row.facts
    assert isinstance(facts, outbox.ChatFacts)
    if facts.about is None:
        return facts.number or None, False
    found = chats.message(tx, facts.about)
    is_old = facts.act == "edit" and found is not None and found.changed_by != row.id
    return found.number if found else None, is_old


@dataclass(frozen=True, slots=True)
class ChatsSettled:
    """What became of claimed rows, and the numbers of messages that stand now."""

    outcomes: Sequence[Tried | Held]
    numbers: Sequence[tuple[MessageId, int]] = ()


def settle_chats(tx: Tx, told: ChatsSettled) -> None:
    """Write down what became of them. The answer of a worker that was given up meanwhile numbers its message all the same:
    the message stands there."""
    outbox.settle(tx, told.outcomes)
    chats.number_messages(tx, told.numbers)
    later = [one.until for one in told.outcomes if isinstance(one, Held)]
    later += [one.again_at for one in told.outcomes if isinstance(one, NotSent) and one.again_at]
    if later:
        tx.queued[Kind.CHAT.value] = min(later)


def tell_in_chats(tx: Tx, organisation: OrganisationId, readers: Sequence[StaffMember], message: Message) -> int:
    """The same message into the chats of those among the readers who are linked. How many."""
    return tell_each_in_chats(tx, organisation, [(reader, message) for reader in readers])


def tell_each_in_chats(tx: Tx, organisation: OrganisationId, told: Sequence[tuple[StaffMember, Message]]) -> int:
    """Each of these into its reader's chat, where they are linked. How many."""
    if not told:
        return 0
    users = chats.users_of(tx, organisation)
    spoken = organisations.language_of(tx, organisation)
    rows = [
        Out(
            organisation,
            Kind.CHAT,
            message.event,
            ChatFacts("say", users[reader.id], message=message, language=reader.language or spoken),
        )
        for reader, message in told
        if reader.id in users
    ]
    outbox.put(tx, rows)
    return len(rows)


def reached(tx: Tx, organisation: OrganisationId) -> dict[StaffId, int]:
    """Whom we can tell in a chat, and where; nobody while the organisation has no bot."""
    return chats.users_of(tx, organisation) if chats.bot_of(tx, organisation) is not None else {}


@dataclass(frozen=True, slots=True)
class News:
    """Something that staff must hear, wherever they are. `key`: once to each of them. `subject`: what it is about, where it is
    asked before sending whether it is still so (`usecases/truth.py`)."""

    organisation: OrganisationId
    message: Message
    key: str
    subject: UUID
    trace: str = ""


def tell_staff(tx: Tx, news: News, readers: Sequence[StaffMember]) -> None:
    """Each in their chat; by SMS to who has none. Safe to repeat. Who works there no more is told nothing."""
    users, spoken = reached(tx, news.organisation), organisations.language_of(tx, news.organisation)
    message, rows = news.message, []
    for reader in readers:
        if reader.is_disabled:
            continue
        facts: ChatFacts | MessageFacts
        if reader.id in users:
            kind, language = Kind.CHAT, reader.language or spoken
            facts = ChatFacts("say", users[reader.id], message=message, language=language)
        else:
            kind, language = Kind.SMS, reader.language or ""
            facts = MessageFacts(message, msisdn=reader.msisdn.digits, language=language, subject=news.subject)
        once = f"{news.key}:{reader.id.hex}"
        rows.append(Out(news.organisation, kind, message.event, facts, trace=news.trace, key=once))
    outbox.put(tx, rows)


def follow_in_chats(tx: Tx, organisation: OrganisationId, subject: UUID, trace: str) -> None:
    """Something changed that chats show: whoever may decide it is asked, and every message about it says what is so now."""
    if chats.bot_of(tx, organisation) is not None:
        facts = ChatFacts(FOLLOW, subject=subject.hex)
        outbox.put(tx, [Out(organisation, Kind.CHAT, FOLLOW, facts, trace=trace)])


FOLLOW = delivery.FOLLOW


# --- keeping house ----------------------------------------------------------------------------------------------------

KEPT_FOR = timedelta(days=30)


def forget_old_chats(tx: Tx, _: None) -> int:
    """Buttons and updates that are of no use any more. How many rows went."""
    return chats.forget(tx, before=tx.now - KEPT_FOR)
