"""Funds, payments out of them, who let them go, variances and replenishments. More rules stand in `storage/guards.py`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

funds = sa.Table(
    "funds",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("slug", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("region", Text, nullable=False),
    sa.Column("branch", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("balance_minor", Minor, nullable=False),
    sa.Column("least_minor", Minor, nullable=False),
    sa.Column("most_minor", Minor, nullable=False),
    sa.Column("reorder_minor", Minor, nullable=False),
    sa.Column("full_minor", Minor, nullable=False),
    # What the provider paid after we had given it up, beyond what the fund could bear: only the truth may overdraw a fund.
    sa.Column("overdrawn_minor", Minor, nullable=False, server_default="0"),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "slug"),
    sa.CheckConstraint("balance_minor + overdrawn_minor >= least_minor", name="fund_never_below_its_limit"),
    sa.CheckConstraint(
        "least_minor >= 0 AND most_minor > 0 AND overdrawn_minor >= 0 AND full_minor >= reorder_minor",
        name="fund_limits_make_sense",
    ),
)

fund_payments = sa.Table(
    "fund_payments",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("fund_id", Id, sa.ForeignKey("funds.id"), nullable=False),
    sa.Column("payee_index", Bytes, nullable=False),
    sa.Column("payee_sealed", Bytes, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("purpose", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("not_before", Moment, nullable=True),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("executed_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("status", Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", Text, nullable=False),
    sa.Column("reconciled_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("reconciled_at", Moment, nullable=True),
    # The row of a file that it came from: a file that is given again adds nothing.
    sa.Column("batch", Text, nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organisation_id", "number"),
    sa.UniqueConstraint("organisation_id", "batch"),
    sa.CheckConstraint("minor > 0", name="fund_payment_positive"),
    sa.CheckConstraint("executed_by <> requested_by", name="fund_payment_executor_is_not_requester"),
    sa.CheckConstraint("(reconciled_by IS NULL) = (reconciled_at IS NULL)", name="fund_payment_reconciled_by_somebody"),
    sa.Index("fund_payments_by_fund", "fund_id", "id"),
    sa.Index("fund_payments_by_status", "organisation_id", "status", "id"),
)

executions = sa.Table(
    "executions",
    metadata,
    sa.Column("payment_id", Id, sa.ForeignKey("fund_payments.id"), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("payout_id", Id, sa.ForeignKey("payouts.id"), nullable=False, unique=True),
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), nullable=False),
    sa.Column("executed_by", Id, sa.ForeignKey("staff.id"), nullable=False),
    # Whose code it was and when; nobody's where an admin has waived it for sums as small as this.
    sa.Column("verified_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("verified_at", Moment, nullable=True),
    sa.Column("origin", Text, nullable=False),
    sa.Column("agent", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.CheckConstraint("(verified_by IS NULL) = (verified_at IS NULL)", name="execution_verified_by_somebody"),
    **CLUSTERED,
)

execution_outcomes = sa.Table(
    "execution_outcomes",
    metadata,
    sa.Column("payout_id", Id, sa.ForeignKey("payouts.id"), primary_key=True),
    sa.Column("state", Text, primary_key=True),
    sa.Column("gateway_reference", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

# Which entries of a fund were compared with what really happened: an entry itself is never changed.
reconciled_entries = sa.Table(
    "reconciled_entries",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

variances = sa.Table(
    "variances",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("payment_id", Id, sa.ForeignKey("fund_payments.id"), nullable=False),
    sa.Column("original_minor", Minor, nullable=False),
    sa.Column("adjusted_minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("ruling", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("adjusted_minor >= 0 AND adjusted_minor <> original_minor", name="variance_varies"),
    sa.Index(
        "variances_open",
        "payment_id",
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    ),
    sa.Index("variances_of_organisation", "organisation_id", "id"),
)

replenishments = sa.Table(
    "replenishments",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("fund_id", Id, sa.ForeignKey("funds.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("ruling", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("minor > 0", name="replenishment_positive"),
    sa.Index(
        "replenishments_open",
        "fund_id",
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    ),
    sa.Index("replenishments_of_organisation", "organisation_id", "id"),
)
