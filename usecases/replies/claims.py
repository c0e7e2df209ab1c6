"""A provider's confirmation, forwarded: matched with what the books know, or looked for; it never credits anything (PAY-10)."""

from __future__ import annotations

from core.messages import Reply
from core.scraps import LONGEST, read_scrap
from core.sms.claims import PAYS, Claim, Kind, read_claim
from usecases import tracing
from usecases.enquiries import OpenEnquiry, open_enquiry
from usecases.replies.desk import Answered, Desk
from usecases.replies.papers import told_of, where


def claimed(desk: Desk) -> Answered:
    """What became of the payment that a forwarded text tells of. Words that we do not know are answered by their code."""
    claim = read_claim(desk.asked.said)
    if claim is None:
        return where(desk, typed=desk.reading.reference)
    if claim.kind is Kind.FAILED:
        return desk.says(Reply.CLAIM_FAILED)
    if claim.kind not in PAYS and not claim.original:
        return desk.says(Reply.CLAIM_OTHER)
    typed = _scrap(claim)
    told = tracing.trace_money(desk.tx, desk.relation.organisation, desk.asked.sender, typed)
    if not (claim.original or claim.code):
        told = tuple([one for one in told if one.amount == claim.amount])
    return told_of(desk, told[0]) if told else _looked_for(desk, claim, typed)


def _scrap(claim: Claim) -> str:
    """By its code; a wording without one is known by its sum and day, and only to whom that payment belongs."""
    if code := claim.original or claim.code:
        return code
    day = f"{claim.at:%d/%m/%y}" if claim.at else ""
    return f"{claim.amount.plain() if claim.amount else ''} {day}".strip()


def _looked_for(desk: Desk, claim: Claim, typed: str) -> Answered:
    """Staff see who looks for it, and what speaks against the text; the provider is asked about a code of its own."""
    asked, relation = desk.asked, desk.relation
    scrap = read_scrap(typed, currency=relation.currency, today=relation.today)
    said = f"{typed} {claim.doubt}".strip() if scrap.asked_code else asked.said
    wish = OpenEnquiry(asked.organisation, asked.sender, said[:LONGEST], desk.language or "en", asked.text.trace)
    opened = open_enquiry(desk.tx, wish)
    if opened.asks_provider:
        return desk.says(Reply.LOOKED_FOR, reference=scrap.asked_code)
    return desk.says(Reply.CLAIM_BY_OFFICE)
