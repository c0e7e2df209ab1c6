"""What all tables share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.types import Id

metadata = sa.MetaData()

Text = sa.Text
Bytes = sa.LargeBinary


CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key: one tree to write instead of two, and our keys grow with time."""


def id_(name: str = "id", **options: object) -> sa.Column[object]:
    return sa.Column(name, Id, nullable=bool(options.pop("nullable", False)), **options)  # type: ignore[arg-type]


def organisation_() -> sa.Column[object]:
    return sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), nullable=False)
