"""Papers from the office's hands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.documents.reading import text_of


def test_a_receipt_is_kept_where_one_says(books: Desk, tmp_path: Path) -> None:
    out = tmp_path / "mine.pdf"

    said = books.types("documents", "receipt", "UKL0000001", "--out", str(out), "--json")

    assert said.items == [{"file": str(out), "bytes": out.stat().st_size}]
    text = text_of(out.read_bytes())
    assert "Student KV10 (KV10)" in text
    assert "ASHA WANJIRU" in text
    assert "254712345678" not in text


def test_without_a_place_it_has_its_own_name_and_the_language_that_one_wants(
    books: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert books.types("documents", "receipt", "R000002", "--language", "fr").out == "R000002.pdf\n"
    assert "Quittance" in text_of((tmp_path / "R000002.pdf").read_bytes())


def test_what_has_no_receipt_or_cannot_be_kept_is_told(books: Desk, tmp_path: Path) -> None:
    for words in (
        ["documents", "receipt", "R000099"],
        ["documents", "receipt", "R000001", "--language", "de"],
        ["documents", "receipt", "R000001", "--out", str(tmp_path / "no" / "such.pdf")],
        ["documents", "receipt", "R000001", "--as", "Nobody"],
    ):
        said = books.types(*words)
        assert said.code == 2, words
        assert said.err


def test_an_invoice_and_a_statement_of_a_student_and_of_a_family(books: Desk, tmp_path: Path) -> None:
    out = tmp_path / "paper.pdf"

    assert books.types("documents", "invoice", "inv-000001", "--out", str(out)).code == 0
    assert "To pay KSh 2,500" in text_of(out.read_bytes())
    assert books.types("documents", "statement", "kv-10", "--out", str(out), "--until", "2026-10-01").code == 0
    assert "Owed now KSh 4,000" in text_of(out.read_bytes())
    assert books.types("documents", "statement", "0712345678", "--out", str(out), "--language", "sw").code == 0
    assert "Student KV10" in text_of(out.read_bytes())
    for words in (["invoice", "INV-000009"], ["statement", "KV99"], ["statement", "0799000111"]):
        assert books.types("documents", *words, "--out", str(out)).code == 2
