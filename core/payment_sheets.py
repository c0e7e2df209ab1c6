"""A file of payments, read as a whole: every row with what would be asked for, or with why it cannot be (OUT-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from core.cells import BadCell, Cell, amount_of, name_of, phone_of, text_of
from core.errors import DomainError
from core.headings import plain
from core.money import Currency, Money, total
from core.payouts import Payee
from core.rosters import Line
from core.treasury import Fund, check_request

COLUMNS: Mapping[str, frozenset[str]] = {
    "phone": frozenset({"phone", "mobile", "payee phone", "telephone", "simu", "telefone"}),
    "name": frozenset({"name", "payee", "payee name", "jina", "amazina", "nom"}),
    "amount": frozenset({"amount", "sum", "kiasi", "amafaranga", "montant"}),
    "purpose": frozenset({"purpose", "expense", "lengo", "intego", "but"}),
    "reason": frozenset({"reason", "why", "description", "sababu", "impamvu", "raison"}),
}
"""Headings, as people write them in four languages."""
REQUIRED = ("phone", "amount", "purpose", "reason")
MOST_ROWS = 500
SEARCHED_ROWS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One payment of a file. `batch` is the row's own name: this row of this file is taken once, and an equal row of next
    week's file is another. `twin_of` is the line of an earlier row that says the same, or 0. `problem` says why it cannot be
    asked for, as the code of its words; empty when it can."""

    line: int
    batch: str
    payee: Payee | None
    amount: Money | None
    purpose: str
    reason: str
    problem: str = ""
    twin_of: int = 0

    @property
    def wish(self) -> Wish | None:
        """What it asks for, however phone and reason are written; None where nothing can be asked for."""
        if self.payee is None or self.amount is None:
            return None
        return self.payee.msisdn.digits, self.amount.minor, self.purpose, self.reason.casefold()


Wish = tuple[str, int, str, str]
"""Payee's phone, sum, purpose and reason: two payments that agree in all of them look like one that was asked for twice."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows, in order. `missing` are headings without which nothing can be read; `name` is made of all that it says."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...] = ()
    name: str = ""


class Fate(Enum):
    """What comes of a row."""

    GOOD = "good"
    KNOWN = "known"
    """Taken before, out of this same file."""
    TWIN = "twin"
    """It says what another row of the file says, and nobody has said yet that both are meant."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Books:
    """What a file is checked against. `known`: its rows that were taken before, with the numbers of their payments; `alike`:
    the newest payment that asks for the same and is none of this file's; `waiting`: what was asked of the fund and not let go."""

    spendable: Money
    waiting: Money
    known: Mapping[str, int] = field(default_factory=dict)
    alike: Mapping[Wish, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file against the books: each row with its fate, and what the good ones are together."""

    rows: tuple[tuple[Row, Fate], ...]
    total: Money
    books: Books

    @property
    def is_covered(self) -> bool:
        """Can the fund bear the good rows, beside what waits to be let go out of it?"""
        return not self.total or self.total + self.books.waiting <= self.books.spendable


def check(sheet: Sheet, books: Books, *, twins: bool = False) -> Checked:
    """What would come of each row. `twins`: rows that say the same are meant, each of them."""
    rows = tuple((row, _fate(row, books, twins=twins)) for row in sheet.rows)
    good = [row.amount for row, fate in rows if fate is Fate.GOOD and row.amount is not None]
    return Checked(rows, total(good, books.spendable.currency), books)


def _fate(row: Row, books: Books, *, twins: bool) -> Fate:
    if row.problem:
        return Fate.REFUSED
    if row.batch in books.known:
        return Fate.KNOWN
    return Fate.TWIN if row.twin_of and not twins else Fate.GOOD


def read_sheet(lines: Sequence[Line], fund: Fund, *, country_code: str) -> Sheet:
    """What the file asks of a fund. Rows beyond `MOST_ROWS` are named, and not read."""
    for at, line in enumerate(lines[:SEARCHED_ROWS]):
        columns = _columns(line.cells)
        if all(name in columns for name in REQUIRED):
            name = _name_of_file(lines)
            return Sheet(tuple(_rows(lines[at + 1 :], columns, fund, country_code, name)), name=name)
    return Sheet((), REQUIRED)


def _columns(cells: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        heading = plain(cell) if isinstance(cell, str) else ""
        for name, written in COLUMNS.items():
            if heading in written:
                found.setdefault(name, at)
    return found


def _rows(lines: Sequence[Line], columns: Mapping[str, int], fund: Fund, country_code: str, file: str) -> Iterator[Row]:
    first: dict[Wish, int] = {}
    for count, line in enumerate(line for line in lines if _said(line)):
        batch = hashlib.sha256(f"{fund.id.hex}|{file}|{count}".encode()).hexdigest()
        if count >= MOST_ROWS:
            yield Row(line.number, batch, None, None, "", "", "too_many_rows")
            continue
        cells = {name: line.cells[at] if at < len(line.cells) else None for name, at in columns.items()}
        row = _row(line, batch, cells, fund, country_code)
        if row.wish is not None and first.setdefault(row.wish, row.line) != row.line:
            row = replace(row, twin_of=first[row.wish])
        yield row


def _name_of_file(lines: Sequence[Line]) -> str:
    """What the file says, all of it: its title and columns that nobody asked for are what tells next week's from this one.
    A table saved anew as it was is the same file; empty lines and cells at the end say nothing."""
    return hashlib.sha256(repr([said for line in lines if (said := _said(line))]).encode()).hexdigest()


def _said(line: Line) -> list[str]:
    """Its cells as they are read aloud, with what the reader of the file found wrong; nothing for an empty line."""
    cells = [_written(cell) for cell in (*line.cells, line.complaint)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()


def _row(line: Line, batch: str, cells: Mapping[str, Cell], fund: Fund, country_code: str) -> Row:
    currency: Currency = fund.balance.currency
    try:
        if line.complaint:
            raise BadCell(line.complaint)
        msisdn = phone_of(cells.get("phone"), country_code=country_code)
        if msisdn is None:
            raise BadCell("no_phone")
        payee = Payee(msisdn, _name(cells.get("name")))
        amount = amount_of(cells.get("amount"), currency)
        purpose, reason = text_of(cells.get("purpose")).strip().lower(), text_of(cells.get("reason"), longest=200)
        if amount.minor <= 0:
            raise BadCell("not_an_amount")
        check_request(fund, amount, purpose, reason)
    except BadCell as bad:
        return Row(line.number, batch, None, None, "", "", bad.code)
    except DomainError as refused:
        return Row(line.number, batch, None, None, "", "", refused.code)
    return Row(line.number, batch, payee, amount, purpose, reason)


def _name(cell: Cell) -> str:
    return name_of(cell) if cell not in (None, "") else ""
