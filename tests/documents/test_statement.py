"""Invoices and statements as paper: what they say in each language, and that every sum on them is there."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from core.callers import LANGUAGES
from core.documents import Paper
from core.figures import day_in, money
from core.statements import Movement, MovementKind
from documents.press import set_paper
from documents.words import words_of
from tests.documents.pictures import FOLDER, PAPERS, drawn
from tests.documents.reading import INVOICE, PUBLIC_URL, STATEMENT, opened, scanned, text_of
from tests.world import kes


def printed(paper: Paper, language: str = "en") -> str:
    return text_of(set_paper(paper, language, PUBLIC_URL))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invoice_says_what_is_charged_paid_and_open_and_how_to_pay(language: str) -> None:
    text, words = printed(INVOICE, language), words_of("invoice", language)

    told = ["Kilimani View School", "INV-000012", "Amani Kamau (KV1042)", "Grade 4 East", "Term 1, 2027", "600984"]
    told += ["Tuition", "Lunch", "Sibling discount", "Bursary", "-KSh 5,003", day_in(date(2027, 1, 18), language)]
    told += [money(kes(sum_)) for sum_ in (9_000, 1_005, -1_001, 4_001, -500, -1_500, 2_001)]
    told += [words[key] for key in ("title", "student", "due", "corrected", "paid", "open")]
    assert [one for one in told if one not in text] == []


def test_an_invoice_that_is_paid_asks_for_nothing() -> None:
    text = printed(replace(INVOICE, paid=kes(3_501), open=kes(0)))

    assert "KSh 0" in text
    assert "paybill" not in text
    assert "paybill" not in printed(replace(INVOICE, pay=replace(INVOICE.pay, shortcode="")))


def test_a_balance_brought_in_is_called_so() -> None:
    text = printed(replace(INVOICE, is_opening=True, lines=(), term="", group="", corrected=kes(0), paid=kes(0)))

    assert "Balance brought forward" in text
    assert "Term" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_says_what_was_owed_each_event_and_what_is_owed(language: str) -> None:
    text, words = printed(STATEMENT, language), words_of("statement", language)

    told = ["Kilimani View School", "Amani Kamau", "KV1042, Grade 4 East", "Baraka Kamau", "600984"]
    for account in STATEMENT.accounts:
        told += [money(account.opening), money(max(account.closing, -account.closing))]
        for line, balance in zip(account.movements, account.balances, strict=True):
            told += [f"{words[line.kind.value]} {line.number}", money(line.amount), money(balance)]
            told.append(day_in(line.on, language))
    told += [words["title"], words["before"], words["owed"], words["credit"], words["family"]]
    assert [one for one in told if one not in text] == []


def test_one_child_s_credit_does_not_pay_for_another() -> None:
    assert "All children: Owed now KSh 2,001" in printed(STATEMENT)


def test_every_kind_of_event_has_its_words() -> None:
    for language in LANGUAGES:
        assert all(words_of("statement", language)[kind.value] for kind in MovementKind)


def test_a_long_statement_goes_over_many_pages_each_with_its_heads() -> None:
    lines = tuple(
        Movement(date(2026, 3, 2), MovementKind.PAYMENT, f"R{number:06d}", kes(-number)) for number in range(1, 401)
    )
    made = set_paper(replace(STATEMENT, accounts=(replace(STATEMENT.accounts[0], movements=lines),)), "en", PUBLIC_URL)
    pages = [page.extract_text() for page in opened(made).pages]

    assert len(pages) > 5
    assert all("What happened" in page for page in pages[:-1])
    assert f"1 / {len(pages)}" in pages[0]
    assert "R000400" in text_of(made)
    assert len(made) < 500_000


@pytest.mark.parametrize("name", PAPERS)
def test_the_pictures_in_the_documentation_are_of_our_papers_and_light(name: str) -> None:
    kept = (FOLDER / f"{name}.png").read_bytes()

    assert len(kept) < 60_000
    assert Image.open(io.BytesIO(kept)).size == Image.open(io.BytesIO(drawn(name))).size
    assert scanned(kept) == (["https://pay.example.org/r/7K2M9-QXAV9"] if name == "paper_receipt" else [])
