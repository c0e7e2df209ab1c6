"""May this be sent to this person, by this channel, now? Stops, preferences and quiet hours in one pure decision (NOT-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo


class Topic(Enum):
    """What a message is about, as a person may stop it."""

    ACCOUNT = "account"
    """What was charged, paid, held or failed: the answer to what somebody did."""
    REMINDERS = "reminders"
    """Before something is due."""
    ARREARS = "arrears"
    """After something was due."""
    NEWS = "news"
    SECURITY = "security"
    """One-time codes and warnings about the person's own access: they pass quiet hours and stops."""
    REPLY = "reply"
    """The answer to a text that the person has just sent: silence would be worse at any hour, also after STOP."""


class Channel(Enum):
    SMS = "sms"
    EMAIL = "email"


USUAL = (Channel.SMS, Channel.EMAIL)
"""In which order channels are tried for somebody who said nothing else: everybody reads texts."""

PASSES = frozenset({Topic.SECURITY, Topic.REPLY})
"""What neither a stop nor a quiet hour holds."""
MUST_ARRIVE = frozenset({Topic.SECURITY})
"""Where a second copy does less harm than none: when nothing is heard of the first, another way is tried."""
STOPPABLE = tuple(topic for topic in Topic if topic not in PASSES)


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing that a person said, oldest first in lists: stop or go on, for one topic or all, by one channel or all."""

    wanted: bool
    topic: Topic | None = None
    channel: Channel | None = None


def channels_for(topic: Topic, wished: tuple[Channel, ...] | None) -> tuple[Channel, ...]:
    """By what a person is told of a topic, the first tried first. What neither a stop nor a quiet hour holds is only put in
    their order: the other channels stay behind it."""
    order = USUAL if wished is None else wished
    return tuple(dict.fromkeys((*order, *USUAL))) if topic in PASSES else order


Stop = tuple[Topic, Channel]


def stops(said: Iterable[Consent]) -> frozenset[Stop]:
    """What a person does not want, after all that they said: the last word on each thing holds, for ever."""
    stopped: set[Stop] = set()
    for consent in said:
        meant = {
            (topic, channel)
            for topic in ([consent.topic] if consent.topic else STOPPABLE)
            for channel in ([consent.channel] if consent.channel else Channel)
        }
        stopped = stopped - meant if consent.wanted else stopped | meant
    return frozenset(stopped)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when nobody is disturbed, by the clock on their wall; over midnight when `begins` is the later one.

    Equal times mean no quiet hours at all.
    """

    begins: time = time(21, 0)
    ends: time = time(7, 0)
    account_passes: bool = False
    """Whether receipts and failed payments pass: their reader holds the phone in hand."""

    def end_of(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet around `moment` ends (aware, of `moment`'s own zone); None when it is not quiet."""
        local = moment.astimezone(zone)
        if not self._is_quiet(local.time()):
            return None
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        return datetime.combine(day, self.ends, zone).astimezone(moment.tzinfo)

    def _is_quiet(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


NIGHT = QuietHours()
"""What holds where an organisation says nothing else."""
NO_NIGHT = QuietHours(time(0), time(0))
"""Of mail, which wakes nobody, unless its reader wants otherwise."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may go now, by this channel."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before `until`; then everything is asked again."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Never:
    """The person does not want it by this channel."""


def may_send(
    topic: Topic,
    channel: Channel,
    *,
    stopped: frozenset[Stop],
    now: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
) -> Send | Wait | Never:
    """The one decision before anything leaves for a person. A stop is stronger than any hour; what `PASSES` obeys neither."""
    if topic in PASSES:
        return Send()
    if (topic, channel) in stopped:
        return Never()
    if topic is Topic.ACCOUNT and quiet.account_passes:
        return Send()
    until = quiet.end_of(now, zone)
    return Wait(until) if until else Send()
