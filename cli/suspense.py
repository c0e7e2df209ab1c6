"""Money that waits for its owner: what there is, and giving it to whom it belongs (PAY-7)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import OrganisationId, PaymentId
from core.permissions import Action
from core.placements import LONGEST_WHY
from storage import listing, organisations, payments, suspense
from storage.redaction import redacted
from storage.suspense import Waiting
from storage.tx import Tx
from usecases.placements import Asked
from usecases.reallocation import Reallocated
from usecases.suspense import Assigned, AssignSuspense, assign

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    limit: int = 200
    clear: bool = False


class WaitingLine(msgspec.Struct, frozen=True):
    """A payment whose owner nobody knows yet, and why."""

    payment: UUID
    organisation: str
    receipt: str
    amount: str
    currency: str
    reason: str
    typed: str
    payer: str
    payer_name: str
    since: datetime


async def list_suspense(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[WaitingLine, None]:
    """The longest waiting first."""
    operator.require(Action.SEE_SUSPENSE)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    limit = max(0, min(args.limit, MOST_LISTED))
    for line in await opened.app.read(_waiting, organisation.id if organisation else None, limit, clear=args.clear):
        yield line


def _waiting(tx: Tx, organisation: OrganisationId | None, limit: int, *, clear: bool) -> list[WaitingLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    return [
        _line(tx, row, slugs[row.organisation], clear=clear) for row in suspense.waiting(tx, organisation, limit=limit)
    ]


def _line(tx: Tx, row: Waiting, slug: str, *, clear: bool) -> WaitingLine:
    payer = row.payer
    if clear:
        seen = payments.payer_of(tx, row.payment)
        payer = seen.msisdn or seen.shown
    return WaitingLine(
        payment=row.payment,
        organisation=slug,
        receipt=row.receipt,
        amount=row.amount.plain(),
        currency=row.amount.currency.code,
        reason=row.reason.value,
        typed=row.typed if clear else redacted(row.typed.encode()),
        payer=payer,
        payer_name=row.payer_name if clear else listing.initials(row.payer_name),
        since=row.opened_at,
    )


class AssignArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` as for `payments show`; `reference` names the account or invoice whose money it is."""

    payment: str
    reference: str
    reason: str = ""
    organisation: str | None = None


class AssignedLine(msgspec.Struct, frozen=True):
    """`approval` is set where so much takes a second person: nothing has moved, and that waits for their yes."""

    payment: UUID
    reference: str
    amount: str
    currency: str
    approval: UUID | None = None


def assigned(done: Assigned | Reallocated | Asked) -> AssignedLine:
    approval = done.approval if isinstance(done, Asked) else None
    return AssignedLine(done.payment, done.reference, done.amount.plain(), done.amount.currency.code, approval)


async def assign_suspense(opened: Opened, args: AssignArgs, operator: Operator) -> AsyncGenerator[AssignedLine, None]:
    """Give what waits to its owner, or ask for it where so much takes a second person. The audit trail says who did it; the
    payer is told."""
    operator.require(Action.ASSIGN_SUSPENSE)
    organisation = await operator.scope(opened.app, args.organisation)
    payment = await opened.app.read(_the_one_in_suspense, args.payment, organisation.id if organisation else None)
    trace, why = opened.app.ids.new().hex, args.reason[:LONGEST_WHY]
    done = await opened.app.write(assign, AssignSuspense(payment, args.reference, operator.actor, trace, why=why))
    yield assigned(done)


def _the_one_in_suspense(tx: Tx, name: str, organisation: OrganisationId | None) -> PaymentId:
    """Several organisations may count the same receipt number: the one that waits is meant, if it is one."""
    found = listing.payments_named(tx, name, organisation=organisation)
    waiting = [payment for payment in found if suspense.of_payment(tx, payment) is not None]
    if len(found) == 1 or len(waiting) == 1:
        return (waiting or found)[0]
    raise NotFound("payment", name)


LIST = Command(ListArgs, WaitingLine, list_suspense)
ASSIGN = Command(AssignArgs, AssignedLine, assign_suspense, writes=True)
