"""The brief beside a request: what a careful clerk would look up before saying yes. Each line can be recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core import briefs as rules
from core.approvals import Approval, Content, SubjectKind
from core.ids import OrganisationId, PaymentId
from core.organisations import COUNTRIES
from core.phones import Msisdn, NotAPhone
from storage import briefs, organisations, payments, treasury
from storage.tx import Tx
from usecases.refunds.asking import is_payer


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: its key in the doors' catalogues, with what stands in it. `warns`: worth a second look."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    warns: bool = False


def brief(tx: Tx, approval: Approval, content: Content) -> list[Fact]:
    """A query: the facts about a request, as the books have them now."""
    facts = []
    if approval.amount is not None:
        facts += _usual(tx, approval)
        facts += _again(tx, approval)
        facts += _fund(tx, approval, content)
    payee = _phone(tx, approval.organisation, content.facts.get("payee", ""))
    if payee is not None:
        facts += _changed(tx, approval, payee)
        facts += _other_phone(tx, approval, content, payee)
    return facts


def _usual(tx: Tx, approval: Approval) -> list[Fact]:
    """How this compares with what was carried out before."""
    assert approval.amount is not None
    before = briefs.executed_before(tx, approval, since=approval.requested_at - rules.USUAL_DAYS)
    usual = rules.usual(before)
    if usual is None:
        return [Fact("brief_first", {"count": len(before)})]
    tenths = rules.times_in_tenths(approval.amount, usual)
    values = {"times": f"{tenths // 10}.{tenths % 10}", "usual": usual, "count": len(before)}
    return [Fact("brief_usual", values, warns=tenths >= rules.FAR_FROM_USUAL)]


def _again(tx: Tx, approval: Approval) -> list[Fact]:
    """The same payee and sum within a week is how one bill is paid twice."""
    payee = approval.interested - approval.own
    if not payee:
        return []
    count = briefs.same_payee_and_sum(tx, approval, payee, since=approval.requested_at - rules.SAME_DAYS)
    return [Fact("brief_again", {"count": count}, warns=True)] if count else [Fact("brief_not_again")]


def _fund(tx: Tx, approval: Approval, content: Content) -> list[Fact]:
    """What the fund holds, and what it holds after this. Less than must stay in it is worth a second look."""
    assert approval.amount is not None
    named = content.facts.get("fund", "")
    fund = treasury.fund(tx, UUID(named)) if approval.subject.kind is SubjectKind.PAYOUT and named else None
    if fund is None:
        return []
    after = fund.balance - approval.amount
    return [Fact("brief_fund", {"fund": fund.name, "balance": fund.balance, "after": after}, warns=after < fund.least)]


def _changed(tx: Tx, approval: Approval, payee: Msisdn) -> list[Fact]:
    at = briefs.owner_changed(tx, approval.organisation, payee, since=approval.requested_at - rules.CHANGED_DAYS)
    if at is None:
        return []
    return [Fact("brief_changed", {"days": (approval.requested_at - at).days}, warns=True)]


def _other_phone(tx: Tx, approval: Approval, content: Content, payee: Msisdn) -> list[Fact]:
    """A refund that goes to another phone than the money came from."""
    if approval.subject.kind is not SubjectKind.REFUND or not content.facts.get("payment"):
        return []
    stored = payments.load(tx, PaymentId(UUID(content.facts["payment"])))
    if stored is not None and is_payer(tx, stored, payee):
        return [Fact("brief_same_phone")]
    return [Fact("brief_other_phone", warns=True)]


def _phone(tx: Tx, organisation: OrganisationId, text: str) -> Msisdn | None:
    country = organisations.by_id(tx, organisation).country
    try:
        return Msisdn.parse(text, country_code=COUNTRIES[country].calling_code) if text else None
    except NotAPhone:
        return None
