"""A file of payments, read as a whole: every row with what would be asked for, or with why it cannot be (OUT-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.cells import BadCell, Cell, amount_of, name_of, phone_of, text_of
from core.errors import DomainError
from core.headings import plain
from core.money import Currency, Money
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
    """One payment of a file. `batch` is the row's own name: the same row of the same file is taken once. `problem` says why
    it cannot be asked for, as the code of its words; empty when it can."""

    line: int
    batch: str
    payee: Payee | None
    amount: Money | None
    purpose: str
    reason: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows, in order. `missing` are headings without which nothing can be read."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...] = ()

    @property
    def good(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.problem)


def read_sheet(lines: Sequence[Line], fund: Fund, *, country_code: str) -> Sheet:
    """What the file asks of a fund. Rows beyond `MOST_ROWS` are named, and not read."""
    for at, line in enumerate(lines[:SEARCHED_ROWS]):
        columns = _columns(line.cells)
        if all(name in columns for name in REQUIRED):
            return Sheet(tuple(_rows(lines[at + 1 :], columns, fund, country_code)))
    return Sheet((), REQUIRED)


def _columns(cells: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        heading = plain(cell) if isinstance(cell, str) else ""
        for name, written in COLUMNS.items():
            if heading in written:
                found.setdefault(name, at)
    return found


def _rows(lines: Sequence[Line], columns: Mapping[str, int], fund: Fund, country_code: str) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for count, line in enumerate(one for one in lines if any(cell not in (None, "") for cell in one.cells)):
        cells = {name: line.cells[at] if at < len(line.cells) else None for name, at in columns.items()}
        said = "|".join(str(cells.get(name)) for name in COLUMNS)
        seen[said] = seen.get(said, 0) + 1
        # The same payment twice in one file is two payments; the same file twice is one.
        batch = hashlib.sha256(f"{fund.id.hex}|{said}|{seen[said]}".encode()).hexdigest()
        if count >= MOST_ROWS:
            yield Row(line.number, batch, None, None, "", "", "too_many_rows")
        else:
            yield _row(line, batch, cells, fund, country_code)


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
