"""One call to a gateway or a server of mail: what goes together in it, its words, and what its answer means.

Messages of one organisation that say the same and go the same way are handed over together, as many as the gateway takes in
one call; mails (`jobs/mailing.py`) differ and share a connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from core.dispatch import Attempt, Outcome, Route, rest_before
from core.errors import Unavailable
from core.ids import OrganisationId
from core.messages import Message
from core.ports import Mail, MailRefused, MailTaken, MailUnknown, SmsAnswer, SmsGateway, SmsTaken, SmsUnknown
from core.preferences import Channel
from core.templates import OwnWords
from jobs.mailing import Papers, Post, handed_over, posts, written
from notifications.catalogue import render
from notifications.own_words import said
from storage.outbox import NotSent, Sent, Tried, Unknown
from usecases.app import App
from usecases.messages import Addressed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Words:
    """A rendered text, and whose words it is: see `outbox.Sent.template`."""

    text: str
    template: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages that say the same and go the same way."""

    gateway: SmsGateway
    members: tuple[Addressed, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """Sorts what was claimed into calls, and makes them. A message that may have been sent is never called unsent (NOT-4)."""

    app: App
    public_url: str = ""
    """Where readers reach us."""
    papers: Papers | None = None
    """What makes papers for mails; without it they have links alone."""

    def lots(self, claimed: Sequence[Addressed]) -> tuple[list[Batch | Post], list[Tried]]:
        """What is to be handed over together, and what cannot be handed over at all."""
        batches, unsent = self._batches([one for one in claimed if one.route.channel is Channel.SMS])
        mails, unwritten = self._posts([one for one in claimed if one.route.channel is Channel.EMAIL])
        return [*batches, *mails], [*unsent, *unwritten]

    def _posts(self, claimed: Sequence[Addressed]) -> tuple[list[Post], list[Tried]]:
        """Mails differ; those of one organisation go over one connection."""
        together: dict[tuple[OrganisationId, Route], list[tuple[Addressed, Mail, int]]] = {}
        unsent: list[Tried] = []
        for one in claimed:
            if one.route.provider not in self.app.mailers.get(one.organisation, {}):
                unsent.append(NotSent(one.id, "no server of mail is set up", None, one.attempts, refused=True))
                continue
            try:
                mail, template = written(one, public_url=self.public_url, now=self.app.clock.now())
            except Exception as error:
                unsent.append(_unrendered(one, error))
                continue
            together.setdefault((one.organisation, one.route), []).append((one, mail, template))
        return [
            post
            for (organisation, route), members in together.items()
            for post in posts(self.app.mailers[organisation][route.provider], members)
        ], unsent

    def _batches(self, claimed: Sequence[Addressed]) -> tuple[list[Batch], list[Tried]]:
        """Equal texts that go the same way go together."""
        batches: list[Batch] = []
        unsent: list[Tried] = []
        for (organisation, route, *_), members in _alike(claimed).items():
            gateway = self.app.gateways.get(organisation, {}).get(route.provider)
            if gateway is None:
                unsent += [NotSent(one.id, "no gateway is set up", None, one.attempts, refused=True) for one in members]
            else:
                batches += [Batch(gateway, part) for part in _parts(members, gateway.most_numbers)]
        return batches, unsent

    async def outcomes(self, batch: Batch | Post) -> list[Tried]:
        """What became of one batch. A bug in it is its own: its neighbours are settled all the same."""
        try:
            return await (self._post(batch) if isinstance(batch, Post) else self._send(batch))
        except Exception as error:
            log.exception("sending_failed", message=batch.members[0].id.hex, trace=batch.members[0].trace)
            return [Unknown(one.id, type(error).__name__, one.attempts) for one in batch.members]

    async def _post(self, post: Post) -> list[Tried]:
        if self.papers is not None:
            post = await self.papers.along(post)
        answers = zip(post.members, await handed_over(post), post.templates, strict=True)
        return [self._answered(one, answer, template) for one, answer, template in answers]

    def _answered(self, one: Addressed, answer: MailTaken | MailRefused | MailUnknown, template: int) -> Tried:
        if isinstance(answer, MailTaken):
            return Sent(one.id, answer.mail_id, None, "", one.attempts, template)
        if isinstance(answer, MailUnknown):
            return Unknown(one.id, answer.detail, one.attempts)
        log.warning("mail_refused", message=one.id.hex, code=answer.code, halt=answer.halt, trace=one.trace)
        is_final = not answer.temporary and not answer.halt
        reason = f"{answer.code} {answer.detail}".strip()
        return self._not_sent(one, reason, Outcome.REFUSED if is_final else Outcome.LATER)

    async def _send(self, batch: Batch) -> list[Tried]:
        """Rendered now, while others are under way."""
        members = batch.members
        try:
            words = _worded(members[0])
        except Exception as error:
            return [_unrendered(one, error) for one in members]
        try:
            answers = await batch.gateway.send(
                words.text, [one.phone for one in members], marks=[one.mark for one in members]
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
        first = members[0]
        log.info(
            "sms_sent",
            message=first.id.hex,
            count=len(members),
            taken=sum(isinstance(answer, SmsTaken) for answer in answers),
            gateway=first.route.provider,
            to=first.phone.masked,
            trace=first.trace,
        )
        return [self._read(one, answer, words.template) for one, answer in zip(members, answers, strict=True)]

    def _read(self, one: Addressed, answer: SmsAnswer, template: int) -> Tried:
        if isinstance(answer, SmsTaken):
            return Sent(one.id, answer.gateway_id, answer.parts, answer.cost, one.attempts, template)
        if isinstance(answer, SmsUnknown):
            log.warning("sms_unclear", message=one.id.hex, gateway=one.route.provider, trace=one.trace)
            return Unknown(one.id, answer.detail, one.attempts)
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


def _unrendered(one: Addressed, error: Exception) -> NotSent:
    log.error("message_unrendered", message=one.id.hex, trace=one.trace, exc_info=error)
    return NotSent(one.id, f"no text: {type(error).__name__}", None, one.attempts, refused=True)


def _worded(one: Addressed) -> _Words:
    """The organisation's own words, or the standard ones: whatever is wrong with its own, the message goes out."""
    if one.own is None:
        return _Words(render(one.message, one.language), 0)
    try:
        return _Words(said(one.message, one.language, one.own.source), one.own.version)
    except Exception as error:
        log.warning("own_words_unusable", told=one.message.event, version=one.own.version, reason=type(error).__name__)
        return _Words(render(one.message, one.language), -one.own.version)


_Alike = tuple[OrganisationId, Route, Message, str, OwnWords | None]


def _alike(claimed: Sequence[Addressed]) -> dict[_Alike, list[Addressed]]:
    """Those that say the same and go the same way, by what that is."""
    alike: dict[_Alike, list[Addressed]] = {}
    last: _Alike | None = None
    members: list[Addressed] = []
    for one in claimed:
        words = (one.organisation, one.route, one.message, one.language, one.own)
        if words != last:  # in a run to all it is, and to compare costs less than to look up
            members, last = alike.setdefault(words, []), words
        members.append(one)
    return alike


def _parts(members: Sequence[Addressed], most: int) -> Iterator[tuple[Addressed, ...]]:
    """The members in lots of at most so many. A phone stands once in a lot: gateways answer by number."""
    times: dict[str, int] = {}
    layers: list[list[Addressed]] = []
    for one in members:
        layer = times.get(one.phone.digits, 0)
        times[one.phone.digits] = layer + 1
        if layer == len(layers):
            layers.append([])
        layers[layer].append(one)
    return (tuple(layer[at : at + most]) for layer in layers for at in range(0, len(layer), most))
