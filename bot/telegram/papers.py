"""Documents for the chat: made when they are sent, as they are then."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.documents import Paper
from core.errors import NotFound
from core.ids import CustomerAccountId, PaymentId
from core.treasury import FundId
from documents.press import Press
from storage.outbox import ChatFacts
from storage.tx import Tx
from usecases.app import App
from usecases.documents import fund_ledger, student_statement, whole_receipt

RECEIPT, STATEMENT, LEDGER = "receipt", "statement", "ledger"


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Papers:
    app: App
    press: Press

    async def made(self, facts: ChatFacts) -> Made:
        """Raises `NotFound` when there is nothing of it (any more), `Unavailable` when the press is busy."""
        if facts.paper == LEDGER:
            ledger = await self.app.read(fund_ledger, FundId(UUID(facts.subject)))
            if ledger is None:
                raise NotFound(facts.paper, facts.subject)
            return Made(ledger.file_name, await self.press.workbook(ledger, facts.language))
        paper = await self.app.read(_paper, facts.paper, UUID(facts.subject))
        if paper is None:
            raise NotFound(facts.paper, facts.subject)
        return Made(paper.file_name, await self.press.pdf(paper, facts.language))


def _paper(tx: Tx, kind: str, subject: UUID) -> Paper | None:
    if kind == RECEIPT:
        return whole_receipt(tx, PaymentId(subject))
    return student_statement(tx, CustomerAccountId(subject))
