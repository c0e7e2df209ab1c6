"""Telling Telegram where our bots listen: at the start and after a set-up, as often as it takes. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from core.errors import Unavailable
from core.ids import OrganisationId
from core.ports import Chat, Clock

log = structlog.get_logger()

FIRST_REST_S, LONGEST_REST_S = 0.5, 60.0
"""Between tries in vain, ever longer."""


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
    clock: Clock
    done: dict[OrganisationId, Listening] = field(default_factory=dict)
    vain: dict[OrganisationId, tuple[int, float]] = field(default_factory=dict)
    """How often it was tried in vain, and before when it need not be tried again."""

    async def round(self) -> int:
        """Always zero: there is nothing to be had by looking again at once."""
        for organisation, one in list(self.wanted.items()):
            tried, not_before = self.vain.get(organisation, (0, 0.0))
            if self.done.get(organisation) == one or self.clock.monotonic() < not_before:
                continue
            try:
                name = await one.bot.register(one.url, one.secret)
            except Unavailable as error:
                log.warning("chat_not_registered", bot=one.name, reason=str(error))
                rest = min(LONGEST_REST_S, FIRST_REST_S * 2**tried)
                self.vain[organisation] = (tried + 1, self.clock.monotonic() + rest)
                continue
            self.vain.pop(organisation, None)
            if name.lower() != one.name.lower():
                log.warning("chat_named_otherwise", bot=one.name, really=name)
            self.done[organisation] = one
            log.info("chat_registered", bot=name)
        return 0
