"""A receipt on A5: what was paid, to whom, for whom, and the mark that leads to the page that proves it."""

from __future__ import annotations

from typing import Any

from core.documents import ReceiptPaper, ReceiptShare
from core.figures import day_in, money
from core.payments import Status
from documents.proof import proof
from documents.words import fit, words_of

TEMPLATE = "receipt"
_PROVIDERS = {"mpesa": "M-Pesa"}
_VOID = (Status.REVERSED, Status.REFUNDED)


def facts(paper: ReceiptPaper, language: str, public_url: str) -> dict[str, Any]:
    """Everything that the template lays out, in words and figures."""
    words = words_of(TEMPLATE, language)
    status, amount = paper.status, money(paper.amount)
    is_void = status in _VOID
    notes = [words["partly_refunded"]] if status is Status.PARTLY_REFUNDED else []
    notes += [words["moved"]] if paper.moved else []
    return {
        "language": language,
        "title": f"{words['title']} {paper.number}",
        "organisation": fit(paper.organisation),
        "keywords": [paper.number, paper.code],
        "footer": words["masked"] if paper.is_masked else paper.number,
        "number": paper.number,
        "words": words,
        "void": words[status.value] if is_void else None,
        "stamp": words[f"stamp_{status.value}"] if is_void else None,
        "note": " ".join(notes) or None,
        "amount": amount,
        "facts": _named(paper, words, language),
        "rows": [row for share in paper.shares for row in _rows(share, words)],
        "tells_invoices": any(share.settled for share in paper.shares),
        **proof(f"{public_url}/r/{paper.code}"),
    }


def _named(paper: ReceiptPaper, words: dict[str, str], language: str) -> list[tuple[str, str]]:
    payer = " ".join(part for part in (fit(paper.payer_name), paper.payer_phone) if part)
    said = [
        (words["organisation"], fit(paper.organisation)),
        (words["date"], day_in(paper.value_on, language)),
        (words["payer"], payer),
        (_code_of(paper, words), paper.provider_receipt),
        (words["title"], f"{paper.number}  {paper.code}"),
    ]
    return [(name, value) for name, value in said if value]


def _code_of(paper: ReceiptPaper, words: dict[str, str]) -> str:
    return words["provider"].format(provider=_PROVIDERS.get(paper.provider, paper.provider))


def _rows(share: ReceiptShare, words: dict[str, str]) -> list[tuple[str, str, str]]:
    """A line for each invoice that the payment met; one for all of it where that is not told."""
    whom = f"{fit(share.name)} ({fit(share.reference)})"
    if not share.settled:
        return [(whom, "", money(share.amount))]
    names = [whom] + [""] * (len(share.settled) - 1)
    return [
        (name, fit(part.invoice) or words["credit"], money(part.amount))
        for name, part in zip(names, share.settled, strict=True)
    ]
