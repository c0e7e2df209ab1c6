"""Callbacks as they came: each with its address, what it was, and what came of it (SEC-1)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.permissions import Action
from storage import hook_log
from storage.exchanges import Outcome
from storage.hook_log import Wanted

MOST_LISTED = 10_000


class LogArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    provider: str = ""
    operation: str = ""
    outcome: Outcome | None = None
    address: str = ""
    hours: int | None = None
    limit: int = 50


class CallLine(msgspec.Struct, frozen=True):
    """One callback. Turned-away ones of a minute from one address are one line."""

    at: datetime
    organisation: str
    provider: str
    operation: str
    address: str
    outcome: str
    detail: str
    payment: UUID | None
    trace: str


async def log(opened: Opened, args: LogArgs, operator: Operator) -> AsyncGenerator[CallLine, None]:
    """The newest first. What was refused for an unknown key is nobody's: only those who see all organisations read it."""
    operator.require(Action.SEE_CALLBACKS)
    scope = await operator.scope(opened.app, args.organisation)
    wanted = Wanted(
        organisation=scope.id if scope else None,
        provider=args.provider,
        operation=args.operation,
        outcome=args.outcome,
        address=args.address,
        since=opened.app.clock.now() - timedelta(hours=args.hours) if args.hours else None,
    )
    limit = max(0, min(args.limit, MOST_LISTED))
    for one in await opened.app.read(hook_log.called, wanted, limit=limit):
        yield CallLine(
            *(one.at, one.organisation, one.provider, one.operation, one.address, one.outcome, one.detail),
            *(one.payment, one.trace),
        )


LOG = Command(LogArgs, CallLine, log)
