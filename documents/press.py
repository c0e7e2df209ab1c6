"""The press: makes papers beside the event loop, a few at a time, and remembers the latest.

A flood of wishes cannot eat the machine: what does not fit into the short queue is refused at once (`Unavailable`), and a
paper that was made already costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from core.documents import FundLedger, InvoicePaper, Paper, ReceiptPaper, StatementPaper
from core.ports import Threads
from documents import invoice, receipt, statement
from documents.typesetting import typeset

WITHIN_S = 15.0
REMEMBERED = 4 * 1024 * 1024
"""Bytes of papers that are kept, the least lately wanted forgotten first."""


class Press:
    """Papers as PDF. What a paper says is all that decides about its bytes."""

    def __init__(self, threads: Threads, *, public_url: str) -> None:
        self._threads = threads
        self._public_url = public_url
        self._made: OrderedDict[tuple[Paper, str], bytes] = OrderedDict()
        self._size = 0

    async def pdf(self, paper: Paper, language: str) -> bytes:
        """The paper in that language. Raises `Unavailable` when too many wait, `TimeoutError` when it takes too long."""
        wish = (paper, language)
        if wish in self._made:
            self._made.move_to_end(wish)
            return self._made[wish]
        made = await self._threads.run(lambda: set_paper(paper, language, self._public_url), timeout_s=WITHIN_S)
        self._keep(wish, made)
        return made

    async def workbook(self, ledger: FundLedger, language: str) -> bytes:
        """The ledger as XLSX, made anew each time. Raises as `pdf`."""
        return await self._threads.run(lambda: _workbook(ledger, language), timeout_s=WITHIN_S)

    def _keep(self, wish: tuple[Paper, str], made: bytes) -> None:
        self._size += len(made) - len(self._made.pop(wish, b""))
        self._made[wish] = made
        while self._size > REMEMBERED:
            self._size -= len(self._made.popitem(last=False)[1])


def _workbook(ledger: FundLedger, language: str) -> bytes:
    from documents.workbook import fund_ledger  # its library loads slowly, and most processes never need it

    return fund_ledger(ledger, language)


def set_paper(paper: Paper, language: str, public_url: str) -> bytes:
    """The PDF of any paper. `public_url` is where its readers reach us."""
    return typeset(*laid_out(paper, language, public_url))


def laid_out(paper: Paper, language: str, public_url: str) -> tuple[str, dict[str, Any]]:
    """The template of a paper, with its facts."""
    match paper:
        case ReceiptPaper():
            return receipt.TEMPLATE, receipt.facts(paper, language, public_url)
        case InvoicePaper():
            return invoice.TEMPLATE, invoice.facts(paper, language)
        case StatementPaper():
            return statement.TEMPLATE, statement.facts(paper, language)
