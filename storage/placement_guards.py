"""Rules of the database about money that is placed with a second person's yes: asked for once, decided once, by others (OUT-3)."""

from __future__ import annotations

from storage.guard import Guard, changed

_FIXED = (
    "id",
    "organisation_id",
    "kind",
    "payment_id",
    "reference",
    "account_id",
    "minor",
    "currency",
    "origin",
    "target",
    "why",
    "requested_by",
    "at",
)
_BY_OTHERS = (
    "EXISTS (SELECT 1 FROM approvals a WHERE a.subject_id = NEW.id AND a.subject_kind = NEW.kind AND a.state = 'executed' "
    "AND a.minor = NEW.minor AND a.currency = NEW.currency AND a.requested_by = NEW.requested_by)"
)
_COLLEAGUE = (
    "EXISTS (SELECT 1 FROM staff s WHERE s.id = NEW.requested_by AND s.organisation_id = NEW.organisation_id "
    "AND s.disabled_at IS NULL)"
)
_OURS = (
    "EXISTS (SELECT 1 FROM payments p JOIN customer_accounts c ON c.organisation_id = p.organisation_id "
    "WHERE p.id = NEW.payment_id AND c.id = NEW.account_id AND p.organisation_id = NEW.organisation_id)"
)

PLACEMENT_GUARDS: tuple[Guard, ...] = (
    Guard(
        "placements_begin",
        "placements",
        "INSERT",
        f"NEW.ruling <> 'pending' OR NOT {_COLLEAGUE} OR NOT {_OURS} "  # noqa: S608 - our own names
        "OR EXISTS (SELECT 1 FROM placements o WHERE o.id = NEW.id)",
        "it begins undecided, once, by who works here, with money and an account of theirs",
    ),
    Guard("placements_fixed", "placements", "UPDATE", changed(*_FIXED), "what was asked for is never changed"),
    Guard(
        "placements_ruled",
        "placements",
        "UPDATE",
        f"NOT (OLD.ruling = 'pending' AND (NEW.ruling = 'rejected' OR (NEW.ruling = 'approved' AND {_BY_OTHERS})))",
        "it is decided once, and approved by others",
    ),
    Guard("placements_stay", "placements", "DELETE", "TRUE", "what was asked for is never removed"),
)
