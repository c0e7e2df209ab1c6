"""A statement on A4: for each student what was owed before, every event since with the balance after it, and what is owed."""

from __future__ import annotations

from typing import Any

from core.documents import StatementPaper
from core.figures import day_in, money
from core.money import Money
from core.statements import AccountStatement, owed_in_all
from documents.invoice import how_to_pay
from documents.words import fit, words_of

TEMPLATE = "statement"


def facts(paper: StatementPaper, language: str) -> dict[str, Any]:
    """Everything that the template lays out, in words and figures."""
    words = words_of(TEMPLATE, language)
    owed = owed_in_all(paper.accounts)
    first, last = day_in(paper.since, language), day_in(paper.until, language)
    return {
        "language": language,
        "title": f"{words['title']} {last}",
        "organisation": fit(paper.organisation),
        "keywords": [fit(one.reference) for one in paper.accounts],
        "footer": words["made"].format(on=last),
        "days": words["days"].format(first=first, last=last),
        "words": words,
        "accounts": [_account(one, words, language) for one in paper.accounts],
        "all": (words["owed"], money(owed)) if len(paper.accounts) > 1 else None,
        "pay": how_to_pay(paper.pay, words) if owed.minor > 0 else "",
    }


def _account(one: AccountStatement, words: dict[str, str], language: str) -> dict[str, Any]:
    place = ", ".join(part for part in (fit(one.reference), fit(one.group)) if part)
    lines = [
        (
            day_in(line.on, language),
            f"{words[line.kind.value]} {line.number}".strip(),
            money(line.amount),
            money(balance),
        )
        for line, balance in zip(one.movements, one.balances, strict=True)
    ]
    return {
        "name": fit(one.name),
        "place": place,
        "rows": [("", words["before"], "", money(one.opening)), *lines],
        "closing": _owed(one.closing, words),
    }


def _owed(balance: Money, words: dict[str, str]) -> tuple[str, str]:
    """In words on which side the sum is: nobody should have to know what a minus means."""
    if balance.minor < 0:
        return words["credit"], money(-balance)
    return words["owed"], money(balance)
