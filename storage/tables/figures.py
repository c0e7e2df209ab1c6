"""Figures that are kept so that nobody need count payments: folded from them, and recounted by `karani rollups`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Text, metadata
from storage.types import Id, Minor

rollups = sa.Table(
    "rollups",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("value_on", sa.Date, primary_key=True),
    sa.Column("currency", Text, primary_key=True),
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), primary_key=True),
    sa.Column("method", Text, primary_key=True),
    sa.Column("purpose", Text, primary_key=True),
    # A payment's status; `suspense` counts once more what of the completed ones waits for its owner.
    sa.Column("state", Text, primary_key=True),
    # As in `balances`: each process folds into a slot of its own, and may take out of its slot what lies in another.
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    **CLUSTERED,
)
