"""A fund's ledger as a workbook: sums that add up, and texts that are never run."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.callers import LANGUAGES
from core.documents import FundLedger, FundLine
from core.money import Currency, Money
from documents.words import words_of
from documents.workbook import fund_ledger

DAY = date(2026, 11, 21)
KINDS = ("fund_allotted", "payout_reserved", "payout_released", "payout_restored", "variance_applied")


def kes(shillings: int) -> Money:
    return Money(shillings * 100, Currency.KES)


def ledger(*lines: FundLine, fund: str = "House") -> FundLedger:
    return FundLedger("Kivuli Hill", fund, kes(17_000), DAY, lines)


def read(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def parts(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as held:
        return "".join(held.read(name).decode() for name in held.namelist() if name.endswith((".xml", ".rels")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_entry_is_a_line_with_sums_and_days_that_a_spreadsheet_reckons_with(language: str) -> None:
    spent = FundLine(
        *(DAY, "payout_reserved", kes(0) - kes(3_000), kes(17_000), "TP-000001", "Otieno", "fuel", "the van"),
        *("Carol Mutheu", DAY),
    )
    content = fund_ledger(ledger(FundLine(DAY, "fund_allotted", kes(20_000), kes(20_000)), spent), language)
    rows, words = read(content), words_of("fund_ledger", language)

    assert rows[0][0] == "Kivuli Hill: House"
    assert rows[3][6] == f"{words['sum']} (KES)"
    assert rows[4][:2] == [DAY, words["fund_allotted"]]
    assert rows[4][6:8] == [20_000, 20_000]
    assert rows[5] == [
        *(DAY, words["payout_reserved"], "TP-000001", "Otieno", "fuel", "the van", -3_000, 17_000, "Carol Mutheu", DAY)
    ]
    assert all(words[kind] for kind in KINDS)


EVIL = (
    *("=1+1", "+254", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil.example","x")', "http://evil.example"),
    *("<r><t>a run</t></r>", "<r></r></si><f>1+1</f></r>"),
)


@pytest.mark.parametrize("evil", EVIL)
def test_what_looks_like_a_formula_a_link_or_markup_is_a_text(evil: str) -> None:
    line = FundLine(DAY, evil, kes(1), kes(1), evil, evil, evil, evil, evil)
    content = fund_ledger(ledger(line, fund=evil), "en")

    assert [cell.removesuffix(" ") for cell in read(content)[4] if cell and isinstance(cell, str)] == [evil] * 6
    assert_inert(parts(content))


@given(st.text(max_size=60))
def test_no_text_whatever_becomes_a_formula_or_a_link(text: str) -> None:
    content = fund_ledger(ledger(FundLine(DAY, "payout_reserved", kes(1), kes(1), payee=text, reason=text)), "en")

    assert_inert(parts(content))


def assert_inert(xml: str) -> None:
    """Nothing in it is reckoned or followed, and texts stay texts when their cell is edited."""
    assert not re.search(
        r"<f[ >/]|hyperlink|externalLink|TargetMode", re.sub(r"<t[ >].*?</t>", "", xml, flags=re.DOTALL)
    )
    assert xml.count('quotePrefix="1"') == 2


def test_the_same_ledger_is_the_same_file() -> None:
    line = FundLine(DAY, "fund_allotted", Money(5, Currency.RWF), Money(5, Currency.RWF))
    francs = FundLedger("Ikigo", "Inzu", Money(5, Currency.RWF), DAY, (line,))

    assert fund_ledger(francs, "rw") == fund_ledger(francs, "rw")
    assert read(fund_ledger(francs, "rw"))[4][6] == 5
