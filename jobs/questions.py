"""Puts questions about receipts to their providers: who paid what was masked, and what somebody asks for (PAY-4, PAY-6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from core.errors import Unavailable
from core.ids import ProviderAccountId
from core.ports import StatusAsker
from storage.questions import StatusQuestion
from usecases.app import App
from usecases.questions import AskAbout, Put, ask_about_masked, due, question_put

log = structlog.get_logger()

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Questioning:
    """Only accounts that may ask are asked for: it takes an operator of the short code at the provider."""

    app: App

    async def round(self) -> int:
        askers = {id_: rail for id_ in self.app.rails if (rail := self._asker(id_))}
        if askers:
            await self.app.write(ask_about_masked, AskAbout(tuple(askers)))
        waiting = await self.app.read(due, AT_ONCE)
        await asyncio.gather(*(self._put(one, askers.get(one.provider_account)) for one in waiting))
        return len(waiting)

    def _asker(self, account: ProviderAccountId) -> StatusAsker | None:
        rail: object = self.app.rails.get(account)  # not every rail can be asked
        return rail if isinstance(rail, StatusAsker) and rail.can_ask else None

    async def _put(self, one: StatusQuestion, rail: StatusAsker | None) -> None:
        taken, exchanged = False, None
        if rail is not None:
            try:
                taken, exchanged = await rail.ask_about(one.receipt, question=one.id)
            except (Unavailable, TimeoutError) as error:
                log.warning("question_unanswered", question=one.id.hex, reason=str(error))
        await self.app.write(question_put, Put(one, taken, exchanged))
