"""The schema. Unique constraints have the last word on "only once"; triggers keep append-only tables append-only.

Sealed text (`…_sealed`) is encrypted with the vault, `…_index` columns are blind indexes over what is encrypted. What is
sealed is sealed anew when keys are rotated (`storage/rotation.py`), so no append-only table may have such a column.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.types import Id, Minor, Moment

metadata = sa.MetaData()

Text = sa.Text
Bytes = sa.LargeBinary


CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key: one tree to write instead of two, and our keys grow with time."""


def _id(name: str = "id", **options: object) -> sa.Column[object]:
    return sa.Column(name, Id, nullable=bool(options.pop("nullable", False)), **options)  # type: ignore[arg-type]


def _organisation() -> sa.Column[object]:
    return sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), nullable=False)


# --- who ---------------------------------------------------------------------------------------------------------------

organisations = sa.Table(
    "organisations",
    metadata,
    _id(primary_key=True),
    sa.Column("slug", Text, nullable=False, unique=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("kinds", Text, nullable=False),
    sa.Column("country", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("time_zone", Text, nullable=False),
    sa.Column("language", Text, nullable=False),
    sa.Column("settings", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

provider_accounts = sa.Table(
    "provider_accounts",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("provider", Text, nullable=False),
    sa.Column("environment", Text, nullable=False),
    sa.Column("shortcode", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("settings", Text, nullable=False),
    sa.Column("credentials_sealed", Bytes, nullable=False),
    sa.Column("hook_sealed", Bytes, nullable=False),
    sa.Column("hook_index", Bytes, nullable=False, unique=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "provider", "shortcode"),
)

pulls = sa.Table(
    "pulls",
    metadata,
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), primary_key=True),
    _organisation(),
    sa.Column("registered_at", Moment, nullable=False),
    sa.Column("covered_until", Moment, nullable=True),
    sa.Column("wanted_at", Moment, nullable=True),
    sa.Column("pulled_at", Moment, nullable=True),
    sa.Column("found", sa.BigInteger, nullable=False),
    **CLUSTERED,
)

status_questions = sa.Table(
    "status_questions",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), nullable=False),
    sa.Column("receipt", Text, nullable=False),
    sa.Column("asked", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=True),
    sa.Column("told", Text, nullable=True),
    sa.Column("told_at", Moment, nullable=True),
    sa.Column("opened_at", Moment, nullable=False),
    sa.UniqueConstraint("receipt", "provider_account_id"),
    sa.Index(
        "questions_due",
        "next_at",
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    ),
)

service_codes = sa.Table(
    "service_codes",
    metadata,
    sa.Column("code", Text, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    **CLUSTERED,
)

staff = sa.Table(
    "staff",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("name", Text, nullable=False),
    sa.Column("role", Text, nullable=False),
    sa.Column("msisdn_sealed", Bytes, nullable=False),
    sa.Column("msisdn_index", Bytes, nullable=False, index=True),
    # Chosen for signing in; unique over all organisations, because the sign-in page does not ask for one.
    sa.Column("user_name", Text, nullable=True, unique=True),
    sa.Column("language", Text, nullable=True),
    sa.Column("disabled_at", Moment, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "msisdn_index"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("passphrase_hash", Text, nullable=True),
    sa.Column("totp_sealed", Bytes, nullable=False),
    # The newest time step whose code was accepted: no code is accepted twice, nor an older one after it.
    sa.Column("totp_last_step", sa.BigInteger, nullable=False),
    sa.Column("link_index", Bytes, nullable=True, unique=True),
    sa.Column("link_until", Moment, nullable=True),
    sa.Column("enrolled_at", Moment, nullable=True),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("code_index", Bytes, primary_key=True),
    sa.Column("used_at", Moment, nullable=True),
    **CLUSTERED,
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    _id(primary_key=True),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("token_index", Bytes, nullable=False, unique=True),
    sa.Column("address", Text, nullable=False),
    sa.Column("agent", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, nullable=True),
)

contacts = sa.Table(
    "contacts",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("name", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

phones = sa.Table(
    "phones",
    metadata,
    sa.Column("msisdn_index", Bytes, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("msisdn_sealed", Bytes, nullable=False),
    sa.Column("hash_index", Bytes, nullable=False),
    sa.Column("tail_index", Bytes, nullable=False),
    sa.Index("phones_by_hash", "hash_index"),
    sa.Index("phones_by_tail", "tail_index"),
    **CLUSTERED,
)

languages = sa.Table(
    "languages",
    metadata,
    sa.Column("msisdn_index", Bytes, primary_key=True),
    sa.Column("language", Text, nullable=False),
    sa.Column("chosen_at", Moment, nullable=False),
    **CLUSTERED,
)

consents = sa.Table(
    "consents",
    metadata,
    _id(primary_key=True),
    _organisation(),
    # A phone or an address of mail, by its blind index: also of somebody who is no contact. Empty words mean all.
    sa.Column("address_index", Bytes, nullable=False),
    sa.Column("topic", Text, nullable=False),
    sa.Column("channel", Text, nullable=False),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("consents_by_address", "address_index"),
    **CLUSTERED,
)

# --- what they pay into ------------------------------------------------------------------------------------------------

customer_accounts = sa.Table(
    "customer_accounts",
    metadata,
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
    sa.Column("name", Text, nullable=False),
    sa.Column("retired_at", Moment, nullable=True),
    sa.UniqueConstraint("organisation_id", "name"),
)

terms = sa.Table(
    "terms",
    metadata,
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _organisation(),
    sa.Column("value", Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    **CLUSTERED,
)

invoice_runs = sa.Table(
    "invoice_runs",
    metadata,
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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
    _id(primary_key=True),
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
    _organisation(),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

# --- the ledger (append-only) ------------------------------------------------------------------------------------------

ledger_accounts = sa.Table(
    "ledger_accounts",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("code", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "code", "currency"),
)

entries = sa.Table(
    "entries",
    metadata,
    _id(primary_key=True),
    _organisation(),
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
    _id("row_id", primary_key=True),
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
    _id(primary_key=True),
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

# --- payments ----------------------------------------------------------------------------------------------------------

payments = sa.Table(
    "payments",
    metadata,
    _id(primary_key=True),
    _organisation(),
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
    sa.Column("value_on", sa.Date, nullable=True),
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
    _id(primary_key=True),
    _organisation(),
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
    _organisation(),
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
    _id(primary_key=True),
    _organisation(),
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

# --- what comes in and goes out ----------------------------------------------------------------------------------------

exchanges = sa.Table(
    "exchanges",
    metadata,
    _id(primary_key=True),
    sa.Column("organisation_id", Id, nullable=True),
    sa.Column("provider_account_id", Id, nullable=True),
    sa.Column("provider", Text, nullable=False),
    sa.Column("direction", Text, nullable=False),
    sa.Column("operation", Text, nullable=False),
    sa.Column("payment_id", Id, nullable=True),
    sa.Column("address", Text, nullable=False),
    sa.Column("request_sealed", Bytes, nullable=False),
    sa.Column("response_sealed", Bytes, nullable=True),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Column("latency_ms", sa.Integer, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.Index("exchanges_by_payment", "payment_id"),
    sa.Index(
        "exchanges_unread",
        "at",
        sqlite_where=sa.text("outcome IN ('unread', 'contradicts')"),
        postgresql_where=sa.text("outcome IN ('unread', 'contradicts')"),
    ),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("event", Text, nullable=False),
    sa.Column("key", Text, nullable=True),
    sa.Column("payment_id", Id, nullable=True),
    sa.Column("facts_sealed", Bytes, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("lease_until", Moment, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("sent_at", Moment, nullable=True),
    sa.Column("trace", Text, nullable=False),
    sa.Index(
        "outbox_once",
        "key",
        "organisation_id",
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    ),
    sa.Index(
        "outbox_due",
        "not_before",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index(
        "outbox_leased",
        "lease_until",
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    ),
    sa.Index("outbox_by_payment", "payment_id"),
    sa.Index(
        "outbox_for_people",
        "organisation_id",
        "id",
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    ),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("event", Text, primary_key=True),
    sa.Column("language", Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    # Empty: back to the standard text.
    sa.Column("source", Text, nullable=False),
    sa.Column("set_by", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("message_id", Id, sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", Text, nullable=False),
    sa.Column("provider", Text, nullable=False),
    # Where it went: a phone or an address of mail, which a person may change later.
    sa.Column("to_index", Bytes, nullable=False),
    sa.Column("to_sealed", Bytes, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("error", Text, nullable=False),
    sa.Column("gateway_id", Text, nullable=True),
    sa.Column("parts", sa.Integer, nullable=True),
    sa.Column("cost", Text, nullable=False),
    # The version of the organisation's own words that was sent; 0 for the standard text, below 0 for the standard text
    # because that version could not be used.
    sa.Column("template", sa.Integer, nullable=False, server_default="0"),
    sa.Column("delivery", Text, nullable=True),
    sa.Column("delivery_rank", sa.Integer, nullable=False),
    sa.Column("delivery_at", Moment, nullable=True),
    sa.Column("began_at", Moment, nullable=False),
    # Until when a report is waited for; only of what must arrive.
    sa.Column("report_by", Moment, nullable=True),
    sa.Index(
        "attempts_by_gateway",
        "gateway_id",
        sqlite_where=sa.text("gateway_id IS NOT NULL"),
        postgresql_where=sa.text("gateway_id IS NOT NULL"),
    ),
    sa.Index("attempts_to", "to_index", "began_at"),
    sa.Index("attempts_by_delivery", "delivery_at"),
    sa.Index(
        "attempts_silent",
        "report_by",
        sqlite_where=sa.text("report_by IS NOT NULL"),
        postgresql_where=sa.text("report_by IS NOT NULL"),
    ),
    **CLUSTERED,
)

texts = sa.Table(
    "texts",
    metadata,
    _id(primary_key=True),
    _organisation(),
    sa.Column("provider", Text, nullable=False),
    sa.Column("gateway_id", Text, nullable=False),
    sa.Column("sender_index", Bytes, nullable=False),
    sa.Column("sender_sealed", Bytes, nullable=False),
    sa.Column("short_code", Text, nullable=False),
    sa.Column("text_sealed", Bytes, nullable=False),
    sa.Column("understood", Text, nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("trace", Text, nullable=False),
    sa.UniqueConstraint("gateway_id", "sender_index", "provider", "organisation_id"),
    sa.Index("texts_by_sender", "sender_index", "at"),
    **CLUSTERED,
)

early_deliveries = sa.Table(
    "early_deliveries",
    metadata,
    sa.Column("provider", Text, primary_key=True),
    sa.Column("gateway_id", Text, primary_key=True),
    sa.Column("status", Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("verdict", Text, nullable=False),
    # Whose it is, where the provider sent our own name of the attempt back.
    sa.Column("message_id", Id, nullable=True),
    sa.Column("number", sa.Integer, nullable=True),
    sa.Column("at", Moment, nullable=False),
    sa.Index("early_deliveries_by_message", "message_id"),
    **CLUSTERED,
)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("intent", Text, primary_key=True),
    sa.Column("fingerprint", Bytes, nullable=False),
    sa.Column("payment_id", Id, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

job_runs = sa.Table(
    "job_runs",
    metadata,
    sa.Column("job", Text, primary_key=True),
    sa.Column("organisation_id", Id, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("due_at", Moment, primary_key=True),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=True),
    sa.Column("report", Text, nullable=False),
    sa.Index(
        "job_runs_unfinished",
        "until",
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    ),
    **CLUSTERED,
)

wrapped_keys = sa.Table(
    "wrapped_keys",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("key_sealed", Bytes, nullable=False),
)

APPEND_ONLY = (
    "entries",
    "postings",
    "applications",
    "changes",
    "seals",
    "sealed",
    "receipts",
    "ledger_accounts",
    "intents",
    "consents",
    "templates",
    "fee_structures",
    "fee_lines",
    "rules",
    "invoices",
    "credit_notes",
    "plan_items",
    "instalments",
    "chased",
)
