"""The worker that sends messages: claims due rows, renders them in their reader's language, hands them to the gateway."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.errors import Unavailable
from core.ports import SmsRefused, SmsTaken
from notifications.catalogue import render
from storage.outbox import NotSent, Sent, Unknown
from usecases import messages
from usecases.app import App
from usecases.messages import Addressed, Claim

log = structlog.get_logger()

AT_ONCE = 16
"""Messages claimed together; the gateway's own threads limit how many are under way."""
MOST_ATTEMPTS = 8
_BACK_OFF_S = (5, 15, 60, 300, 900, 1800, 3600, 3600)


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends what is due. A message that may have been sent is never sent again by us (NOT-4)."""

    app: App

    async def round(self) -> int:
        """Claim, send, settle. How many messages were claimed."""
        if not await self.app.read(messages.has_due_messages):
            return 0
        claimed = await self.app.write(messages.claim_messages, Claim(AT_ONCE))
        outcomes = await asyncio.gather(*(self._outcome(one) for one in claimed))
        if outcomes:
            await self.app.write(messages.settle, outcomes)
        return len(claimed)

    async def _outcome(self, one: Addressed) -> Sent | NotSent | Unknown:
        """What became of one message. A bug in it is its own: its neighbours are settled all the same."""
        try:
            return await self._send(one)
        except Exception as error:
            log.exception("sms_failed", message=one.id.hex, trace=one.trace)
            return Unknown(one.id, type(error).__name__)

    async def _send(self, one: Addressed) -> Sent | NotSent | Unknown:
        gateway = self.app.gateways.get(one.organisation)
        if gateway is None:
            return NotSent(one.id, "no gateway is set up", None)
        text = render(one.message, one.language)
        try:
            (answer,) = await gateway.send(text, [one.to])
        except Unavailable as error:
            log.warning("sms_unavailable", message=one.id.hex, trace=one.trace, reason=str(error), sent=error.sent)
            return Unknown(one.id, str(error)) if error.sent else self._later(one, str(error))
        except TimeoutError:
            return Unknown(one.id, "no answer in time")
        return self._read(one, answer)

    def _read(self, one: Addressed, answer: SmsTaken | SmsRefused) -> Sent | NotSent:
        if isinstance(answer, SmsTaken):
            log.info("sms_sent", message=one.id.hex, gateway_id=answer.gateway_id, to=one.to.masked, trace=one.trace)
            return Sent(one.id, answer.gateway_id, answer.parts)
        log.warning("sms_refused", message=one.id.hex, code=answer.code, halt=answer.halt, trace=one.trace)
        reason = f"{answer.code} {answer.detail}".strip()
        return self._later(one, reason) if answer.temporary or answer.halt else NotSent(one.id, reason, None)

    def _later(self, one: Addressed, reason: str) -> NotSent:
        """Surely not sent: again after a while that grows, and at last never."""
        if one.attempts >= MOST_ATTEMPTS:
            return NotSent(one.id, reason, None)
        return NotSent(one.id, reason, self.app.clock.now() + timedelta(seconds=_BACK_OFF_S[one.attempts - 1]))
