"""What was written to people: where each message stands, and every attempt to hand it over (NOT-4)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import MessageId
from core.mail import MailAddress
from core.messages import OneTimeCode
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from notifications.catalogue import render
from storage import message_log
from storage.attempts import Logged
from storage.message_log import Filters, MessageLine, MessageShown
from storage.outbox import State
from usecases.release import Decision, Release, doubtful, release
from usecases.second_factor import HIDDEN

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    state: State | None = None
    event: str | None = None
    phone: str | None = None
    limit: int = 50
    clear: bool = False


class Line(msgspec.Struct, frozen=True):
    """A message, and the last way that was tried."""

    id: UUID
    organisation: str
    event: str
    state: str
    tries: int
    way: str
    to: str
    delivery: str
    error: str
    created: datetime
    sent: datetime | None


async def list_messages(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """The newest first."""
    operator.require(Action.SEE_MESSAGES)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    scope = await operator.scope(opened.app, args.organisation)
    country = COUNTRIES[scope.country].calling_code if scope else "254"
    wanted = Filters(
        organisation=scope.id if scope else None,
        state=args.state,
        event=args.event,
        phone=Msisdn.parse(args.phone, country_code=country) if args.phone else None,
    )
    limit = max(0, min(args.limit, MOST_LISTED))
    for line in await opened.app.read(message_log.messages, wanted, limit=limit):
        yield _line(line, clear=args.clear)


def _line(line: MessageLine, *, clear: bool) -> Line:
    return Line(
        id=line.id,
        organisation=line.organisation,
        event=line.event,
        state=line.state.value,
        tries=line.attempts,
        way=f"{line.channel} {line.provider}".strip(),
        to=_shown(line.to, clear=clear),
        delivery=line.delivery,
        error=line.error,
        created=line.created_at,
        sent=line.sent_at,
    )


def _shown(address: str, *, clear: bool) -> str:
    if clear or not address:
        return address
    return MailAddress(address).masked if "@" in address else Msisdn(address).masked


class ShowArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    message: str
    organisation: str | None = None
    clear: bool = False


class Try(msgspec.Struct, frozen=True):
    """One attempt: by which way, what the provider called it and took for it, and how far it came."""

    number: int
    way: str
    to: str
    outcome: str
    error: str
    provider_id: str
    parts: int | None
    cost: str
    template: int
    """The version of the organisation's own words; 0 for the standard text, below 0 where that had to take their place."""
    delivery: str
    began: datetime
    reported: datetime | None


class Shown(msgspec.Struct, frozen=True):
    """A message with its attempts. `text` is what it says now, for those who may see people."""

    message: Line
    trace: str
    text: str
    log: tuple[Try, ...]


async def show_message(opened: Opened, args: ShowArgs, operator: Operator) -> AsyncGenerator[Shown, None]:
    """One message with its whole log."""
    operator.require(Action.SEE_MESSAGES)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    scope = await operator.scope(opened.app, args.organisation)
    found = await opened.app.read(message_log.message, _id(args.message), scope.id if scope else None)
    yield Shown(
        message=_line(found.line, clear=args.clear),
        trace=found.line.trace,
        text=_text(found) if args.clear else "",
        log=tuple(_try(one, clear=args.clear) for one in found.log),
    )


def _id(text: str) -> MessageId:
    try:
        return MessageId(UUID(hex=text))
    except ValueError:
        raise NotFound("message", text[:40]) from None


def _text(found: MessageShown) -> str:
    message = found.message
    if isinstance(message, OneTimeCode):
        message = replace(message, code=HIDDEN)  # nobody reads another's code
    return render(message, found.language)


def _try(one: Logged, *, clear: bool) -> Try:
    return Try(
        number=one.number,
        way=f"{one.channel} {one.provider}",
        to=_shown(one.to, clear=clear),
        outcome=one.outcome,
        error=one.error,
        provider_id=one.gateway_id or "",
        parts=one.parts,
        cost=one.cost,
        template=one.template,
        delivery=one.delivery or "",
        began=one.began_at,
        reported=one.delivery_at,
    )


class ReleaseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`message` by its id, or with `restored` all that a restore held back. `try_out` only shows which they are."""

    decision: Decision
    message: str | None = None
    restored: bool = False
    organisation: str | None = None
    try_out: bool = False


class ReleasedLine(msgspec.Struct, frozen=True):
    """A message that is, or would be, decided about."""

    id: UUID
    event: str
    created: datetime
    why: str
    decision: str
    is_done: bool


async def release_messages(opened: Opened, args: ReleaseArgs, operator: Operator) -> AsyncGenerator[ReleasedLine, None]:
    """What nobody knows whether it left: send it, count it as arrived, or drop it. At most a thousand a call."""
    operator.require(Action.RELEASE_MESSAGES)
    scope = await operator.scope(opened.app, args.organisation)
    message = _id(args.message) if args.message else None
    wish = Release(args.decision, operator.actor, message, args.restored, scope.id if scope else None)
    found = await (opened.app.read(doubtful, wish) if args.try_out else opened.app.write(release, wish))
    for one in found:
        yield ReleasedLine(one.id, one.event, one.created_at, one.why, args.decision.value, not args.try_out)


RELEASE = Command(ReleaseArgs, ReleasedLine, release_messages, writes=True)
LIST = Command(ListArgs, Line, list_messages)
SHOW = Command(ShowArgs, Shown, show_message)
