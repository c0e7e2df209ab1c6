"""An invoice on A4: what is charged, what is paid of it, what is open, and how to pay it."""

from __future__ import annotations

from typing import Any

from core.documents import HowToPay, InvoicePaper
from core.figures import day_in, money
from documents.words import fit, words_of

TEMPLATE = "invoice"


def facts(paper: InvoicePaper, language: str) -> dict[str, Any]:
    """Everything that the template lays out, in words and figures."""
    words = words_of(TEMPLATE, language)
    title = words["opening"] if paper.is_opening else words["title"]
    lines = [(fit(line.label), money(line.amount)) for line in paper.lines]
    sums = [(words["corrected"], money(-paper.corrected))] if paper.corrected else []
    sums += [(words["paid"], money(-paper.paid))] if paper.paid else []
    return {
        "language": language,
        "title": f"{title} {paper.number}",
        "heading": title,
        "organisation": fit(paper.organisation),
        "keywords": [paper.number, fit(paper.reference)],
        "footer": paper.number,
        "number": paper.number,
        "words": words,
        "facts": _named(paper, words, language),
        "rows": lines or [(title, money(paper.total))],
        "total": money(paper.total),
        "sums": sums,
        "open": money(paper.open),
        "is_open": bool(paper.open),
        "pay": how_to_pay(paper.pay, words) if paper.open else "",
    }


def _named(paper: InvoicePaper, words: dict[str, str], language: str) -> list[tuple[str, str]]:
    said = [
        (words["student"], f"{fit(paper.name)} ({fit(paper.reference)})"),
        (words["group"], fit(paper.group)),
        (words["term"], fit(paper.term)),
        (words["date"], day_in(paper.issued_on, language)),
        (words["due"], day_in(paper.due_on, language)),
    ]
    return [(name, value) for name, value in said if value]


def how_to_pay(pay: HowToPay, words: dict[str, str]) -> str:
    """Empty where there is no paybill."""
    return words["how"].format(shortcode=pay.shortcode, reference=fit(pay.reference)) if pay.shortcode else ""
