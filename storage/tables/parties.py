"""Who there is: organisations, their accounts at providers, staff, and the people who are written to."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Moment

organisations = sa.Table(
    "organisations",
    metadata,
    id_(primary_key=True),
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
    id_(primary_key=True),
    organisation_(),
    sa.Column("provider", Text, nullable=False),
    sa.Column("environment", Text, nullable=False),
    sa.Column("shortcode", Text, nullable=False),
    sa.Column("currency", Text, nullable=False),
    sa.Column("settings", Text, nullable=False),
    sa.Column("credentials_sealed", Bytes, nullable=False),
    sa.Column("hook_sealed", Bytes, nullable=False),
    sa.Column("hook_index", Bytes, nullable=False, unique=True),
    # The key before, which counts as well until it is retired: providers learn of a new address one after the other.
    sa.Column("old_hook_sealed", Bytes, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "provider", "shortcode"),
)

pulls = sa.Table(
    "pulls",
    metadata,
    sa.Column("provider_account_id", Id, sa.ForeignKey("provider_accounts.id"), primary_key=True),
    organisation_(),
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
    id_(primary_key=True),
    organisation_(),
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
    id_(primary_key=True),
    organisation_(),
    sa.Column("name", Text, nullable=False),
    sa.Column("role", Text, nullable=False),
    sa.Column("msisdn_sealed", Bytes, nullable=False),
    sa.Column("msisdn_index", Bytes, nullable=False, index=True),
    # Chosen for signing in; unique over all organisations, because the sign-in page does not ask for one.
    sa.Column("user_name", Text, nullable=True, unique=True),
    sa.Column("language", Text, nullable=True),
    sa.Column("mail_index", Bytes, nullable=True),
    sa.Column("mail_sealed", Bytes, nullable=True),
    sa.Column("disabled_at", Moment, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    # The number of somebody who left may be another's one day: then that is another person, with an id of their own.
    sa.Index(
        "staff_at_work",
        "organisation_id",
        "msisdn_index",
        unique=True,
        sqlite_where=sa.text("disabled_at IS NULL"),
        postgresql_where=sa.text("disabled_at IS NULL"),
    ),
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

staff_pins = sa.Table(
    "staff_pins",
    metadata,
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("pin_hash", Text, nullable=True),
    # Wrong ones since the last right one. Counted before anything is compared.
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("tried_at", Moment, nullable=True),
    # HMAC, under a key outside the database, of the code that an administrator gave out.
    sa.Column("activation", Bytes, nullable=True),
    sa.Column("activation_until", Moment, nullable=True),
    # Wrong codes on the way to a new PIN.
    sa.Column("activation_tries", sa.Integer, nullable=False),
    sa.Column("open_until", Moment, nullable=True),
    sa.CheckConstraint("tries BETWEEN 0 AND 5", name="pin_tries"),
    sa.CheckConstraint("activation_tries BETWEEN 0 AND 5", name="activation_tries"),
    **CLUSTERED,
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    id_(primary_key=True),
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
    id_(primary_key=True),
    organisation_(),
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

mail_addresses = sa.Table(
    "mail_addresses",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    organisation_(),
    sa.Column("address_index", Bytes, nullable=False),
    sa.Column("address_sealed", Bytes, nullable=False),
    # Quiet hours hold no mail, but of those who want it so.
    sa.Column("waits_at_night", sa.Boolean, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Index("mail_addresses_by_address", "address_index"),
)

channel_wishes = sa.Table(
    "channel_wishes",
    metadata,
    # A contact, or one of the staff. An empty event means all that have no row of their own.
    sa.Column("person_id", Id, primary_key=True),
    sa.Column("event", Text, primary_key=True),
    organisation_(),
    # In the order in which they are tried, apart by commas; empty for none.
    sa.Column("channels", Text, nullable=False),
    sa.Column("set_at", Moment, nullable=False),
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
    id_(primary_key=True),
    organisation_(),
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
