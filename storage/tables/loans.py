"""Loans: what is offered, what was given, what happened to it, and the movements of the books that follow."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import CLUSTERED, Bytes, Text, id_, metadata, organisation_
from storage.types import Id, Minor, Moment

loan_products = sa.Table(
    "loan_products",
    metadata,
    id_(primary_key=True),
    organisation_(),
    sa.Column("code", Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rules", Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.UniqueConstraint("organisation_id", "code", "version"),
)

loans = sa.Table(
    "loans",
    metadata,
    # A loan is a customer account: `LOAN-000123` is its reference, and who answers for it is the borrower.
    sa.Column("account_id", Id, sa.ForeignKey("customer_accounts.id"), primary_key=True),
    organisation_(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("product_id", Id, sa.ForeignKey("loan_products.id"), nullable=False),
    sa.Column("officer_id", Id, sa.ForeignKey("staff.id"), nullable=True, index=True),
    sa.Column("currency", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("asked_minor", Minor, nullable=False),
    sa.Column("sent_minor", Minor, nullable=False),
    sa.Column("fee_minor", Minor, nullable=False),
    sa.Column("terms", Text, nullable=False),
    sa.Column("applied_on", sa.Date, nullable=False),
    sa.Column("applied_at", Moment, nullable=False),
    # The very yes on a screen that asked for it; None where staff asked.
    sa.Column("intent", Text, nullable=True),
    # The phone of the borrower's that is paid; None where the money is handed over.
    sa.Column("payee_index", Bytes, nullable=True),
    # What its story says at the end of `told_on`: kept for lists and for finding what a payment may mean.
    sa.Column("told_on", sa.Date, nullable=True),
    sa.Column("given_on", sa.Date, nullable=True),
    sa.Column("principal_minor", Minor, nullable=False),
    sa.Column("interest_minor", Minor, nullable=False),
    sa.Column("penalty_minor", Minor, nullable=False),
    sa.Column("payoff_minor", Minor, nullable=False),
    sa.Column("late_minor", Minor, nullable=False),
    sa.Column("late_since", sa.Date, nullable=True),
    sa.Column("next_on", sa.Date, nullable=True),
    sa.Column("next_minor", Minor, nullable=False),
    sa.Column("due_minor", Minor, nullable=False),
    sa.Column("held_minor", Minor, nullable=False),
    sa.Column("worst_late", sa.Integer, nullable=False),
    sa.CheckConstraint("asked_minor > 0 AND sent_minor > 0 AND fee_minor >= 0", name="loan_of_something"),
    sa.CheckConstraint(
        "principal_minor >= 0 AND interest_minor >= 0 AND penalty_minor >= 0", name="loan_owes_something"
    ),
    sa.CheckConstraint(
        "payoff_minor >= 0 AND late_minor >= 0 AND next_minor >= 0 AND held_minor >= 0 AND due_minor >= 0",
        name="loan_never_negative",
    ),
    sa.UniqueConstraint("organisation_id", "number"),
    sa.UniqueConstraint("organisation_id", "intent"),
    sa.Index("loans_by_state", "organisation_id", "state"),
    **CLUSTERED,
)

loan_events = sa.Table(
    "loan_events",
    metadata,
    id_(primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("loans.account_id"), nullable=False, index=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("on_day", sa.Date, nullable=False),
    sa.Column("minor", Minor, nullable=False),
    sa.Column("terms", Text, nullable=True),
    # What was told by mistake (a payout that came back) is taken out of the story by a row that says so, once.
    sa.Column("undoes_id", Id, sa.ForeignKey("loan_events.id"), nullable=True, unique=True),
    sa.Column("made_at", Moment, nullable=False),
    **CLUSTERED,
)

loan_handovers = sa.Table(
    "loan_handovers",
    metadata,
    # Who let the money go, each time: never who asked for it, nor who is paid (`storage/loan_guards.py`).
    id_(primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("loans.account_id"), nullable=False, index=True),
    sa.Column("approval_id", Id, sa.ForeignKey("approvals.id"), nullable=False),
    sa.Column("staff_id", Id, sa.ForeignKey("staff.id"), nullable=False),
    # The payout that it went by; None where it was given from hand to hand.
    sa.Column("payout_id", Id, sa.ForeignKey("payouts.id"), nullable=True, unique=True),
    # The code that proved it was them, good for this one time; none where an admin has waived it for sums as small as this.
    sa.Column("proof_id", Id, sa.ForeignKey("approval_proofs.id"), nullable=True, unique=True),
    sa.Column("origin", Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)

loan_movements = sa.Table(
    "loan_movements",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("loans.account_id"), nullable=False, index=True),
    sa.Column("on_day", sa.Date, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("principal_minor", Minor, nullable=False),
    sa.Column("interest_minor", Minor, nullable=False),
    sa.Column("penalty_minor", Minor, nullable=False),
    sa.Column("recovered_minor", Minor, nullable=False),
    **CLUSTERED,
)

loan_instalments = sa.Table(
    "loan_instalments",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("loans.account_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("principal_minor", Minor, nullable=False),
    sa.Column("interest_minor", Minor, nullable=False),
    sa.CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name="loan_instalment_not_negative"),
    **CLUSTERED,
)

loan_chased = sa.Table(
    "loan_chased",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("loans.account_id"), primary_key=True),
    sa.Column("due_on", sa.Date, primary_key=True),
    sa.Column("step", Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    **CLUSTERED,
)
