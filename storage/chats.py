"""Who of the staff is in which chat, what came from there, what we said there, and the buttons and questions that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.chats import Button
from core.ids import MessageId, OrganisationId, ProviderAccountId, StaffId
from storage import organisations
from storage.organisations import StaffMember
from storage.tables import (
    changes,
    chat_buttons,
    chat_groups,
    chat_links,
    chat_lives,
    chat_messages,
    chat_people,
    chat_questions,
    chat_updates,
    provider_accounts,
    staff,
)
from storage.tx import Tx

FORGOTTEN_AFTER_S = 30 * 86_400
PROVIDER = "telegram"

Facts = dict[str, str]
"""What a button or a question is about: ids and typed words, sealed at rest."""

_encode = msgspec.json.encode


def _decode(tx: Tx, sealed: bytes) -> Facts:
    return msgspec.json.decode(tx.vault.open(bytes(sealed)), type=dict[str, str])


def _chat_index(tx: Tx, chat: int) -> bytes:
    return tx.vault.index("chat", str(chat))


def _insert(tx: Tx, table: sa.Table) -> Any:
    return (postgresql.insert if tx.is_postgresql else sqlite.insert)(table)


# --- links ------------------------------------------------------------------------------------------------------------


def put_link(tx: Tx, organisation: OrganisationId, staff_id: StaffId, token: str, until: datetime) -> None:
    """One open link a person, found by its hash; the one before it is void."""
    index = tx.vault.index("chat-link", token)
    values = {"organisation_id": organisation, "token_index": index, "until": until}
    insert = _insert(tx, chat_links).values(staff_id=staff_id, **values)
    tx.connection.execute(insert.on_conflict_do_update(index_elements=["staff_id"], set_=values))


def take_link(tx: Tx, organisation: OrganisationId, token: str) -> StaffId | None:
    """Use a link up: whose it was. None when there is none of this token, or it is too old; also if another was first."""
    mine = (chat_links.c.token_index == tx.vault.index("chat-link", token)) & (
        chat_links.c.organisation_id == organisation
    )
    gone = sa.delete(chat_links).where(mine, chat_links.c.until > tx.now).returning(chat_links.c.staff_id)
    return tx.connection.scalar(gone)


def drop_link(tx: Tx, staff_id: StaffId) -> None:
    tx.connection.execute(sa.delete(chat_links).where(chat_links.c.staff_id == staff_id))


# --- people -----------------------------------------------------------------------------------------------------------


def join(tx: Tx, organisation: OrganisationId, staff_id: StaffId, user: int) -> None:
    """This person has this account of the chat service from now on, in place of another that they had."""
    values = {
        "organisation_id": organisation,
        "user_index": _chat_index(tx, user),
        "user_sealed": tx.vault.seal_text(str(user)),
        "linked_at": tx.now,
    }
    insert = _insert(tx, chat_people).values(staff_id=staff_id, **values)
    tx.connection.execute(insert.on_conflict_do_update(index_elements=["staff_id"], set_=values))


def part(tx: Tx, staff_id: StaffId) -> int | None:
    """This person has no account there any more: the one that they had. Their questions and open link go with it."""
    sealed = tx.connection.scalar(
        sa.delete(chat_people).where(chat_people.c.staff_id == staff_id).returning(chat_people.c.user_sealed)
    )
    tx.connection.execute(sa.delete(chat_questions).where(chat_questions.c.staff_id == staff_id))
    drop_link(tx, staff_id)
    return int(tx.vault.open_text(sealed)) if sealed is not None else None


def owner(tx: Tx, organisation: OrganisationId, user: int) -> StaffId | None:
    """Whose account of the chat service this is here."""
    mine = (chat_people.c.user_index == _chat_index(tx, user)) & (chat_people.c.organisation_id == organisation)
    return tx.connection.scalar(sa.select(chat_people.c.staff_id).where(mine))


def member_of(tx: Tx, organisation: OrganisationId, user: int) -> StaffMember | None:
    """Who of the staff writes; None for a stranger and for whoever works there no more."""
    found = owner(tx, organisation, user)
    member = organisations.staff_by_id(tx, found) if found else None
    return None if member is None or member.is_disabled else member


def users_of(tx: Tx, organisation: OrganisationId) -> dict[StaffId, int]:
    """The account of everybody who is linked and works there, for private messages."""
    rows = tx.connection.execute(
        sa.select(chat_people.c.staff_id, chat_people.c.user_sealed)
        .join(staff, staff.c.id == chat_people.c.staff_id)
        .where(chat_people.c.organisation_id == organisation, staff.c.disabled_at.is_(None))
        .order_by(chat_people.c.staff_id)
    )
    return {row.staff_id: int(tx.vault.open_text(row.user_sealed)) for row in rows}


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked chat as `verify` sees it."""

    staff: StaffId
    is_consistent: bool
    """It is found under the name that is sealed in it."""
    last_told: str
    """What the trail told last of this person's chat."""


def everybody(tx: Tx) -> list[Linked]:
    """Every linked chat of every organisation."""
    found = []
    for row in tx.connection.execute(sa.select(chat_people).order_by(chat_people.c.staff_id)):
        told = sa.select(changes.c.action).where(
            changes.c.subject_id == row.staff_id, changes.c.action.in_(["chat_linked", "chat_unlinked"])
        )
        last = tx.connection.scalar(told.order_by(changes.c.sequence.desc()).limit(1))
        index = _chat_index(tx, int(tx.vault.open_text(row.user_sealed)))
        found.append(Linked(row.staff_id, index == bytes(row.user_index), last or ""))
    return found


def linked_since(tx: Tx, staff_id: StaffId) -> datetime | None:
    return tx.connection.scalar(sa.select(chat_people.c.linked_at).where(chat_people.c.staff_id == staff_id))


def bot_of(tx: Tx, organisation: OrganisationId) -> str | None:
    """The name of the organisation's bot; None while it has none."""
    mine = (provider_accounts.c.organisation_id == organisation) & (provider_accounts.c.provider == PROVIDER)
    first = (
        sa.select(provider_accounts.c.shortcode)
        .where(mine)
        .order_by(provider_accounts.c.created_at, provider_accounts.c.id)
    )
    return tx.connection.scalar(first.limit(1))


# --- groups -----------------------------------------------------------------------------------------------------------


def add_group(tx: Tx, organisation: OrganisationId, chat: int, title: str, by: StaffId) -> bool:
    """The bot speaks in this group from now on. False when it did already."""
    insert = _insert(tx, chat_groups).values(
        chat_index=_chat_index(tx, chat),
        organisation_id=organisation,
        chat_sealed=tx.vault.seal_text(str(chat)),
        title_sealed=tx.vault.seal_text(title),
        added_by=by,
        added_at=tx.now,
    )
    return bool(tx.connection.execute(insert.on_conflict_do_nothing()).rowcount)


def drop_group(tx: Tx, organisation: OrganisationId, chat: int) -> bool:
    mine = (chat_groups.c.chat_index == _chat_index(tx, chat)) & (chat_groups.c.organisation_id == organisation)
    return bool(tx.connection.execute(sa.delete(chat_groups).where(mine)).rowcount)


def is_group(tx: Tx, organisation: OrganisationId, chat: int) -> bool:
    mine = (chat_groups.c.chat_index == _chat_index(tx, chat)) & (chat_groups.c.organisation_id == organisation)
    return tx.connection.execute(sa.select(chat_groups.c.added_at).where(mine)).first() is not None


def groups_of(tx: Tx, organisation: OrganisationId) -> list[int]:
    rows = tx.connection.execute(
        sa.select(chat_groups.c.chat_sealed)
        .where(chat_groups.c.organisation_id == organisation)
        .order_by(chat_groups.c.added_at, chat_groups.c.chat_index)
    )
    return [int(tx.vault.open_text(row.chat_sealed)) for row in rows]


# --- updates ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Update:
    """An update as it was told, and how often it was taken up."""

    account: ProviderAccountId
    number: int
    organisation: OrganisationId
    raw: bytes
    tries: int
    trace: str


def keep_update(tx: Tx, account: ProviderAccountId, number: int, raw: bytes, *, state: str, trace: str) -> bool:
    """Store an update before anything follows from it. False when it is known: then nothing follows a second time."""
    insert = _insert(tx, chat_updates).values(
        provider_account_id=account,
        number=number,
        body_sealed=tx.vault.seal(raw),
        state=state,
        tries=0,
        not_before=tx.now,
        at=tx.now,
        came_to="",
        trace=trace,
    )
    return bool(tx.connection.execute(insert.on_conflict_do_nothing()).rowcount)


_PENDING = chat_updates.c.state == sa.literal_column("'pending'")


def pending_updates(tx: Tx, *, limit: int) -> list[tuple[ProviderAccountId, int]]:
    """What waits to be taken up now, in the order in which it was told."""
    due = sa.select(chat_updates.c.provider_account_id, chat_updates.c.number).where(
        _PENDING, chat_updates.c.not_before <= tx.now
    )
    rows = tx.connection.execute(due.order_by(chat_updates.c.provider_account_id, chat_updates.c.number).limit(limit))
    return [(row.provider_account_id, row.number) for row in rows]


def failed_updates(tx: Tx) -> int:
    """Updates on which our own work broke: a person should know."""
    failed = sa.select(sa.func.count()).select_from(chat_updates).where(chat_updates.c.state == "failed")
    return int(tx.connection.scalar(failed) or 0)


def take_update(tx: Tx, account: ProviderAccountId, number: int) -> Update | None:
    """An update that waits, for this transaction alone; None when it does not (any more)."""
    mine = (chat_updates.c.provider_account_id == account) & (chat_updates.c.number == number)
    query = (
        sa.select(chat_updates, provider_accounts.c.organisation_id)
        .join(provider_accounts, provider_accounts.c.id == chat_updates.c.provider_account_id)
        .where(mine, _PENDING)
        .with_for_update(of=chat_updates)
    )
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        return None
    raw = tx.vault.open(bytes(row.body_sealed))
    return Update(account, number, row.organisation_id, raw, row.tries, row.trace)


def end_update(tx: Tx, update: Update, *, state: str, came_to: str) -> None:
    """It waits no more. Its words are forgotten: what came of them stands in our own books."""
    mine = (chat_updates.c.provider_account_id == update.account) & (chat_updates.c.number == update.number)
    tx.connection.execute(sa.update(chat_updates).where(mine).values(state=state, came_to=came_to[:80], done_at=tx.now))


def postpone_update(tx: Tx, update: Update, until: datetime) -> None:
    """It is taken up again at `until`."""
    mine = (chat_updates.c.provider_account_id == update.account) & (chat_updates.c.number == update.number)
    tx.connection.execute(sa.update(chat_updates).where(mine).values(not_before=until, tries=chat_updates.c.tries + 1))


# --- messages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copy:
    """One message of ours in one chat."""

    id: MessageId
    organisation: OrganisationId
    chat: int
    staff: StaffId | None
    number: int | None
    subject: Any
    changed_by: MessageId | None = None
    """The outbox row of its newest change."""


def put_message(
    tx: Tx,
    id_: MessageId,
    organisation: OrganisationId,
    chat: int,
    *,
    staff_id: StaffId | None,
    subject: Any = None,
) -> None:
    """A message is on its way; its number follows."""
    tx.connection.execute(
        sa.insert(chat_messages).values(
            id=id_,
            organisation_id=organisation,
            chat_index=_chat_index(tx, chat),
            chat_sealed=tx.vault.seal_text(str(chat)),
            staff_id=staff_id,
            subject_id=subject,
            at=tx.now,
        )
    )


def number_messages(tx: Tx, told: Sequence[tuple[MessageId, int]]) -> None:
    """What the chat service calls messages of ours that it took."""
    for id_, number in told:
        tx.connection.execute(sa.update(chat_messages).where(chat_messages.c.id == id_).values(number=number))


def change_message(tx: Tx, id_: MessageId, by: MessageId) -> None:
    """The outbox row `by` says what the message is to say from now on; changes of before that still wait are void."""
    tx.connection.execute(sa.update(chat_messages).where(chat_messages.c.id == id_).values(changed_by=by))


def message(tx: Tx, id_: MessageId) -> Copy | None:
    row = tx.connection.execute(sa.select(chat_messages).where(chat_messages.c.id == id_)).one_or_none()
    return _copy(tx, row) if row is not None else None


def copies_of(tx: Tx, subject: Any, *, lock: bool = False) -> list[Copy]:
    """Every message that tells of this, oldest first. `lock`: whoever changes them looks at what they tell of only afterwards,
    so that what was so before is never written over what is so now."""
    query = sa.select(chat_messages).where(chat_messages.c.subject_id == subject).order_by(chat_messages.c.id)
    return [_copy(tx, row) for row in tx.connection.execute(query.with_for_update() if lock else query)]


def subjects_of(tx: Tx, ids: Sequence[MessageId]) -> list[tuple[OrganisationId, UUID]]:
    """What these messages tell of, each once."""
    told = chat_messages.c.id.in_(ids) & chat_messages.c.subject_id.is_not(None)
    query = sa.select(chat_messages.c.organisation_id, chat_messages.c.subject_id).where(told).distinct()
    query = query.order_by(chat_messages.c.organisation_id, chat_messages.c.subject_id)
    return [(organisation, subject) for organisation, subject in tx.connection.execute(query)] if ids else []


def _copy(tx: Tx, row: sa.Row[Any]) -> Copy:
    chat = int(tx.vault.open_text(row.chat_sealed))
    return Copy(row.id, row.organisation_id, chat, row.staff_id, row.number, row.subject_id, row.changed_by)


# --- buttons ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewButton:
    token: str
    act: str
    facts: Facts
    once: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A button that somebody names, and what it would do."""

    button: Button
    act: str
    facts: Facts
    once: bool
    message: MessageId
    is_sent: bool
    """Does the chat service have its message, as far as we know?"""


def put_buttons(
    tx: Tx, message_id: MessageId, organisation: OrganisationId, staff_id: StaffId | None, new: Sequence[NewButton]
) -> None:
    """What a message offers from now on, and nothing else. Spent buttons stay: who comes late is told who was first."""
    unspent = (chat_buttons.c.message_id == message_id) & chat_buttons.c.spent_at.is_(None)
    tx.connection.execute(sa.delete(chat_buttons).where(unspent))
    if new:
        tx.connection.execute(
            sa.insert(chat_buttons),
            [
                {
                    "token_index": tx.vault.index("chat-button", one.token),
                    "organisation_id": organisation,
                    "message_id": message_id,
                    "staff_id": staff_id,
                    "act": one.act,
                    "facts_sealed": tx.vault.seal(_encode(one.facts)),
                    "once": one.once,
                    "until": one.until,
                }
                for one in new
            ],
        )


def button(tx: Tx, organisation: OrganisationId, token: str) -> Found | None:
    """The button of this name, with its message taken for this transaction."""
    mine = (chat_buttons.c.token_index == tx.vault.index("chat-button", token)) & (
        chat_buttons.c.organisation_id == organisation
    )
    query = (
        sa.select(chat_buttons, chat_messages.c.chat_sealed, chat_messages.c.number, staff.c.name.label("spender"))
        .join(chat_messages, chat_messages.c.id == chat_buttons.c.message_id)
        .outerjoin(staff, staff.c.id == chat_buttons.c.spent_by)
        .where(mine)
        .with_for_update(of=chat_messages)
    )
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        return None
    found = Button(
        staff=row.staff_id,
        chat=int(tx.vault.open_text(row.chat_sealed)),
        number=row.number,
        until=row.until,
        is_spent=row.spent_at is not None,
        spent_by=row.spender or "",
    )
    return Found(found, row.act, _decode(tx, row.facts_sealed), row.once, row.message_id, row.number is not None)


def spend(tx: Tx, message_id: MessageId, by: StaffId) -> int:
    """None of the message's buttons counts any more. How many this changed: 0 when another process was first."""
    open_ = sa.update(chat_buttons).where(chat_buttons.c.message_id == message_id, chat_buttons.c.spent_at.is_(None))
    return tx.connection.execute(open_.values(spent_by=by, spent_at=tx.now)).rowcount


def forget(tx: Tx, *, before: datetime) -> int:
    """Remove what is too old to be of use: buttons, and the words of updates. How many rows."""
    gone = tx.connection.execute(sa.delete(chat_buttons).where(chat_buttons.c.until < before)).rowcount
    done = chat_updates.c.state.in_(["done", "unread"]) & (chat_updates.c.at < before)
    gone += tx.connection.execute(sa.delete(chat_lives).where(chat_lives.c.until < before)).rowcount
    return gone + tx.connection.execute(sa.delete(chat_updates).where(done)).rowcount


# --- questions --------------------------------------------------------------------------------------------------------


def ask(
    tx: Tx, organisation: OrganisationId, chat: int, staff_id: StaffId, act: str, facts: Facts, until: datetime
) -> None:
    """The next text of this person in this chat answers this; what was asked before is dropped."""
    values = {
        "organisation_id": organisation,
        "act": act,
        "facts_sealed": tx.vault.seal(_encode(facts)),
        "until": until,
    }
    insert = _insert(tx, chat_questions).values(chat_index=_chat_index(tx, chat), staff_id=staff_id, **values)
    tx.connection.execute(insert.on_conflict_do_update(index_elements=["chat_index", "staff_id"], set_=values))


def take_question(tx: Tx, chat: int, staff_id: StaffId) -> tuple[str, Facts] | None:
    """What was asked, once; None when nothing was, or too long ago."""
    mine = (chat_questions.c.chat_index == _chat_index(tx, chat)) & (chat_questions.c.staff_id == staff_id)
    row = tx.connection.execute(sa.delete(chat_questions).where(mine).returning(chat_questions)).one_or_none()
    if row is None or row.until <= tx.now:
        return None
    return row.act, _decode(tx, row.facts_sealed)


# --- live messages ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    """A message that follows the day."""

    organisation: OrganisationId
    message: MessageId
    chat: int
    staff: StaffId | None
    digest: bytes
    changed_at: datetime


def put_live(tx: Tx, live: Live, until: datetime) -> None:
    """From now on this is the chat's live message, in place of another."""
    values = {
        "message_id": live.message,
        "staff_id": live.staff,
        "digest": live.digest,
        "changed_at": live.changed_at,
        "until": until,
    }
    insert = _insert(tx, chat_lives).values(
        chat_index=_chat_index(tx, live.chat), organisation_id=live.organisation, **values
    )
    keys = ["chat_index", "organisation_id"]
    tx.connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=values))


def lives(tx: Tx) -> list[Live]:
    """Every message that is live now. Those of people who left, or are linked no more, are none."""
    rows = tx.connection.execute(
        sa.select(chat_lives, chat_messages.c.chat_sealed)
        .join(chat_messages, chat_messages.c.id == chat_lives.c.message_id)
        .outerjoin(chat_people, chat_people.c.staff_id == chat_lives.c.staff_id)
        .where(
            chat_lives.c.until > tx.now,
            chat_messages.c.number.is_not(None),
            chat_lives.c.staff_id.is_(None) | chat_people.c.staff_id.is_not(None),
        )
        .order_by(chat_lives.c.organisation_id, chat_lives.c.chat_index)
    )
    return [
        Live(
            row.organisation_id,
            row.message_id,
            int(tx.vault.open_text(row.chat_sealed)),
            row.staff_id,
            bytes(row.digest),
            row.changed_at,
        )
        for row in rows
    ]


def live_changed(tx: Tx, live: Live, digest: bytes) -> bool:
    """It says something else now. False when it is not live any more, or another process was first."""
    mine = (chat_lives.c.message_id == live.message) & (chat_lives.c.digest == live.digest)
    changed = sa.update(chat_lives).where(mine).values(digest=digest, changed_at=tx.now)
    return bool(tx.connection.execute(changed).rowcount)
