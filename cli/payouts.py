"""What goes out: payouts with where they stand, one with all that is known of it, calling one back, and going on after a stop
(OUT-5, OUT-9)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import OrganisationId, PayoutId
from core.payouts import Payout, State
from core.permissions import Action
from storage import audit, exchanges, floats, organisations, payouts
from storage.payouts import Filters
from storage.tx import Tx
from usecases.calling_back import CallBack, call_back
from usecases.payouts import Resume, resume

MOST_LISTED = 1_000


class PayoutLine(msgspec.Struct, frozen=True):
    """One payout. `next_at`: when a worker sends it, or asks about it."""

    id: UUID
    organisation: str
    way: str
    purpose: str
    payee: str
    payee_name: str
    amount: str
    currency: str
    charge: str | None
    state: str
    reason: str | None
    receipt: str | None
    error: str
    attempts: int
    asked: int
    requested_at: datetime
    sent_at: datetime | None
    next_at: datetime | None


class Step(msgspec.Struct, frozen=True):
    """One row of its history, or one exchange about it."""

    at: datetime
    what: str
    state: str
    detail: str
    who: str


class PayoutShown(msgspec.Struct, frozen=True):
    payout: PayoutLine
    history: tuple[Step, ...]
    exchanges: tuple[Step, ...]
    float: str | None
    """What the provider said that it holds for us, when it was last asked."""
    halted: str


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    state: State | None = None
    limit: int = 50
    clear: bool = False


async def list_payouts(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[PayoutLine, None]:
    """The newest first."""
    operator.require(Action.SEE_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    filters = Filters(organisation.id if organisation else None, args.state)
    for line in await opened.app.read(_lines, filters, max(0, min(args.limit, MOST_LISTED)), clear=args.clear):
        yield line


def _lines(tx: Tx, filters: Filters, limit: int, *, clear: bool) -> list[PayoutLine]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    return [line_of(one, slugs[one.organisation], clear=clear) for one in payouts.listed(tx, filters, limit=limit)]


def line_of(one: Payout, organisation: str, *, clear: bool) -> PayoutLine:
    """A payout for a list; the payee's phone masked unless `clear`."""
    phone = one.payee.msisdn
    return PayoutLine(
        one.id,
        organisation,
        one.way.value,
        one.subject_kind,
        phone.digits if clear else phone.masked,
        one.payee.name,
        one.amount.plain(),
        one.amount.currency.code,
        one.charge.plain() if one.charge is not None else None,
        one.state.value,
        one.fail_reason.value if one.fail_reason else None,
        one.receipt,
        one.last_error,
        one.attempts,
        one.asked,
        one.requested_at,
        one.sent_at,
        one.next_at,
    )


class ShowArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payout` is its id, the provider's receipt, or the provider's name for it."""

    payout: str
    organisation: str | None = None
    clear: bool = False


async def show_payout(opened: Opened, args: ShowArgs, operator: Operator) -> AsyncGenerator[PayoutShown, None]:
    """Its history and every exchange with the provider."""
    operator.require(Action.SEE_PAYMENTS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(_shown, args.payout, organisation.id if organisation else None, clear=args.clear)
    if not found:
        raise NotFound("payout", args.payout)
    for one in found:
        yield one


def _shown(tx: Tx, name: str, organisation: OrganisationId | None, *, clear: bool) -> list[PayoutShown]:
    slugs = {found.id: found.slug for found in organisations.all_organisations(tx)}
    shown = []
    for one in payouts.named(tx, name, organisation):
        history = tuple(
            Step(
                row.at,
                row.change.action,
                row.change.to_state or "",
                row.change.reason,
                f"{row.actor_kind} {row.origin}",
            )
            for row in audit.history(tx, one.id)
        )
        said = tuple(
            Step(
                row.at,
                f"{row.exchange.direction} {row.exchange.operation}",
                row.exchange.outcome.value,
                row.exchange.detail,
                row.exchange.address,
            )
            for row in exchanges.of_payment(tx, one.id)
        )
        known = floats.of(tx, [one.provider_account]).get(one.provider_account)
        read = known.read.plain() if known and known.read is not None else None
        line = line_of(one, slugs[one.organisation], clear=clear)
        shown.append(PayoutShown(line, history, said, read, known.halted if known else ""))
    return shown


class ResumeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shortcode` of the account whose credentials or rights have been mended."""

    shortcode: str
    organisation: str | None = None


class ResumedLine(msgspec.Struct, frozen=True):
    organisation: str
    shortcode: str
    was: str
    """Why nothing was sent; empty when nothing had stopped it."""


async def resume_payouts(opened: Opened, args: ResumeArgs, operator: Operator) -> AsyncGenerator[ResumedLine, None]:
    """Send from the account again."""
    operator.require(Action.SETUP)
    organisation = await operator.scope(opened.app, args.organisation)
    found = [
        one.account
        for one in await opened.app.read(organisations.connections)
        if one.account.shortcode == args.shortcode
        and (organisation is None or one.account.organisation == organisation.id)
    ]
    if not found:
        raise NotFound("provider account", args.shortcode)
    for account in found:
        was = await opened.app.write(resume, Resume(account.id, operator.actor))
        yield ResumedLine(account.organisation_name, account.shortcode, was)


class CancelArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payout` by its id."""

    payout: str
    organisation: str | None = None


async def cancel_payout(opened: Opened, args: CancelArgs, operator: Operator) -> AsyncGenerator[PayoutLine, None]:
    """Call it back while it surely has not left."""
    operator.require(Action.REQUEST_PAYMENT)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(payouts.named, args.payout, organisation.id if organisation else None)
    if not found:
        raise NotFound("payout", args.payout[:40])
    wish = CallBack(found[0].id, operator.actor, opened.app.ids.new().hex)
    yield await opened.app.read(_line, (await opened.app.write(call_back, wish)).id)


def _line(tx: Tx, id_: PayoutId) -> PayoutLine:
    payout = payouts.load(tx, id_)
    assert payout is not None, "a payout is never removed"
    return line_of(payout, organisations.by_id(tx, payout.organisation).slug, clear=False)


LIST = Command(ListArgs, PayoutLine, list_payouts)
SHOW = Command(ShowArgs, PayoutShown, show_payout)
CANCEL = Command(CancelArgs, PayoutLine, cancel_payout, writes=True)
RESUME = Command(ResumeArgs, ResumedLine, resume_payouts, writes=True)
