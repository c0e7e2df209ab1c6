"""Who may do what: one table (ORG-5). Use cases ask it; screens never decide."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from core.errors import NotPermitted


class Role(Enum):
    REQUESTER = "requester"
    CASHIER = "cashier"
    MANAGER = "manager"
    TREASURER = "treasurer"
    CFO = "cfo"
    LOAN_OFFICER = "loan_officer"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(Enum):
    SEE_PAYMENTS = "see_payments"
    SEE_WHOLE_PHONES = "see_whole_phones"
    EXPORT_PAYMENTS = "export_payments"
    SEE_SUSPENSE = "see_suspense"
    ASSIGN_SUSPENSE = "assign_suspense"
    REALLOCATE = "reallocate"
    RUN_INVOICES = "run_invoices"
    REMIND = "remind"
    SEE_SCHOOL = "see_school"
    EDIT_SCHOOL = "edit_school"
    EDIT_TEMPLATES = "edit_templates"
    SEE_TRAIL = "see_trail"
    MANAGE_STAFF = "manage_staff"
    SEE_FEES = "see_fees"
    EDIT_FEES = "edit_fees"
    """What classes are charged, and what a single student is charged apart from that."""
    CORRECT_INVOICES = "correct_invoices"
    AGREE = "agree"
    """Payment plans and promises, how a family's payments are split, who is not chased, and asking a phone again."""
    SETUP = "setup"
    HEAR_SUMMARY = "hear_summary"
    SEE_JOBS = "see_jobs"
    SEE_MESSAGES = "see_messages"
    RELEASE_MESSAGES = "release_messages"
    """Deciding about messages of which nobody knows whether they left."""
    SEE_CALLBACKS = "see_callbacks"
    SEND_PAPERS = "send_papers"
    EXPORT_PERSON = "export_person"
    ERASE_PERSON = "erase_person"
    SEE_FUNDS = "see_funds"
    REQUEST_PAYMENT = "request_payment"
    EXECUTE_PAYMENT = "execute_payment"
    """Let an approved payment go; never one's own, and with a code."""
    RECONCILE_PAYMENT = "reconcile_payment"
    REQUEST_REFUND = "request_refund"
    SEE_APPROVALS = "see_approvals"
    SEE_LOANS = "see_loans"
    EDIT_LOAN_PRODUCTS = "edit_loan_products"
    LEND = "lend"
    """Ask for a borrower, change who looks after a loan, let off penalties, agree on a new schedule."""
    DISBURSE = "disburse"
    """Record that a borrower was given an approved loan by hand."""
    DECIDE = "decide"
    """Say yes or no to what somebody else asked for; of which roles, each organisation's policy says (`core/approvals.py`)."""


_EVERYONE = frozenset(Role)
_MONEY = frozenset({Role.CASHIER, Role.MANAGER, Role.TREASURER, Role.CFO})

TABLE: dict[Action, frozenset[Role]] = {
    Action.SEE_PAYMENTS: _EVERYONE - {Role.REQUESTER},
    Action.SEE_WHOLE_PHONES: frozenset({Role.MANAGER, Role.CFO, Role.ADMIN}),
    Action.EXPORT_PAYMENTS: _MONEY | {Role.AUDITOR},
    Action.SEE_SUSPENSE: _MONEY | {Role.AUDITOR, Role.LOAN_OFFICER},
    Action.ASSIGN_SUSPENSE: _MONEY,
    Action.REALLOCATE: frozenset({Role.MANAGER, Role.TREASURER, Role.CFO}),
    Action.RUN_INVOICES: frozenset({Role.MANAGER, Role.CFO, Role.ADMIN}),
    Action.REMIND: frozenset({Role.CASHIER, Role.MANAGER, Role.CFO}),
    Action.SEE_SCHOOL: _EVERYONE - {Role.REQUESTER},
    Action.EDIT_SCHOOL: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.EDIT_TEMPLATES: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.SEE_TRAIL: frozenset({Role.MANAGER, Role.CFO, Role.AUDITOR, Role.ADMIN}),
    Action.MANAGE_STAFF: frozenset({Role.ADMIN}),
    Action.SEE_FEES: _EVERYONE - {Role.REQUESTER},
    Action.EDIT_FEES: frozenset({Role.MANAGER, Role.CFO, Role.ADMIN}),
    Action.CORRECT_INVOICES: frozenset({Role.MANAGER, Role.CFO}),
    Action.AGREE: _MONEY,
    Action.SETUP: frozenset({Role.ADMIN}),
    Action.HEAR_SUMMARY: frozenset({Role.MANAGER, Role.TREASURER, Role.CFO}),
    Action.SEE_MESSAGES: _MONEY | {Role.AUDITOR, Role.LOAN_OFFICER, Role.ADMIN},
    Action.RELEASE_MESSAGES: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.SEND_PAPERS: _MONEY | {Role.ADMIN},
    Action.SEE_CALLBACKS: frozenset({Role.MANAGER, Role.CFO, Role.AUDITOR, Role.ADMIN}),
    Action.EXPORT_PERSON: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.ERASE_PERSON: frozenset({Role.ADMIN}),
    Action.SEE_FUNDS: _MONEY | {Role.REQUESTER, Role.AUDITOR, Role.ADMIN},
    Action.REQUEST_PAYMENT: _MONEY | {Role.REQUESTER},
    Action.EXECUTE_PAYMENT: frozenset({Role.MANAGER, Role.TREASURER, Role.CFO}),
    Action.RECONCILE_PAYMENT: frozenset({Role.MANAGER, Role.TREASURER, Role.CFO}),
    Action.REQUEST_REFUND: _MONEY,
    Action.SEE_APPROVALS: _MONEY | {Role.AUDITOR, Role.ADMIN},
    Action.SEE_LOANS: _MONEY | {Role.LOAN_OFFICER, Role.AUDITOR, Role.ADMIN},
    Action.EDIT_LOAN_PRODUCTS: frozenset({Role.MANAGER, Role.CFO, Role.ADMIN}),
    Action.LEND: frozenset({Role.LOAN_OFFICER, Role.MANAGER, Role.CFO}),
    Action.DISBURSE: _MONEY,
    Action.DECIDE: _MONEY | {Role.LOAN_OFFICER},
    Action.SEE_JOBS: frozenset({Role.MANAGER, Role.CFO, Role.AUDITOR, Role.ADMIN}),
}


class ActorKind(Enum):
    PERSON = "person"
    """A customer, known by a phone."""
    STAFF = "staff"
    PROVIDER = "provider"
    OPERATOR = "operator"
    """The system user of this machine, who may read the database file anyway; every act is named in the audit trail."""
    SYSTEM = "system"
    """A scheduled job."""


class Actor(NamedTuple):
    """Who acts, and from where: the audit trail's who and whence."""

    kind: ActorKind
    name: str
    """An id or a system user's name; never a whole phone number."""
    origin: str
    """Channel and address: `ussd`, `hook 196.201.214.200`, `cli`."""
    role: Role | None = None
    """Only staff have one."""


def require(actor: Actor, action: Action) -> None:
    """Raise `NotPermitted` unless the actor may do this. The operator may: the data folder's permissions are that right."""
    if actor.kind in (ActorKind.OPERATOR, ActorKind.SYSTEM):
        return
    if actor.kind is not ActorKind.STAFF or actor.role is None or actor.role not in TABLE[action]:
        raise NotPermitted(action.value)
