"""What people pay into: accounts, what is charged to them, and what was agreed about it."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

customer_accounts = sa.Table(
    "customer_accounts",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("reference", Text, nullable=False),
    sa.Column("holder", Text, nullable=False),
    sa.Column("group_id", Id, sa.ForeignKey("groups.id"), nullable=True),
    sa.Column("currency", Text, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "reference"),
)

account_references = sa.Table(
    "account_references",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("exact_key", Text, primary_key=True),
    sa.Column("canonical_key", Text, nullable=False),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), nullable=True),
    sa.Index("references_by_canonical", "canonical_key"),
    **CLUSTERED,
)

account_contacts = sa.Table(
    "account_contacts",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Index("account_contacts_by_contact", "contact_id"),
    **CLUSTERED,
)

groups = sa.Table(
    "groups",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("name", Text, nullable=False),
    sa.Column("retired_at", Moment, nullable=True),
    sa.UniqueConstraint("organisation_id", "name"),
)

terms = sa.Table(
    "terms",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("name", Text, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("retired_at", Moment, nullable=True),
    sa.UniqueConstraint("organisation_id", "name"),
)

fee_structures = sa.Table(
    "fee_structures",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("term_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("group_id", Id, sa.ForeignKey("groups.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.UniqueConstraint("term_id", "group_id", "version"),
)

fee_lines = sa.Table(
    "fee_lines",
    metadata,
    sa.Column("structure_id", Id, sa.ForeignKey("fee_structures.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("label", Text, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.CheckConstraint("minor >= 0", name="fee_not_negative"),
    **CLUSTERED,
)

fee_overrides = sa.Table(
    "fee_overrides",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False, index=True),
    sa.Column("term_id", Id, sa.ForeignKey("terms.id"), nullable=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("label", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("minor", Minor, nullable=True),
    sa.Column("bps", sa.Integer, nullable=False),
    sa.Column("granted_at", Moment, nullable=False),
    sa.Column("retired_at", Moment, nullable=True),
    sa.CheckConstraint("(minor IS NULL) = (bps > 0) AND bps BETWEEN 0 AND 10000", name="override_is_one_of_two"),
    sa.CheckConstraint("minor IS NULL OR minor > 0", name="override_positive"),
)

rules = sa.Table(
    "rules",
    metadata,
    # An organisation, or a contact whose family has a rule of its own.
    sa.Column("subject_id", Id, primary_key=True),
    sa.Column("name", Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    organisation_(),
    sa.Column("value", Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    **CLUSTERED,
)

invoice_runs = sa.Table(
    "invoice_runs",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("term_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("expected", sa.Integer, nullable=False),
    sa.Column("looked_at", sa.Integer, nullable=False),
    sa.Column("issued", sa.Integer, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("credit_minor", Minor, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=True),
    sa.Index(
        "invoice_runs_open",
        "term_id",
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    ),
)

open_items = sa.Table(
    "open_items",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("number", Text, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("total_minor", Minor, nullable=False),
    sa.Column("outstanding_minor", Minor, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.CheckConstraint("outstanding_minor >= 0 AND outstanding_minor <= total_minor", name="outstanding_in_range"),
    sa.UniqueConstraint("organisation_id", "number"),
    sa.UniqueConstraint("account_id", "source"),
)

item_lines = sa.Table(
    "item_lines",
    metadata,
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("label", Text, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    **CLUSTERED,
)

invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), primary_key=True),
    sa.Column("term_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("structure_id", Id, sa.ForeignKey("fee_structures.id"), nullable=True),
    # The first invoice of the student and term, when this one adds what it charged too little.
    sa.Column("corrects_id", Id, sa.ForeignKey("open_items.id"), nullable=True),
    sa.Index("invoices_by_term", "term_id", "account_id"),
    **CLUSTERED,
)

credit_notes = sa.Table(
    "credit_notes",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("number", Text, nullable=False),
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), nullable=False, index=True),
    sa.Column("structure_id", Id, sa.ForeignKey("fee_structures.id"), nullable=True),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("lines", Text, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.CheckConstraint("minor > 0", name="credit_note_positive"),
    sa.UniqueConstraint("organisation_id", "number"),
)

promises = sa.Table(
    "promises",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("paid_minor", Minor, nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("made_by", Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.CheckConstraint("minor > 0", name="promise_positive"),
    sa.Index("promises_by_account", "account_id", "made_at"),
    sa.Index(
        "promises_open",
        "account_id",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

plans = sa.Table(
    "plans",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, nullable=True),
    sa.Index(
        "plans_standing",
        "account_id",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

plan_items = sa.Table(
    "plan_items",
    metadata,
    sa.Column("plan_id", Id, sa.ForeignKey("plans.id"), primary_key=True),
    sa.Column("item_id", Id, sa.ForeignKey("open_items.id"), primary_key=True),
    **CLUSTERED,
)

instalments = sa.Table(
    "instalments",
    metadata,
    id_(primary_key=True),
    sa.Column("plan_id", Id, sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.CheckConstraint("minor > 0", name="instalment_positive"),
    sa.UniqueConstraint("plan_id", "position"),
)

chased = sa.Table(
    "chased",
    metadata,
    # An open item, an instalment or a promise, and what its family was told of it.
    sa.Column("subject_id", Id, primary_key=True),
    sa.Column("stage", Text, primary_key=True),
    organisation_(),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)
