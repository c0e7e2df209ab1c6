"""What comes in and what goes out, scheduled runs, and the keys that everything is sealed under."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Moment

exchanges = sa.Table(
    "exchanges",
    metadata,
    id_(primary_key=True),
    sa.Column("organisation_id", Id, nullable=True),
    sa.Column("provider_account_id", Id, nullable=True),
    sa.Column("provider", Text, nullable=False),
    sa.Column("direction", Text, nullable=False),
    sa.Column("operation", Text, nullable=False),
    sa.Column("payment_id", Id, nullable=True),
    sa.Column("address", Text, nullable=False),
    sa.Column("request_sealed", Bytes, nullable=False),
    sa.Column("response_sealed", Bytes, nullable=True),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Column("latency_ms", sa.Integer, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.Index("exchanges_by_payment", "payment_id"),
    sa.Index(
        "exchanges_unread",
        "at",
        sqlite_where=sa.text("outcome IN ('unread', 'contradicts')"),
        postgresql_where=sa.text("outcome IN ('unread', 'contradicts')"),
    ),
)

outbox = sa.Table(
    "outbox",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("event", Text, nullable=False),
    sa.Column("key", Text, nullable=True),
    sa.Column("payment_id", Id, nullable=True),
    sa.Column("facts_sealed", Bytes, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("lease_until", Moment, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("sent_at", Moment, nullable=True),
    sa.Column("trace", Text, nullable=False),
    sa.Index(
        "outbox_once",
        "key",
        "organisation_id",
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    ),
    sa.Index(
        "outbox_due",
        "not_before",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index(
        "outbox_leased",
        "lease_until",
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    ),
    sa.Index("outbox_by_payment", "payment_id"),
    sa.Index(
        "outbox_for_people",
        "organisation_id",
        "id",
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    ),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("event", Text, primary_key=True),
    sa.Column("channel", Text, primary_key=True),
    sa.Column("language", Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    # Empty: back to the standard text.
    sa.Column("source", Text, nullable=False),
    sa.Column("set_by", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("message_id", Id, sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", Text, nullable=False),
    sa.Column("provider", Text, nullable=False),
    # Where it went: a phone or an address of mail, which a person may change later.
    sa.Column("to_index", Bytes, nullable=False),
    sa.Column("to_sealed", Bytes, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("error", Text, nullable=False),
    sa.Column("gateway_id", Text, nullable=True),
    sa.Column("parts", sa.Integer, nullable=True),
    sa.Column("cost", Text, nullable=False),
    # The version of the organisation's own words that was sent; 0 for the standard text, below 0 for the standard text
    # because that version could not be used.
    sa.Column("template", sa.Integer, nullable=False, server_default="0"),
    sa.Column("delivery", Text, nullable=True),
    sa.Column("delivery_rank", sa.Integer, nullable=False),
    sa.Column("delivery_at", Moment, nullable=True),
    sa.Column("began_at", Moment, nullable=False),
    # Until when a report is waited for; only of what must arrive.
    sa.Column("report_by", Moment, nullable=True),
    sa.Index(
        "attempts_by_gateway",
        "gateway_id",
        sqlite_where=sa.text("gateway_id IS NOT NULL"),
        postgresql_where=sa.text("gateway_id IS NOT NULL"),
    ),
    sa.Index("attempts_to", "to_index", "began_at"),
    sa.Index("attempts_by_delivery", "delivery_at"),
    sa.Index(
        "attempts_silent",
        "report_by",
        sqlite_where=sa.text("report_by IS NOT NULL"),
        postgresql_where=sa.text("report_by IS NOT NULL"),
    ),
    **CLUSTERED,
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("outbox.id"), primary_key=True),
    organisation_(),
    sa.Column("event", Text, nullable=False),
    # What was told, with the facts of the moment in which it was to leave.
    sa.Column("told_sealed", Bytes, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("read_at", Moment, nullable=True),
    sa.Index(
        "notices_unread",
        "contact_id",
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    ),
    **CLUSTERED,
)

texts = sa.Table(
    "texts",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("provider", Text, nullable=False),
    sa.Column("gateway_id", Text, nullable=False),
    sa.Column("sender_index", Bytes, nullable=False),
    sa.Column("sender_sealed", Bytes, nullable=False),
    sa.Column("short_code", Text, nullable=False),
    sa.Column("text_sealed", Bytes, nullable=False),
    sa.Column("understood", Text, nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    # What was read back to its writer and waits for their yes, until when.
    sa.Column("offer_sealed", Bytes, nullable=True),
    sa.Column("offer_until", Moment, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.UniqueConstraint("gateway_id", "sender_index", "provider", "organisation_id"),
    sa.Index("texts_by_sender", "sender_index", "at"),
    sa.Index(
        "texts_planned",
        "organisation_id",
        sqlite_where=sa.text("understood = 'planned'"),
        postgresql_where=sa.text("understood = 'planned'"),
    ),
    **CLUSTERED,
)

early_deliveries = sa.Table(
    "early_deliveries",
    metadata,
    sa.Column("provider", Text, primary_key=True),
    sa.Column("gateway_id", Text, primary_key=True),
    sa.Column("status", Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("verdict", Text, nullable=False),
    # Whose it is, where the provider sent our own name of the attempt back.
    sa.Column("message_id", Id, nullable=True),
    sa.Column("number", sa.Integer, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Index("early_deliveries_by_message", "message_id"),
    **CLUSTERED,
)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("intent", Text, primary_key=True),
    sa.Column("fingerprint", Bytes, nullable=False),
    sa.Column("payment_id", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

job_runs = sa.Table(
    "job_runs",
    metadata,
    sa.Column("job", Text, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("due_at", Moment, primary_key=True),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=True),
    sa.Column("report", Text, nullable=False),
    sa.Index(
        "job_runs_unfinished",
        "until",
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    ),
    **CLUSTERED,
)

wrapped_keys = sa.Table(
    "wrapped_keys",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("key_sealed", Bytes, nullable=False),
)
