"""Ledgers as workbooks, for whoever goes on reckoning: XLSX whose texts are texts and nothing else.

What people wrote (a payee, a reason) is never run: it is written as a string and marked as text, so that it stays one when
somebody edits the cell. Made of the same facts the file is the same, to the last byte.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.documents import FundLedger, FundLine
from core.money import Money
from documents.words import words_of

COLUMNS = ("date", "event", "number", "payee", "purpose", "reason", "sum", "balance", "reconciled_by", "reconciled_on")
_WIDTHS = (12, 28, 12, 24, 14, 40, 16, 16, 24, 14)
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""When every file says that it was made: the clock is no fact of the ledger."""


def fund_ledger(ledger: FundLedger, language: str) -> bytes:
    """One sheet: whose fund, on which day, and its entries, the oldest first."""
    words, held = words_of("fund_ledger", language), BytesIO()
    with Workbook(held, {"in_memory": True}) as book:
        book.set_properties({"created": _NO_DAY})
        text = book.add_format({"num_format": "@", "quote_prefix": True})
        bold = book.add_format({"num_format": "@", "quote_prefix": True, "bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sum_ = book.add_format({"num_format": "#,##0.00" if ledger.balance.currency.decimals else "#,##0"})
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, _inert(f"{ledger.organisation}: {ledger.fund}"), bold)
        sheet.write_string(1, 0, words["made"].format(on=ledger.made_on.isoformat()), text)
        for at, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            currency = f" ({ledger.balance.currency.code})" if name in ("sum", "balance") else ""
            sheet.write_string(3, at, words[name] + currency, bold)
            sheet.set_column(at, at, width)
        sheet.freeze_panes(4, 0)
        for row, line in enumerate(ledger.lines, 4):
            _write(sheet, row, line, words, (text, day, sum_))
    return held.getvalue()


def _write(sheet: Worksheet, row: int, line: FundLine, words: dict[str, str], formats: tuple[object, ...]) -> None:
    text, day, sum_ = formats
    event = words.get(line.kind, line.kind)
    sheet.write_datetime(row, 0, line.on, day)
    for at, said in enumerate((event, line.number, line.payee, line.purpose, line.reason), 1):
        sheet.write_string(row, at, _inert(said), text)
    sheet.write_number(row, 6, _number(line.amount), sum_)
    sheet.write_number(row, 7, _number(line.balance), sum_)
    sheet.write_string(row, 8, _inert(line.reconciled_by), text)
    if line.reconciled_on is not None:
        sheet.write_datetime(row, 9, line.reconciled_on, day)


def _inert(text: str) -> str:
    """What begins and ends as a run of the format's own would be written by the library as it stands, for markup."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _number(money: Money) -> float:
    """A cell holds nothing else; it has room for every sum that a ledger may (`core.money.MOST_MINOR`)."""
    return money.minor / money.currency.unit
