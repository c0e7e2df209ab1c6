"""Telling Telegram where our bots listen: at the start and after a set-up, as often as it takes. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from core.errors import Unavailable
from core.ids import OrganisationId
from core.ports import Chat

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listening:
    """Where one bot's updates are to be posted, and what Telegram shows us with them."""

    bot: Chat
    name: str
    """As it was set up."""
    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Registering:
    """Registers every bot once for each address and secret, also while Telegram is down: then a while later."""

    wanted: Mapping[OrganisationId, Listening]
    done: dict[OrganisationId, Listening] = field(default_factory=dict)

    async def round(self) -> int:
        """Always zero: there is nothing to be had by looking again at once."""
        for organisation, one in list(self.wanted.items()):
            if self.done.get(organisation) == one:
                continue
            try:
                name = await one.bot.register(one.url, one.secret)
            except Unavailable as error:
                log.warning("chat_not_registered", bot=one.name, reason=str(error))
                continue
            if name.lower() != one.name.lower():
                log.warning("chat_named_otherwise", bot=one.name, really=name)
            self.done[organisation] = one
            log.info("chat_registered", bot=name)
        return 0
