"""Tokens with which programs act for members of staff."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import Bytes, Text, id_, metadata
from storage.types import Id, Moment

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    id_(primary_key=True),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False, index=True),
    # The token itself is nowhere: only its blind index.
    sa.Column("token_index", Bytes, nullable=False, unique=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("scopes", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment, nullable=True),
)
