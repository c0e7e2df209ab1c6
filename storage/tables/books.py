"""The ledger, its seals and the audit trail: append-only but for the balances that are folded from it."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

ledger_accounts = sa.Table(
    "ledger_accounts",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("code", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "code", "currency"),
)

entries = sa.Table(
    "entries",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("key", Text, nullable=False, unique=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("value_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("reverses_id", Id, sa.ForeignKey("entries.id"), nullable=True),
    sa.Column("mac", Bytes, nullable=False),
    sa.Index(
        "entries_reversed_once",
        "reverses_id",
        unique=True,
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    ),
    **CLUSTERED,
)

postings = sa.Table(
    "postings",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("ledger_accounts.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.CheckConstraint("minor <> 0", name="posting_says_something"),
    sa.Index("postings_by_account", "account_id", "entry_id"),
    **CLUSTERED,
)

balances = sa.Table(
    "balances",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("ledger_accounts.id"), primary_key=True),
    # Each process folds into a slot of its own, so that no two of them wait for one hot row; a balance is their sum.
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("minor", Minor, nullable=False),
    **CLUSTERED,
)

applications = sa.Table(
    "applications",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=True, index=True),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), nullable=True),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("strategy", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Index("applications_by_account", "account_id", "entry_id"),
    **CLUSTERED,
)

seals = sa.Table(
    "seals",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("hash", Bytes, nullable=False),
    sa.Column("mac", Bytes, nullable=False),
    sa.Column("sealed_at", Moment, nullable=False),
)

sealed = sa.Table(
    "sealed",
    metadata,
    id_("row_id", primary_key=True),
    sa.Column("seal", sa.Integer, sa.ForeignKey("seals.number"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("digest", Bytes, nullable=False),
    sa.UniqueConstraint("seal", "position"),
    **CLUSTERED,
)

changes = sa.Table(
    "changes",
    metadata,
    id_(primary_key=True),
    sa.Column("organisation_id", Id, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_kind", Text, nullable=False),
    sa.Column("actor", Text, nullable=False),
    sa.Column("origin", Text, nullable=False),
    sa.Column("action", Text, nullable=False),
    sa.Column("subject_kind", Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("from_state", Text, nullable=True),
    sa.Column("to_state", Text, nullable=True),
    sa.Column("reason", Text, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.Column("mac", Bytes, nullable=False),
    sa.UniqueConstraint("subject_id", "sequence"),
    # What people of the house did: few among the millions that providers and payers cause.
    sa.Index(
        "changes_by_house",
        "organisation_id",
        "id",
        sqlite_where=sa.text("actor_kind IN ('staff', 'operator')"),
        postgresql_where=sa.text("actor_kind IN ('staff', 'operator')"),
    ),
    **CLUSTERED,
)
