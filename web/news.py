"""How a gateway's news is taken: read, written down, and only then acknowledged; what nobody can read is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from providers.calls import Call
from providers.reading import Unreadable
from storage.tx import Tx
from usecases.app import App
from web.hooks import keep_unread

log = structlog.get_logger()
C = TypeVar("C")


async def take(
    app: App,
    call: Call,
    operation: str,
    read: Callable[[], C],
    use_case: Callable[[Tx, C], bool],
    *,
    outcomes: tuple[str, str],
) -> bool:
    """Is it on disk, as news or as unread, so that it may be acknowledged? Otherwise the gateway should ask again.

    `outcomes` are the words for the log when the use case says True and False.
    """
    try:
        if call.spoilt:
            raise Unreadable(call.spoilt)
        news = read()
    except Unreadable as unreadable:
        return await keep_unread(app, operation, call, str(unreadable))
    try:
        changed = await app.write(use_case, news)
    except Exception as error:
        call.outcome = "busy"
        log.warning("callback_not_stored", trace=call.trace, reason=type(error).__name__)
        return False
    call.outcome = outcomes[0] if changed else outcomes[1]
    return True
