"""What payers get back. What the database itself refuses here stands in `storage/guards.py`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

refunds = sa.Table(
    "refunds",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("payee_sealed", Bytes, nullable=False),
    sa.Column("payee_index", Bytes, nullable=False),
    sa.Column("reason", Text, nullable=False),
    # One yes on a screen is one request, however often it is sent.
    sa.Column("intent", Text, nullable=True),
    sa.Column("state", Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("payout_id", Id, nullable=True),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("minor > 0", name="refund_positive"),
    sa.UniqueConstraint("organisation_id", "number"),
    sa.UniqueConstraint("organisation_id", "intent"),
    sa.Index("refunds_by_payment", "payment_id"),
)
