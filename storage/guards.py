"""Rules about rows that the database itself keeps, whoever writes them: who may decide, and what may follow what (OUT-3).

A guard refuses a row when its condition holds; a deed writes rows of its own when a row was written. Both are triggers, told
once in SQL that SQLite and PostgreSQL both read. What is merely append-only stands in `storage.tables.APPEND_ONLY`.
"""

from __future__ import annotations

from storage.guard import MARKS, NOT_EXECUTORS, Deed, Guard, changed, is_known
from storage.loan_guards import LOAN_GUARDS, TO_SEND_AGAIN
from storage.payout_guards import PAYOUT_GUARDS
from storage.placement_guards import PLACEMENT_GUARDS

__all__ = ["DEEDS", "GUARDED", "GUARDS", "RULES", "Deed", "Guard"]


_FIXED = (
    *("id", "organisation_id", "subject_kind", "subject_id", "content_hash", "minor", "currency", "people", "roles"),
    *("code", "requested_by", "requested_at", "expires_at"),
)
_CODE_FIXED = ("id", "approval_id", "staff_id", "content_hash", "proof", "way", "sent_at", "expires_at")
_YES = "(SELECT count(*) FROM approval_decisions d WHERE d.approval_id = NEW.id AND d.verdict = 'approve')"
_NO = "(SELECT count(*) FROM approval_decisions d WHERE d.approval_id = NEW.id AND d.verdict = 'reject')"
_FOLLOWS = (
    "OLD.state = NEW.state AND OLD.state IN ('pending', 'approved')",
    "OLD.state = 'pending' AND NEW.state IN ('approved', 'rejected', 'withdrawn', 'expired', 'void')",
    "OLD.state = 'approved' AND NEW.state IN ('executed', 'withdrawn', 'expired', 'void')",
)
_OF_APPROVAL = "FROM approvals a WHERE a.id = NEW.approval_id"

_LIVE = "('requested', 'paying', 'paid')"
_REFUND_FIXED = (
    "id",
    "organisation_id",
    "number",
    "payment_id",
    "minor",
    "currency",
    "payee_index",
    "reason",
    "intent",
)

GUARDS: tuple[Guard, ...] = (
    Guard(
        "refunds_begin",
        "refunds",
        "INSERT",
        "NEW.state <> 'requested' OR NEW.round <> 0 OR NEW.payout_id IS NOT NULL OR "
        "EXISTS (SELECT 1 FROM refunds r WHERE r.id = NEW.id OR (r.organisation_id = NEW.organisation_id "
        "AND (r.number = NEW.number OR r.intent = NEW.intent))) OR "
        "NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = NEW.payment_id AND p.organisation_id = NEW.organisation_id "
        "AND p.currency = NEW.currency AND p.status IN ('completed', 'partly_refunded'))",
        "a refund begins requested, once, of a payment whose money is here",
    ),
    Guard(
        "refunds_sum",
        "refunds",
        "INSERT",
        "NEW.minor + coalesce((SELECT sum(r.minor) FROM refunds r WHERE r.payment_id = NEW.payment_id "
        f"AND r.state IN {_LIVE}), 0) > (SELECT p.minor FROM payments p WHERE p.id = NEW.payment_id)",
        "all refunds together exceed their payment",
    ),
    Guard(
        "refunds_fixed",
        "refunds",
        "UPDATE",
        changed(*_REFUND_FIXED),
        "what was asked for is never changed",
    ),
    Guard(
        "refunds_follow",
        "refunds",
        "UPDATE",
        "NOT (OLD.state = NEW.state OR (OLD.state = 'requested' "
        "AND NEW.state IN ('paying', 'rejected', 'withdrawn', 'expired', 'void')) "
        "OR (OLD.state = 'paying' AND NEW.state IN ('paid', 'failed')) OR (OLD.state = 'failed' AND NEW.state = 'paid') "
        "OR (OLD.state = 'paid' AND NEW.state = 'failed')) OR (OLD.state <> NEW.state AND NEW.version <= OLD.version)",
        "this state does not follow that one",
    ),
    Guard(
        "refunds_approved",
        "refunds",
        "UPDATE",
        "NEW.state IN ('paying', 'paid', 'failed') AND NOT EXISTS (SELECT 1 FROM approvals a "
        "WHERE a.subject_id = NEW.id AND a.subject_kind = 'refund' AND a.state = 'executed' AND a.minor = NEW.minor)",
        "nobody has approved it",
    ),
    Guard("refunds_stay", "refunds", "DELETE", "TRUE", "a refund is never removed"),
    Guard(
        "approvals_begin",
        "approvals",
        "INSERT",
        "NEW.state <> 'pending' OR NEW.executed_by IS NOT NULL OR NEW.version <> 1 "
        "OR EXISTS (SELECT 1 FROM approvals a WHERE a.id = NEW.id "
        "OR (a.subject_id = NEW.subject_id AND a.state IN ('pending', 'approved')))",
        "an approval begins pending, once",
    ),
    Guard(
        "approvals_fixed",
        "approvals",
        "UPDATE",
        changed(*_FIXED),
        "what was asked to be approved is never changed",
    ),
    Guard(
        "approvals_follow",
        "approvals",
        "UPDATE",
        f"NOT ({' OR '.join(f'({one})' for one in _FOLLOWS)}) OR OLD.executed_by IS NOT NULL OR NEW.version <= OLD.version",
        "this state does not follow that one",
    ),
    Guard(
        "approvals_enough",
        "approvals",
        "UPDATE",
        f"(NEW.state IN ('approved', 'executed') AND ({_YES} < NEW.people OR {_NO} > 0)) "
        f"OR (NEW.state = 'rejected' AND {_NO} = 0)",
        "not enough people said so",
    ),
    Guard(
        "approvals_executor",
        "approvals",
        "UPDATE",
        f"NEW.executed_by IS NOT NULL AND ({is_known('NEW.executed_by', 'NEW.id', NOT_EXECUTORS)} OR NOT EXISTS "
        "(SELECT 1 FROM staff s WHERE s.id = NEW.executed_by AND s.organisation_id = NEW.organisation_id "
        "AND s.disabled_at IS NULL))",
        "the executor asked for it, is paid, or does not work here",
    ),
    Guard(
        "approvals_in_time",
        "approvals",
        "UPDATE",
        "NEW.state = 'executed' AND (NEW.ended_at IS NULL OR NEW.ended_at >= NEW.expires_at)",
        "what is approved lasts until its time is over",
    ),
    Guard(
        "approvals_proven",
        "approvals",
        "UPDATE",
        "NEW.state = 'executed' AND NEW.code AND NOT EXISTS (SELECT 1 FROM approval_proofs p "
        "WHERE p.approval_id = NEW.id AND p.staff_id = NEW.executed_by AND p.content_hash = NEW.content_hash "
        "AND p.proof IN ('authenticator', 'sent'))",
        "the executor has proven nothing",
    ),
    Guard(
        "approval_proofs_fit",
        "approval_proofs",
        "INSERT",
        "NEW.proof NOT IN ('authenticator', 'sent', 'wrong', 'pin', 'wrong_pin') OR "
        "(NEW.proof = 'sent') <> (NEW.code_id IS NOT NULL) OR "
        "(NEW.proof = 'sent' AND NOT EXISTS (SELECT 1 FROM approval_codes c WHERE c.id = NEW.code_id "
        "AND c.approval_id = NEW.approval_id AND c.staff_id = NEW.staff_id AND c.content_hash = NEW.content_hash "
        "AND c.used_at = NEW.at AND NEW.at < c.expires_at AND NOT c.is_replaced))",
        "the code is for somebody or something else, or over",
    ),
    Guard(
        "approval_codes_begin",
        "approval_codes",
        "INSERT",
        "NEW.tries <> 0 OR NEW.used_at IS NOT NULL OR NEW.is_replaced OR NOT EXISTS (SELECT 1 FROM approvals a "
        "WHERE a.id = NEW.approval_id AND a.content_hash = NEW.content_hash "
        f"AND (a.state IN ('pending', 'approved') OR {TO_SEND_AGAIN})) OR EXISTS (SELECT 1 FROM approval_codes c WHERE c.id = NEW.id)",
        "a code begins unused, for something that is to be approved",
    ),
    Guard(
        "approval_codes_fixed",
        "approval_codes",
        "UPDATE",
        changed(*_CODE_FIXED)
        + " OR NEW.tries < OLD.tries OR (OLD.used_at IS NOT NULL AND NEW.used_at IS DISTINCT FROM OLD.used_at) "
        "OR (OLD.is_replaced AND NOT NEW.is_replaced)",
        "a code is never changed, nor used again",
    ),
    Guard("approval_codes_stay", "approval_codes", "DELETE", "TRUE", "a code is never removed"),
    Guard(
        "sign_ins_steps",
        "sign_ins",
        "UPDATE",
        "NEW.staff_id IS DISTINCT FROM OLD.staff_id OR NEW.totp_last_step < OLD.totp_last_step",
        "no code of an authenticator is accepted twice",
    ),
    Guard("approvals_stay", "approvals", "DELETE", "TRUE", "an approval is never removed"),
    Guard(
        "approval_decisions_open",
        "approval_decisions",
        "INSERT",
        f"NOT EXISTS (SELECT 1 {_OF_APPROVAL} AND a.state = 'pending' AND a.content_hash = NEW.content_hash "
        "AND NEW.at < a.expires_at)",
        "there is nothing to decide, or something else",
    ),
    Guard(
        "approval_decisions_entitled",
        "approval_decisions",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM approvals a JOIN staff s ON s.organisation_id = a.organisation_id "
        "WHERE a.id = NEW.approval_id AND s.id = NEW.staff_id AND s.disabled_at IS NULL AND s.role = NEW.role "
        "AND replace(',' || a.roles || ',', ',' || NEW.role || ',', '') <> ',' || a.roles || ',')",
        "their role decides nothing of this kind",
    ),
    Guard(
        "approval_decisions_other",
        "approval_decisions",
        "INSERT",
        f"EXISTS (SELECT 1 {_OF_APPROVAL} AND a.requested_by = NEW.staff_id) OR "
        + is_known("NEW.staff_id", "NEW.approval_id", "'requester', 'payee', 'checker'"),
        "the person asked for it, is paid, or has decided",
    ),
    Guard(
        "approval_decisions_by_pin",
        "approval_decisions",
        "INSERT",
        "NEW.origin = 'ussd' AND NOT EXISTS (SELECT 1 FROM approval_proofs p WHERE p.approval_id = NEW.approval_id "
        "AND p.staff_id = NEW.staff_id AND p.content_hash = NEW.content_hash AND p.proof = 'pin')",
        "from a phone it takes a PIN",
    ),
)

_FUND_PAYMENT_FIXED = (
    "id",
    "organisation_id",
    "number",
    "fund_id",
    "currency",
    "requested_by",
    "requested_at",
    "batch",
)
_FUND_PAYMENT_CONTENT = ("payee_index", "minor", "purpose", "reason", "not_before")
_FUND_FOLLOWS = (
    "OLD.status = NEW.status AND OLD.status IN ('pending', 'approved', 'executing', 'failed')",
    "OLD.status = 'pending' AND NEW.status IN ('approved', 'rejected', 'withdrawn', 'success')",
    "OLD.status = 'approved' AND NEW.status IN ('executing', 'rejected', 'withdrawn', 'success')",
    "OLD.status = 'executing' AND NEW.status IN ('success', 'failed')",
    "OLD.status = 'failed' AND NEW.status IN ('pending', 'success')",
    "OLD.status IN ('rejected', 'withdrawn') AND NEW.status = 'success'",
    "OLD.status = 'success' AND NEW.status IN ('reconciled', 'failed')",
    "OLD.status = 'reconciled' AND NEW.status = 'failed'",
)

GUARDS += (
    Guard(
        "fund_payments_fixed",
        "fund_payments",
        "UPDATE",
        f"{changed(*_FUND_PAYMENT_FIXED)} OR (OLD.status <> 'pending' AND ({changed(*_FUND_PAYMENT_CONTENT)}))",
        "what was approved is never changed",
    ),
    Guard(
        "fund_payments_follow",
        "fund_payments",
        "UPDATE",
        f"NOT ({' OR '.join(f'({one})' for one in _FUND_FOLLOWS)})",
        "this status does not follow that one",
    ),
    Guard(
        "fund_payments_approved",
        "fund_payments",
        "UPDATE",
        "NEW.status = 'executing' AND OLD.status <> 'executing' AND NOT EXISTS (SELECT 1 FROM approvals a "
        "WHERE a.subject_id = NEW.id AND a.subject_kind = 'payout' AND a.state = 'executed' "
        "AND a.executed_by = NEW.executed_by)",
        "nobody else approved it, or somebody else let it go",
    ),
    Guard("fund_payments_stay", "fund_payments", "DELETE", "TRUE", "a payment is never removed"),
    Guard(
        "executions_by_another",
        "executions",
        "INSERT",
        "EXISTS (SELECT 1 FROM fund_payments p WHERE p.id = NEW.payment_id AND p.requested_by = NEW.executed_by) "
        "OR NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = NEW.approval_id AND a.subject_id = NEW.payment_id "
        "AND a.state = 'executed' AND a.executed_by = NEW.executed_by) "
        "OR EXISTS (SELECT 1 FROM approvals a WHERE a.id = NEW.approval_id AND a.code AND NEW.verified_by IS NULL)",
        "whoever asked does not execute, and nobody does without approval and a code",
    ),
)

GUARDS += (
    Guard(
        "reconciled_entries_of_funds",
        "reconciled_entries",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM entries n JOIN staff s ON s.organisation_id = n.organisation_id "
        "WHERE n.id = NEW.entry_id AND s.id = NEW.staff_id AND s.disabled_at IS NULL) "
        "OR NOT EXISTS (SELECT 1 FROM postings p JOIN ledger_accounts l ON l.id = p.account_id "
        "WHERE p.entry_id = NEW.entry_id AND substr(l.code, 1, 11) = 'asset:fund:')",
        "an entry of a fund is reconciled by somebody who works there",
    ),
    Guard(
        "reconciled_entries_by_another",
        "reconciled_entries",
        "INSERT",
        "EXISTS (SELECT 1 FROM entries n JOIN approvals a ON a.subject_id = n.subject_id "
        "OR n.key = 'fund:' || hex_of(n.subject_id) || ':allotted:' || hex_of(a.subject_id) "
        "OR a.id IN (SELECT e.approval_id FROM executions e WHERE e.payout_id = n.subject_id) "
        "WHERE n.id = NEW.entry_id AND a.executed_by = NEW.staff_id)",
        "whoever carried it out does not reconcile it",
    ),
)

GUARDS += PAYOUT_GUARDS + LOAN_GUARDS + PLACEMENT_GUARDS

DEEDS: tuple[Deed, ...] = (
    Deed(
        "approvals_requester",
        "approvals",
        "INSERT INTO approval_people (approval_id, mark, part, staff_id) "
        f"SELECT NEW.id, m.msisdn_index, 'requester', NEW.requested_by FROM ({MARKS.format(who='NEW.requested_by')}) m",
    ),
    Deed(
        "approval_decisions_checker",
        "approval_decisions",
        "INSERT INTO approval_people (approval_id, mark, part, staff_id) "
        f"SELECT NEW.approval_id, m.msisdn_index, 'checker', NEW.staff_id FROM ({MARKS.format(who='NEW.staff_id')}) m",
    ),
)

RULES: tuple[Guard | Deed, ...] = (*GUARDS, *DEEDS)

GUARDED = frozenset(guard.table for guard in GUARDS if guard.event == "INSERT")
"""Tables into which not everything may be written: tests fill them by hand."""
