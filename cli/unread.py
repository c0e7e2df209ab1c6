"""Callbacks that nobody could read: kept whole, because they may be money."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.permissions import Action
from storage import listing
from storage.listing import UnreadLine

MOST_LISTED = 1_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    limit: int = 100
    clear: bool = False


async def list_unread(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[UnreadLine, None]:
    """The newest first."""
    operator.require(Action.SEE_SUSPENSE)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.scope(opened.app, args.organisation)
    limit = max(0, min(args.limit, MOST_LISTED))
    for line in await opened.app.read(
        listing.unread_list, organisation=organisation.id if organisation else None, limit=limit, clear=args.clear
    ):
        yield line


LIST = Command(ListArgs, UnreadLine, list_unread)
