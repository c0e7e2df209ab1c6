"""Who looks for their money and has no answer yet; and answering them (PAY-13)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import OrganisationId
from core.permissions import Action
from storage import enquiries, organisations
from storage.enquiries import Enquiry
from storage.redaction import redacted
from storage.tx import Tx
from usecases.enquiries import CloseEnquiry, close_enquiry


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    limit: int = 200
    clear: bool = False


class EnquiryLine(msgspec.Struct, frozen=True):
    """Somebody asks where their money is: what they remember, and the payment that it may be (`karani payments show`)."""

    id: UUID
    organisation: str
    since: datetime
    asker: str
    scrap: str
    payment: str
    asked_provider: str
    """The code that the provider is asked about."""


async def list_enquiries(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[EnquiryLine, None]:
    """The longest waiting first."""
    operator.require(Action.SEE_SUSPENSE)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    for line in await opened.app.read(_open, organisation.id if organisation else None, args.limit, clear=args.clear):
        yield line


def _open(tx: Tx, organisation: OrganisationId | None, limit: int, *, clear: bool) -> list[EnquiryLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    found = enquiries.open_ones(tx, organisation, limit=max(0, min(limit, 10_000)))
    return [_line(one, slugs[one.organisation], clear=clear) for one in found]


def _line(one: Enquiry, slug: str, *, clear: bool) -> EnquiryLine:
    return EnquiryLine(
        one.id,
        slug,
        one.opened_at,
        one.asker.digits if clear else one.asker.masked,
        one.scrap if clear else redacted(one.scrap.encode()),
        str(one.payment) if one.payment else "",
        one.receipt,
    )


class CloseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enquiry` is its id; `note` says how it was answered, for colleagues."""

    enquiry: str
    note: str = ""


class ClosedLine(msgspec.Struct, frozen=True):
    id: UUID
    asker: str
    state: str


async def close(opened: Opened, args: CloseArgs, operator: Operator) -> AsyncGenerator[ClosedLine, None]:
    """A person has answered. The audit trail says who, and how."""
    operator.require(Action.ASSIGN_SUSPENSE)
    try:
        id_ = UUID(args.enquiry)
    except ValueError:
        raise NotFound("enquiry", args.enquiry[:40]) from None
    done = await opened.app.write(close_enquiry, CloseEnquiry(id_, args.note[:300], operator.actor))
    yield ClosedLine(done.id, done.asker.masked, "done")


LIST = Command(ListArgs, EnquiryLine, list_enquiries)
CLOSE = Command(CloseArgs, ClosedLine, close, writes=True)
