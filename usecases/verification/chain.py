"""Seals: nothing that they list was altered or removed, and none of them is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core import ledger
from core.ledger import GENESIS
from storage import seals
from storage import verification as books
from storage.tx import Tx
from storage.types import uuid_of, written
from storage.verification import Row
from usecases.verification.findings import Finding


@dataclass(frozen=True, slots=True)
class Anchor:
    """A seal as somebody wrote it down outside: `12:9f3c…`. The books must still contain it."""

    number: int
    hash: bytes

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Raises ValueError for anything that is not a number, a colon and hexadecimal digits."""
        number, _, digits = text.partition(":")
        return cls(int(number), bytes.fromhex(digits))


def sealed(tx: Tx, anchor: Anchor | None) -> Iterator[Finding]:
    """Every seal follows the one before it, and every row is still what its seal says."""
    before, expected = GENESIS, 1
    numbers = set()
    for seal in books.seals_in_order(tx):
        numbers.add(seal.number)
        if seal.number != expected:
            yield Finding("seals", str(expected), "this seal is missing")
        content = seals.content_of(seal.number, seal.count, seal.hash, seal.sealed_at)
        if not tx.vault.is_authentic(content, seal.mac):
            yield Finding("seals", str(seal.number), "was not written by this program, or was altered")
        rows = books.rows_of_seal(tx, seal.number)
        if len(rows) != seal.count or ledger.chain(before, [row.digest for row in rows]) != seal.hash:
            yield Finding(
                "seals", str(seal.number), "it does not follow from the rows that it lists and the seal before it"
            )
        if anchor is not None and anchor.number == seal.number and anchor.hash != seal.hash:
            yield Finding("seals", str(seal.number), "it is not the seal that was written down")
        yield from _sealed_rows(tx, rows)
        before, expected = seal.hash, seal.number + 1
    if anchor is not None and anchor.number not in numbers:
        yield Finding("seals", str(anchor.number), "the seal that was written down is not there")
    for number in books.seals_listed(tx):
        if number not in numbers:
            yield Finding("seals", str(number), "rows are listed under this seal, which is not there")


def _sealed_rows(tx: Tx, rows: Sequence[Row]) -> Iterator[Finding]:
    digests = {
        seals.ENTRY: seals.digests_of_entries(tx, [row.row_id for row in rows if row.kind == seals.ENTRY]),
        seals.CHANGE: seals.digests_of_changes(tx, [row.row_id for row in rows if row.kind == seals.CHANGE]),
    }
    tables = {seals.ENTRY: "entries", seals.CHANGE: "changes"}
    for row in rows:
        found = digests.get(row.kind, {}).get(row.row_id)
        if found is not None and found == row.digest:
            continue
        if row.kind not in digests:
            yield Finding("sealed", written(row.row_id), f"seal {row.seal} lists no rows of kind {row.kind}")
        elif found is None:
            yield Finding(tables[row.kind], written(row.row_id), f"was removed after seal {row.seal}")
        elif row.kind == seals.CHANGE:
            yield Finding("changes", written(row.row_id), f"is not what seal {row.seal} says")
        else:
            yield from _altered_parts(tx, row, found)


_PARTS = (
    ("entries", "it or its postings are not what seal {} says"),
    ("applications", "the applications of this entry are not what seal {} says"),
    ("receipts", "the receipt of this payment, or its amount or day, is not what seal {} says"),
)
"""In the order of an entry's digest."""


def _altered_parts(tx: Tx, row: Row, found: bytes) -> Iterator[Finding]:
    for at, (table, what) in enumerate(_PARTS):
        if seals.part_of(found, at) != seals.part_of(row.digest, at):
            entry = uuid_of(bytes.fromhex(row.row_id))
            named = books.subject_of(tx, entry) if table == "receipts" else entry
            yield Finding(table, str(named), what.format(row.seal))
