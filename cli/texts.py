"""Texts that people sent to an organisation's numbers, and what they were understood to say."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.permissions import Action
from core.phones import Msisdn, NotAPhone
from storage import texts
from storage.redaction import redacted
from storage.texts import Heard

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    understood: str | None = None
    limit: int = 50
    clear: bool = False


class TextLine(msgspec.Struct, frozen=True):
    """One text. Without `--clear` its words are shown with numbers covered."""

    at: datetime
    organisation: str
    provider: str
    to: str
    sender: str
    text: str
    understood: str
    answered: bool


async def list_texts(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[TextLine, None]:
    """The newest first."""
    operator.require(Action.SEE_MESSAGES)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    scope = await operator.scope(opened.app, args.organisation)
    limit = max(0, min(args.limit, MOST_LISTED))
    found = await opened.app.read(texts.heard, scope.id if scope else None, understood=args.understood, limit=limit)
    for one in found:
        yield _line(one, clear=args.clear)


def _line(one: Heard, *, clear: bool) -> TextLine:
    return TextLine(
        at=one.at,
        organisation=one.organisation,
        provider=one.provider,
        to=one.short_code,
        sender=one.sender if clear else _masked(one.sender),
        text=one.text if clear else redacted(one.text.encode()),
        understood=one.understood,
        answered=one.answered,
    )


def _masked(sender: str) -> str:
    """A name is no secret: it is an advertiser's."""
    try:
        return Msisdn.parse(sender).masked
    except NotAPhone:
        return sender


LIST = Command(ListArgs, TextLine, list_texts)
