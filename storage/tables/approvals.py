"""Who asked for what, and who said yes. What the database itself refuses here stands in `storage/guards.py`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

staff_marks = sa.Table(
    "staff_marks",
    metadata,
    # By what else than their phone a member of staff is known: a Telegram id. Two accounts that share one are one person.
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("mark", Bytes, primary_key=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("staff_marks_by_mark", "mark"),
    **CLUSTERED,
)

approvals = sa.Table(
    "approvals",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("subject_kind", Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("content_hash", Bytes, nullable=False),
    sa.Column("minor", Minor, nullable=True),
    sa.Column("currency", Text, nullable=True),
    sa.Column("people", sa.Integer, nullable=False),
    # `manager,cfo`: who may decide.
    sa.Column("roles", Text, nullable=False),
    sa.Column("code", sa.Boolean, nullable=False),
    sa.Column("requested_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("executed_by", Id, sa.ForeignKey("staff.id"), nullable=True),
    sa.Column("ended_at", Moment, nullable=True),
    sa.CheckConstraint("people > 0", name="approved_by_somebody"),
    sa.CheckConstraint("executed_by <> requested_by", name="executor_is_not_requester"),
    sa.CheckConstraint("(state = 'executed') = (executed_by IS NOT NULL)", name="executed_by_somebody"),
    sa.Index(
        "approvals_open",
        "subject_id",
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'approved')"),
        postgresql_where=sa.text("state IN ('pending', 'approved')"),
    ),
    sa.Index("approvals_by_subject", "subject_id"),
    sa.Index("approvals_of_organisation", "organisation_id", "state"),
)

approval_decisions = sa.Table(
    "approval_decisions",
    metadata,
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), primary_key=True),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("role", Text, nullable=False),
    sa.Column("verdict", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("content_hash", Bytes, nullable=False),
    sa.Column("origin", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("approval_id", "number"),
    sa.CheckConstraint("verdict IN ('approve', 'reject')", name="yes_or_no"),
    **CLUSTERED,
)

approval_people = sa.Table(
    "approval_people",
    metadata,
    # Every mark of everybody who has to do with an approval, once: who asked, who is paid, who decided. Its key is what
    # makes two accounts of one person one person.
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), primary_key=True),
    sa.Column("mark", Bytes, primary_key=True),
    sa.Column("part", Text, nullable=False),
    sa.Column("staff_id", Id, nullable=True),
    **CLUSTERED,
)

approval_codes = sa.Table(
    "approval_codes",
    metadata,
    id_(primary_key=True),
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), nullable=False),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("content_hash", Bytes, nullable=False),
    # HMAC under a key outside the database, over the code and all that it is good for. The code itself is nowhere.
    sa.Column("proof", Bytes, nullable=False),
    sa.Column("way", Text, nullable=False),
    sa.Column("sent_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("used_at", Moment, nullable=True),
    sa.Column("is_replaced", sa.Boolean, nullable=False),
    # When its text was taken out of the message that brought it.
    sa.Column("forgotten_at", Moment, nullable=True),
    sa.CheckConstraint("tries BETWEEN 0 AND 5", name="code_tries"),
    sa.Index("approval_codes_of", "staff_id", "sent_at"),
    sa.Index("approval_codes_by_approval", "approval_id", "staff_id"),
    sa.Index(
        "approval_codes_to_forget",
        "expires_at",
        sqlite_where=sa.text("forgotten_at IS NULL"),
        postgresql_where=sa.text("forgotten_at IS NULL"),
    ),
)

approval_proofs = sa.Table(
    "approval_proofs",
    metadata,
    id_(primary_key=True),
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), nullable=False),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("content_hash", Bytes, nullable=False),
    # What came of a code that was typed: authenticator, sent, wrong.
    sa.Column("proof", Text, nullable=False),
    sa.Column("code_id", Id, nullable=True),
    sa.Column("origin", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("approval_proofs_of", "staff_id", "at"),
    sa.Index("approval_proofs_by_approval", "approval_id"),
    sa.UniqueConstraint("code_id"),
    **CLUSTERED,
)
