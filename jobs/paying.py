"""The workers around payouts: hand each to its rail once, and ask about whatever nobody told us the end of (OUT-5, OUT-9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from core.errors import Unavailable
from core.ids import ProviderAccountId
from core.payouts import FailReason, Lost, NeverLeft, Payout, Refused
from core.ports import Payer
from usecases import payouts
from usecases.app import App
from usecases.payouts import Answered, Claim, FloatAsked, QuestionPut

log = structlog.get_logger()

AT_ONCE = 8


def payer_of(app: App, account: ProviderAccountId) -> Payer | None:
    """The rail that can pay from an account, if there is one."""
    rail: object = app.rails.get(account)  # not every rail can pay
    return rail if isinstance(rail, Payer) and rail.can_pay else None


@dataclass(frozen=True, slots=True)
class Paying:
    """Hands due payouts to their rails. Each was marked as being sent before: whatever stops us now, it is asked about."""

    app: App

    async def round(self) -> int:
        if not await self.app.read(payouts.is_due):
            return 0
        taken = await self.app.write(payouts.claim_payouts, Claim(AT_ONCE))
        await asyncio.gather(*(self._pay(one) for one in taken))
        return len(taken)

    async def _pay(self, one: Payout) -> None:
        answered = await self._answer(one)
        log.info("payout_sent", payout=one.id.hex, news=type(answered.news).__name__, trace=one.trace)
        await self.app.write(payouts.payout_answered, answered)

    async def _answer(self, one: Payout) -> Answered:
        rail = payer_of(self.app, one.provider_account)
        if rail is None:
            refused = Refused("no_rail", "no operator of the short code is set up", False, FailReason.NO_RAIL)
            return Answered(one.id, refused, None)
        try:
            news, exchanged = await rail.pay(one)
            return Answered(one.id, news, exchanged)
        except Unavailable as error:
            return Answered(one.id, Lost(str(error)) if error.sent else NeverLeft(str(error)), None)
        except TimeoutError:
            return Answered(one.id, Lost("no answer in time"), None)
        except Exception as error:
            # A bug is no answer: nobody knows how far it came.
            log.exception("payout_failed", payout=one.id.hex, trace=one.trace)
            return Answered(one.id, Lost(type(error).__name__), None)


@dataclass(frozen=True, slots=True)
class AskingPayouts:
    """Asks providers what became of payouts, and what they hold for us where a payout waits to know."""

    app: App

    async def round(self) -> int:
        """Always zero: there is nothing to be had by looking again at once."""
        for account in await self.app.read(payouts.floats_wanted):
            await self._ask_float(account)
        due = await self.app.read(payouts.questions_due, AT_ONCE)
        await asyncio.gather(*(self._ask(one) for one in due))
        return 0

    async def _ask(self, one: Payout) -> None:
        rail, taken, exchanged = payer_of(self.app, one.provider_account), False, None
        if rail is not None:
            try:
                taken, exchanged = await rail.ask_payout(one)
            except (Unavailable, TimeoutError) as error:
                log.warning("payout_question_unanswered", payout=one.id.hex, reason=str(error), trace=one.trace)
        await self.app.write(payouts.question_put, QuestionPut(one, taken, exchanged))

    async def _ask_float(self, account: ProviderAccountId) -> None:
        rail, at = payer_of(self.app, account), self.app.clock.now()
        taken, exchanged = False, None
        if rail is not None:
            try:
                taken, exchanged = await rail.ask_float(account, at=at)
            except (Unavailable, TimeoutError) as error:
                log.warning("float_question_unanswered", account=account.hex, reason=str(error))
        await self.app.write(payouts.float_asked, FloatAsked(account, taken, exchanged))
