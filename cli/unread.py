"""Callbacks that nobody could read: kept whole, because they may be money."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.organisations import COUNTRIES
from core.permissions import Action
from providers.mpesa.again import read_again
from providers.mpesa.parse import Received
from providers.reading import Unreadable
from storage import exchanges, listing
from storage.exchanges import Kept, Outcome
from storage.listing import UnreadLine
from storage.organisations import Connection, connections
from usecases.reprocessing import Reprocess, reprocess

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


class ReprocessArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exchange` is the id of one; without it all that wait are read again."""

    exchange: str | None = None
    organisation: str | None = None


class ReprocessedLine(msgspec.Struct, frozen=True):
    id: UUID
    operation: str
    state: str
    """credited, known, reversed or noted; unread when it still cannot be read."""
    detail: str


async def reprocess_unread(
    opened: Opened, args: ReprocessArgs, operator: Operator
) -> AsyncGenerator[ReprocessedLine, None]:
    """Read again what could not be read, oldest first: after a mistake of ours was mended. Never credits twice."""
    operator.require(Action.ASSIGN_SUSPENSE)
    app = opened.app
    scope = await operator.scope(app, args.organisation)
    waiting = await app.read(exchanges.unread, limit=MOST_LISTED)
    accounts = {one.account.id: one for one in await app.read(connections)}
    wanted = args.exchange and args.exchange.replace("-", "").lower()
    meant = [
        kept
        for kept in reversed(waiting)
        if kept.exchange.outcome is Outcome.UNREAD
        and wanted in (None, kept.id.hex)
        and (scope is None or kept.exchange.organisation == scope.id)
    ]
    if wanted and not meant:
        raise NotFound("callback", wanted[:40])
    for kept in meant:
        said = kept.exchange
        account = accounts.get(said.provider_account) if said.provider_account else None
        if account is None or account.account.provider != "mpesa":
            continue
        try:
            news = read_again(said.operation, said.request, _received(kept, account))
        except Unreadable as unreadable:
            yield ReprocessedLine(kept.id, said.operation, "unread", str(unreadable))
            continue
        wish = Reprocess(kept.id, account.account.organisation, news, operator.actor, app.ids.new().hex)
        outcome = await app.write(reprocess, wish)
        yield ReprocessedLine(kept.id, said.operation, outcome.value, getattr(news, "receipt", ""))


def _received(kept: Kept, connection: Connection) -> Received:
    """As when it came; `shortcodes` as a rail of this account believes."""
    account = connection.account
    till = connection.settings.get("till")
    return Received(
        account.id,
        account.organisation,
        account.currency,
        COUNTRIES[connection.country].calling_code,
        kept.at,
        (account.shortcode, till) if till else (account.shortcode,),
    )


LIST = Command(ListArgs, UnreadLine, list_unread)
REPROCESS = Command(ReprocessArgs, ReprocessedLine, reprocess_unread, writes=True)
