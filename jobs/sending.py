"""The worker that sends messages: claims due rows, renders them in their reader's language, hands them to a gateway.

Messages of one organisation with the same text that go the same way are handed over together, as many as the gateway takes
in one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from core.dispatch import Attempt, Outcome, Route, rest_before
from core.errors import Unavailable
from core.ids import OrganisationId
from core.ports import SmsGateway, SmsRefused, SmsTaken
from core.preferences import Channel
from notifications.catalogue import render
from storage.outbox import NotSent, Sent, Tried, Unknown
from usecases import messages
from usecases.app import App
from usecases.messages import Addressed, Claim

log = structlog.get_logger()

AT_ONCE = 16
"""Messages claimed together; the gateway's own threads limit how many are under way."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Messages with the same words that go the same way."""

    gateway: SmsGateway
    text: str
    members: tuple[Addressed, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends what is due. A message that may have been sent is never sent again by us (NOT-4)."""

    app: App

    async def round(self) -> int:
        """Claim, send, settle. How many messages were claimed."""
        if not await self.app.read(messages.has_due_messages):
            return 0
        claimed = await self.app.write(messages.claim_messages, Claim(AT_ONCE, self._routes()))
        batches, unsent = self._batches(claimed)
        sent = await asyncio.gather(*(self._outcomes(batch) for batch in batches))
        outcomes = [*unsent, *(outcome for each in sent for outcome in each)]
        if outcomes:
            await self.app.write(messages.settle, outcomes)
        return len(claimed)

    def _routes(self) -> dict[OrganisationId, tuple[Route, ...]]:
        """The ways that each organisation has, in the order in which it set them up."""
        return {
            organisation: tuple(Route(Channel.SMS, provider) for provider in found)
            for organisation, found in self.app.gateways.items()
        }

    def _batches(self, claimed: Sequence[Addressed]) -> tuple[list[_Batch], list[Tried]]:
        """What is to be handed over together, and what cannot be handed over at all."""
        alike: dict[tuple[OrganisationId, Route, str], list[Addressed]] = {}
        unsent: list[Tried] = []
        for one in claimed:
            if one.route.provider not in self.app.gateways.get(one.organisation, {}):
                unsent.append(NotSent(one.id, "no gateway is set up", None, one.attempts, refused=True))
                continue
            try:
                text = render(one.message, one.language)
            except Exception as error:
                log.exception("message_unrendered", message=one.id.hex, trace=one.trace)
                unsent.append(NotSent(one.id, f"no text: {type(error).__name__}", None, one.attempts, refused=True))
                continue
            alike.setdefault((one.organisation, one.route, text), []).append(one)
        batches = []
        for (organisation, route, text), members in alike.items():
            gateway = self.app.gateways[organisation][route.provider]
            batches += [_Batch(gateway, text, part) for part in _parts(members, gateway.most_numbers)]
        return batches, unsent

    async def _outcomes(self, batch: _Batch) -> list[Tried]:
        """What became of one batch. A bug in it is its own: its neighbours are settled all the same."""
        try:
            return await self._send(batch)
        except Exception as error:
            log.exception("sms_failed", message=batch.members[0].id.hex, trace=batch.members[0].trace)
            return [Unknown(one.id, type(error).__name__, one.attempts) for one in batch.members]

    async def _send(self, batch: _Batch) -> list[Tried]:
        members = batch.members
        try:
            answers = await batch.gateway.send(
                batch.text, [one.to for one in members], marks=[one.mark for one in members]
            )
        except Unavailable as error:
            first = members[0]
            log.warning(
                "sms_unavailable",
                message=first.id.hex,
                count=len(members),
                trace=first.trace,
                reason=str(error),
                sent=error.sent,
            )
            if error.sent:
                return [Unknown(one.id, str(error), one.attempts) for one in members]
            return [self._not_sent(one, str(error), Outcome.LATER) for one in members]
        except TimeoutError:
            return [Unknown(one.id, "no answer in time", one.attempts) for one in members]
        return [self._read(one, answer) for one, answer in zip(members, answers, strict=True)]

    def _read(self, one: Addressed, answer: SmsTaken | SmsRefused) -> Tried:
        if isinstance(answer, SmsTaken):
            log.info(
                "sms_sent",
                message=one.id.hex,
                gateway=one.route.provider,
                gateway_id=answer.gateway_id,
                to=one.to.masked,
                trace=one.trace,
            )
            return Sent(one.id, answer.gateway_id, answer.parts, answer.cost, one.attempts)
        log.warning(
            "sms_refused",
            message=one.id.hex,
            gateway=one.route.provider,
            code=answer.code,
            halt=answer.halt,
            trace=one.trace,
        )
        reason = f"{answer.code} {answer.detail}".strip()
        if answer.stopped:
            return self._not_sent(one, reason, Outcome.STOPPED)
        return self._not_sent(one, reason, Outcome.LATER if answer.temporary or answer.halt else Outcome.REFUSED)

    def _not_sent(self, one: Addressed, reason: str, outcome: Outcome) -> NotSent:
        """Surely not sent: by another way at once, again after a while that grows, and at last never."""
        rest = rest_before(one.ways, [*one.tried, Attempt(one.route, outcome)])
        again_at = None if rest is None else self.app.clock.now() + rest
        return NotSent(
            one.id,
            reason,
            again_at,
            one.attempts,
            refused=outcome is Outcome.REFUSED,
            stopped=outcome is Outcome.STOPPED,
        )


def _parts(members: Sequence[Addressed], most: int) -> Iterator[tuple[Addressed, ...]]:
    """The members in lots of at most so many. A phone stands once in a lot: gateways answer by number."""
    lots: list[dict[str, Addressed]] = []
    for one in members:
        lot = next((each for each in lots if one.to.digits not in each and len(each) < most), None)
        if lot is None:
            lots.append(lot := {})
        lot[one.to.digits] = one
    return (tuple(lot.values()) for lot in lots)
