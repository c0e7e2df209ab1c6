"""Rules of the database about money that leaves: what was promised goes, once, as it was approved (OUT-3, OUT-5).

A payout is sent only with its reservation in the ledger, and only for something that other people let go.
"""

from __future__ import annotations

from core.payouts import NEXT, State
from storage.guard import HEX_ID, Guard, changed

_FIXED = (
    *("id", "organisation_id", "provider_account_id", "provider", "way", "subject_kind", "subject_id", "payee_index"),
    *("minor", "currency", "remarks", "original_receipt", "requested_at", "trace"),
)


def _may_follow() -> str:
    steps = ["OLD.state = NEW.state"]
    for before in State:
        after = ", ".join(f"'{state.value}'" for state in State if state in NEXT[before])
        steps += [f"(OLD.state = '{before.value}' AND NEW.state IN ({after}))"] if after else []
    return " OR ".join(steps)


_RESERVED = (
    "(SELECT -sum(p.minor) FROM entries e JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts l ON l.id = p.account_id "  # noqa: S608 - our own names
    f"WHERE e.key = 'payout:' || {HEX_ID} || ':reserved' AND l.code = 'liability:payout' AND l.currency = NEW.currency "
    "AND l.organisation_id = NEW.organisation_id)"
)
_RELEASED = f"EXISTS (SELECT 1 FROM entries e WHERE e.key = 'payout:' || {HEX_ID} || ':released')"  # noqa: S608 - our own names
_AS_IT_IS = "minor = NEW.minor AND {0}.payee_index = NEW.payee_index"
_OF_REFUND = (
    "EXISTS (SELECT 1 FROM refunds r WHERE r.id = NEW.subject_id AND r.state = 'paying' AND r.payout_id = NEW.id "  # noqa: S608 - our own names
    f"AND r.{_AS_IT_IS.format('r')})"
)
_OF_FUND = (
    "EXISTS (SELECT 1 FROM executions e JOIN fund_payments f ON f.id = e.payment_id WHERE e.payout_id = NEW.id "  # noqa: S608 - our own names
    f"AND f.id = NEW.subject_id AND f.status = 'executing' AND f.{_AS_IT_IS.format('f')})"
)
_OF_LOAN = (
    "EXISTS (SELECT 1 FROM loans n JOIN approvals a ON a.subject_id = n.account_id WHERE n.account_id = NEW.subject_id "
    "AND n.state = 'disbursing' AND n.sent_minor = NEW.minor AND n.payee_index = NEW.payee_index "
    "AND a.subject_kind = 'loan' AND a.state = 'executed') "
    "AND EXISTS (SELECT 1 FROM loan_handovers h WHERE h.payout_id = NEW.id AND h.account_id = NEW.subject_id)"
)
_SENT = "NEW.state = 'sending' AND OLD.state <> 'sending'"


def _ruled(table: str, kind: str, amount: str = "") -> tuple[Guard, ...]:
    """Of variances and replenishments: asked for once, decided once, and approved by others only."""
    fixed = ("id", "organisation_id", "currency", "requested_by", "at")
    own = ("payment_id", "original_minor", "adjusted_minor", "reason") if kind == "variance" else ("fund_id", "minor")
    approved = (
        "EXISTS (SELECT 1 FROM approvals a WHERE a.subject_id = NEW.id "  # noqa: S608 - our own names
        f"AND a.subject_kind = '{kind}' AND a.state = 'executed'{amount})"
    )
    return (
        Guard(
            f"{table}_begin",
            table,
            "INSERT",
            f"NEW.ruling <> 'pending' OR EXISTS (SELECT 1 FROM {table} o WHERE o.id = NEW.id)",  # noqa: S608 - our own names
            f"a {kind} begins undecided, once",
        ),
        Guard(f"{table}_fixed", table, "UPDATE", changed(*fixed, *own), "what was asked for is never changed"),
        Guard(
            f"{table}_ruled",
            table,
            "UPDATE",
            f"NOT (OLD.ruling = 'pending' AND (NEW.ruling = 'rejected' OR (NEW.ruling = 'approved' AND {approved})))",
            "it is decided once, and approved by others",
        ),
        Guard(f"{table}_stay", table, "DELETE", "TRUE", f"a {kind} is never removed"),
    )


PAYOUT_GUARDS: tuple[Guard, ...] = (
    Guard(
        "payouts_begin",
        "payouts",
        "INSERT",
        "NEW.state <> 'reserved' OR NEW.sent_at IS NOT NULL OR NEW.receipt IS NOT NULL OR NEW.charge_minor IS NOT NULL "
        "OR EXISTS (SELECT 1 FROM payouts o WHERE o.id = NEW.id)",
        "a payout begins as a promise, once",
    ),
    Guard("payouts_fixed", "payouts", "UPDATE", changed(*_FIXED), "what was promised is never changed"),
    Guard(
        "payouts_follow",
        "payouts",
        "UPDATE",
        f"NOT ({_may_follow()}) OR (OLD.state <> NEW.state AND NEW.version <= OLD.version)",
        "this state does not follow that one",
    ),
    Guard(
        "payouts_promised",
        "payouts",
        "UPDATE",
        f"{_SENT} AND ({_RESERVED} IS DISTINCT FROM NEW.minor OR {_RELEASED})",
        "its sum is not set aside",
    ),
    Guard(
        "payouts_let_go",
        "payouts",
        "UPDATE",
        f"{_SENT} AND ((NEW.subject_kind = 'refund' AND NOT {_OF_REFUND}) "
        f"OR (NEW.subject_kind = 'treasury' AND NOT {_OF_FUND}) OR (NEW.subject_kind = 'loan' AND NOT ({_OF_LOAN})))",
        "nobody let that sum go to that phone",
    ),
    Guard("payouts_stay", "payouts", "DELETE", "TRUE", "a payout is never removed"),
    *_ruled("variances", "variance"),
    *_ruled("replenishments", "replenishment", " AND a.minor = NEW.minor"),
    Guard("funds_stay", "funds", "DELETE", "TRUE", "a fund is never removed"),
    Guard(
        "funds_fixed",
        "funds",
        "UPDATE",
        changed("id", "organisation_id", "slug", "currency", "created_at"),
        "a fund stays what it is",
    ),
)
