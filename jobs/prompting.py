"""The workers around prompts: hand each to its rail once, and ask what became of those that nobody told us of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from core.errors import Unavailable
from core.ids import ProviderAccountId
from core.money import Money
from core.payments import FailReason
from core.phones import Msisdn
from core.ports import PromptOrder, PromptRefused, Rail
from storage.outbox import Due, NotSent, PromptFacts, Sent, Unknown
from storage.payments import Question
from usecases import messages, prompts
from usecases.app import App
from usecases.messages import Claim
from usecases.prompts import Answer, PromptAnswered

log = structlog.get_logger()

AT_ONCE = 16
MOST_ATTEMPTS = 3
"""How often a prompt that surely never left us is tried: the payer is waiting, phone in hand."""
_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Prompting:
    """Hands due prompts to their rails. There is no idempotency key: an unknown outcome is never tried again."""

    app: App

    async def round(self) -> int:
        if not await self.app.read(messages.has_due_prompts):
            return 0
        claimed = await self.app.write(messages.claim_prompts, Claim(AT_ONCE))
        outcomes = await asyncio.gather(*(self._outcome(one) for one in claimed))
        if outcomes:
            await self.app.write(messages.settle, outcomes)
        return len(claimed)

    async def _outcome(self, one: Due) -> Sent | NotSent | Unknown:
        """What became of one prompt. A bug in it is its own: its neighbours are settled all the same."""
        try:
            return await self._prompt(one)
        except Exception as error:
            log.exception("prompt_failed", message=one.id.hex, trace=one.trace)
            return Unknown(one.id, type(error).__name__)

    async def _prompt(self, one: Due) -> Sent | NotSent | Unknown:
        facts = one.facts
        assert isinstance(facts, PromptFacts)
        assert one.payment is not None
        rail = self.app.rails.get(ProviderAccountId(UUID(hex=facts.provider_account)))
        if rail is None:
            return await self._refused(one, PromptRefused("no_rail", "no rail is set up", temporary=False))
        order = PromptOrder(
            Msisdn(facts.msisdn), Money(facts.minor, facts.currency), facts.reference, facts.description
        )
        try:
            answer, exchanged = await rail.prompt(order)
        except (Unavailable, TimeoutError) as error:
            return await self._lost(one, error)
        if isinstance(answer, PromptRefused):
            if answer.temporary and one.attempts < MOST_ATTEMPTS:
                return NotSent(one.id, f"{answer.code} {answer.detail}", self.app.clock.now() + _AGAIN)
            return await self._refused(one, answer)
        news = PromptAnswered(one.payment, answer, exchanged, FailReason.UNKNOWN, "", one.trace)
        await self.app.write(prompts.prompt_answered, news)
        log.info("prompt_sent", payment=one.payment.hex, trace=one.trace)
        return Sent(one.id, None)

    async def _refused(self, one: Due, refused: PromptRefused) -> NotSent:
        assert one.payment is not None
        reason = FailReason.BUSY if refused.temporary else FailReason.OUR_FAULT
        detail = f"{refused.code} {refused.detail}".strip()
        log.warning("prompt_refused", payment=one.payment.hex, code=refused.code, trace=one.trace)
        await self.app.write(
            prompts.prompt_answered, PromptAnswered(one.payment, refused, None, reason, detail, one.trace)
        )
        return NotSent(one.id, detail, None)

    async def _lost(self, one: Due, error: Unavailable | TimeoutError) -> NotSent | Unknown:
        assert one.payment is not None
        sent = not isinstance(error, Unavailable) or error.sent
        log.warning("prompt_unavailable", payment=one.payment.hex, reason=str(error), sent=sent, trace=one.trace)
        if not sent:
            if one.attempts < MOST_ATTEMPTS:
                return NotSent(one.id, str(error), self.app.clock.now() + _AGAIN)
            return await self._refused(one, PromptRefused("unavailable", str(error), temporary=True))
        news = PromptAnswered(one.payment, None, None, FailReason.UNKNOWN, str(error), one.trace)
        await self.app.write(prompts.prompt_answered, news)
        return Unknown(one.id, str(error))


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks providers what became of prompts whose callback did not come (PAY-4)."""

    app: App

    async def round(self) -> int:
        due = await self.app.read(prompts.questions_due, AT_ONCE)
        await asyncio.gather(*(self._ask(question) for question in due))
        return len(due)

    async def _ask(self, question: Question) -> None:
        rail: Rail | None = self.app.rails.get(question.provider_account)
        if rail is None or question.provider_request_id is None:
            await self.app.write(prompts.record_answer, Answer(question.payment, None, None))
            return
        try:
            outcome, exchanged = await rail.ask(question.provider_request_id)
        except (Unavailable, TimeoutError) as error:
            log.warning("question_unanswered", payment=question.payment.hex, reason=str(error))
            await self.app.write(prompts.record_answer, Answer(question.payment, None, None))
            return
        except Exception:
            # A bug is no answer either: the question comes again later, and does not stand in the way of others.
            log.exception("question_failed", payment=question.payment.hex)
            await self.app.write(prompts.record_answer, Answer(question.payment, None, None))
            return
        await self.app.write(prompts.record_answer, Answer(question.payment, outcome, exchanged))
