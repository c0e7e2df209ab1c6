"""What led to something and what followed from it; and who did what (SEC-3, OPS-4)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.permissions import Action
from storage import chains, organisations, trail
from storage.organisations import Organisation
from storage.trail import Asked
from storage.tx import Tx

MOST_LISTED = 10_000


class TraceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`named`: a payment, a receipt, a request, a message, a callback, an update of Telegram's, a trace."""

    named: str
    organisation: str | None = None


class TraceLine(msgspec.Struct, frozen=True):
    at: datetime
    kind: str
    what: str
    who: str
    outcome: str
    subject: UUID
    trace: str


async def trace(opened: Opened, args: TraceArgs, operator: Operator) -> AsyncGenerator[TraceLine, None]:
    """Everything that hangs together with it, oldest first. Raises `NotFound` when nothing does."""
    operator.require(Action.SEE_TRAIL)
    organisation = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(chains.chain, args.named, organisation.id if organisation else None)
    if not found:
        raise NotFound("trace", args.named[:60])
    for link in found:
        yield TraceLine(link.at, link.kind, link.what, link.who, link.outcome, link.subject, link.trace)


class TrailArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`who` is a name or user name, `what` an action as the trail names it; days are the organisation's own."""

    organisation: str | None = None
    who: str | None = None
    what: str | None = None
    since: date | None = None
    until: date | None = None
    limit: int = 50


class TrailRow(msgspec.Struct, frozen=True):
    at: datetime
    organisation: str
    who: str
    origin: str
    action: str
    subject: str
    change: str
    reason: str


async def search(opened: Opened, args: TrailArgs, operator: Operator) -> AsyncGenerator[TrailRow, None]:
    """What people of the house did, the newest first."""
    operator.require(Action.SEE_TRAIL)
    organisation = await operator.scope(opened.app, args.organisation)
    for line in await opened.app.read(_searched, organisation, args):
        yield line


def _searched(tx: Tx, only: Organisation | None, args: TrailArgs) -> list[TrailRow]:
    limit, found = max(0, min(args.limit, MOST_LISTED)), []
    for organisation in [only] if only else organisations.all_organisations(tx):
        zone = ZoneInfo(organisation.time_zone)
        asked = Asked(
            actor=_who(tx, organisation, args.who) if args.who else "",
            action=args.what or "",
            since=_midnight(args.since, zone),
            until=_midnight(args.until and args.until + timedelta(days=1), zone),
        )
        if args.who and not asked.actor:
            continue
        found += [_row(organisation, one) for one in trail.of_people(tx, organisation.id, asked, limit=limit)]
    return sorted(found, key=lambda row: row.at, reverse=True)[:limit]


def _who(tx: Tx, organisation: Organisation, name: str) -> str:
    """The trail's name of a member of staff; of a system user it is the name itself."""
    for member in organisations.staff_of(tx, organisation.id):
        if name in (member.name, member.user_name):
            return member.id.hex
    return name


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def _row(organisation: Organisation, line: trail.TrailLine) -> TrailRow:
    change = f"{line.before} -> {line.after}" if line.before and line.after else line.before or line.after
    subject = f"{line.subject_kind} {line.subject}"
    return TrailRow(
        line.at, organisation.slug, line.who or line.kind.value, line.origin, line.action, subject, change, line.reason
    )


TRACE = Command(TraceArgs, TraceLine, trace)
TRAIL = Command(TrailArgs, TrailRow, search)
