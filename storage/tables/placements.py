"""Money of a payment that is to count for another account, once a second person agrees. Its rules: `storage/placement_guards.py`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

placements = sa.Table(
    "placements",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=False),
    sa.Column("reference", Text, nullable=False),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    # As a checker reads it: which accounts, how much of each, whose.
    sa.Column("origin", Text, nullable=False),
    sa.Column("target", Text, nullable=False),
    sa.Column("why", Text, nullable=False),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("ruling", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.CheckConstraint("kind IN ('suspense', 'reallocation')", name="placement_kinds"),
    sa.CheckConstraint("minor > 0", name="placement_positive"),
    sa.Index(
        "placements_open",
        "payment_id",
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    ),
)
