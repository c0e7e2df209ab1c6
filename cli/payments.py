"""Recent payments, one payment with all that is known of it, and the export that scripts and auditors read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from cli.suspense import AssignedLine, assigned
from core.errors import NotFound
from core.ids import PaymentId
from core.organisations import COUNTRIES
from core.payments import Method, Status
from core.permissions import Action
from core.phones import Msisdn
from core.placements import LONGEST_WHY
from storage import listing
from storage.listing import Filters, PaymentLine, PaymentShown
from storage.organisations import Organisation
from usecases.asking_again import AskAgain, ask_again
from usecases.reallocation import Reallocate, reallocate

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`since` and `until` are days of the organisation's own calendar; of UTC when none is named."""

    organisation: str | None = None
    status: Status | None = None
    method: Method | None = None
    provider: str | None = None
    reference: str | None = None
    phone: str | None = None
    since: date | None = None
    until: date | None = None
    limit: int = 50
    clear: bool = False


async def list_payments(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """The newest payments first."""
    operator.require(Action.SEE_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    filters = _filters(args, await operator.scope(opened.app, args.organisation))
    left, before = max(0, min(args.limit, MOST_LISTED)), None
    while left:
        page = await opened.app.read(
            listing.payments_list, filters, limit=min(left, listing.PAGE), before=before, clear=args.clear
        )
        for line in page:
            yield line
        left = left - len(page) if len(page) == min(left, listing.PAGE) else 0
        before = page[-1].id if page else None


def _filters(args: ListArgs, organisation: Organisation | None) -> Filters:
    zone = ZoneInfo(organisation.time_zone) if organisation else UTC
    country = COUNTRIES[organisation.country].calling_code if organisation else "254"

    def midnight(day: date | None, *, days: int = 0) -> datetime | None:
        return datetime.combine(day + timedelta(days=days), time(), zone) if day else None

    return Filters(
        organisation=organisation.id if organisation else None,
        provider=args.provider,
        method=args.method,
        status=args.status,
        since=midnight(args.since),
        until=midnight(args.until, days=1),
        reference=args.reference,
        payer=Msisdn.parse(args.phone, country_code=country).digits if args.phone else None,
    )


class ShowArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` is its id, the provider's receipt, or our receipt's number or code."""

    payment: str
    organisation: str | None = None
    clear: bool = False


async def show_payment(opened: Opened, args: ShowArgs, operator: Operator) -> AsyncGenerator[PaymentShown, None]:
    """Its history, its exchanges and where its money went. Several when organisations count the same number."""
    operator.require(Action.SEE_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(
        listing.payments_named, args.payment, organisation=organisation.id if organisation else None
    )
    if not found:
        raise NotFound("payment", args.payment)
    for id_ in found:
        shown = await opened.app.read(listing.payment_shown, id_, clear=args.clear)
        if shown is not None:
            yield shown


class ExportArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    since: date | None = None
    until: date | None = None
    clear: bool = False


async def export_payments(opened: Opened, args: ExportArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """Every payment, the oldest first, in pages: millions take no more memory than one page."""
    operator.require(Action.EXPORT_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    wanted = ListArgs(since=args.since, until=args.until)
    filters = _filters(wanted, await operator.scope(opened.app, args.organisation))
    after = None
    while True:
        page = await opened.app.read(listing.exported, after=after, filters=filters, clear=args.clear)
        for line in page:
            yield line
        if len(page) < listing.PAGE:
            return
        after = page[-1].id


class MoveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` as for `payments show`; `reference` names the account or invoice whose money it really is."""

    payment: str
    reference: str
    reason: str = ""
    organisation: str | None = None


async def move_payment(opened: Opened, args: MoveArgs, operator: Operator) -> AsyncGenerator[AssignedLine, None]:
    """Apply a payment elsewhere, by a correcting entry, or ask for it where so much takes a second person. The audit trail says
    who did it."""
    operator.require(Action.REALLOCATE)
    payment = await _only(opened, args.payment, args.organisation, operator)
    trace, why = opened.app.ids.new().hex, args.reason[:LONGEST_WHY]
    yield assigned(await opened.app.write(reallocate, Reallocate(payment, args.reference, operator.actor, trace, why)))


async def _only(opened: Opened, name: str, slug: str | None, operator: Operator) -> PaymentId:
    """The one payment that is meant."""
    organisation = await operator.scope(opened.app, slug)
    found = await opened.app.read(listing.payments_named, name, organisation=organisation.id if organisation else None)
    if len(found) != 1:
        raise NotFound("payment", name)
    return found[0]


class AgainArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` is its id: what failed has no receipt."""

    payment: str
    organisation: str | None = None


class AskedLine(msgspec.Struct, frozen=True):
    """`payment` is being asked for, in the place of the one that it `follows`."""

    payment: UUID
    follows: UUID
    amount: str
    currency: str


async def ask_payment_again(opened: Opened, args: AgainArgs, operator: Operator) -> AsyncGenerator[AskedLine, None]:
    """The phone of a failed prompt is asked once more. Said twice it is asked once."""
    operator.require(Action.AGREE)
    payment = await _only(opened, args.payment, args.organisation, operator)
    done = await opened.app.write(ask_again, AskAgain(payment, operator.actor, opened.app.ids.new().hex))
    yield AskedLine(done.payment, done.failed, done.amount.plain(), done.amount.currency.code)


LIST = Command(ListArgs, PaymentLine, list_payments)
AGAIN = Command(AgainArgs, AskedLine, ask_payment_again, writes=True)
MOVE = Command(MoveArgs, AssignedLine, move_payment, writes=True)
SHOW = Command(ShowArgs, PaymentShown, show_payment)
EXPORT = Command(ExportArgs, PaymentLine, export_payments)
