"""Payments and what hangs on them: parts, holds, suspense, receipts, enquiries."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

NOT_COMPLETED = sa.text("status <> 'completed'")
"""As the index has it that finds what failed, waits or went back among ten million that were simply paid."""
NOT_BY_PAYBILL = sa.text("method <> 'paybill'")
"""Likewise for whatever is not paid as nearly everything is."""

payments = sa.Table(
    "payments",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), nullable=False),
    sa.Column("provider", Text, nullable=False),
    sa.Column("method", Text, nullable=False),
    sa.Column("purpose", Text, nullable=False),
    sa.Column("status", Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("reference", Text, nullable=False),
    sa.Column("reference_key", Text, nullable=False),
    sa.Column("receipt", Text, nullable=True),
    sa.Column("provider_request_id", Text, nullable=True),
    sa.Column("payer_contact_id", Id, nullable=True),
    sa.Column("payer_index", Bytes, nullable=True),
    sa.Column("payer_sealed", Bytes, nullable=False),
    # The business day on which it counts: of its money; of a prompt without money, the day on which it was asked for.
    sa.Column("value_on", sa.Date, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("completed_at", Moment, nullable=True),
    sa.Column("expires_at", Moment, nullable=True),
    sa.Column("next_question_at", Moment, nullable=True),
    sa.Column("fail_reason", Text, nullable=True),
    sa.Column("notes", Text, nullable=False, server_default=""),
    sa.Column("reconciled_at", Moment, nullable=True),
    sa.CheckConstraint("minor > 0", name="payment_positive"),
    sa.UniqueConstraint("receipt", "provider", "organisation_id"),
    sa.Index(
        "payments_by_request",
        "provider_request_id",
        "provider_account_id",
        unique=True,
        sqlite_where=sa.text("provider_request_id IS NOT NULL"),
        postgresql_where=sa.text("provider_request_id IS NOT NULL"),
    ),
    # Prompts that wait: few at any time, whatever the history.
    sa.Index(
        "payments_waiting",
        "next_question_at",
        sqlite_where=sa.text("next_question_at IS NOT NULL"),
        postgresql_where=sa.text("next_question_at IS NOT NULL"),
    ),
    sa.Index(
        "payments_unmet",
        "payer_index",
        sqlite_where=sa.text("method = 'prompt' AND receipt IS NULL"),
        postgresql_where=sa.text("method = 'prompt' AND receipt IS NULL"),
    ),
    sa.Index(
        "payments_unmet_by_reference",
        "reference_key",
        sqlite_where=sa.text("method = 'prompt' AND receipt IS NULL"),
        postgresql_where=sa.text("method = 'prompt' AND receipt IS NULL"),
    ),
    sa.Index(
        "payments_of_strangers",
        "payer_index",
        sqlite_where=sa.text("payer_contact_id IS NULL AND payer_index IS NOT NULL"),
        postgresql_where=sa.text("payer_contact_id IS NULL AND payer_index IS NOT NULL"),
    ),
    sa.Index(
        "payments_by_contact",
        "payer_contact_id",
        sqlite_where=sa.text("payer_contact_id IS NOT NULL"),
        postgresql_where=sa.text("payer_contact_id IS NOT NULL"),
    ),
    sa.Index(
        "payments_by_status",
        "organisation_id",
        "status",
        "id",
        sqlite_where=NOT_COMPLETED,
        postgresql_where=NOT_COMPLETED,
    ),
    sa.Index(
        "payments_by_method",
        "organisation_id",
        "method",
        "id",
        sqlite_where=NOT_BY_PAYBILL,
        postgresql_where=NOT_BY_PAYBILL,
    ),
)

payment_parts = sa.Table(
    "payment_parts",
    metadata,
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    **CLUSTERED,
)

holds = sa.Table(
    "holds",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=False, index=True),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.CheckConstraint("minor > 0", name="hold_positive"),
    sa.Index(
        "holds_active",
        "account_id",
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    ),
)

suspense_items = sa.Table(
    "suspense_items",
    metadata,
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), primary_key=True),
    organisation_(),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("closed_at", Moment, nullable=True),
    sa.CheckConstraint("minor > 0", name="suspense_positive"),
    sa.Index(
        "suspense_open",
        "organisation_id",
        "opened_at",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=False, unique=True),
    sa.Column("code", Text, nullable=False, unique=True),
    sa.Column("issued_at", Moment, nullable=False),
    **CLUSTERED,
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("name", Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    **CLUSTERED,
)

enquiries = sa.Table(
    "enquiries",
    metadata,
    id_(primary_key=True),
    organisation_(),
    # Who asks, by blind index; and about what: a code, a payment, or the scrap's own blind index.
    sa.Column("asker_index", Bytes, nullable=False),
    sa.Column("asker_sealed", Bytes, nullable=False),
    sa.Column("subject", Text, nullable=False),
    sa.Column("scrap_sealed", Bytes, nullable=False),
    sa.Column("receipt", Text, nullable=False),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=True),
    sa.Column("language", Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("answered", Text, nullable=True),
    sa.Column("closed_at", Moment, nullable=True),
    sa.Column("note", Text, nullable=False),
    sa.Index(
        "enquiries_open",
        "asker_index",
        "organisation_id",
        "subject",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)
