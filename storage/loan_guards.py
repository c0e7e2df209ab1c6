"""Rules of the database about loans that are handed over: by a person who neither asked for it nor is paid (OUT-3, LOAN-1).

No loan leaves for a phone, and none begins to run, without a row that says whose hand let it go.
"""

from __future__ import annotations

from storage.guard import NOT_EXECUTORS, Guard, is_known

TO_SEND_AGAIN = (
    "(a.subject_kind = 'loan' AND a.state = 'executed' AND EXISTS (SELECT 1 FROM loans n "
    "WHERE n.account_id = a.subject_id AND n.state = 'approved' AND n.payee_index IS NOT NULL))"
)
"""A loan that could not be paid: under the yes that stands it is sent once more, and that takes a code of its own."""
_LET_GO = (
    "EXISTS (SELECT 1 FROM approvals a JOIN loans n ON n.account_id = a.subject_id WHERE a.id = NEW.approval_id "
    "AND a.subject_id = NEW.account_id AND a.subject_kind = 'loan' AND a.state = 'executed' AND n.state = 'approved')"
)
_BY_COLLEAGUE = (
    "EXISTS (SELECT 1 FROM approvals a JOIN staff s ON s.organisation_id = a.organisation_id "
    "WHERE a.id = NEW.approval_id AND s.id = NEW.staff_id AND s.disabled_at IS NULL "
    "AND (a.requested_by IS NULL OR a.requested_by <> s.id))"
)
_ON_ITS_WAY = (
    "EXISTS (SELECT 1 FROM payouts p WHERE p.id = NEW.payout_id AND p.subject_kind = 'loan' "
    "AND p.subject_id = NEW.account_id AND p.state = 'reserved')"
)
_BY_HAND_BEFORE = "EXISTS (SELECT 1 FROM loan_handovers h WHERE h.account_id = NEW.account_id AND h.payout_id IS NULL)"
_HAS_ARRIVED = (
    "EXISTS (SELECT 1 FROM loan_handovers h LEFT JOIN payouts p ON p.id = h.payout_id "
    "WHERE h.account_id = NEW.account_id AND (h.payout_id IS NULL OR p.state = 'paid'))"
)

_PROVEN = (
    "EXISTS (SELECT 1 FROM approval_proofs p JOIN approvals a ON a.id = p.approval_id WHERE p.id = NEW.proof_id "
    "AND a.id = NEW.approval_id AND p.staff_id = NEW.staff_id AND p.content_hash = a.content_hash "
    "AND p.proof IN ('authenticator', 'sent'))"
)
_NEEDS_CODE = "EXISTS (SELECT 1 FROM approvals a WHERE a.id = NEW.approval_id AND a.code)"

LOAN_GUARDS: tuple[Guard, ...] = (
    Guard(
        "loan_handovers_let_go",
        "loan_handovers",
        "INSERT",
        f"NOT {_LET_GO} OR (NEW.payout_id IS NOT NULL AND NOT {_ON_ITS_WAY}) "
        f"OR (NEW.payout_id IS NULL AND {_BY_HAND_BEFORE})",
        "nobody let this loan go, or it has gone",
    ),
    Guard(
        "loan_handovers_other",
        "loan_handovers",
        "INSERT",
        f"NOT {_BY_COLLEAGUE} OR {is_known('NEW.staff_id', 'NEW.approval_id', NOT_EXECUTORS)}",
        "whoever hands it over asked for it, is paid, or does not work here",
    ),
    Guard(
        "loan_handovers_proven",
        "loan_handovers",
        "INSERT",
        f"(NEW.proof_id IS NOT NULL OR (NEW.payout_id IS NOT NULL AND {_NEEDS_CODE})) AND NOT {_PROVEN}",
        "whoever sends it has proven nothing",
    ),
    Guard(
        "loan_events_handed_over",
        "loan_events",
        "INSERT",
        f"NEW.kind = 'disbursed' AND NEW.undoes_id IS NULL AND NOT {_HAS_ARRIVED}",
        "nobody handed this loan over",
    ),
)
