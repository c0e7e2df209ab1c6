"""Money out: what we instruct providers to pay, and what they say that they hold for us."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

_OPEN = "state IN ('reserved', 'sending', 'processing', 'unknown')"

payouts = sa.Table(
    "payouts",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), nullable=False),
    sa.Column("provider", Text, nullable=False),
    sa.Column("way", Text, nullable=False),
    sa.Column("subject_kind", Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("payee_index", Bytes, nullable=False),
    sa.Column("payee_sealed", Bytes, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("remarks", Text, nullable=False),
    sa.Column("original_receipt", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("conversation_id", Text, nullable=True),
    sa.Column("receipt", Text, nullable=True),
    sa.Column("told_failed", Text, nullable=False),
    sa.Column("fail_reason", Text, nullable=True),
    sa.Column("charge_minor", Minor, nullable=True),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("sent_at", Moment, nullable=True),
    sa.Column("next_at", Moment, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("asked", sa.Integer, nullable=False),
    sa.Column("last_error", Text, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.CheckConstraint("minor > 0", name="payout_positive"),
    sa.CheckConstraint("charge_minor IS NULL OR charge_minor >= 0", name="payout_charge_positive"),
    sa.CheckConstraint("state <> 'paid' OR receipt IS NOT NULL", name="payout_paid_has_receipt"),
    sa.CheckConstraint("(way = 'give_back') = (original_receipt <> '')", name="payout_gives_back_a_receipt"),
    # Two at once for one subject would be two payments.
    sa.Index(
        "payouts_one_open",
        "subject_id",
        "subject_kind",
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    ),
    sa.Index(
        "payouts_by_receipt",
        "receipt",
        "provider",
        "organisation_id",
        unique=True,
        sqlite_where=sa.text("receipt IS NOT NULL"),
        postgresql_where=sa.text("receipt IS NOT NULL"),
    ),
    sa.Index(
        "payouts_by_conversation",
        "conversation_id",
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    ),
    sa.Index(
        "payouts_by_original",
        "original_receipt",
        sqlite_where=sa.text("original_receipt <> ''"),
        postgresql_where=sa.text("original_receipt <> ''"),
    ),
    sa.Index(
        "payouts_due",
        "next_at",
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    ),
    sa.Index("payouts_by_account", "provider_account_id", "sent_at"),
    sa.Index("payouts_by_payee", "payee_index"),
)

floats = sa.Table(
    "floats",
    metadata,
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), primary_key=True),
    organisation_(),
    sa.Column("minor", Minor, nullable=True),
    sa.Column("currency", Text, nullable=False),
    # When the question was put that `minor` answers, and when the newest question was put.
    sa.Column("read_at", Moment, nullable=True),
    sa.Column("asked_at", Moment, nullable=True),
    sa.Column("wanted_at", Moment, nullable=True),
    sa.Column("halted", Text, nullable=False),
    **CLUSTERED,
)
