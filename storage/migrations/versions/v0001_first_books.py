"""The first books: who, what is owed, the ledger, payments, what comes in and goes out.

The triggers of append-only tables are laid by `storage.schema.lay_triggers`, after this and every other revision.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
MOMENT = sa.BigInteger()
"""Microseconds since 1970, UTC."""


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject_id", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "changes_by_house",
        "changes",
        ["organisation_id", "id"],
        unique=False,
        sqlite_where=sa.text("actor_kind IN ('staff', 'operator')"),
        postgresql_where=sa.text("actor_kind IN ('staff', 'operator')"),
    )
    op.create_table(
        "early_deliveries",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider", "gateway_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("early_deliveries_by_message", "early_deliveries", ["message_id"], unique=False)
    op.create_table(
        "exchanges",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("provider_account_id", ID, nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("request_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("response_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("exchanges_by_payment", "exchanges", ["payment_id"], unique=False)
    op.create_index(
        "exchanges_unread",
        "exchanges",
        ["at"],
        unique=False,
        sqlite_where=sa.text("outcome IN ('unread', 'contradicts')"),
        postgresql_where=sa.text("outcome IN ('unread', 'contradicts')"),
    )
    op.create_table(
        "languages",
        sa.Column("msisdn_index", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("msisdn_index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organisations",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "wrapped_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "channel_wishes",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "event"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chased",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("subject_id", "stage"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("consents_by_address", "consents", ["address_index"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "counters",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("reverses_id", ID, nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "entries_reversed_once",
        "entries",
        ["reverses_id"],
        unique=True,
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "funds",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("reorder_minor", sa.BigInteger(), nullable=False),
        sa.Column("full_minor", sa.BigInteger(), nullable=False),
        sa.Column("overdrawn_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("balance_minor + overdrawn_minor >= least_minor", name="fund_never_below_its_limit"),
        sa.CheckConstraint(
            "least_minor >= 0 AND most_minor > 0 AND overdrawn_minor >= 0 AND full_minor >= reorder_minor",
            name="fund_limits_make_sense",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "slug"),
    )
    op.create_table(
        "groups",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "name"),
    )
    op.create_table(
        "intents",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "intent"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("job", "organisation_id", "due_at"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "job_runs_unfinished",
        "job_runs",
        ["until"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "code", "currency"),
    )
    op.create_table(
        "loan_products",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "code", "version"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_by_payment", "outbox", ["payment_id"], unique=False)
    op.create_index(
        "outbox_due",
        "outbox",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "outbox_for_people",
        "outbox",
        ["organisation_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_index(
        "outbox_leased",
        "outbox",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "outbox_once",
        "outbox",
        ["key", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "provider_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("credentials_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("hook_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("hook_index", sa.LargeBinary(), nullable=False),
        sa.Column("old_hook_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hook_index"),
        sa.UniqueConstraint("organisation_id", "provider", "shortcode"),
    )
    op.create_table(
        "rules",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("subject_id", "name", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed",
        sa.Column("row_id", ID, nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seal"],
            ["seals.number"],
        ),
        sa.PrimaryKeyConstraint("row_id"),
        sa.UniqueConstraint("seal", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "service_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("code", "organisation_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("msisdn_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("msisdn_index", sa.LargeBinary(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("mail_index", sa.LargeBinary(), nullable=True),
        sa.Column("mail_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_name"),
    )
    op.create_index(op.f("ix_staff_msisdn_index"), "staff", ["msisdn_index"], unique=False)
    op.create_index(
        "staff_at_work",
        "staff",
        ["organisation_id", "msisdn_index"],
        unique=True,
        sqlite_where=sa.text("disabled_at IS NULL"),
        postgresql_where=sa.text("disabled_at IS NULL"),
    )
    op.create_table(
        "templates",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "event", "channel", "language", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "terms",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "name"),
    )
    op.create_table(
        "texts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("sender_index", sa.LargeBinary(), nullable=False),
        sa.Column("sender_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("understood", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("offer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("offer_until", MOMENT, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("gateway_id", "sender_index", "provider", "organisation_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("texts_by_sender", "texts", ["sender_index", "at"], unique=False)
    op.create_index(
        "texts_planned",
        "texts",
        ["organisation_id"],
        unique=False,
        sqlite_where=sa.text("understood = 'planned'"),
        postgresql_where=sa.text("understood = 'planned'"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_index"),
    )
    op.create_index(op.f("ix_api_tokens_staff_id"), "api_tokens", ["staff_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("code", sa.Boolean(), nullable=False),
        sa.Column("requested_by", ID, nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("executed_by", ID, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("(state = 'executed') = (executed_by IS NOT NULL)", name="executed_by_somebody"),
        sa.CheckConstraint("executed_by <> requested_by", name="executor_is_not_requester"),
        sa.CheckConstraint("people > 0", name="approved_by_somebody"),
        sa.ForeignKeyConstraint(
            ["executed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approvals_by_subject", "approvals", ["subject_id"], unique=False)
    op.create_index("approvals_of_organisation", "approvals", ["organisation_id", "state"], unique=False)
    op.create_index(
        "approvals_open",
        "approvals",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'approved')"),
        postgresql_where=sa.text("state IN ('pending', 'approved')"),
    )
    op.create_table(
        "attempts",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("to_index", sa.LargeBinary(), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("template", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("delivery_rank", sa.Integer(), nullable=False),
        sa.Column("delivery_at", MOMENT, nullable=True),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("report_by", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("attempts_by_delivery", "attempts", ["delivery_at"], unique=False)
    op.create_index(
        "attempts_by_gateway",
        "attempts",
        ["gateway_id"],
        unique=False,
        sqlite_where=sa.text("gateway_id IS NOT NULL"),
        postgresql_where=sa.text("gateway_id IS NOT NULL"),
    )
    op.create_index(
        "attempts_silent",
        "attempts",
        ["report_by"],
        unique=False,
        sqlite_where=sa.text("report_by IS NOT NULL"),
        postgresql_where=sa.text("report_by IS NOT NULL"),
    )
    op.create_index("attempts_to", "attempts", ["to_index", "began_at"], unique=False)
    op.create_table(
        "balances",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "slot"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_buttons",
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("spent_by", ID, nullable=True),
        sa.Column("spent_at", MOMENT, nullable=True),
        sa.CheckConstraint("(spent_by IS NULL) = (spent_at IS NULL)", name="spent_by_somebody"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["spent_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("token_index"),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_buttons_by_message", "chat_buttons", ["message_id"], unique=False)
    op.create_index("chat_buttons_by_until", "chat_buttons", ["until"], unique=False)
    op.create_table(
        "chat_groups",
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("chat_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("chat_index", "organisation_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_links",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
        sa.UniqueConstraint("token_index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_lives",
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("chat_index", "organisation_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("chat_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", ID, nullable=True),
        sa.Column("changed_by", ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_messages_by_number", "chat_messages", ["chat_index", "number"], unique=False)
    op.create_index("chat_messages_by_subject", "chat_messages", ["subject_id"], unique=False)
    op.create_table(
        "chat_people",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_index", sa.LargeBinary(), nullable=False),
        sa.Column("user_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
        sa.UniqueConstraint("organisation_id", "user_index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_questions",
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("chat_index", "staff_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_updates",
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("came_to", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("provider_account_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_updates_by_time", "chat_updates", ["at"], unique=False)
    op.create_index(
        "chat_updates_pending",
        "chat_updates",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "customer_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "reference"),
    )
    op.create_table(
        "fee_structures",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("term_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["terms.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("term_id", "group_id", "version"),
    )
    op.create_table(
        "floats",
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("wanted_at", MOMENT, nullable=True),
        sa.Column("halted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("provider_account_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fund_payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fund_id", ID, nullable=False),
        sa.Column("payee_index", sa.LargeBinary(), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("requested_by", ID, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("executed_by", ID, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("reconciled_by", ID, nullable=True),
        sa.Column("reconciled_at", MOMENT, nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(reconciled_by IS NULL) = (reconciled_at IS NULL)", name="fund_payment_reconciled_by_somebody"
        ),
        sa.CheckConstraint("executed_by <> requested_by", name="fund_payment_executor_is_not_requester"),
        sa.CheckConstraint("minor > 0", name="fund_payment_positive"),
        sa.ForeignKeyConstraint(
            ["executed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["fund_id"],
            ["funds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reconciled_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "batch"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_index("fund_payments_by_fund", "fund_payments", ["fund_id", "id"], unique=False)
    op.create_index("fund_payments_by_status", "fund_payments", ["organisation_id", "status", "id"], unique=False)
    op.create_table(
        "invoice_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("term_id", ID, nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["terms.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "invoice_runs_open",
        "invoice_runs",
        ["term_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "mail_addresses",
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("waits_at_night", sa.Boolean(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index("mail_addresses_by_address", "mail_addresses", ["address_index"], unique=False)
    op.create_table(
        "notices",
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id", "message_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "notices_unread",
        "notices",
        ["contact_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reference_key", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("provider_request_id", sa.Text(), nullable=True),
        sa.Column("payer_contact_id", ID, nullable=True),
        sa.Column("payer_index", sa.LargeBinary(), nullable=True),
        sa.Column("payer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("next_question_at", MOMENT, nullable=True),
        sa.Column("fail_reason", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("reconciled_at", MOMENT, nullable=True),
        sa.CheckConstraint("minor > 0", name="payment_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt", "provider", "organisation_id"),
    )
    op.create_index(
        "payments_by_contact",
        "payments",
        ["payer_contact_id"],
        unique=False,
        sqlite_where=sa.text("payer_contact_id IS NOT NULL"),
        postgresql_where=sa.text("payer_contact_id IS NOT NULL"),
    )
    op.create_index(
        "payments_by_method",
        "payments",
        ["organisation_id", "method", "id"],
        unique=False,
        sqlite_where=sa.text("method <> 'paybill'"),
        postgresql_where=sa.text("method <> 'paybill'"),
    )
    op.create_index(
        "payments_by_request",
        "payments",
        ["provider_request_id", "provider_account_id"],
        unique=True,
        sqlite_where=sa.text("provider_request_id IS NOT NULL"),
        postgresql_where=sa.text("provider_request_id IS NOT NULL"),
    )
    op.create_index(
        "payments_by_status",
        "payments",
        ["organisation_id", "status", "id"],
        unique=False,
        sqlite_where=sa.text("status <> 'completed'"),
        postgresql_where=sa.text("status <> 'completed'"),
    )
    op.create_index(
        "payments_of_strangers",
        "payments",
        ["payer_index"],
        unique=False,
        sqlite_where=sa.text("payer_contact_id IS NULL AND payer_index IS NOT NULL"),
        postgresql_where=sa.text("payer_contact_id IS NULL AND payer_index IS NOT NULL"),
    )
    op.create_index(
        "payments_unmet",
        "payments",
        ["payer_index"],
        unique=False,
        sqlite_where=sa.text("method = 'prompt' AND receipt IS NULL"),
        postgresql_where=sa.text("method = 'prompt' AND receipt IS NULL"),
    )
    op.create_index(
        "payments_unmet_by_reference",
        "payments",
        ["reference_key"],
        unique=False,
        sqlite_where=sa.text("method = 'prompt' AND receipt IS NULL"),
        postgresql_where=sa.text("method = 'prompt' AND receipt IS NULL"),
    )
    op.create_index(
        "payments_waiting",
        "payments",
        ["next_question_at"],
        unique=False,
        sqlite_where=sa.text("next_question_at IS NOT NULL"),
        postgresql_where=sa.text("next_question_at IS NOT NULL"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("payee_index", sa.LargeBinary(), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("original_receipt", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("told_failed", sa.Text(), nullable=False),
        sa.Column("fail_reason", sa.Text(), nullable=True),
        sa.Column("charge_minor", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.CheckConstraint("(way = 'give_back') = (original_receipt <> '')", name="payout_gives_back_a_receipt"),
        sa.CheckConstraint("state <> 'paid' OR receipt IS NOT NULL", name="payout_paid_has_receipt"),
        sa.CheckConstraint("charge_minor IS NULL OR charge_minor >= 0", name="payout_charge_positive"),
        sa.CheckConstraint("minor > 0", name="payout_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("payouts_by_account", "payouts", ["provider_account_id", "sent_at"], unique=False)
    op.create_index(
        "payouts_by_conversation",
        "payouts",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "payouts_by_original",
        "payouts",
        ["original_receipt"],
        unique=False,
        sqlite_where=sa.text("original_receipt <> ''"),
        postgresql_where=sa.text("original_receipt <> ''"),
    )
    op.create_index("payouts_by_payee", "payouts", ["payee_index"], unique=False)
    op.create_index(
        "payouts_by_receipt",
        "payouts",
        ["receipt", "provider", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("receipt IS NOT NULL"),
        postgresql_where=sa.text("receipt IS NOT NULL"),
    )
    op.create_index(
        "payouts_due",
        "payouts",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "payouts_one_open",
        "payouts",
        ["subject_id", "subject_kind"],
        unique=True,
        sqlite_where=sa.text("state IN ('reserved', 'sending', 'processing', 'unknown')"),
        postgresql_where=sa.text("state IN ('reserved', 'sending', 'processing', 'unknown')"),
    )
    op.create_table(
        "phones",
        sa.Column("msisdn_index", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("msisdn_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("hash_index", sa.LargeBinary(), nullable=False),
        sa.Column("tail_index", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("msisdn_index", "organisation_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_phones_contact_id"), "phones", ["contact_id"], unique=False)
    op.create_index("phones_by_hash", "phones", ["hash_index"], unique=False)
    op.create_index("phones_by_tail", "phones", ["tail_index"], unique=False)
    op.create_table(
        "postings",
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minor <> 0", name="posting_says_something"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_by_account", "postings", ["account_id", "entry_id"], unique=False)
    op.create_table(
        "pulls",
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("covered_until", MOMENT, nullable=True),
        sa.Column("wanted_at", MOMENT, nullable=True),
        sa.Column("pulled_at", MOMENT, nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("provider_account_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reconciled_entries",
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id", "code_index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replenishments",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("fund_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("requested_by", ID, nullable=True),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minor > 0", name="replenishment_positive"),
        sa.ForeignKeyConstraint(
            ["fund_id"],
            ["funds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replenishments_of_organisation", "replenishments", ["organisation_id", "id"], unique=False)
    op.create_index(
        "replenishments_open",
        "replenishments",
        ["fund_id"],
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    )
    op.create_table(
        "rollups",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "value_on", "currency", "provider_account_id", "method", "purpose", "state", "slot"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sign_ins",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("passphrase_hash", sa.Text(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.Column("link_index", sa.LargeBinary(), nullable=True),
        sa.Column("link_until", MOMENT, nullable=True),
        sa.Column("enrolled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
        sa.UniqueConstraint("link_index"),
    )
    op.create_table(
        "staff_marks",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id", "mark"),
        sqlite_with_rowid=False,
    )
    op.create_index("staff_marks_by_mark", "staff_marks", ["mark"], unique=False)
    op.create_table(
        "staff_pins",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=True),
        sa.Column("activation", sa.LargeBinary(), nullable=True),
        sa.Column("activation_until", MOMENT, nullable=True),
        sa.Column("activation_tries", sa.Integer(), nullable=False),
        sa.Column("open_until", MOMENT, nullable=True),
        sa.CheckConstraint("activation_tries BETWEEN 0 AND 5", name="activation_tries"),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name="pin_tries"),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_index"),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)
    op.create_table(
        "status_questions",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("provider_account_id", ID, nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt", "provider_account_id"),
    )
    op.create_index(
        "questions_due",
        "status_questions",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "account_contacts",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("account_contacts_by_contact", "account_contacts", ["contact_id"], unique=False)
    op.create_table(
        "approval_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("is_replaced", sa.Boolean(), nullable=False),
        sa.Column("forgotten_at", MOMENT, nullable=True),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name="code_tries"),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approval_codes_by_approval", "approval_codes", ["approval_id", "staff_id"], unique=False)
    op.create_index("approval_codes_of", "approval_codes", ["staff_id", "sent_at"], unique=False)
    op.create_index(
        "approval_codes_to_forget",
        "approval_codes",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("forgotten_at IS NULL"),
        postgresql_where=sa.text("forgotten_at IS NULL"),
    )
    op.create_table(
        "approval_decisions",
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("verdict IN ('approve', 'reject')", name="yes_or_no"),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("approval_id", "staff_id"),
        sa.UniqueConstraint("approval_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "approval_people",
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.PrimaryKeyConstraint("approval_id", "mark"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "approval_proofs",
        sa.Column("id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("code_id", ID, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("approval_proofs_by_approval", "approval_proofs", ["approval_id"], unique=False)
    op.create_index("approval_proofs_of", "approval_proofs", ["staff_id", "at"], unique=False)
    op.create_table(
        "enquiries",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("asker_index", sa.LargeBinary(), nullable=False),
        sa.Column("asker_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("scrap_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "enquiries_open",
        "enquiries",
        ["asker_index", "organisation_id", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "execution_outcomes",
        sa.Column("payout_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("gateway_reference", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_id"],
            ["payouts.id"],
        ),
        sa.PrimaryKeyConstraint("payout_id", "state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "executions",
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payout_id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("executed_by", ID, nullable=False),
        sa.Column("verified_by", ID, nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("(verified_by IS NULL) = (verified_at IS NULL)", name="execution_verified_by_somebody"),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["executed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["fund_payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"],
            ["payouts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["verified_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("payment_id", "attempt"),
        sa.UniqueConstraint("payout_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fee_lines",
        sa.Column("structure_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minor >= 0", name="fee_not_negative"),
        sa.ForeignKeyConstraint(
            ["structure_id"],
            ["fee_structures.id"],
        ),
        sa.PrimaryKeyConstraint("structure_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fee_overrides",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("term_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=True),
        sa.Column("bps", sa.Integer(), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.CheckConstraint("(minor IS NULL) = (bps > 0) AND bps BETWEEN 0 AND 10000", name="override_is_one_of_two"),
        sa.CheckConstraint("minor IS NULL OR minor > 0", name="override_positive"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["terms.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_fee_overrides_account_id"), "fee_overrides", ["account_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint("minor > 0", name="hold_positive"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "holds_active",
        "holds",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(op.f("ix_holds_payment_id"), "holds", ["payment_id"], unique=False)
    op.create_table(
        "loans",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("officer_id", ID, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("sent_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("payee_index", sa.LargeBinary(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_minor", sa.BigInteger(), nullable=False),
        sa.Column("payoff_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_since", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("next_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("worst_late", sa.Integer(), nullable=False),
        sa.CheckConstraint("asked_minor > 0 AND sent_minor > 0 AND fee_minor >= 0", name="loan_of_something"),
        sa.CheckConstraint(
            "payoff_minor >= 0 AND late_minor >= 0 AND next_minor >= 0 AND held_minor >= 0 AND due_minor >= 0",
            name="loan_never_negative",
        ),
        sa.CheckConstraint(
            "principal_minor >= 0 AND interest_minor >= 0 AND penalty_minor >= 0", name="loan_owes_something"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["loan_products.id"],
        ),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("organisation_id", "intent"),
        sa.UniqueConstraint("organisation_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_loans_officer_id"), "loans", ["officer_id"], unique=False)
    op.create_index("loans_by_state", "loans", ["organisation_id", "state"], unique=False)
    op.create_table(
        "open_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("outstanding_minor >= 0 AND outstanding_minor <= total_minor", name="outstanding_in_range"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "source"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_table(
        "payment_parts",
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("payment_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plans",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "plans_standing",
        "plans",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "promises",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("minor > 0", name="promise_positive"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("promises_by_account", "promises", ["account_id", "made_at"], unique=False)
    op.create_index(
        "promises_open",
        "promises",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "receipts",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "number"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("payment_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("payee_index", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("payout_id", ID, nullable=True),
        sa.Column("requested_by", ID, nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minor > 0", name="refund_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "intent"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_index("refunds_by_payment", "refunds", ["payment_id"], unique=False)
    op.create_table(
        "suspense_items",
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("minor > 0", name="suspense_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("payment_id"),
    )
    op.create_index(
        "suspense_open",
        "suspense_items",
        ["organisation_id", "opened_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "variances",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("original_minor", sa.BigInteger(), nullable=False),
        sa.Column("adjusted_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", ID, nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("adjusted_minor >= 0 AND adjusted_minor <> original_minor", name="variance_varies"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["fund_payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("variances_of_organisation", "variances", ["organisation_id", "id"], unique=False)
    op.create_index(
        "variances_open",
        "variances",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    )
    op.create_table(
        "account_references",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("exact_key", sa.Text(), nullable=False),
        sa.Column("canonical_key", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "exact_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("references_by_canonical", "account_references", ["canonical_key"], unique=False)
    op.create_table(
        "placements",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("requested_by", ID, nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('suspense', 'reallocation')", name="placement_kinds"),
        sa.CheckConstraint("minor > 0", name="placement_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "placements_open",
        "placements",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.text("ruling = 'pending'"),
        postgresql_where=sa.text("ruling = 'pending'"),
    )
    op.create_table(
        "applications",
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("applications_by_account", "applications", ["account_id", "entry_id"], unique=False)
    op.create_index(op.f("ix_applications_payment_id"), "applications", ["payment_id"], unique=False)
    op.create_table(
        "credit_notes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("structure_id", ID, nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.CheckConstraint("minor > 0", name="credit_note_positive"),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"],
            ["fee_structures.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_index(op.f("ix_credit_notes_item_id"), "credit_notes", ["item_id"], unique=False)
    op.create_table(
        "instalments",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("minor > 0", name="instalment_positive"),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan_id", "position"),
    )
    op.create_table(
        "invoices",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("term_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("structure_id", ID, nullable=True),
        sa.Column("corrects_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["customer_accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"],
            ["fee_structures.id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["terms.id"],
        ),
        sa.PrimaryKeyConstraint("item_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("invoices_by_term", "invoices", ["term_id", "account_id"], unique=False)
    op.create_table(
        "item_lines",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loan_chased",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["loans.account_id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "due_on", "step"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loan_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("undoes_id", ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["loans.account_id"],
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"],
            ["loan_events.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("undoes_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_loan_events_account_id"), "loan_events", ["account_id"], unique=False)
    op.create_table(
        "loan_handovers",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("approval_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("payout_id", ID, nullable=True),
        sa.Column("proof_id", ID, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["loans.account_id"],
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"],
            ["payouts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"],
            ["approval_proofs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payout_id"),
        sa.UniqueConstraint("proof_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_loan_handovers_account_id"), "loan_handovers", ["account_id"], unique=False)
    op.create_table(
        "loan_instalments",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name="loan_instalment_not_negative"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["loans.account_id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "version", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loan_movements",
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovered_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["loans.account_id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_loan_movements_account_id"), "loan_movements", ["account_id"], unique=False)
    op.create_table(
        "plan_items",
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["open_items.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.PrimaryKeyConstraint("plan_id", "item_id"),
        sqlite_with_rowid=False,
    )
