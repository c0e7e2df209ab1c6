"""Papers for the office's hands: whole ones, as the family has them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from typing import Literal

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.documents import Paper
from core.errors import NotFound
from core.permissions import Action
from storage import callers, invoices, listing
from storage.organisations import all_organisations
from usecases.documents import (
    family_statement,
    guardian_called,
    invoice_paper,
    student_statement,
    whole_receipt,
)

Language = Literal["en", "sw", "rw", "fr"]


class PaperFile(msgspec.Struct, frozen=True):
    """A PDF with the name under which it may be kept."""

    name: str
    content: bytes


class ReceiptArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` as for `payments show`. Without a language, the organisation's own."""

    payment: str
    organisation: str | None = None
    language: Language | None = None


async def receipt(opened: Opened, args: ReceiptArgs, operator: Operator) -> AsyncGenerator[PaperFile, None]:
    """The receipt of one payment."""
    operator.require(Action.SEE_PAYMENTS)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(
        listing.payments_named, args.payment, organisation=organisation.id if organisation else None
    )
    paper = await opened.app.read(whole_receipt, found[0]) if len(found) == 1 else None
    yield await _file(opened, paper, args.language, NotFound("receipt", args.payment))


class InvoiceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`number` as printed, `INV-000012`."""

    number: str
    organisation: str | None = None
    language: Language | None = None


async def invoice(opened: Opened, args: InvoiceArgs, operator: Operator) -> AsyncGenerator[PaperFile, None]:
    """One invoice as it stands now."""
    operator.require(Action.SEE_PAYMENTS)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(invoices.named, args.number, organisation.id if organisation else None)
    paper = await opened.app.read(invoice_paper, found[0]) if len(found) == 1 else None
    yield await _file(opened, paper, args.language, NotFound("invoice", args.number))


class StatementArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`whom` is a student's number, or a guardian's phone for all children. Days are value dates, both within."""

    whom: str
    since: date | None = None
    until: date | None = None
    organisation: str | None = None
    language: Language | None = None


async def statement(opened: Opened, args: StatementArgs, operator: Operator) -> AsyncGenerator[PaperFile, None]:
    """What a student, or a family, owed and paid."""
    operator.require(Action.SEE_PAYMENTS)
    wanted = await operator.scope(opened.app, args.organisation)
    everywhere = [wanted] if wanted else await opened.app.read(all_organisations)
    papers = []
    for organisation in everywhere:
        days = {"since": args.since, "until": args.until}
        if found := await opened.app.read(callers.account_named, organisation.id, args.whom):
            papers.append(await opened.app.read(student_statement, found[0], **days))
        elif contact := await opened.app.read(guardian_called, organisation, args.whom):
            papers.append(await opened.app.read(family_statement, contact, **days))
    paper = papers[0] if len(papers) == 1 else None
    yield await _file(opened, paper, args.language, NotFound("statement", args.whom))


async def _file(opened: Opened, paper: Paper | None, language: str | None, otherwise: NotFound) -> PaperFile:
    """None is also what several organisations have: then one must be named."""
    if paper is None:
        raise otherwise
    return PaperFile(paper.file_name, await opened.press.pdf(paper, language or paper.own_language))


RECEIPT = Command(ReceiptArgs, PaperFile, receipt)
INVOICE = Command(InvoiceArgs, PaperFile, invoice)
STATEMENT = Command(StatementArgs, PaperFile, statement)
