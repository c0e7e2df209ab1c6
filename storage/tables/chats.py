"""Staff in chats: who is linked, what came in, what stands there, which buttons it bears, and which answer is waited for.

A chat's and a person's number at the chat service are personal: sealed, and found by their blind index.
"""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Moment

chat_links = sa.Table(
    "chat_links",
    metadata,
    # One open link a person: a new one replaces it.
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    organisation_(),
    sa.Column("token_index", Bytes, nullable=False, unique=True),
    sa.Column("until", Moment, nullable=False),
    **CLUSTERED,
)

chat_people = sa.Table(
    "chat_people",
    metadata,
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    organisation_(),
    sa.Column("user_index", Bytes, nullable=False),
    sa.Column("user_sealed", Bytes, nullable=False),
    sa.Column("linked_at", Moment, nullable=False),
    # One account of the chat service is one person.
    sa.UniqueConstraint("organisation_id", "user_index"),
    **CLUSTERED,
)

chat_groups = sa.Table(
    "chat_groups",
    metadata,
    sa.Column("chat_index", Bytes, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("chat_sealed", Bytes, nullable=False),
    sa.Column("title_sealed", Bytes, nullable=False),
    sa.Column("added_by", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    **CLUSTERED,
)

chat_updates = sa.Table(
    "chat_updates",
    metadata,
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body_sealed", Bytes, nullable=False),
    # pending, done, unread (nobody could read it), failed (our own work on it broke)
    sa.Column("state", Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("done_at", Moment, nullable=True),
    sa.Column("came_to", Text, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.Index(
        "chat_updates_pending",
        "not_before",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index("chat_updates_by_time", "at"),
    **CLUSTERED,
)

chat_messages = sa.Table(
    "chat_messages",
    metadata,
    # The outbox row that said it first.
    id_(primary_key=True),
    organisation_(),
    sa.Column("chat_index", Bytes, nullable=False),
    sa.Column("chat_sealed", Bytes, nullable=False),
    # Whose language and rights it was written for; nobody's in a group.
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=True),
    # What the chat service calls it; known once it took the message.
    sa.Column("number", sa.BigInteger, nullable=True),
    # What it tells of, where others' copies are to follow: an approval, a payment.
    sa.Column("subject_id", Id, nullable=True),
    # The outbox row of its newest change: an older one that had to wait is not carried out any more.
    sa.Column("changed_by", Id, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Index("chat_messages_by_subject", "subject_id"),
    sa.Index("chat_messages_by_number", "chat_index", "number"),
    **CLUSTERED,
)

chat_buttons = sa.Table(
    "chat_buttons",
    metadata,
    sa.Column("token_index", Bytes, primary_key=True),
    organisation_(),
    sa.Column("message_id", Id, nullable=False),
    # None: whoever in the group has the right.
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("act", Text, nullable=False),
    sa.Column("facts_sealed", Bytes, nullable=False),
    # Whether its first press spends all of the message's.
    sa.Column("once", sa.Boolean, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("spent_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("spent_at", Moment, nullable=True),
    sa.CheckConstraint("(spent_by IS NULL) = (spent_at IS NULL)", name="spent_by_somebody"),
    sa.Index("chat_buttons_by_message", "message_id"),
    sa.Index("chat_buttons_by_until", "until"),
    **CLUSTERED,
)

chat_questions = sa.Table(
    "chat_questions",
    metadata,
    # What we asked somebody in a chat and wait to hear: one thing at a time.
    sa.Column("chat_index", Bytes, primary_key=True),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    organisation_(),
    sa.Column("act", Text, nullable=False),
    sa.Column("facts_sealed", Bytes, nullable=False),
    sa.Column("until", Moment, nullable=False),
    **CLUSTERED,
)

chat_lives = sa.Table(
    "chat_lives",
    metadata,
    # One message a chat that follows the day by itself.
    sa.Column("chat_index", Bytes, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("message_id", Id, nullable=False),
    # Whose rights and language it has; nobody's in a group.
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=True),
    # Of what it says: the same is not said again.
    sa.Column("digest", Bytes, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
    **CLUSTERED,
)
