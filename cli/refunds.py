"""Paying payments back: what was asked for, and asking (OUT-1). Approving is `karani approvals`."""

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
from core.money import Currency, parse_typed
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from core.refunds import Refund, State
from storage import listing, organisations, refunds
from storage import payments as payment_store
from storage.tx import Tx
from usecases.refunds.asking import RequestRefund, request_refund

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    state: State | None = None
    limit: int = 200
    clear: bool = False


class RefundLine(msgspec.Struct, frozen=True):
    refund: str
    organisation: str
    payment: UUID
    receipt: str
    amount: str
    currency: str
    payee: str
    reason: str
    state: str
    asked_at: datetime


async def list_refunds(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[RefundLine, None]:
    """The newest first."""
    operator.require(Action.SEE_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    only = organisation.id if organisation else None
    for line in await opened.app.read(_lines, only, args):
        yield line


def _lines(tx: Tx, only: OrganisationId | None, args: ListArgs) -> list[RefundLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    rows = refunds.listed(tx, only, state=args.state, limit=max(0, min(args.limit, MOST_LISTED)))
    return [_line(tx, row, slugs[row.organisation], clear=args.clear) for row in rows]


def _line(tx: Tx, refund: Refund, slug: str, *, clear: bool) -> RefundLine:
    stored = payment_store.load(tx, refund.payment)
    return RefundLine(
        refund=refund.name,
        organisation=slug,
        payment=refund.payment,
        receipt=(stored.payment.receipt or "") if stored else "",
        amount=refund.amount.plain(),
        currency=refund.amount.currency.code,
        payee=refund.payee.digits if clear else refund.payee.masked,
        reason=refund.reason,
        state=refund.state.value,
        asked_at=refund.requested_at,
    )


class AskArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` as for `payments show`; `amount` in figures, empty for all that is left; `phone` where the payer's number is
    hidden."""

    payment: str
    reason: str
    amount: str = ""
    phone: str = ""
    organisation: str | None = None


async def ask_refund(opened: Opened, args: AskArgs, operator: Operator) -> AsyncGenerator[RefundLine, None]:
    """Ask that a payment be paid back. Somebody else approves it; the payer is told."""
    operator.require(Action.REQUEST_REFUND)
    organisation = await operator.scope(opened.app, args.organisation)
    payment, currency, country = await opened.app.read(_meant, args.payment, organisation.id if organisation else None)
    wish = RequestRefund(
        payment=payment,
        amount=parse_typed(args.amount, currency) if args.amount else None,
        reason=args.reason,
        actor=operator.actor,
        trace=opened.app.ids.new().hex,
        payee=Msisdn.parse(args.phone, country_code=COUNTRIES[country].calling_code) if args.phone else None,
    )
    refund = await opened.app.write(request_refund, wish)
    yield await opened.app.read(_of, refund)


def _meant(tx: Tx, name: str, only: OrganisationId | None) -> tuple[PaymentId, Currency, str]:
    found = listing.payments_named(tx, name, organisation=only)
    stored = payment_store.load(tx, found[0]) if len(found) == 1 else None
    if stored is None:
        raise NotFound("payment", name[:40])
    where = organisations.by_id(tx, stored.payment.organisation)
    return stored.payment.id, stored.payment.amount.currency, where.country


def _of(tx: Tx, refund: Refund) -> RefundLine:
    return _line(tx, refund, organisations.by_id(tx, refund.organisation).slug, clear=False)


LIST = Command(ListArgs, RefundLine, list_refunds)
ASK = Command(AskArgs, RefundLine, ask_refund, writes=True)
